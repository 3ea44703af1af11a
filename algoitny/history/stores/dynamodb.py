"""Runs as DynamoDB answers: one's own from one's partition, the public ones from the indexes that hold no others."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from algoitny import ids
from algoitny.history.items import SearchHistory, Totals, UserTotals, owner_of, user_of
from algoitny.history.records import Count, NewRun, Ranked, Run, RunSummary, Stats
from algoitny.keyset import Listing, Page
from algoitny.records import names_of, record_of
from dynamo_models import ConditionFailed, QuerySet

# How often a write is decided again after another writer came before.
TRIES = 8

_SUMMARY = names_of(RunSummary)


def own(user_id: int, *, limit: int = 20, cursor: str | None = None, **filters: Any) -> Page[RunSummary]:
    listing = Listing(name="own history", filters={**filters, "user": user_id})
    return listing.answer(_own(user_id, filters), cursor, limit, _summary)


def public(*, limit: int = 20, cursor: str | None = None, **filters: Any) -> Page[RunSummary]:
    listing = Listing(name="public history", filters=filters)
    return listing.answer(_public(filters), cursor, limit, _summary)


def timeline(user_id: int, *, limit: int = 20, cursor: str | None = None, **filters: Any) -> Page[RunSummary]:
    """Enough of both lists for a page of either; a run that is in both is taken from one's own."""
    listing = Listing(name="timeline", filters={**filters, "user": user_id})
    after = listing.position(cursor)
    found = {
        item.id: item
        for items in (_public(filters), _own(user_id, filters))
        for item in listing.items(items, after, limit + 1)
    }
    newest_first = sorted(found.values(), key=listing.place, reverse=True)
    return listing.page([_summary(item) for item in newest_first[: limit + 1]], limit)


def run_by_id(run_id: int) -> Run | None:
    """Two requests: the unique item says where the run is, and it is read."""
    item = SearchHistory.objects.filter(id=run_id).first()
    return None if item is None else _run(item)


def create_run(run: NewRun, *, run_id: int | None = None, at: datetime | None = None) -> Run:
    row_id = run_id if run_id is not None else ids.next_id("history")
    item = SearchHistory.objects.create(
        id=row_id,
        created_at=at or timezone.now(),
        **{name: getattr(run, name) for name in names_of(NewRun) if name != "user_id"},
        user_id=owner_of(run.user_id, row_id),
        user_row=run.user_id,
    )
    return _run(item)


def add_hints(run_id: int, hints: list[Any]) -> Run | None:
    for attempt in range(TRIES):
        item = SearchHistory.objects.filter(id=run_id).consistent().first()
        if item is None:
            return None
        # Held to the hints that were read, as text: another's are not written over.
        seen = item.raw.get(SearchHistory.schema.stored("hints"))
        held = SearchHistory.hints.does_not_exist() if seen is None else SearchHistory.hints == item.hints
        try:
            return _run(item.patch(if_=held, hints=[*(item.hints or []), *hints]))
        except ConditionFailed:
            if attempt == TRIES - 1:
                raise
    return None


def hints(run_id: int) -> list[Any] | None:
    item = SearchHistory.objects.filter(id=run_id).only("hints").first()
    return None if item is None else item.hints or []


def stats(user_id: int) -> Stats:
    """One request."""
    try:
        found = Totals.get(user_id=str(user_id))
    except UserTotals.DoesNotExist:
        return Stats(all=Count(), problems=0, platforms={}, languages={})
    return Stats(
        all=record_of(Count, found.user),
        problems=found.user.problems,
        platforms={each.platform: record_of(Count, each) for each in found.platforms},
        languages={each.language: record_of(Count, each) for each in found.languages},
    )


def leaderboard(*, limit: int = 10) -> list[Ranked]:
    """One request for each shard of the ranking."""
    found = UserTotals.objects.ranking().order_by("-runs", "-user_number")[:limit]
    return [record_of(Ranked, item, rank=rank, user_id=item.user_number) for rank, item in enumerate(found, 1)]


def _own(user_id: int, filters: dict[str, Any]) -> QuerySet[SearchHistory]:
    return SearchHistory.objects.filter(user_id=str(user_id), **_given(filters)).only(*_SUMMARY)


def _public(filters: dict[str, Any]) -> QuerySet[SearchHistory]:
    given = _given(filters)
    key = "by_platform" if "platform" in given else "by_language" if "language" in given else "public"
    return SearchHistory.objects.using(key).filter(is_code_public=True, **given).only(*_SUMMARY)


def _given(filters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value is not None}


def _summary(item: SearchHistory) -> RunSummary:
    return record_of(RunSummary, item, user_id=user_of(item.user_id))


def _run(item: SearchHistory) -> Run:
    return record_of(Run, item, user_id=user_of(item.user_id))
