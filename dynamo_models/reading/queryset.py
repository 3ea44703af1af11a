"""QuerySets: reads of one entity that look like Django's, planned by keys and carried out when they are looked at."""

from __future__ import annotations

import contextvars
import itertools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, overload

from dynamo_models.errors import BudgetSpent, QueryRefused
from dynamo_models.reading import cursor as cursors
from dynamo_models.reading import decode, execute
from dynamo_models.reading.explain import Explanation, explain
from dynamo_models.reading.plan import Plan, plan
from dynamo_models.reading.question import Budget, Question
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.writing import batch, values

E = TypeVar("E", bound=EntityDefinition)

QUEUED = 1000  # items that a parallel scan holds between its threads and who iterates


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
        return self._with(replace(self._question, budget=Budget(requests=requests, read_units=read_units)))

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
        made = self.plan
        if made.operation in ("GetItem", "Unique"):
            found = execute.get_one(made)
            yield from itertools.islice([] if found is None else [found], self._start, self._stop)
            return
        if made.question.scan > 1:
            yield from itertools.islice(_parallel(made), self._start, self._stop)
            return
        yield from self._walked(execute.Walk(made))

    def _walked(self, walk: execute.Walk) -> Iterator[E]:
        given: list[E] = []
        holds = walk.plan.question.budget != Budget()
        matches = walk.matches(self._stop)
        try:
            for item in itertools.islice(matches, self._start, self._stop):
                if holds:
                    given.append(item)
                yield item
        except execute.OutOfBudget:
            raise BudgetSpent(
                f"{self}: the budget ended after {walk.meter.requests} requests and {walk.meter.read_units:g} read "
                f"units, with {len(given)} matches found. They are in .items; .cursor goes on, with page().",
                items=given,
                cursor=cursors.seal(walk.plan, walk.positions),
            ) from None

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
        return QuerySet(self._question, start=first, stop=last if last is None else max(first, last))

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
        return self.first() is not None

    def count(self) -> int:
        """How many matches there are. DynamoDB reads, and bills, every item that it counts."""
        if self._start or self._stop is not None:
            return len(self)
        made = self.plan
        try:
            return execute.count(made)
        except execute.OutOfBudget:
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
        if made.operation in ("GetItem", "Unique"):
            if cursor is not None:
                cursors.unseal(made, cursor)
            found = execute.get_one(made)
            return Page(items=[] if found is None else [found], next=None, requests=1)
        walk = execute.Walk(made, cursors.unseal(made, cursor) if cursor is not None else None)
        items: list[E] = []
        stopped = None
        try:
            # One more than the page, so that its end is known; with a cursor only where something may follow.
            for item in itertools.islice(walk.matches(size + 1), size):
                items.append(item)
        except execute.OutOfBudget:
            stopped = "budget"
        after = None if walk.exhausted else cursors.seal(made, walk.positions)
        return Page(
            items=items,
            next=after,
            stopped=stopped,
            requests=walk.meter.requests,
            read_units=walk.meter.read_units,
        )

    def values(self, *names: str) -> list[dict[str, Any]]:
        """The matches as dicts of these attributes (of all where none is named)."""
        wanted = names or tuple(self._question.schema.attributes)
        asked = self if not names else QuerySet(self._question.loaded(names), start=self._start, stop=self._stop)
        return [{name: getattr(item, name) for name in wanted} for item in asked]

    def get_many(self, keys: Iterable[Mapping[str, Any]], *, consistent: bool = False) -> list[E | None]:
        """The items with these primary facets, in the order asked, None for each that is not there.

        A request for each 100: ``Problem.objects.get_many([{"platform": "baekjoon", "problem_id": "1000"}, ...])``.
        """
        schema = self._question.schema
        wires = [values.key_from(schema, key) for key in keys]
        made = replace(self._question, consistent=consistent)
        whole = Plan(question=made, operation="GetItem", key=schema.primary)
        return [
            decode.whole(schema, item) if item is not None and execute.belongs(whole, item) else None
            for item in batch.get_all(schema.table, wires, consistent=consistent)
        ]

    def __str__(self) -> str:
        text = str(self._question)
        if self._start or self._stop is not None:
            text += f"[{self._start or ''}:{'' if self._stop is None else self._stop}]"
        return text

    __repr__ = __str__


def _parallel(made: Plan) -> Iterator[Any]:
    """The matches of a scan whose segments are read at once, in no order."""
    found: queue.Queue[Any] = queue.Queue(maxsize=QUEUED)
    stop = threading.Event()
    end = object()

    def put(item: Any) -> bool:
        while not stop.is_set():
            try:
                found.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def read(segment: int) -> None:
        try:
            for item in execute.Walk(made, segment=segment).matches():
                if not put(item):
                    return
        except execute.OutOfBudget:
            put(BudgetSpent(f"{made.question}: segment {segment} spent its budget.", items=[], cursor=None))
        except Exception as error:  # noqa: BLE001 - handed to the thread that iterates, which raises it
            put(error)
        finally:
            put(end)

    segments = made.question.scan
    with ThreadPoolExecutor(max_workers=segments, thread_name_prefix="dynamo-scan") as pool:
        try:
            for segment in range(segments):
                run: Callable[[int], None] = read
                pool.submit(contextvars.copy_context().run, run, segment)
            open_segments = segments
            while open_segments:
                item = found.get()
                if item is end:
                    open_segments -= 1
                elif isinstance(item, Exception):
                    raise item
                else:
                    yield item
        finally:
            stop.set()
