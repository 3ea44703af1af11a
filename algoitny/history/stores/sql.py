"""Runs as SQL answers."""

from datetime import datetime
from typing import Any

from django.db.models import Count as Counted
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from algoitny.contention import locked
from algoitny.history.models import SearchHistory
from algoitny.history.records import Count, NewRun, Ranked, Run, RunSummary, Stats
from algoitny.keyset import Listing, Page
from algoitny.records import names_of, record_of

# As columns: what a list does not show, the code above all, is not fetched.
_COLUMNS = [name for name in names_of(RunSummary) if name != "problem_row"]
_PASSED = Counted("id", filter=Q(failed_count=0, total_count__gt=0))


def own(user_id: int, *, limit: int = 20, cursor: str | None = None, **filters: Any) -> Page[RunSummary]:
    return _page("own history", SearchHistory.objects.filter(user_id=user_id), limit, cursor, filters, user=user_id)


def public(*, limit: int = 20, cursor: str | None = None, **filters: Any) -> Page[RunSummary]:
    return _page("public history", SearchHistory.objects.filter(is_code_public__in=[True]), limit, cursor, filters)


def timeline(user_id: int, *, limit: int = 20, cursor: str | None = None, **filters: Any) -> Page[RunSummary]:
    rows = SearchHistory.objects.filter(Q(user_id=user_id) | Q(is_code_public__in=[True]))
    return _page("timeline", rows, limit, cursor, filters, user=user_id)


def run_by_id(run_id: int) -> Run | None:
    row = SearchHistory.objects.filter(pk=run_id).first()
    return None if row is None else _run(row)


def create_run(run: NewRun, *, run_id: int | None = None, at: datetime | None = None) -> Run:
    values = {name: getattr(run, name) for name in names_of(NewRun)}
    row = SearchHistory(pk=run_id, problem_id=values.pop("problem_row"), created_at=at or timezone.now(), **values)
    row.save(force_insert=True)
    return _run(row)


def add_hints(run_id: int, hints: list[Any]) -> Run | None:
    def add() -> Run | None:
        row = SearchHistory.objects.select_for_update().filter(pk=run_id).first()
        if row is None:
            return None
        row.hints = [*(row.hints or []), *hints]
        row.save(update_fields=["hints"])
        return _run(row)

    return locked("activity", add)


def hints(run_id: int) -> list[Any] | None:
    row = SearchHistory.objects.filter(pk=run_id).values("hints").first()
    return None if row is None else row["hints"] or []


def stats(user_id: int) -> Stats:
    rows = SearchHistory.objects.filter(user_id=user_id).order_by()
    return Stats(
        all=_count(rows.aggregate(runs=Counted("id"), passed=_PASSED)),
        problems=rows.aggregate(problems=Counted("problem_id", distinct=True))["problems"],
        platforms=_by(rows, "platform"),
        languages=_by(rows, "language"),
    )


def leaderboard(*, limit: int = 10) -> list[Ranked]:
    rows = (
        SearchHistory.objects.filter(user__isnull=False)
        .order_by()
        .values("user_id")
        .annotate(runs=Counted("id"), passed=_PASSED, problems=Counted("problem_id", distinct=True))
        .order_by("-runs", "-user_id")[:limit]
    )
    return [Ranked(rank=rank, **row, failed=row["runs"] - row["passed"]) for rank, row in enumerate(rows, 1)]


def _page(
    name: str, rows: QuerySet[SearchHistory], limit: int, cursor: str | None, filters: dict[str, Any], **more: Any
) -> Page[RunSummary]:
    given = {key: value for key, value in filters.items() if value is not None}
    listing = Listing(name=name, filters={**filters, **more})
    found = listing.rows(rows.filter(**given), listing.position(cursor), limit + 1)
    columns = found.values(*_COLUMNS, problem_row=F("problem_id"))
    return listing.page([RunSummary(**row) for row in columns], limit)


def _by(rows: QuerySet[SearchHistory], name: str) -> dict[str, Count]:
    found = rows.values(name).annotate(runs=Counted("id"), passed=_PASSED)
    return {row.pop(name): _count(row) for row in sorted(found, key=lambda row: row[name])}


def _count(row: dict[str, int]) -> Count:
    return Count(runs=row["runs"], passed=row["passed"], failed=row["runs"] - row["passed"])


def _run(row: SearchHistory) -> Run:
    return record_of(Run, row, problem_row=row.problem_id)
