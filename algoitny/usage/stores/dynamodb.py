"""Uses as DynamoDB answers. The decision is made on a counter: counting the log would race, and bill each row of it."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from algoitny import ids
from algoitny.keyset import Listing, Page
from algoitny.records import record_of
from algoitny.tables import main
from algoitny.usage.items import TOTAL_SHARDS, UsageCounter, UsageLog, UsageTotal, month_of
from algoitny.usage.models import KEPT
from algoitny.usage.records import DayTotal, LimitReached, Today, Use
from dynamo_models import ConditionFailed, TransactionCanceled

_COUNTER = 1  # the counter's place in the transaction


def today(user_id: int, *, day: date) -> Today:
    """One request."""
    return Today(
        **{counter.action: counter.n for counter in UsageCounter.objects.filter(user_id=str(user_id), date=day)}
    )


def log_use(
    user_id: int,
    action: str,
    *,
    limit: int,
    problem_row: int | None,
    metadata: dict[str, Any],
    use_id: int | None,
    at: datetime,
) -> Use:
    """One transaction: the log row, the user's counter if it stays within the limit, the day's total."""
    if limit == 0:
        raise LimitReached(action, limit)
    owner, day = str(user_id), at.astimezone(UTC).date()
    item = UsageLog(
        id=use_id if use_id is not None else ids.next_id("usage"),
        user_id=owner,
        action=action,
        date=day,
        problem_row=problem_row,
        metadata=metadata,
        created_at=at,
        ttl=expiry_of(at),
    )
    within = UsageCounter.n < limit if limit > 0 else None
    try:
        with main.transaction() as tx:
            tx.create(item)
            tx.upsert(
                UsageCounter,
                UsageCounter.n.add(1),
                if_=within,
                user_id=owner,
                action=action,
                date=day,
                ttl=counter_expiry(day),
            )
            tx.upsert(
                UsageTotal,
                UsageTotal.n.add(1),
                month=month_of(day),
                date=day,
                action=action,
                shard=user_id % TOTAL_SHARDS,
                ttl=counter_expiry(day),
            )
    except TransactionCanceled as canceled:
        cause = canceled.causes[_COUNTER]
        if isinstance(cause, ConditionFailed) and within is not None:
            raise LimitReached(action, limit) from canceled
        raise
    return _use(item)


def uses(user_id: int, action: str, *, day: date, limit: int, cursor: str | None) -> Page[Use]:
    listing = Listing(name="uses", filters={"user": user_id, "action": action, "day": str(day)})
    return listing.answer(UsageLog.objects.filter(user_id=str(user_id), date=day, action=action), cursor, limit, _use)


def totals(first: date, last: date) -> list[DayTotal]:
    """One request for each month."""
    counted: Counter[tuple[date, str]] = Counter()
    start = first
    while start <= last:
        following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        end = min(last, following - timedelta(days=1))
        for part in UsageTotal.objects.filter(month=month_of(start), date__range=(start, end)).iterator():
            counted[part.date, part.action] += part.n
        start = following
    return [DayTotal(date=day, action=action, n=n) for (day, action), n in sorted(counted.items())]


def expiry_of(at: datetime) -> datetime:
    """When a use is gone."""
    return at + KEPT


def counter_expiry(day: date) -> datetime:
    """When a day's counters are gone: as the last of its uses is."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC) + KEPT


def _use(item: UsageLog) -> Use:
    return record_of(Use, item, user_id=int(item.user_id))
