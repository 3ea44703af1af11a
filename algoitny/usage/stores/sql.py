"""Uses as SQL answers."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate

from algoitny.accounts.models import User
from algoitny.keyset import Listing, Page
from algoitny.usage.models import UsageLog
from algoitny.usage.records import DayTotal, LimitReached, Today, Use


def today(user_id: int, *, day: date) -> Today:
    return Today(
        **UsageLog.objects.filter(user_id=user_id, **_on(day)).aggregate(
            hint=Count("id", filter=Q(action="hint")), execution=Count("id", filter=Q(action="execution"))
        )
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
    with transaction.atomic():
        # One at a time for each user: counted and then written, two at once would both be admitted.
        User.objects.select_for_update().filter(pk=user_id).first()
        if limit >= 0 and today(user_id, day=at.astimezone(UTC).date()).of(action) >= limit:
            raise LimitReached(action, limit)
        row = UsageLog(
            pk=use_id, user_id=user_id, action=action, problem_id=problem_row, metadata=metadata, created_at=at
        )
        row.save(force_insert=True)
    return Use(id=row.pk, user_id=user_id, action=action, problem_row=problem_row, metadata=metadata, created_at=at)


def uses(user_id: int, action: str, *, day: date, limit: int, cursor: str | None) -> Page[Use]:
    listing = Listing(name="uses", filters={"user": user_id, "action": action, "day": str(day)})
    rows = UsageLog.objects.kept().filter(user_id=user_id, action=action, **_on(day))
    found = listing.rows(rows, listing.position(cursor), limit + 1)
    columns = found.values("id", "user_id", "action", "metadata", "created_at", problem_row=F("problem_id"))
    return listing.page([Use(**row) for row in columns], limit)


def totals(first: date, last: date) -> list[DayTotal]:
    rows = UsageLog.objects.kept().filter(
        created_at__gte=_start(first), created_at__lt=_start(last + timedelta(days=1))
    )
    counted: Counter[tuple[date, str]] = Counter()
    for row in rows.order_by().values("action", day=TruncDate("created_at", tzinfo=UTC)).annotate(n=Count("id")):
        counted[row["day"], row["action"]] += row["n"]
    return [DayTotal(date=day, action=action, n=n) for (day, action), n in sorted(counted.items())]


def _on(day: date) -> dict[str, datetime]:
    return {"created_at__gte": _start(day), "created_at__lt": _start(day + timedelta(days=1))}


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
