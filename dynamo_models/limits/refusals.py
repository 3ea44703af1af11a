"""What was refused a moment ago, remembered by this process: it spares DynamoDB the question, and only ever refuses."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.cache.backends.locmem import LocMemCache

MOST = 10_000  # users remembered at once


class Refusals:
    """How much was used in the windows that refused somebody, for a while. A refund elsewhere is seen after that."""

    def __init__(self, kept: timedelta) -> None:
        self._kept = kept
        self._held = LocMemCache(f"dynamo_models.limits.{uuid4().hex}", {"MAX_ENTRIES": MOST})

    def remember(self, key: tuple[Any, ...], used: int, at: datetime) -> None:
        if self._kept:
            # The limiter's clock says when it has passed; the cache's own only cleans up.
            self._held.set(_name(key), (used, at + self._kept), timeout=self._kept.total_seconds() + 1)

    def used(self, key: tuple[Any, ...], at: datetime) -> int | None:
        """What was used when it was refused; None where nothing is remembered."""
        if not self._kept:
            return None
        used, until = self._held.get(_name(key), (None, at))
        return used if at < until else None

    def forget(self, key: tuple[Any, ...]) -> None:
        if self._kept:
            self._held.delete(_name(key))


def _name(key: tuple[Any, ...]) -> str:
    # Whatever a user is called, it is a key of the cache's.
    return hashlib.sha256(repr(key).encode()).hexdigest()
