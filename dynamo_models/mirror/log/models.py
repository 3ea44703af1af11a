"""The change log and its two companions. Keys and no payloads: what a row is, is read when it is mirrored."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

# Wide enough for text keys; an index holds both on every database.
SOURCE_LENGTH, KEY_LENGTH = 150, 255


class Change(models.Model):
    """A row was written. The number grows in the order of a row's changes, as it is drawn while the row is locked."""

    seq: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    source: models.CharField[str, str] = models.CharField(
        max_length=SOURCE_LENGTH, help_text="A mirror, or a mirror and what it depends on."
    )
    row_key: models.CharField[str, str] = models.CharField(max_length=KEY_LENGTH, help_text="The primary key as text.")
    old: models.TextField[str | None, str | None] = models.TextField(  # noqa: DJ001 - NULL is no list, "" would be no JSON
        null=True, help_text="JSON: what the key columns were, where they changed or went."
    )
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_default=Now())
    claimed_until: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True, help_text="A relay is at it until then."
    )

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_change"
        ordering: ClassVar = ["seq"]
        indexes: ClassVar = [models.Index(fields=["source", "row_key", "seq"], name="dynamo_change_of_row")]

    def __str__(self) -> str:
        return f"{self.seq}: {self.source} {self.row_key}"


class MirroredKey(models.Model):
    """A key of DynamoDB's that a row's item may be at. It is written down before the item is, and goes after it."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    source: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH)
    row_key: models.CharField[str, str] = models.CharField(max_length=KEY_LENGTH)
    digest: models.CharField[str, str] = models.CharField(max_length=64, help_text="SHA-256 of table and key.")
    table: models.CharField[str, str] = models.CharField(max_length=255)
    key: models.TextField[str, str] = models.TextField(help_text="JSON, in DynamoDB's own form.")

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_mirroredkey"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "row_key", "digest"], name="dynamo_key_of_row_once")
        ]
        # By which a verification asks who has been at a key.
        indexes: ClassVar = [models.Index(fields=["digest"], name="dynamo_key_by_digest")]

    def __str__(self) -> str:
        return f"{self.source} {self.row_key}: {self.table} {self.key}"


class Failure(models.Model):
    """A row that could not be mirrored so far: when it is tried again, or that it is not, for its reason."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    source: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH)
    row_key: models.CharField[str, str] = models.CharField(max_length=KEY_LENGTH)
    attempts: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(default=0)
    not_before: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    dead: models.BooleanField[bool, bool] = models.BooleanField(
        default=False, help_text="It cannot succeed as it is; a person decides."
    )
    reason: models.TextField[str, str] = models.TextField()
    seq: models.BigIntegerField[int, int] = models.BigIntegerField(
        help_text="The row's last change when it failed: a later one is tried again."
    )
    first_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_default=Now())

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_failure"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "row_key"], name="dynamo_failure_of_row_once")
        ]
        indexes: ClassVar = [models.Index(fields=["dead", "not_before"], name="dynamo_failure_due")]

    def __str__(self) -> str:
        return f"{self.source} {self.row_key}: {self.reason}"
