"""People, plans and figures as JSON, from the records of either store."""

from rest_framework import serializers

from algoitny.usage.models import Action


class LimitsSerializer(serializers.Serializer):
    """What a user may do: uses a day, problems; -1 is no limit."""

    plan_name = serializers.CharField(allow_null=True)
    max_hints_per_day = serializers.IntegerField()
    max_executions_per_day = serializers.IntegerField()
    max_problems = serializers.IntegerField()
    can_view_all_problems = serializers.BooleanField()
    can_register_problems = serializers.BooleanField()


class UserSerializer(serializers.Serializer):
    """A user as they see themselves. `plan` is its id, null for none."""

    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    picture = serializers.CharField()
    is_staff = serializers.BooleanField()
    plan = serializers.IntegerField(source="subscription_plan_id", allow_null=True)
    limits = LimitsSerializer()
    created_at = serializers.DateTimeField()


class StaffUserSerializer(UserSerializer):
    """A user as staff see them."""

    is_active = serializers.BooleanField()
    is_superuser = serializers.BooleanField()
    has_google_account = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField()
    last_login = serializers.DateTimeField(allow_null=True)

    def get_has_google_account(self, user: object) -> bool:
        return bool(getattr(user, "google_id", None))


class PlanSerializer(serializers.Serializer):
    """A plan as it is offered. -1 is no limit."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    max_hints_per_day = serializers.IntegerField()
    max_executions_per_day = serializers.IntegerField()
    max_problems = serializers.IntegerField()
    can_view_all_problems = serializers.BooleanField()
    can_register_problems = serializers.BooleanField()


class StaffPlanSerializer(PlanSerializer):
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class TokensSerializer(serializers.Serializer):
    """A pair of tokens. The refresh token is good for one use."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class SignedInSerializer(TokensSerializer):
    user = UserSerializer()


class UsedSerializer(serializers.Serializer):
    used = serializers.IntegerField()
    limit = serializers.IntegerField(help_text="-1: no limit.")
    remaining = serializers.IntegerField(allow_null=True, help_text="null: no limit.")


class PlanUsageSerializer(serializers.Serializer):
    """Today's uses against the plan. A day is UTC's; `resets_at` is when the next begins."""

    date = serializers.DateField()
    resets_at = serializers.DateTimeField()
    hints = UsedSerializer()
    executions = UsedSerializer()


class CountSerializer(serializers.Serializer):
    """A run has passed where it has test cases and none of them failed."""

    runs = serializers.IntegerField()
    passed = serializers.IntegerField()
    failed = serializers.IntegerField()


class StatsSerializer(serializers.Serializer):
    """A user's totals. `problems` counts distinct ones."""

    all = CountSerializer()
    problems = serializers.IntegerField()
    platforms = serializers.DictField(child=CountSerializer())
    languages = serializers.DictField(child=CountSerializer())


class DayTotalSerializer(serializers.Serializer):
    date = serializers.DateField()
    action = serializers.ChoiceField(Action.choices)
    n = serializers.IntegerField()


class UsageStatsSerializer(serializers.Serializer):
    """Uses of all users by day and action, both days included; a day without uses has no row."""

    first = serializers.DateField()
    last = serializers.DateField()
    items = DayTotalSerializer(many=True)
    totals = serializers.DictField(child=serializers.IntegerField(), help_text="By action, of all these days.")


class RankedSerializer(serializers.Serializer):
    rank = serializers.IntegerField()
    user_id = serializers.IntegerField()
    runs = serializers.IntegerField()
    passed = serializers.IntegerField()
    failed = serializers.IntegerField()
    problems = serializers.IntegerField()
