"""The tables of the switch: its journal, what is to come back to SQL, and what its checks have to look at."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from dynamo_models.mirror.log.models import KEY_LENGTH, SOURCE_LENGTH

THERE, BACK = "there", "back"
FINAL, COMPLETE = "final", "complete"
RUNNING, DONE, ABORTED = "running", "done", "aborted"


class Switch(models.Model):
    """One attempt to move the authority of a group, or to end its way back, step by step; the row is its journal."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    group: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH)
    direction: models.CharField[str, str] = models.CharField(max_length=8, help_text="there, back, final or complete.")
    status: models.CharField[str, str] = models.CharField(max_length=8, default=RUNNING)
    running: models.CharField[str | None, str | None] = models.CharField(  # noqa: DJ001 - NULL is what a unique lets be twice
        max_length=SOURCE_LENGTH, null=True, unique=True, help_text="The group, as long as it runs: one at a time."
    )
    step: models.CharField[str, str] = models.CharField(max_length=16, default="", help_text="The last that is done.")
    holder: models.CharField[str, str] = models.CharField(max_length=64, help_text="The process that carries it out.")
    held_until: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    who: models.CharField[str, str] = models.CharField(max_length=255)
    reason: models.TextField[str, str] = models.TextField(default="")
    error: models.TextField[str, str] = models.TextField(default="", help_text="Why it was aborted, or stands still.")
    started_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_default=Now())
    frozen_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    journalled_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True, help_text="From then on it has happened, and there is no abort."
    )
    thawed_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    ended_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    verify: models.BigIntegerField[int, int] = models.BigIntegerField(
        default=0, help_text="The verification that what changed since is compared upon."
    )
    seconds: models.TextField[str, str] = models.TextField(default="{}", help_text="JSON: by step.")
    state: models.TextField[str, str] = models.TextField(
        default="{}", help_text="JSON: how far a long step is, for one that goes on with it."
    )

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_switch"
        indexes: ClassVar = [models.Index(fields=["group", "id"], name="dynamo_switch_of_group")]

    def __str__(self) -> str:
        return f"{self.group} {self.direction}: {self.status} after {self.step or 'nothing'}"


class ReturningKey(models.Model):
    """A key of DynamoDB's that was written to while that has authority, of the row that its item is.

    ``waiting`` until SQL has what is there. The row stays until a full verification that began later has found nothing:
    it tells what has changed, and where a row's items are.
    """

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    source: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH)
    row_key: models.CharField[str, str] = models.CharField(max_length=KEY_LENGTH)
    digest: models.CharField[str, str] = models.CharField(max_length=64, help_text="SHA-256 of table and key.")
    key: models.TextField[str, str] = models.TextField(help_text="JSON, in DynamoDB's own form.")
    marks: models.BigIntegerField[int, int] = models.BigIntegerField(
        default=1, help_text="How often it was written to: what is cleared is what was read."
    )
    waiting: models.BooleanField[bool, bool] = models.BooleanField(default=True)
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField(help_text="When it was written to last.")
    attempts: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(default=0)
    not_before: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    reason: models.TextField[str, str] = models.TextField(default="", help_text="Why SQL has not taken it so far.")

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_returningkey"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "row_key", "digest"], name="dynamo_returning_once")
        ]
        indexes: ClassVar = [models.Index(fields=["waiting", "id"], name="dynamo_returning_waiting")]

    def __str__(self) -> str:
        return f"{self.source} {self.row_key}: {self.key}"


class ChangedRow(models.Model):
    """A change that has left the log since a switch began: what its last check looks at. A trigger writes it."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    source: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH)
    row_key: models.CharField[str, str] = models.CharField(max_length=KEY_LENGTH)

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_changedrow"

    def __str__(self) -> str:
        return f"{self.source} {self.row_key}"


class CanarySeen(models.Model):
    """A canary that was put into DynamoDB and has come back by a stream."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    table: models.CharField[str, str] = models.CharField(max_length=255)
    shard: models.CharField[str, str] = models.CharField(max_length=255)
    token: models.CharField[str, str] = models.CharField(max_length=64)

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_canaryseen"
        indexes: ClassVar = [models.Index(fields=["token"], name="dynamo_canary_by_token")]

    def __str__(self) -> str:
        return f"{self.token} by {self.shard}"


class Passage(models.Model):
    """A row that is inserted and deleted in one transaction, so that nobody else ever sees it: what SQL lets through
    its gates is the transaction that has one."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_passage"

    def __str__(self) -> str:
        return "a passage"
