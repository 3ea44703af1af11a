"""The log of uses as the limiter reads it: to count it, and to find one row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dynamo_models.errors import ValueRefused
from dynamo_models.limits.declaration import Declaration
from dynamo_models.limits.windows import Span, Window, zone_of

# Rows lie under the date that their user's zone had. Zones are up to 14 hours away from UTC.
_FARTHEST = timedelta(hours=14)


def counted(declared: Declaration, user_id: Any, action: str, window: Window, span: Span) -> int:
    """What the log's rows of one stretch cost together, read consistently: as many rows as there are are billed.

    ValueRefused for a window that lasts longer than rows are kept.
    """
    log: Any = declared.log
    if log is None:
        raise ValueRefused("The limiter has no log: count it where it is, and give the number as counted=.")
    if span.end is None or span.end - span.start > declared.kept:
        raise ValueRefused(
            f"Window {window.name!r} lasts longer than rows are kept ({declared.kept}), so its counter cannot be "
            "counted again."
        )
    if window.kind == "day":
        return sum(_cost(row) for row in _rows(log, user_id, action, span.day))
    day, last = (span.start - _FARTHEST).date(), (span.end + _FARTHEST).date()
    total = 0
    while day <= last:
        rows = _rows(log, user_id, action, day)
        total += sum(_cost(row) for row in rows if span.start <= row.created_at < span.end)
        day += timedelta(days=1)
    return total


def row_of(declared: Declaration, held: Any) -> Any:
    """The row of a request, by its note; None where there is none. One request where the log's key has created_at."""
    log: Any = declared.log
    day = held.at.astimezone(zone_of(held.zone)).date()
    rows = log.objects.filter(user_id=held.user_id, action=held.action, date=day, created_at=held.at).consistent()
    return next((row for row in rows if row.request_id == held.request_id), None)


def _rows(log: Any, user_id: Any, action: str, day: Any) -> Any:
    return log.objects.filter(user_id=user_id, action=action, date=day).consistent().iterator()


def _cost(row: Any) -> int:
    return int(getattr(row, "cost", 1))
