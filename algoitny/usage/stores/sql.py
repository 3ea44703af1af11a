"""Uses as SQL answers."""

import uuid
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate

from algoitny.accounts.models import User
from algoitny.keyset import Listing, Page
from algoitny.usage.limiter import counts, limiter
from algoitny.usage.models import UsageLog
from algoitny.usage.records import DayTotal, Taken, Today, Use
from dynamo_models.limits import Decision, Quota


def today(user_id: int, *, day: date) -> Today:
    return Today(
        **UsageLog.objects.filter(user_id=user_id, **_on(day)).aggregate(
            hint=Count("id", filter=Q(action="hint")), execution=Count("id", filter=Q(action="execution"))
        )
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
    look: bool,  # noqa: ARG001 - it is the count that decides
) -> Taken:
    """The user's counter, where it has a say, and then SQL's count, under a lock on the user's row, and the row."""
    name = request_id or uuid.uuid4().hex
    row = UsageLog(
        pk=use_id,
        user_id=user_id,
        action=action,
        problem_id=problem_row,
        metadata=metadata,
        created_at=at,
        request_id=request_id,
    )
    if limit and counts():
        counted = limiter.consume(str(user_id), action, limit=limit, at=at, request_id=name, log=False)
        if counted.reason not in {"admitted", "unavailable"}:
            return Taken(decision=counted)
        row.counted = True if counted.reason == "admitted" else None
    try:
        with transaction.atomic():
            decision = _decide(row, limit)
            if decision.reason == "admitted":
                row.save(force_insert=True)
    except BaseException:
        _take_off(row, name)
        raise
    if decision.reason != "admitted":
        _take_off(row, name)
        return Taken(decision=decision)
    use = Use(id=row.pk, user_id=user_id, action=action, problem_row=problem_row, metadata=metadata, created_at=at)
    return Taken(decision=decision, use=use)


def _decide(row: UsageLog, limit: int) -> Decision:
    # One at a time for each user: counted and then written, two at once would both be admitted.
    User.objects.select_for_update().filter(pk=row.user_id).first()
    told_before = row.request_id and UsageLog.objects.filter(user_id=row.user_id, request_id=row.request_id).exists()
    day = row.created_at.astimezone(UTC).date()
    used = today(row.user_id, day=day).of(row.action)
    fits = not 0 <= limit <= used
    admitted = fits and not told_before
    end = _start(day + timedelta(days=1))
    quota = Quota(
        window="day",
        limit=limit,
        used=used + admitted,
        seconds=86_400,
        reset_after=max(1, -int((row.created_at - end).total_seconds() // 1)),
        refuses=not (fits or told_before),
    )
    return Decision(
        allowed=fits or bool(told_before),
        reason="repeated" if told_before else "admitted" if fits else "limit",
        user_id=str(row.user_id),
        action=row.action,
        cost=1,
        at=row.created_at,
        request_id=row.request_id,
        quotas=(quota,),
    )


def _take_off(row: UsageLog, name: str) -> None:
    """The counter has the use, and the row is not there: as if it had not been asked for."""
    if row.counted:
        limiter.refund(str(row.user_id), name, log=False, forget=True)


def give_back(user_id: int, request_id: str) -> bool:
    """The counter first: until the row is gone there is one too many in the log, and not in the counter alone."""
    counted = counts() and limiter.refund(str(user_id), request_id, log=False)
    removed, _ = UsageLog.objects.filter(user_id=user_id, request_id=request_id).delete()
    return bool(removed) or counted


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
