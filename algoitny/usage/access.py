"""The questions asked about uses, and what logs them; either store does both. A day is UTC's."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from algoitny.keyset import Page
from algoitny.store import Either
from algoitny.usage.items import KEPT, day_of
from algoitny.usage.records import DayTotal, LimitReached, LimitUnknown, Taken, Today, Use
from algoitny.usage.stores import dynamodb, sql

# The day's counter, which also decides: under DynamoDB's authority a lock is optimistic, and two blocks that only read
# the locked row would both be let in. A day's uses: the key begins with the day, which is no column. And the totals of
# all users, which the stream keeps up.
_store = Either(
    sql=sql,
    dynamodb=dynamodb,
    group="activity",
    beside={"today", "uses", "totals"},
    writing={"take", "give_back"},
    tasks={"give_back"},
)

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
    """Pattern 15: log one use and count it, all or nothing. -1 is no limit. Raises LimitReached or
    LimitUnknown, and logs nothing."""
    at = at or timezone.now()
    more = {"problem_row": problem_row, "metadata": metadata, "use_id": use_id}
    taken = take(user_id, action, limit=limit, at=at, **more)
    if taken.use is None:
        raise LimitReached(action, limit) if taken.decision.reason == "limit" else LimitUnknown(action)
    return taken.use


def take(
    user_id: int,
    action: str,
    *,
    limit: int,
    problem_row: int | None = None,
    metadata: dict[str, Any] | None = None,
    use_id: int | None = None,
    at: datetime | None = None,
    request_id: str | None = None,
    look: bool = False,
) -> Taken:
    """The same, and an answer in place of an error: what is left, and when there is more.

    request_id: told again it is one use; by it the use is given back. look: see how much is left first, which costs a
    request, and spares one that is refused the transaction.
    """
    return _store.take(
        user_id,
        action,
        limit=limit,
        problem_row=problem_row,
        metadata=metadata or {},
        use_id=use_id,
        at=at or timezone.now(),
        request_id=request_id,
        look=look,
    )


def give_back(user_id: int, request_id: str) -> bool:
    """Take a use back out of log and counter; whether this call did. False for one that is not there any more."""
    return _store.give_back(user_id, request_id)


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
