"""Problems as JSON, from whatever has their attributes: a record of either store or a row."""

from rest_framework import serializers

from algoitny.api.strict import Body, Flag, Text


class TestCaseSerializer(serializers.Serializer):
    __test__ = False  # pytest takes it for a test by its name

    id = serializers.IntegerField()
    input = serializers.CharField()
    output = serializers.CharField()
    created_at = serializers.DateTimeField()


class ProblemSummarySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    platform = serializers.CharField()
    problem_id = serializers.CharField()
    title = serializers.CharField()
    problem_url = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    language = serializers.CharField()
    is_completed = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProblemDetailSerializer(ProblemSummarySerializer):
    constraints = serializers.CharField()
    metadata = serializers.JSONField()
    test_cases = TestCaseSerializer(many=True)


class StaffProblemDetailSerializer(ProblemDetailSerializer):
    """With the reference solution, which would spoil the problem for everybody else."""

    solution_code = serializers.CharField(required=False, help_text="For staff only.")


class CompletionBody(Body):
    platform = Text(max_length=40)
    problem_id = Text(max_length=100)
    is_completed = Flag(required=False)


class CompletionSerializer(serializers.Serializer):
    platform = serializers.CharField()
    problem_id = serializers.CharField()
    is_completed = serializers.BooleanField()
