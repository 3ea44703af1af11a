"""Rows in the order of their primary keys, a few at a time: no offset grows, and no statement stays open."""

from __future__ import annotations

from typing import Any

from django.db import models

from dynamo_models.mirror.registration import Mirror


def keys_after(mirror: Mirror, using: str, low: Any, high: Any, limit: int) -> list[Any]:
    """The next primary keys behind ``low`` (None: from the first), up to ``high`` with it (None: to the last)."""
    return list(between(mirror, using, low, high).values_list("pk", flat=True)[:limit])


def between(mirror: Mirror, using: str, low: Any, high: Any) -> models.QuerySet[Any]:
    """Those rows, the ones that a default manager hides as well."""
    rows = mirror.model._base_manager.using(using).order_by("pk")
    if low is not None:
        rows = rows.filter(pk__gt=low)
    return rows if high is None else rows.filter(pk__lte=high)


def key_at(rows: models.QuerySet[Any], place: int) -> Any:
    """The primary key of the row at a place, from 0; None behind the last."""
    return next(iter(rows.values_list("pk", flat=True)[place : place + 1]), None)
