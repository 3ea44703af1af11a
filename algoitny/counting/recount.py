"""All counters counted again from the items themselves, and put right: where a stream was lost, or there is none.

It reads the main table as a whole, on purpose, and is for a time in which nobody writes and everything is mirrored.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from algoitny.counting.tally import Tally
from algoitny.history import totals as runs
from algoitny.history.items import LanguageTotals, PlatformTotals, SearchHistory, TriedProblem, UserTotals
from algoitny.usage import totals as uses
from algoitny.usage.items import KEPT, UsageCounter, UsageLog, UsageTotal, counter_expiry, day_of
from dynamo_models import Entity
from dynamo_models.errors import RawItem

KINDS: dict[str, type[Entity]] = {
    "totals of users": UserTotals,
    "totals by platform": PlatformTotals,
    "totals by language": LanguageTotals,
    "tried problems": TriedProblem,
    "counters of uses": UsageCounter,
    "totals of uses": UsageTotal,
}


@dataclass(kw_only=True)
class Recounted:
    """Counters by kind, and what was wrong in words. ahead: counters of uses above their log, which an answer that was
    lost on its way leaves behind: one use too many, and never one too few."""

    counted: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)

    @property
    def right(self) -> bool:
        return not self.wrong

    @property
    def wrong(self) -> list[str]:
        return [*self.missing, *self.extra, *self.different, *self.ahead]

    @property
    def untrue(self) -> list[str]:
        """What is wrong, but for counters that are ahead."""
        return [*self.missing, *self.extra, *self.different]


def recount(*, mend: bool) -> Recounted:
    """Compare every counter with a count of the items; ``mend`` puts right what is wrong.

    A day that has begun to pass away is left out: its uses go one by one, its counter at its end.
    """
    found = Recounted()
    wanted: dict[type[Entity], dict[Entity, Entity]] = {kind: {} for kind in KINDS.values()}
    for item in _expected():
        wanted[type(item)][item] = item
    for name, kind in KINDS.items():
        found.counted[name] = len(wanted[kind])
        to_put, to_remove = _compare(kind, wanted[kind], found)
        if mend:
            for item in to_remove:
                item.delete()
            if kind.schema.version is None:
                kind.schema.table.put_all(to_put)
            else:
                _set_each(kind, to_put)
    return found


def _set_each(kind: type[Entity], wanted: list[Entity]) -> None:
    """One by one, each held to what it was read as: what has a version is not overwritten in batches."""
    for item in wanted:
        held = kind.objects.filter(**item.key).consistent().first()
        if held is None:
            item.save()
        else:
            own = kind.schema.attributes.keys() - {kind.schema.version, "counted_at", *kind.schema.primary.facets}
            held.patch(**{name: value for name, value in item.attribute_values.items() if name in own})


def _compare(kind: type[Entity], wanted: dict[Entity, Entity], found: Recounted) -> tuple[list[Entity], list[Entity]]:
    """Note what is wrong with the counters of a kind; those to be put, and those to be removed."""
    to_put, to_remove = [], []
    fading = _fading()
    for item in kind.objects.scan().consistent().iterator():
        should = wanted.pop(item, None)
        if should is not None and _told(item.raw) != _told(should.serialize()):
            ahead = isinstance(item, UsageCounter) and isinstance(should, UsageCounter) and item.n > should.n
            (found.ahead if ahead else found.different).append(f"{item!r} should be {should!r}")
            to_put.append(should)
        elif should is None and getattr(item, "date", date.max) > fading:
            (found.ahead if isinstance(item, UsageCounter) and item.n > 0 else found.extra).append(repr(item))
            to_remove.append(item)
    found.missing += map(repr, wanted.values())
    return [*to_put, *wanted.values()], to_remove


def _told(raw: RawItem) -> dict[str, Any]:
    """What a counter says; that it was written so often, and when, is beside the point."""
    beside = {UsageCounter.schema.stored(name) for name in ("version", "counted_at")}
    return {name: value for name, value in raw.items() if name not in beside}


def _fading() -> date:
    return day_of(timezone.now() - KEPT)


def _expected() -> Iterator[Entity]:
    tally = Tally()
    for run in SearchHistory.objects.scan().consistent().iterator():
        runs.add(tally, run, 1)
    fading = _fading()
    for use in UsageLog.objects.scan().consistent().iterator():
        if use.date > fading:
            uses.add(tally, use, 1)
            uses.add_own(tally, use, 1)
    problems = Counter(facets["user_id"] for facets, _ in tally.of(TriedProblem))
    for facets, numbers in tally.of(UserTotals):
        yield UserTotals(**facets, **numbers, problems=problems[facets["user_id"]])
    for kind in (PlatformTotals, LanguageTotals, TriedProblem):
        for facets, numbers in tally.of(kind):
            yield kind(**facets, **numbers)
    for day_kind in (UsageCounter, UsageTotal):
        for facets, numbers in tally.of(day_kind):
            yield day_kind(**facets, **numbers, ttl=counter_expiry(facets["date"]))
