"""Statements that wrote to a watched table past a mirror. Rows are only added, so that no writer waits for another."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from dynamo_models.mirror.log.models import SOURCE_LENGTH
from dynamo_models.mirror.log.runs import VerifyRun

TABLE_LENGTH, VERB_LENGTH, PLACE_LENGTH = 255, 12, 255


class Unseen(models.Model):
    """One such statement. It is there in the statement's transaction, and goes with it where that is rolled back."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    source: models.CharField[str, str] = models.CharField(
        max_length=SOURCE_LENGTH, help_text="The mirror whose items are made of the table; each has a row of its own."
    )
    table: models.CharField[str, str] = models.CharField(max_length=TABLE_LENGTH)
    verb: models.CharField[str, str] = models.CharField(max_length=VERB_LENGTH, help_text="INSERT, UPDATE, ...")
    place: models.CharField[str, str] = models.CharField(
        max_length=PLACE_LENGTH, help_text="file:line of the project's code; the statement's text is not kept."
    )
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_default=Now())
    run: models.ForeignKey[VerifyRun | None, VerifyRun | None] = models.ForeignKey(
        VerifyRun, null=True, on_delete=models.SET_NULL, help_text="The full verification that began after it."
    )
    settled_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True, help_text="When that verification had found no difference."
    )

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_unseen"
        indexes: ClassVar = [models.Index(fields=["settled_at", "source"], name="dynamo_unseen_open")]

    def __str__(self) -> str:
        return f"{self.source}: {self.verb} of {self.table} at {self.place}"
