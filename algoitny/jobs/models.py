"""Jobs that make a problem's test cases, and results of tasks, on the relational side."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from algoitny.facets import validate_facet, validate_path_facet
from algoitny.fields import UpdatedAtField
from algoitny.jobs import items
from algoitny.jobs.items import KEPT
from dynamo_models.mirror.mapping import computed
from dynamo_models.mirror.registration import dual_write


class Status(models.TextChoices):
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class JobType(models.TextChoices):
    GENERATE_TEST_CASES = "generate_test_cases"
    EXECUTE_TEST_CASES = "execute_test_cases"
    GENERATE_OUTPUTS = "generate_outputs"


@dual_write(items.ScriptGenerationJob, group="jobs")
class ScriptGenerationJob(models.Model):
    """Work on a problem that is being registered: its script of inputs, their inputs, and their outputs."""

    platform = models.CharField(max_length=40, validators=[validate_path_facet])
    problem_id = models.CharField(max_length=100, validators=[validate_path_facet])
    title = models.CharField(max_length=300)
    problem_url = models.URLField(max_length=500, blank=True)
    tags = models.JSONField(default=list, blank=True)
    solution_code = models.TextField(blank=True)
    language = models.CharField(max_length=40, validators=[validate_facet])
    constraints = models.TextField(blank=True)
    job_type = models.CharField(max_length=40, choices=JobType.choices)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    task_id = models.CharField(max_length=64, unique=True, validators=[validate_facet])
    generator_code = models.TextField(blank=True)
    error_message = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = UpdatedAtField()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["job_type", "-created_at", "-id"], name="job_by_type"),
            models.Index(fields=["status", "-updated_at", "-id"], name="job_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.job_type} for {self.platform} {self.problem_id}: {self.status}"


class TaskResultQuerySet(models.QuerySet["TaskResult"]):
    def kept(self) -> Self:
        """Without those whose time has passed; `purge_expired` removes them when it next runs."""
        return self.filter(updated_at__gt=timezone.now() - KEPT)


@dual_write(
    items.TaskResult,
    group="jobs",
    fields={"ttl": computed(lambda row: row.updated_at + KEPT, "updated_at")},
)
class TaskResult(models.Model):
    """What a task came to. It is gone 7 days after it last changed."""

    task_id = models.CharField(max_length=64, unique=True, validators=[validate_facet])
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    result = models.JSONField(null=True, blank=True)
    traceback = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = UpdatedAtField()

    objects = TaskResultQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["updated_at"], name="task_result_by_time")]

    def __str__(self) -> str:
        return f"task {self.task_id}: {self.status}"
