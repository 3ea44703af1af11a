"""What becomes of a use's row on the DynamoDB side, and the counters that all rows together add up to."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date

from django.db.models import Count
from django.db.models.functions import TruncDate

from algoitny.usage import items, models
from algoitny.usage.access import day_of
from algoitny.usage.stores.dynamodb import counter_expiry, expiry_of


def use_item(row: models.UsageLog) -> items.UsageLog:
    return items.UsageLog(
        id=row.pk,
        user_id=str(row.user_id),
        action=row.action,
        date=day_of(row.created_at),
        problem_row=row.problem_id,
        metadata=row.metadata,
        created_at=row.created_at,
        ttl=expiry_of(row.created_at),
    )


def counter_items() -> Iterator[items.UsageCounter]:
    for (user_id, action, day), n in sorted(_counted().items()):
        yield items.UsageCounter(user_id=str(user_id), action=action, date=day, n=n, ttl=counter_expiry(day))


def usage_total_items() -> Iterator[items.UsageTotal]:
    parts: Counter[tuple[date, str, int]] = Counter()
    for (user_id, action, day), n in _counted().items():
        parts[day, action, user_id % items.TOTAL_SHARDS] += n
    for (day, action, shard), n in sorted(parts.items()):
        yield items.UsageTotal(
            month=items.month_of(day), date=day, action=action, shard=shard, n=n, ttl=counter_expiry(day)
        )


def _counted() -> Counter[tuple[int, str, date]]:
    rows = (
        models.UsageLog.objects.kept().order_by().values("user_id", "action", day=TruncDate("created_at", tzinfo=UTC))
    )
    counted: Counter[tuple[int, str, date]] = Counter()
    for row in rows.annotate(n=Count("id")).iterator():
        counted[row["user_id"], row["action"], row["day"]] += row["n"]
    return counted
