"""Jobs and results of tasks as JSON, and the bodies of registration."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from algoitny.api.parameters import MAX_ID
from algoitny.api.strict import Body, Text, Whole
from algoitny.execution.serializers import ProblemNameBody, StartedSerializer
from algoitny.jobs.inputs import MAX_CASES, cases_refusal
from algoitny.jobs.models import JobType, Status
from algoitny.problems.importing.drafts import ProblemDraft, refusal


class TaskSerializer(serializers.Serializer):
    task_id = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)
    result = serializers.JSONField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    traceback = serializers.CharField(required=False, help_text="For staff, of a task that failed.")


class JobSummarySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    platform = serializers.CharField()
    problem_id = serializers.CharField()
    title = serializers.CharField()
    language = serializers.CharField()
    job_type = serializers.ChoiceField(JobType.choices)
    status = serializers.ChoiceField(Status.choices)
    task_id = serializers.CharField()
    error_message = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class JobSerializer(JobSummarySerializer):
    problem_url = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    solution_code = serializers.CharField()
    constraints = serializers.CharField()
    generator_code = serializers.CharField()


class StartedJobSerializer(StartedSerializer):
    job_id = serializers.IntegerField()


class RegisterBody(ProblemNameBody):
    """Bounded as an import's problems are."""

    title = Text()
    language = Text()
    problem_url = Text(default="", allow_blank=True)
    tags = serializers.ListField(child=Text(), default=list)
    solution_code = Text(default="", allow_blank=True)
    constraints = Text(default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if reason := refusal(ProblemDraft(**attrs)):
            raise ValidationError(reason)
        return attrs


class ExecuteTestCasesBody(ProblemNameBody):
    job_id = Whole(min_value=1, max_value=MAX_ID, help_text="Of a completed job of type generate_test_cases.")


class InputsBody(ProblemNameBody):
    inputs = serializers.ListField(child=Text(allow_blank=True), min_length=1, max_length=MAX_CASES)

    def validate_inputs(self, inputs: list[str]) -> list[str]:
        if reason := cases_refusal([(given, "") for given in inputs]):
            raise ValidationError(reason)
        return inputs


class TestCaseBody(Body):
    __test__ = False  # pytest takes it for a test by its name

    input = Text(allow_blank=True)
    output = Text(allow_blank=True)


class SaveBody(ProblemNameBody):
    test_cases = TestCaseBody(many=True, max_length=MAX_CASES)

    def validate_test_cases(self, cases: list[dict[str, str]]) -> list[dict[str, str]]:
        if reason := cases_refusal([(case["input"], case["output"]) for case in cases]):
            raise ValidationError(reason)
        return cases


class SavedSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="The problem's.")
    platform = serializers.CharField()
    problem_id = serializers.CharField()
    test_cases = serializers.IntegerField(help_text="How many it has now.")
