"""Carries a plan out: its ranges merged in order, with what does not belong left out, within a budget."""

from __future__ import annotations

import heapq
import time
from collections.abc import Generator, Iterator
from decimal import Decimal
from typing import Any

from dynamo_models.errors import RawItem
from dynamo_models.reading import decode, lookups, request
from dynamo_models.reading.cursor import Position
from dynamo_models.reading.plan import KeyRange, Plan
from dynamo_models.reading.stream import Meter, OutOfBudget, Stream
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.writing import batch

FETCH_MOST = 100


class Walk:
    """All matches of a plan in order, and at each moment where to go on."""

    def __init__(
        self,
        plan: Plan,
        positions: list[Position] | None = None,
        *,
        segment: int | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.plan = plan
        self.meter = meter or Meter(plan)
        starts = positions if positions is not None else [None] * len(plan.streams)
        self.streams = [
            Stream(plan, each, self.meter, start, segment) for each, start in zip(plan.streams, starts, strict=True)
        ]
        self.seen = request.seen(plan)
        # Where the walk stood behind the item that it gave last, while items beyond it are taken already.
        self.behind: list[Position] | None = None

    @property
    def positions(self) -> list[Position]:
        """Where to go on behind the item that was given last."""
        return self.behind if self.behind is not None else [stream.position for stream in self.streams]

    @property
    def exhausted(self) -> bool:
        """Whether nothing follows the item that was given last."""
        return self.behind is None and all(stream.done and not stream.buffer for stream in self.streams)

    def matches(self, wanted: int | None = None) -> Generator[Any, None, None]:
        """The matching instances in order; ``wanted`` of them would do. OutOfBudget where the budget ends."""
        kept = self.kept(wanted)
        if self.plan.fetch:
            yield from self.fetched(kept, wanted)
            return
        for item in kept:
            instance = self.instance(item)
            if lookups.all_hold(self.plan.local, instance.attribute_values):
                yield decode.deferring(instance, self.plan.question.only) if self.seen is None else instance

    def kept(self, wanted: int | None) -> Iterator[RawItem]:
        """The stored items of the entity. Before a fetch, what is filtered here is filtered already."""
        for item in self.raw(wanted):
            if not belongs(self.plan, item):
                continue
            if self.plan.fetch and self.plan.local:
                known = self.instance(item).attribute_values
                if not lookups.all_hold(self.plan.local, known):
                    continue
            yield item

    def instance(self, item: RawItem) -> Any:
        if self.seen is not None:
            return decode.partial(self.plan.schema, item, self.seen, self.plan.key)
        return decode.whole(self.plan.schema, item)

    def raw(self, wanted: int | None) -> Iterator[RawItem]:
        """The stored items in order. OutOfBudget where the budget ends."""
        if len(self.streams) == 1:
            stream = self.streams[0]
            while stream.peek(wanted) is not None:
                yield stream.take()
            return
        heap: list[tuple[_Rank, int]] = []
        for number, stream in enumerate(self.streams):
            self.push(heap, number, stream.peek(wanted))
        while heap:
            _, number = heapq.heappop(heap)
            stream = self.streams[number]
            yield stream.take()
            self.push(heap, number, stream.peek(wanted))

    def push(self, heap: list[tuple[_Rank, int]], number: int, item: RawItem | None) -> None:
        if item is not None:
            rank = _Rank(_sort_value(self.plan, self.streams[number].range, item), forward=self.plan.forward)
            heapq.heappush(heap, (rank, number))

    def fetched(self, items: Iterator[RawItem], wanted: int | None) -> Iterator[Any]:
        """The whole items of what an index has in part, a batch for each hundred. What is gone by now is left out."""
        size = min(FETCH_MOST, wanted or FETCH_MOST)
        start = self.positions
        chunk: list[tuple[RawItem, list[Position]]] = []
        try:
            for item in items:
                chunk.append((item, [stream.position for stream in self.streams]))
                if len(chunk) == size:
                    yield from self.fetch(chunk, start)
                    start, chunk = self.positions, []
        except OutOfBudget:
            # What was found before the budget ended is given all the same.
            yield from self.fetch(chunk, start)
            raise
        yield from self.fetch(chunk, start)

    def fetch(self, chunk: list[tuple[RawItem, list[Position]]], start: list[Position]) -> Iterator[Any]:
        if not chunk:
            return
        schema, question = self.plan.schema, self.plan.question
        keys = [{name: dict(item[name]) for name in schema.key_names()} for item, _ in chunk]
        self.behind = start
        with self.meter.counted():
            whole = batch.get_all(schema.table, keys, consistent=question.consistent)
        for number, item in enumerate(whole):
            self.behind = chunk[number][1] if number < len(chunk) - 1 else None
            if item is None or not belongs(self.plan, item):
                continue
            instance = decode.whole(schema, item)
            # An index is behind its table: the item itself may no longer be what was asked for.
            if lookups.all_hold(question.conditions, instance.attribute_values):
                yield decode.deferring(instance, question.only)


class _Rank:
    """A place in the merged order, which is turned round for descending reads."""

    __slots__ = ("forward", "value")

    def __init__(self, value: Any, *, forward: bool) -> None:
        self.value = value
        self.forward = forward

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rank) and bool(self.value == other.value)

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: _Rank) -> bool:
        return bool(self.value < other.value) if self.forward else bool(self.value > other.value)


def _sort_value(plan: Plan, each: KeyRange | None, item: RawItem) -> Any:
    """What an item is sorted by among those of all ranges: the part of its sort key in which they differ."""
    if plan.key is None or plan.key.sk is None or each is None:
        return ()
    ((kind, held),) = item[plan.key.sk.attribute.name].items()
    if kind == "N":
        return Decimal(held)
    return held[each.prefix :].encode() if kind == "S" else held


def belongs(plan: Plan, item: RawItem) -> bool:
    """Whether a stored item is one of the entity, and has not expired."""
    if not owned(plan.schema, item):
        return False
    return plan.question.expired or not expired(plan.schema, item)


def owned(schema: EntitySchema, item: RawItem) -> bool:
    """Whether a stored item is one of the entity's. What cannot be read as its key is not."""
    try:
        return schema.owns(item)
    except (ValueError, TypeError, KeyError):
        return False


def expired(schema: EntitySchema, item: RawItem) -> bool:
    """Whether an item's time has passed, though DynamoDB has not removed it yet."""
    held = item.get(schema.stored(schema.ttl)) if schema.ttl is not None else None
    return held is not None and "N" in held and Decimal(held["N"]) <= time.time()
