"""Conversations as JSON, and the bodies that change them."""

from rest_framework import serializers

from algoitny.api.strict import MAX_ID, Body, Text, Whole

MAX_CONTENT_BYTES = 8_000
MAX_NAME = 150  # characters


class ListedConversationSerializer(serializers.Serializer):
    conversation_id = serializers.CharField()
    title = serializers.CharField()
    started_at = serializers.DateTimeField()
    last_message = serializers.CharField(help_text="Its beginning.")
    last_message_at = serializers.DateTimeField()
    unread = serializers.IntegerField(help_text="Messages to the caller that they have not read.")


class ConversationSerializer(serializers.Serializer):
    conversation_id = serializers.CharField()
    user_id = serializers.CharField()
    title = serializers.CharField()
    run_id = serializers.IntegerField(allow_null=True, help_text="The run that it is about.")
    module_id = serializers.IntegerField(help_text="The id of that run's problem.")
    started_at = serializers.DateTimeField()
    last_message_at = serializers.DateTimeField()
    message_count = serializers.IntegerField()


class TutorMessageSerializer(serializers.Serializer):
    id = serializers.CharField()
    number = serializers.IntegerField(help_text="Its place among the conversation's messages, from 1.")
    sent_at = serializers.DateTimeField()
    role = serializers.CharField()
    content = serializers.CharField()
    citations = serializers.ListField(child=serializers.CharField())


class SentSerializer(serializers.Serializer):
    """What was sent, and the task that answers it: its status is at status_url."""

    message = TutorMessageSerializer()
    task_id = serializers.CharField()
    status_url = serializers.CharField()


class ProfileSerializer(serializers.Serializer):
    user_id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.CharField()


class TutorSessionSerializer(serializers.Serializer):
    session_id = serializers.CharField()
    expires_at = serializers.DateTimeField()


class ConversationBody(Body):
    history_id = Whole(min_value=1, max_value=MAX_ID, help_text="The run whose hints it begins with.")


class TutorMessageBody(Body):
    content = Text(max_bytes=MAX_CONTENT_BYTES)


class ReadBody(Body):
    message_id = Text(max_length=100, help_text="The last message that was read.")


class ProfileBody(Body):
    name = Text(max_length=MAX_NAME, allow_blank=True)
