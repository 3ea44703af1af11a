"""The tables of the cutover: where each group stands, how it came there, and what its reads were like."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, NoReturn

from django.db import models
from django.db.models.functions import Now

from dynamo_models.mirror.log.models import SOURCE_LENGTH

STAGE_LENGTH = 12


class GroupState(models.Model):
    """Where a group stands. Whoever changes a row raises its epoch, and only from the one that was read."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    group: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH, unique=True)
    stage: models.CharField[str, str] = models.CharField(max_length=STAGE_LENGTH, default="off")
    share: models.PositiveSmallIntegerField[int, int] = models.PositiveSmallIntegerField(
        default=0, help_text="Per cent of reads that DynamoDB answers."
    )
    killed: models.BooleanField[bool, bool] = models.BooleanField(default=False, help_text="SQL answers every read.")
    allow: models.TextField[str, str] = models.TextField(
        default="[]", help_text="JSON: subjects whose reads DynamoDB answers, whatever the share."
    )
    deny: models.TextField[str, str] = models.TextField(
        default="[]", help_text="JSON: subjects whose reads SQL answers, whatever the share."
    )
    epoch: models.BigIntegerField[int, int] = models.BigIntegerField(default=0, help_text="Grows with every change.")
    step: models.BigIntegerField[int, int] = models.BigIntegerField(
        default=0, help_text="The step of the history that brought it to its place."
    )
    frozen: models.BooleanField[bool, bool] = models.BooleanField(
        default=False, help_text="A switch is in its pause: nobody writes."
    )
    since: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        db_default=Now(), help_text="When it came to its place."
    )
    mapping: models.CharField[str, str] = models.CharField(
        max_length=64, default="", help_text="The fingerprint of its mirrors that items are made by."
    )
    captured_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True, help_text="Since when every write was seen, by that mapping: a backfill counts that began later."
    )

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_groupstate"
        verbose_name = "cutover"
        verbose_name_plural = "cutovers"
        default_permissions = ("view",)
        permissions = (
            ("step_up_groupstate", "Can take a group a stage up"),
            ("step_down_groupstate", "Can take a group down, at once"),
            ("kill_groupstate", "Can send every read of a group to SQL, and end that"),
            ("subjects_groupstate", "Can say whose reads go to which store"),
            ("switch_groupstate", "Can move authority to DynamoDB and back, and end a cutover"),
        )

    def __str__(self) -> str:
        return f"{self.group}: {self.stage}"


class _AppendOnly(models.QuerySet[Any]):
    def update(self, **_: Any) -> NoReturn:
        raise TypeError("The history of a cutover is only added to.")

    def delete(self) -> NoReturn:
        raise TypeError("The history of a cutover is only added to.")


class GroupStep(models.Model):
    """Something was done to a group: who did it, when, why and on which evidence. Rows are only added."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    group: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH)
    action: models.CharField[str, str] = models.CharField(
        max_length=STAGE_LENGTH, help_text="move, renew, switch, abort, kill, unkill, allow, deny or forget."
    )
    from_stage: models.CharField[str, str] = models.CharField(max_length=STAGE_LENGTH)
    from_share: models.PositiveSmallIntegerField[int, int] = models.PositiveSmallIntegerField(default=0)
    to_stage: models.CharField[str, str] = models.CharField(max_length=STAGE_LENGTH)
    to_share: models.PositiveSmallIntegerField[int, int] = models.PositiveSmallIntegerField(default=0)
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_default=Now())
    who: models.CharField[str, str] = models.CharField(max_length=255)
    automatic: models.BooleanField[bool, bool] = models.BooleanField(default=False, help_text="Nobody asked for it.")
    reason: models.TextField[str, str] = models.TextField(default="")
    evidence: models.TextField[str, str] = models.TextField(default="{}", help_text="JSON: what was known then.")

    objects: ClassVar[models.Manager[GroupStep]] = models.Manager.from_queryset(_AppendOnly)()

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_groupstep"
        indexes: ClassVar = [models.Index(fields=["group", "id"], name="dynamo_step_of_group")]

    def __str__(self) -> str:
        return f"{self.group}: {self.action} from {self.from_stage} to {self.to_stage}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("The history of a cutover is only added to.")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("The history of a cutover is only added to.")


class ReadTally(models.Model):
    """What one process has counted of a group's reads in one minute, or, without a process, of earlier minutes."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    group: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH)
    step: models.BigIntegerField[int, int] = models.BigIntegerField(help_text="The step that led to its place then.")
    process: models.CharField[str, str] = models.CharField(max_length=64, help_text="Empty for several, merged.")
    minute: models.BigIntegerField[int, int] = models.BigIntegerField(help_text="Since 1970; the last, where merged.")
    counts: models.TextField[str, str] = models.TextField(help_text="JSON: numbers by their names.")
    latencies: models.TextField[str, str] = models.TextField(help_text="JSON: by store, reads by bucket.")

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_readtally"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "step", "process", "minute"], name="dynamo_tally_once")
        ]

    def __str__(self) -> str:
        return f"{self.group} at {self.minute}: {self.counts}"


class ReadMismatch(models.Model):
    """A read that the stores answer differently, as two looks at both found it with nothing in flight."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    group: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH)
    step: models.BigIntegerField[int, int] = models.BigIntegerField()
    source: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH, help_text="The mirror.")
    what: models.TextField[str, str] = models.TextField(help_text="The read, as its caller describes it.")
    sql: models.TextField[str, str] = models.TextField(help_text="JSON: the answer of SQL, cut where it is long.")
    dynamodb: models.TextField[str, str] = models.TextField(help_text="JSON: the answer of DynamoDB, cut likewise.")
    served_by: models.CharField[str, str] = models.CharField(max_length=STAGE_LENGTH)
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_default=Now())

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_readmismatch"
        indexes: ClassVar = [models.Index(fields=["group", "id"], name="dynamo_mismatch_of_group")]

    def __str__(self) -> str:
        return f"{self.source}: {self.what}"


class UnservedRead(models.Model):
    """A read of the code's that no key of DynamoDB's serves: SQL answers it."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    digest: models.CharField[str, str] = models.CharField(max_length=64, unique=True)  # of the three that follow
    source: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH, help_text="The mirror.")
    place: models.CharField[str, str] = models.CharField(max_length=255, help_text="File and line.")
    reason: models.TextField[str, str] = models.TextField()
    group: models.CharField[str, str] = models.CharField(max_length=SOURCE_LENGTH)
    count: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    last_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_default=Now())

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_unservedread"
        indexes: ClassVar = [models.Index(fields=["group", "count"], name="dynamo_unserved_of_group")]

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"
