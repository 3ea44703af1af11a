"""Bodies and answers of runs as JSON."""

from rest_framework import serializers

from algoitny.api.strict import Body, Flag, Text
from algoitny.execution.keeping import MAX_CODE_BYTES
from algoitny.problems.models import Problem

_PLATFORM_LENGTH = Problem._meta.get_field("platform").max_length
_NAME_LENGTH = Problem._meta.get_field("problem_id").max_length


class ProblemNameBody(Body):
    """The name of a problem."""

    platform = Text(max_length=_PLATFORM_LENGTH)
    problem_id = Text(max_length=_NAME_LENGTH)


class ExecuteBody(ProblemNameBody):
    language = Text(max_length=40)
    code = Text(max_bytes=MAX_CODE_BYTES)
    is_code_public = Flag(default=False)


class StartedSerializer(serializers.Serializer):
    """What was started: its status is at status_url."""

    task_id = serializers.CharField()
    status_url = serializers.CharField()
