"""Runs as JSON. An address is its owner's own business: others see a user's number."""

from typing import Any

from rest_framework import serializers

from algoitny.api.strict import Body, Whole
from algoitny.history.records import RunSummary

MAX_COUNT = 5


class RunSummarySerializer(serializers.Serializer):
    """context: `user_id`, the caller's, None for an anonymous one."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField(allow_null=True)
    user_identifier = serializers.SerializerMethodField(
        help_text="The caller's own address for their own runs; `user 17` or `anonymous` for those of others."
    )
    problem_row = serializers.IntegerField(help_text="The problem's id.")
    platform = serializers.CharField()
    problem_number = serializers.CharField(help_text="The problem's name on its platform.")
    problem_title = serializers.CharField()
    language = serializers.CharField()
    result_summary = serializers.JSONField()
    passed_count = serializers.IntegerField()
    failed_count = serializers.IntegerField()
    total_count = serializers.IntegerField()
    is_code_public = serializers.BooleanField()
    created_at = serializers.DateTimeField()

    def get_user_identifier(self, run: RunSummary) -> str:
        if run.user_id is None:
            return "anonymous"
        return run.user_identifier if run.user_id == self.context["user_id"] else f"user {run.user_id}"


class RunSerializer(RunSummarySerializer):
    code = serializers.CharField()
    test_results = serializers.JSONField()
    hints = serializers.ListField(child=serializers.CharField(), allow_null=True)
    metadata = serializers.JSONField()


class HintsSerializer(serializers.Serializer):
    hints = serializers.ListField(child=serializers.CharField())


class HintsBody(Body):
    count = Whole(min_value=1, max_value=MAX_COUNT, default=3)


def context_of(user: Any) -> dict[str, int | None]:
    """What the serializers of runs are given of `request.user`."""
    return {"user_id": user.id if user.is_authenticated else None}
