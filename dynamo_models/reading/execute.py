"""Carries a plan out: pages of each range, merged in order, with what does not belong left out, within a budget."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from dynamo_models.errors import RawItem
from dynamo_models.keys.predicate import EMPTY, both
from dynamo_models.reading import decode, request
from dynamo_models.reading.cursor import DONE, Position
from dynamo_models.reading.plan import KeyRange, Plan, projection
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.transport import call
from dynamo_models.writing import batch, load, values
from dynamo_models.writing.uniques import owner_key

# Behind a filter the first page asks for a few times what is wanted, and each page after for twice as much: few
# requests where little matches, few items read where much does.
FILTER_FACTOR = 4
FILTER_LEAST = 50
PAGE_MOST = 1000
FETCH_MOST = 100


class OutOfBudget(Exception):  # noqa: N818 - it ends a walk, and callers turn it into what they return
    """The budget is spent; what was found stays, and the positions say where to go on."""


class Meter:
    """Counts what a read costs, and stops it where its budget ends."""

    def __init__(self, plan: Plan) -> None:
        self.budget = plan.question.budget
        self.requests = 0
        self.read_units = 0.0

    def before(self) -> None:
        over_requests = self.budget.requests is not None and self.requests >= self.budget.requests
        over_units = self.budget.read_units is not None and self.read_units >= self.budget.read_units
        if over_requests or over_units:
            raise OutOfBudget

    def after(self, answer: RawItem | dict[str, Any]) -> None:
        self.requests += 1
        consumed: Any = answer.get("ConsumedCapacity") or {}
        parts = consumed if isinstance(consumed, list) else [consumed]
        self.read_units += sum(float(part.get("CapacityUnits", 0)) for part in parts)


class Stream:
    """The items of one range, page by page, and where it stands."""

    def __init__(self, plan: Plan, each: KeyRange | None, meter: Meter, start: Position, segment: int | None) -> None:
        self.plan = plan
        self.range = each
        self.meter = meter
        self.request = request.query(plan, each, segment=segment)
        self.names = plan.schema.key_names(plan.key)
        self.done = start == DONE
        self.next_start = None if start in (None, DONE) else start
        self.position: Position = start
        self.buffer: deque[RawItem] = deque()
        self.pages = 0

    def fill(self, wanted: int | None) -> None:
        """Read the next page; ``wanted`` items would do."""
        self.meter.before()
        asked = dict(self.request)
        if self.next_start is not None:
            asked["ExclusiveStartKey"] = self.next_start
        limit = self.limit(wanted)
        if limit is not None:
            asked["Limit"] = limit
        answer = call(self.plan.schema.table, "Query" if self.range is not None else "Scan", asked)
        self.meter.after(answer)
        self.pages += 1
        self.buffer.extend(answer.get("Items", []))
        self.next_start = answer.get("LastEvaluatedKey")
        self.done = self.next_start is None
        if not self.buffer:
            self.position = DONE if self.done else self.next_start

    def limit(self, wanted: int | None) -> int | None:
        if wanted is None:
            return None
        if not self.plan.filtered and not self.plan.expiry_filter:
            return wanted
        return min(PAGE_MOST, max(FILTER_LEAST, wanted * FILTER_FACTOR) * 2**self.pages)

    def peek(self, wanted: int | None) -> RawItem | None:
        """The next item, not yet taken; None at the end."""
        while not self.buffer and not self.done:
            self.fill(wanted)
        return self.buffer[0] if self.buffer else None

    def take(self) -> RawItem:
        item = self.buffer.popleft()
        self.position = {name: dict(item[name]) for name in self.names}
        if not self.buffer:
            if self.done:
                self.position = DONE
            elif self.next_start is not None:
                self.position = self.next_start
        return item


class Walk:
    """All items of a plan in order, those left out that are another entity's, expired, or filtered here."""

    def __init__(self, plan: Plan, positions: list[Position] | None = None, segment: int | None = None) -> None:
        self.plan = plan
        self.meter = Meter(plan)
        ranges: list[KeyRange | None] = list(plan.ranges) if plan.operation == "Query" else [None]
        starts = positions if positions is not None else [None] * len(ranges)
        self.streams = [
            Stream(plan, each, self.meter, start, segment) for each, start in zip(ranges, starts, strict=True)
        ]
        self.condition = both(*plan.local) if plan.local else EMPTY
        # Where the walk stood behind the item that it gave last, while items beyond it are taken already.
        self.behind: list[Position] | None = None

    @property
    def positions(self) -> list[Position]:
        """Where to go on behind the item that was given last."""
        return self.behind if self.behind is not None else [stream.position for stream in self.streams]

    @property
    def exhausted(self) -> bool:
        return self.behind is None and all(stream.done and not stream.buffer for stream in self.streams)

    def raw(self, wanted: int | None) -> Iterator[RawItem]:
        """The stored items in order. OutOfBudget where the budget ends."""
        if len(self.streams) == 1:
            stream = self.streams[0]
            while stream.peek(wanted) is not None:
                yield stream.take()
            return
        heap: list[tuple[Any, int]] = []
        for number, stream in enumerate(self.streams):
            self._push(heap, number, stream.peek(wanted))
        while heap:
            _, number = heapq.heappop(heap)
            stream = self.streams[number]
            # The next one is looked at before this one is given away: what the budget stops, it stops before.
            item = stream.take()
            yield item
            self._push(heap, number, stream.peek(wanted))

    def _push(self, heap: list[tuple[Any, int]], number: int, item: RawItem | None) -> None:
        if item is None:
            return
        key, each = self.plan.key, self.streams[number].range
        if key is None or key.sk is None or each is None:
            heapq.heappush(heap, (_Order((), forward=True), number))
            return
        ((kind, held),) = item[key.sk.attribute.name].items()
        rank: Any = Decimal(held) if kind == "N" else held[each.prefix :].encode() if kind == "S" else held
        heapq.heappush(heap, (_Order((rank,), forward=self.plan.forward), number))

    def matches(self, wanted: int | None = None) -> Iterator[Any]:
        """The matching instances in order. OutOfBudget where the budget ends."""
        schema = self.plan.schema
        kept = (item for item in self.raw(wanted) if belongs(self.plan, item))
        if self.plan.fetch:
            kept = self.fetched(kept, wanted)
        loaded = self.loaded()
        for item in kept:
            instance = (
                decode.whole(schema, item) if loaded is None else decode.partial(schema, item, loaded, self.plan.key)
            )
            if self.condition == EMPTY or self.condition.holds(instance.attribute_values):
                yield instance

    def fetched(self, items: Iterator[RawItem], wanted: int | None) -> Iterator[RawItem]:
        """The whole items of what an index has in part, a batch for each hundred. What is gone by now is left out."""
        schema = self.plan.schema
        size = min(FETCH_MOST, wanted or FETCH_MOST)
        start = self.positions
        chunk: list[tuple[RawItem, list[Position]]] = []
        try:
            for item in items:
                chunk.append((item, [stream.position for stream in self.streams]))
                if len(chunk) == size:
                    yield from self._fetch(schema, chunk, start)
                    start, chunk = self.positions, []
        except OutOfBudget:
            # What was found before the budget ended is given all the same.
            yield from self._fetch(schema, chunk, start)
            raise
        yield from self._fetch(schema, chunk, start)

    def _fetch(
        self, schema: EntitySchema, chunk: list[tuple[RawItem, list[Position]]], start: list[Position]
    ) -> Iterator[RawItem]:
        keys = [{name: dict(item[name]) for name in schema.key_names()} for item, _ in chunk]
        everything = both(*self.plan.question.conditions) if self.plan.question.conditions else EMPTY
        self.behind = start
        whole = batch.get_all(schema.table, keys, consistent=self.plan.question.consistent) if keys else []
        for number, item in enumerate(whole):
            self.behind = chunk[number][1] if number < len(chunk) - 1 else None
            if item is None or not belongs(self.plan, item):
                continue
            # An index is behind its table: the item itself may no longer be what was asked for.
            if everything == EMPTY or everything.holds(decode.whole(schema, item).attribute_values):
                yield item

    def loaded(self) -> frozenset[str] | None:
        """The attributes that are read, None for all."""
        schema, only = self.plan.schema, self.plan.question.only
        if self.plan.fetch:
            return None
        available = projection(schema, self.plan.key) if self.plan.key is not None else None
        if only is None:
            return None if available is None else frozenset(available)
        return frozenset(only) if available is None else frozenset(only) & available


