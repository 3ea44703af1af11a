"""QuerySets: reads of one entity that look like Django's, planned by keys and carried out when they are looked at."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, overload

from dynamo_models.errors import BudgetSpent, KeyRefused, QueryRefused, ValueRefused
from dynamo_models.keys.template import FacetMissing
from dynamo_models.reading import cursor as cursors
from dynamo_models.reading import decode, execute, parallel
from dynamo_models.reading.explain import Explanation, explain
from dynamo_models.reading.plan import Plan
from dynamo_models.reading.planner import plan
from dynamo_models.reading.question import Budget, Question
from dynamo_models.reading.stream import Meter, OutOfBudget
from dynamo_models.reading.walk import Walk, belongs
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.writing import batch

E = TypeVar("E", bound=EntityDefinition)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[E]):
    """A page of matches. ``next`` is the cursor of what follows, None at the end.

    ``stopped`` says why it holds fewer than was asked for although more may follow: "budget", or None.
    """

    items: list[E]
    next: str | None
    stopped: str | None = None
    requests: int = 0
    read_units: float = 0.0


class QuerySet(Generic[E]):
    """A read that can be narrowed further. Nothing is sent before it is iterated, counted or indexed."""

    def __init__(self, question: Question, *, start: int = 0, stop: int | None = None) -> None:
        self._question = question
        self._start = start
        self._stop = stop
        self._found: list[E] | None = None

    def _with(self, question: Question) -> QuerySet[E]:
        if self._start or self._stop is not None:
            raise QueryRefused(f"{self}: it is sliced already; narrow it before the slice.")
        return QuerySet(question)

    # What is asked

    def filter(self, *conditions: Any, **lookups: Any) -> QuerySet[E]:
        """Matches for which all of this holds too: look-ups, Q objects, PynamoDB conditions."""
        return self._with(self._question.narrowed(conditions, lookups))

    def exclude(self, *conditions: Any, **lookups: Any) -> QuerySet[E]:
        """Matches for which this does not hold."""
        return self._with(self._question.narrowed(conditions, lookups, negated=True))

    def order_by(self, *names: str) -> QuerySet[E]:
        """In this order, which the key has to have: a minus is the highest first."""
        return self._with(self._question.ordered(names))

    def using(self, key: str) -> QuerySet[E]:
        """By this key and no other. Of an index with a condition, it reads what is in the index."""
        return self._with(replace(self._question, key=key))

    def only(self, *names: str) -> QuerySet[E]:
        """With only these attributes loaded, and those of the keys; the others raise when they are read."""
        return self._with(self._question.loaded(names))

    def consistent(self) -> QuerySet[E]:
        """Strongly consistent. QueryRefused where only a global index serves."""
        return self._with(replace(self._question, consistent=True))

    def include_expired(self) -> QuerySet[E]:
        """With items whose time has passed and that DynamoDB has not removed yet."""
        return self._with(replace(self._question, expired=True))

    def budget(self, *, requests: int | None = None, read_units: float | None = None) -> QuerySet[E]:
        """Stop after so many requests or read units: a page ends early, a whole read raises BudgetSpent."""
        return self._with(self._question.limited(Budget(requests=requests, read_units=read_units)))

    def scan(self, *, segments: int = 1) -> QuerySet[E]:
        """Read the whole table, or the whole index that ``using`` names, in this many segments at once."""
        if segments < 1:
            raise QueryRefused(f"scan(segments={segments}): it takes 1 or more.")
        return self._with(replace(self._question, scan=segments))

    def all(self) -> QuerySet[E]:
        return QuerySet(self._question, start=self._start, stop=self._stop)

    # What it costs

    @property
    def plan(self) -> Plan:
        """How it will be answered. NeedsScan where no key serves."""
        return plan(self._question)

    def explain(self, *, item_bytes: int = 1024) -> Explanation:
        """The plan in words and figures; nothing is sent. Read units are estimated for items of ``item_bytes``."""
        return explain(self.plan, limit=self._stop, item_bytes=item_bytes)

    # What it gives

    def __iter__(self) -> Iterator[E]:
        if self._found is None:
            self._found = list(self.iterator())
        return iter(self._found)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __bool__(self) -> bool:
        return bool(len(self))

    def iterator(self) -> Iterator[E]:
        """The matches one by one, with one page held at a time. BudgetSpent where the budget ends before they do."""
        if self._stop is not None and self._stop <= self._start:
            return
        made = self.plan
        if made.operation in ("GetItem", "Unique"):
            found = execute.get_one(made)
            yield from itertools.islice([] if found is None else [found], self._start, self._stop)
            return
        meter = Meter(made)
        walk = None
        if made.operation == "Scan" and made.question.scan > 1:
            matches = parallel.matches(made, meter)
        else:
            walk = Walk(made, meter=meter)
            matches = walk.matches(self._stop)
        given: list[E] = []
        holds = made.question.budget != Budget()
        with closing(matches):  # threads end with it
            try:
                for item in itertools.islice(matches, self._start, self._stop):
                    if holds:
                        given.append(item)
                    yield item
            except OutOfBudget:
                cursor = cursors.seal(made, walk.positions) if walk is not None else None
                raise self._spent(meter, given, cursor) from None

    def _spent(self, meter: Meter, items: list[E], cursor: str | None) -> BudgetSpent:
        on = "; .cursor goes on, with page()" if cursor is not None else ""
        return BudgetSpent(
            f"{self}: the budget ended after {meter.requests} requests and {meter.read_units:g} read units, with "
            f"{len(items)} matches given. They are in .items{on}.",
            items=items,
            cursor=cursor,
        )

    @overload
    def __getitem__(self, at: int) -> E: ...
    @overload
    def __getitem__(self, at: slice) -> QuerySet[E]: ...
    def __getitem__(self, at: int | slice) -> E | QuerySet[E]:
        if isinstance(at, int):
            if at < 0:
                raise QueryRefused(f"{self}: negative indexes are not supported; turn the order round.")
            found = list(self[at : at + 1])
            if not found:
                raise IndexError(f"{self} has no match number {at}.")
            return found[0]
        start, stop = at.start or 0, at.stop
        if at.step not in (None, 1) or start < 0 or (stop is not None and stop < 0):
            raise QueryRefused(f"{self}: a slice goes forward by one, from 0 or later.")
        first = self._start + start
        last = None if stop is None else self._start + stop
        if self._stop is not None:
            last = self._stop if last is None else min(last, self._stop)
        part: QuerySet[E] = QuerySet(self._question, start=first, stop=last if last is None else max(first, last))
        if self._found is not None:
            part._found = self._found[at]
        return part

    def first(self) -> E | None:
        """The first match, None where there is none."""
        return next(iter(self[:1]), None)

    def get(self, *conditions: Any, **lookups: Any) -> E:
        """The one match. DoesNotExist where there is none, MultipleObjectsReturned where there are more."""
        asked = self.filter(*conditions, **lookups) if conditions or lookups else self
        schema = self._question.schema
        found = list(asked[:2])
        if not found:
            raise schema.entity.DoesNotExist(f"{asked} has no match.")
        if len(found) > 1:
            raise schema.entity.MultipleObjectsReturned(f"{asked} has more than one match.")  # type: ignore[attr-defined]
        return found[0]

    def exists(self) -> bool:
        """Whether there is a match."""
        if self._found is not None or self._start or self._stop is not None:
            return self.first() is not None
        try:
            return execute.exists(self.plan)
        except OutOfBudget:
            raise BudgetSpent(f"{self}: the budget ended before a match was found.", items=[], cursor=None) from None

    def count(self) -> int:
        """How many matches there are. DynamoDB reads, and bills, every item that it counts.

        An item without the mark of an entity is counted where it lies among those of this one.
        """
        if self._found is not None or self._start or self._stop is not None:
            return len(self)
        try:
            return execute.count(self.plan)
        except OutOfBudget:
            raise BudgetSpent(f"{self}: the budget ended before all were counted.", items=[], cursor=None) from None

    def page(self, size: int, cursor: str | None = None) -> Page[E]:
        """So many matches, and the cursor of what follows. CursorRefused for a cursor that is not this query's."""
        if size < 1:
            raise QueryRefused(f"page({size}): a page has 1 item or more.")
        if self._start or self._stop is not None:
            raise QueryRefused(f"{self}: a page of a slice has no meaning; leave out the slice.")
        made = self.plan
        if made.question.scan > 1:
            raise QueryRefused(f"{self}: a parallel scan has no pages; use scan() with one segment.")
        meter = Meter(made)
        positions = cursors.unseal(made, cursor) if cursor is not None else None
        if made.operation in ("GetItem", "Unique"):
            found = execute.get_one(made, meter)
            return self._page([] if found is None else [found], meter)
        walk = Walk(made, positions, meter=meter)
        items: list[E] = []
        stopped = None
        try:
            # One more than the page is read, so that its end is known.
            for item in itertools.islice(walk.matches(size + 1), size):
                items.append(item)  # noqa: PERF402 - one by one: what was found before the budget ended stays
        except OutOfBudget:
            stopped = "budget"
        following = None if walk.exhausted else cursors.seal(made, walk.positions)
        return self._page(items, meter, following=following, stopped=stopped)

    def _page(
        self, items: list[E], meter: Meter, *, following: str | None = None, stopped: str | None = None
    ) -> Page[E]:
        return Page(items=items, next=following, stopped=stopped, requests=meter.requests, read_units=meter.read_units)

    def values(self, *names: str) -> list[dict[str, Any]]:
        """The matches as dicts of these attributes (of all where none is named)."""
        only = self._question.only
        wanted = names or tuple(name for name in self._question.schema.attributes if only is None or name in only)
        asked = self if not names else QuerySet(self._question.loaded(names), start=self._start, stop=self._stop)
        return [{name: getattr(item, name) for name in wanted} for item in asked]

    def get_many(self, keys: Iterable[Mapping[str, Any]], *, consistent: bool = False) -> list[E | None]:
        """The items with these primary facets, in the order asked, None for each that is not there.

        A request for each 100: ``Problem.objects.get_many([{"platform": "baekjoon", "problem_id": "1000"}, ...])``.
        """
        question = self._question
        if question.conditions or question.expressions or question.order or self._start or self._stop is not None:
            raise QueryRefused(f"{self}.get_many(): it takes keys, and no filter, order or slice beside them.")
        wires = [self._item_key(key) for key in keys]
        asked = [wire for wire in wires if wire is not None]
        found = iter(batch.get_all(question.schema.table, asked, consistent=consistent or question.consistent))
        made = Plan(question=question, operation="GetItem", key=question.schema.primary)
        items = [next(found) if wire is not None else None for wire in wires]
        return [
            decode.deferring(decode.whole(question.schema, item), question.only)
            if item is not None and belongs(made, item)
            else None
            for item in items
        ]

    def _item_key(self, facets: Mapping[str, Any]) -> dict[str, Any] | None:
        """The key of an item; None for one that no item can have, such as text that holds the delimiter."""
        schema = self._question.schema
        unknown = sorted(set(facets) - schema.primary.facets)
        if unknown:
            raise QueryRefused(
                f"{schema.name}.objects.get_many(): {unknown[0]!r} is not of the primary key, which is made of "
                f"{', '.join(sorted(schema.primary.facets))}."
            )
        for name, value in facets.items():
            attr = schema.attributes[name]
            if value is not None and isinstance(attr, Attr):
                try:
                    attr.check(value)
                except ValueRefused as refused:
                    raise QueryRefused(f"{schema.name}.objects.get_many(): {refused}") from refused
        try:
            return schema.primary.wire(facets)
        except KeyRefused as refused:
            missing = sorted(name for name in schema.primary.facets if facets.get(name) is None)
            if missing or isinstance(refused.__cause__, FacetMissing):
                raise
            return None

    def __str__(self) -> str:
        text = str(self._question)
        if self._start or self._stop is not None:
            text += f"[{self._start or ''}:{'' if self._stop is None else self._stop}]"
        return text

    __repr__ = __str__
