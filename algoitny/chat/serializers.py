"""Messages and totals as JSON. A cost is text: an exact number of dollars."""

from rest_framework import serializers

_COST = "Dollars, exact."


class ChatMessageSerializer(serializers.Serializer):
    message_id = serializers.CharField()
    conversation_id = serializers.CharField()
    timestamp = serializers.IntegerField(help_text="Milliseconds since 1970.")
    module_id = serializers.IntegerField()
    student_id = serializers.IntegerField()
    provider = serializers.CharField()
    role = serializers.CharField()
    content = serializers.CharField()
    cost = serializers.CharField(help_text=_COST)


class LatestChatMessagesSerializer(serializers.Serializer):
    items = ChatMessageSerializer(many=True)


class ModulePeriodSerializer(serializers.Serializer):
    start = serializers.DateField(help_text="The first day of the day, week or month.")
    messages = serializers.IntegerField()
    students = serializers.IntegerField(help_text="Distinct ones.")
    cost = serializers.CharField(help_text=_COST)


class ModuleTotalsSerializer(serializers.Serializer):
    module_id = serializers.IntegerField()
    unit = serializers.CharField()
    items = ModulePeriodSerializer(many=True)


class DayCostSerializer(serializers.Serializer):
    provider = serializers.CharField()
    day = serializers.DateField()
    messages = serializers.IntegerField()
    cost = serializers.CharField(help_text=_COST)


class DayCostsSerializer(serializers.Serializer):
    items = DayCostSerializer(many=True)


class InactiveStudentSerializer(serializers.Serializer):
    student_id = serializers.IntegerField()
    messages = serializers.IntegerField()
    cost = serializers.CharField(help_text=_COST)
    last_at = serializers.DateTimeField()