class _Order:
    """A place in the merged order, which is turned round for descending reads."""

    __slots__ = ("forward", "rank")

    def __init__(self, rank: tuple[Any, ...], *, forward: bool) -> None:
        self.rank = rank
        self.forward = forward

    def __lt__(self, other: _Order) -> bool:
        return self.rank < other.rank if self.forward else self.rank > other.rank


def belongs(plan: Plan, item: RawItem) -> bool:
    """Whether a stored item is one of the entity, and has not expired."""
    schema = plan.schema
    if not schema.owns(item):
        return False
    if schema.ttl is None or plan.question.expired:
        return True
    return not expired(schema, item)


def expired(schema: EntitySchema, item: RawItem) -> bool:
    held = item.get(schema.stored(schema.ttl)) if schema.ttl is not None else None
    return held is not None and "N" in held and Decimal(held["N"]) <= time.time()


def get_one(plan: Plan) -> Any | None:
    """The instance of a plan that reads one item by its key or by a unique; None where there is none."""
    schema = plan.schema
    found = dict(plan.values or {})
    if plan.operation == "Unique":
        assert plan.unique is not None  # noqa: S101
        pointer = load.get_item(schema.table, plan.unique.key(found))
        if pointer is None:
            return None
        item = load.get_item(schema.table, owner_key(pointer))
    else:
        item = load.get_item(schema.table, values.key_from(schema, found), consistent=plan.question.consistent)
    if item is None or not belongs(plan, item):
        return None
    instance = decode.whole(schema, item)
    if plan.local and not both(*plan.local).holds(instance.attribute_values):
        return None
    return instance


def count(plan: Plan) -> int:
    """How many items match. DynamoDB counts them, and bills each one that it reads."""
    if plan.operation in ("GetItem", "Unique"):
        return int(get_one(plan) is not None)
    if plan.local or plan.fetch:
        return sum(1 for _ in Walk(plan).matches())
    meter = Meter(plan)
    total = 0
    ranges: list[KeyRange | None] = list(plan.ranges) if plan.operation == "Query" else [None]
    for each in ranges:
        for segment in range(plan.question.scan) if plan.question.scan > 1 else (None,):
            asked = request.query(plan, each, count=True, segment=segment)
            while True:
                meter.before()
                answer = call(plan.schema.table, "Query" if each is not None else "Scan", dict(asked))
                meter.after(answer)
                total += int(answer["Count"])
                if "LastEvaluatedKey" not in answer:
                    break
                asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    return total
