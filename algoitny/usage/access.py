"""The questions asked about uses, and what logs them; either store does both. A day is UTC's."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from algoitny.keyset import Page
from algoitny.store import Either
from algoitny.usage.models import KEPT
from algoitny.usage.records import DayTotal, Today, Use
from algoitny.usage.stores import dynamodb, sql

_store = Either(sql=sql, dynamodb=dynamodb)

MOST_DAYS = KEPT.days


def today(user_id: int, *, day: date | None = None) -> Today:
    """Pattern 14: a user's hints and executions on a day, today where none is given; one request."""
    return _store.today(user_id, day=day or day_of(timezone.now()))


def log_use(
    user_id: int,
    action: str,
    *,
    limit: int,
    problem_row: int | None = None,
    metadata: dict[str, Any] | None = None,
    use_id: int | None = None,
    at: datetime | None = None,
) -> Use:
    """Pattern 15: log one use and count it, all or nothing. -1 is no limit. Raises LimitReached, and logs nothing."""
    return _store.log_use(
        user_id,
        action,
        limit=limit,
        problem_row=problem_row,
        metadata=metadata or {},
        use_id=use_id,
        at=at or timezone.now(),
    )


def uses(
    user_id: int, action: str, *, day: date | None = None, limit: int = 20, cursor: str | None = None
) -> Page[Use]:
    """A user's uses of one kind on one day, newest first. Raises CursorError."""
    return _store.uses(user_id, action, day=day or day_of(timezone.now()), limit=limit, cursor=cursor)


def totals(first: date, last: date) -> list[DayTotal]:
    """Pattern 32: what all users have done, by day and action, both days included; days without uses are left out.

    ValueError for a range that is the wrong way round, or longer than the log is kept.
    """
    if not timedelta() <= last - first < timedelta(days=MOST_DAYS):
        raise ValueError(f"A range of days has its first day first and at most {MOST_DAYS} days.")
    return _store.totals(first, last)


def day_of(at: datetime) -> date:
    """The day that a use of that time counts for."""
    return at.astimezone(UTC).date()
