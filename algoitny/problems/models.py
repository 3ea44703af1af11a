"""Problems and their test cases on the relational side, where they live until the move."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from algoitny.facets import validate_facet, validate_path_facet
from algoitny.fields import UpdatedAtField
from algoitny.problems import items
from dynamo_models.mirror.registration import dual_write


class ProblemQuerySet(models.QuerySet["Problem"]):
    def live(self) -> Self:
        """Without the deleted ones. The manager itself hides nothing: a mirror and an audit need every row."""
        return self.filter(is_deleted=False)

    def completed(self) -> Self:
        return self.filter(is_completed=True)


def _facet_constraint(field: str) -> models.CheckConstraint:
    # save() does not run validators, and a row that no key can carry must not come in by that door either.
    return models.CheckConstraint(
        condition=~Q(**{field: ""}) & ~Q(**{f"{field}__contains": "#"}), name=f"problem_{field}_is_a_facet"
    )


@dual_write(items.Problem, group="problems")
class Problem(models.Model):
    platform = models.CharField(max_length=40, validators=[validate_path_facet])
    problem_id = models.CharField(
        max_length=100, validators=[validate_path_facet], help_text="The problem's name on its platform."
    )
    title = models.CharField(max_length=300)
    problem_url = models.URLField(max_length=500, blank=True)
    tags = models.JSONField(default=list, blank=True, help_text="A list of words.")
    solution_code = models.TextField(blank=True, help_text="The reference solution.")
    language = models.CharField(max_length=40, validators=[validate_facet], help_text="Of the reference solution.")
    constraints = models.TextField(blank=True)
    is_completed = models.BooleanField(default=False, help_text="A draft until it is.")
    is_deleted = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_reason = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    # Not auto_now_add: an import and a copy from the other store set it themselves.
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = UpdatedAtField()

    objects = ProblemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "problem_id"], name="problem_platform_problem_id"),
            _facet_constraint("platform"),
            _facet_constraint("problem_id"),
            _facet_constraint("language"),
        ]
        # One for each list, in its order. Deleted rows are few, so is_deleted is left to the filter; a partial index
        # would not exist on MariaDB.
        indexes: ClassVar = [
            models.Index(fields=["is_completed", "-created_at", "-id"], name="problem_completed"),
            models.Index(fields=["platform", "-created_at", "-id"], name="problem_by_platform"),
            models.Index(fields=["language", "-created_at", "-id"], name="problem_by_language"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.problem_id}: {self.title}"


@dual_write(
    items.TestCase,
    group="problems",
    fields={"platform": "problem__platform", "problem_id": "problem__problem_id", "problem_row": "problem_id"},
)
class TestCase(models.Model):
    # The index below begins with the problem and serves the foreign key as well.
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="test_cases", db_index=False)
    input = models.TextField(blank=True)
    output = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [models.Index(fields=["problem", "created_at", "id"], name="test_case_in_order")]

    def __str__(self) -> str:
        return f"test case {self.pk} of problem {self.problem_id}"
