"""Runs that outlive their process: backfills with their ranges, verifications with what they found."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from dynamo_models.mirror.log.models import KEY_LENGTH, SOURCE_LENGTH

STATUS_LENGTH = 12


class BackfillRun(models.Model):
    """One pass over the rows of a mirror. Which status may follow which is said in ``backfill.statuses``."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    source: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH, help_text="The mirror.")
    status: models.CharField[str, str] = models.CharField(max_length=STATUS_LENGTH, default="pending")
    sentence: models.TextField[str, str] = models.TextField(default="", help_text="How it came to its status.")
    rows: models.BigIntegerField[int, int] = models.BigIntegerField(
        default=0, help_text="Rows as the run began: of those that come later, the triggers tell."
    )
    planned: models.CharField[str | None, str | None] = models.CharField(  # noqa: DJ001 - NULL: nothing so far
        max_length=KEY_LENGTH, null=True, help_text="The last key that stands in a range."
    )
    whole: models.BooleanField[bool, bool] = models.BooleanField(default=False, help_text="Every row is in a range.")
    holder: models.CharField[str, str] = models.CharField(
        max_length=255, default="", help_text="host:pid:token of the process that works on it."
    )
    started_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_default=Now())
    ticked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True, help_text="When a worker last said that it gets on."
    )
    ended_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_backfillrun"
        indexes: ClassVar = [models.Index(fields=["source", "id"], name="dynamo_backfill_of_mirror")]

    def __str__(self) -> str:
        return f"backfill {self.pk} of {self.source}: {self.status}"


class BackfillRange(models.Model):
    """Rows between two primary keys, the lower excluded; how far they are done."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    run: models.ForeignKey[BackfillRun, BackfillRun] = models.ForeignKey(
        BackfillRun, on_delete=models.CASCADE, related_name="ranges"
    )
    low: models.CharField[str | None, str | None] = models.CharField(  # noqa: DJ001 - NULL: from the first row
        max_length=KEY_LENGTH, null=True
    )
    high: models.CharField[str | None, str | None] = models.CharField(  # noqa: DJ001 - NULL: to the last row
        max_length=KEY_LENGTH, null=True
    )
    cursor: models.CharField[str | None, str | None] = models.CharField(  # noqa: DJ001 - NULL: nothing so far
        max_length=KEY_LENGTH, null=True, help_text="The last key that is done."
    )
    status: models.CharField[str, str] = models.CharField(max_length=STATUS_LENGTH, default="pending")
    done: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    put_off: models.BigIntegerField[int, int] = models.BigIntegerField(
        default=0, help_text="Rows that wait in the change log for a relay's next attempt."
    )
    dead: models.BigIntegerField[int, int] = models.BigIntegerField(default=0, help_text="Rows that no item can hold.")
    units: models.FloatField[float, float] = models.FloatField(default=0.0, help_text="Write units consumed.")

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_backfillrange"

    def __str__(self) -> str:
        return f"{self.low or 'first'} to {self.high or 'last'}: {self.status}"


class VerifyRun(models.Model):
    """One comparison of both stores."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    sources: models.TextField[str, str] = models.TextField(help_text="JSON: the mirrors.")
    scope: models.CharField[str, str] = models.CharField(
        max_length=STATUS_LENGTH, help_text="full, sample, keys, since or continuous."
    )
    status: models.CharField[str, str] = models.CharField(max_length=STATUS_LENGTH, default="running")
    seq: models.BigIntegerField[int, int] = models.BigIntegerField(
        help_text="The number of the change log as it began: whatever was written later has a higher one."
    )
    rows: models.BigIntegerField[int, int] = models.BigIntegerField(default=0, help_text="Rows looked at.")
    items: models.BigIntegerField[int, int] = models.BigIntegerField(default=0, help_text="Items looked at.")
    mismatches: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    unsettled: models.BigIntegerField[int, int] = models.BigIntegerField(
        default=0, help_text="Keys that a change was in flight for, each time they were looked at."
    )
    started_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_default=Now())
    holder: models.CharField[str, str] = models.CharField(
        max_length=255, default="", help_text="host:pid:token of the process that works on it."
    )
    ticked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True, help_text="When how far it is was last saved."
    )
    state: models.TextField[str, str] = models.TextField(
        default="", help_text="JSON: how far a full one is, for one that goes on with it."
    )
    ended_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_verifyrun"

    def __str__(self) -> str:
        return f"verify {self.pk} ({self.scope}): {self.mismatches} mismatches"


class Mismatch(models.Model):
    """A key at which the stores differ, as two looks at an item that did not change between them found it."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    run: models.ForeignKey[VerifyRun, VerifyRun] = models.ForeignKey(
        VerifyRun, on_delete=models.CASCADE, related_name="found"
    )
    kind: models.CharField[str, str] = models.CharField(
        max_length=STATUS_LENGTH, help_text="missing, extra, different, index or refused."
    )
    source: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH)
    row_key: models.CharField[str, str] = models.CharField(
        max_length=KEY_LENGTH, help_text="Empty for an extra item that leads to no row."
    )
    digest: models.CharField[str, str] = models.CharField(max_length=64, help_text="SHA-256 of table and key.")
    key: models.TextField[str, str] = models.TextField(help_text="JSON, in DynamoDB's own form.")
    attributes: models.TextField[str, str] = models.TextField(help_text="JSON: the stored names of those that differ.")
    old: models.TextField[str, str] = models.TextField(help_text="JSON: what the row says of them.")
    new: models.TextField[str, str] = models.TextField(help_text="JSON: what DynamoDB holds of them.")
    seq: models.BigIntegerField[int | None, int | None] = models.BigIntegerField(
        null=True, help_text="The number of the item; NULL where there is none."
    )
    repaired_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_mismatch"
        indexes: ClassVar = [models.Index(fields=["source", "row_key"], name="dynamo_mismatch_of_row")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.source} {self.row_key} {self.key}"
