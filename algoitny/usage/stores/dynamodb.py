"""Uses as DynamoDB answers. The decision is made on a counter: counting the log would race, and bill each row of it."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from algoitny.ids.rows import next_row_id
from algoitny.keyset import Listing, Page
from algoitny.records import record_of
from algoitny.usage import models
from algoitny.usage.items import UsageCounter, UsageLog, UsageTotal, month_of
from algoitny.usage.limiter import limiter
from algoitny.usage.records import DayTotal, Taken, Today, Use


def today(user_id: int, *, day: date) -> Today:
    """One request."""
    return Today(
        **{counter.action: counter.n for counter in UsageCounter.objects.filter(user_id=str(user_id), date=day)}
    )


def take(
    user_id: int,
    action: str,
    *,
    limit: int,
    problem_row: int | None,
    metadata: dict[str, Any],
    use_id: int | None,
    at: datetime,
    request_id: str | None,
    look: bool,
) -> Taken:
    """One transaction: the log row, the user's counter if it stays within the limit, and the request."""
    values: dict[str, Any] = {"user_row": user_id, "problem_row": problem_row, "metadata": metadata, "counted": True}
    if limit != 0:
        values["id"] = use_id if use_id is not None else next_row_id("usage", models.UsageLog)
    decision = limiter.consume(
        str(user_id), action, limit=limit, at=at, request_id=request_id, values=values, look=look
    )
    if decision.reason != "admitted":
        return Taken(decision=decision)
    use = Use(
        id=values["id"],
        user_id=user_id,
        action=action,
        problem_row=problem_row,
        metadata=metadata,
        created_at=at,
    )
    return Taken(decision=decision, use=use)


def give_back(user_id: int, request_id: str) -> bool:
    return limiter.refund(str(user_id), request_id, log=True)


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


def _use(item: UsageLog) -> Use:
    return record_of(Use, item, user_id=int(item.user_id))
