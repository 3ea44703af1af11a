"""The log of uses on the relational side."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from algoitny.problems.models import Problem
from algoitny.usage import items
from algoitny.usage.items import KEPT
from dynamo_models.mirror.mapping import computed
from dynamo_models.mirror.registration import dual_write


class Action(models.TextChoices):
    HINT = "hint"
    EXECUTION = "execution"


class UsageLogQuerySet(models.QuerySet["UsageLog"]):
    def kept(self) -> Self:
        """Without those whose time has passed; `purge_expired` removes them when it next runs."""
        return self.filter(created_at__gt=timezone.now() - KEPT)


@dual_write(
    items.UsageLog,
    group="activity",
    fields={
        "user_id": computed(lambda row: str(row.user_id), "user_id"),
        "user_row": "user_id",
        "problem_row": "problem_id",
        "date": computed(lambda row: items.day_of(row.created_at), "created_at"),
        "ttl": computed(lambda row: row.created_at + KEPT, "created_at"),
    },
)
class UsageLog(models.Model):
    """One use. It is gone after 90 days. counted: by its user's counter, before the row was written."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    action = models.CharField(max_length=20, choices=Action.choices)
    problem = models.ForeignKey(Problem, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    request_id = models.CharField(max_length=64, null=True, blank=True, default=None, editable=False)  # noqa: DJ001 - most have none
    counted = models.BooleanField(null=True, default=None, editable=False)

    objects = UsageLogQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["user", "action", "created_at"], name="usage_of_user"),
            models.Index(fields=["created_at"], name="usage_by_time"),
            models.Index(fields=["user", "request_id"], name="usage_of_request"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of user {self.user_id}, {self.created_at:%Y-%m-%d %H:%M}"
