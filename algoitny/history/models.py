"""Runs of people's code on the relational side."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from algoitny.facets import validate_facet
from algoitny.history import items
from algoitny.problems.models import Problem
from dynamo_models.mirror.mapping import computed
from dynamo_models.mirror.registration import dual_write


@dual_write(
    items.SearchHistory,
    group="activity",
    fields={
        "user_id": computed(items.owner_of_row, "user_id", "id"),
        "user_row": "user_id",
        "problem_row": "problem_id",
    },
)
class SearchHistory(models.Model):
    """One run. Platform, number and title are copies: lists need no join, and a row keeps what was true then."""

    # Without a user: an anonymous run, which is kept.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    user_identifier = models.CharField(max_length=254, help_text="An address, or what an anonymous caller went by.")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="+")
    platform = models.CharField(max_length=40, validators=[validate_facet])
    problem_number = models.CharField(max_length=100, help_text="The problem's name on its platform.")
    problem_title = models.CharField(max_length=300)
    language = models.CharField(max_length=40, validators=[validate_facet])
    code = models.TextField()
    result_summary = models.JSONField(default=dict, blank=True)
    passed_count = models.PositiveIntegerField(default=0)
    failed_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField(default=0)
    is_code_public = models.BooleanField(default=False)
    test_results = models.JSONField(default=list, blank=True)
    hints = models.JSONField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name_plural = "search history"
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at", "-id"], name="history_of_user"),
            models.Index(fields=["is_code_public", "-created_at", "-id"], name="history_public"),
            models.Index(fields=["platform", "-created_at", "-id"], name="history_by_platform"),
            models.Index(fields=["language", "-created_at", "-id"], name="history_by_language"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(**{field: ""}) & ~models.Q(**{f"{field}__contains": "#"}),
                name=f"history_{field}_is_a_facet",
            )
            for field in ("platform", "language")
        ]

    def __str__(self) -> str:
        return f"{self.user_identifier}: {self.platform} {self.problem_number}, {self.created_at:%Y-%m-%d %H:%M}"
