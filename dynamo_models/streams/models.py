"""How far each shard of each stream has been read."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import ClassVar

from django.db import models


class StreamPosition(models.Model):
    """A shard's last record that every handler has been told of."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    stream: models.CharField[str, str] = models.CharField(max_length=512)
    shard: models.CharField[str, str] = models.CharField(max_length=255)
    digest: models.CharField[str, str] = models.CharField(max_length=64, unique=True)  # of both
    sequence: models.CharField[str, str] = models.CharField(max_length=64, blank=True)
    finished: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    updated_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "dynamo_models"
        db_table = "dynamo_models_streamposition"
        ordering: ClassVar = ["stream", "shard"]

    def __str__(self) -> str:
        return f"{self.shard}: {self.sequence or 'from its beginning'}"


def digest(stream: str, shard: str) -> str:
    """By which the position of a shard is found."""
    return hashlib.sha256(f"{stream}|{shard}".encode()).hexdigest()
