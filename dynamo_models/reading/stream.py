"""The items of one range, page by page, and what reading them costs."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dynamo_models.errors import RawItem
from dynamo_models.reading import request
from dynamo_models.reading.cursor import DONE, Position
from dynamo_models.reading.plan import KeyRange, Plan
from dynamo_models.transport import call, capture

# Behind a filter the first page asks for a few times what is wanted, and each page after for twice as much: few
# requests where little matches, few items read where much does.
FILTER_FACTOR = 4
FILTER_LEAST = 50
PAGE_MOST = 1000


class OutOfBudget(Exception):  # noqa: N818 - it ends a walk, and callers turn it into what they return
    """The budget is spent; what was found stays, and the positions say where to go on."""


class Meter:
    """Counts what a read costs, and stops it where its budget ends. The segments of a scan share one."""

    def __init__(self, plan: Plan) -> None:
        self.budget = plan.question.budget
        self.begun = 0
        self.requests = 0
        self.read_units = 0.0
        self._lock = threading.Lock()

    def before(self, *, first: bool = False) -> None:
        """OutOfBudget where another request would be too many.

        The ``first`` of each range is made whatever it costs: before all have been looked at no item can be given, and
        a read that stopped there would begin again in the same place for ever.
        """
        with self._lock:
            over_requests = self.budget.requests is not None and self.begun >= self.budget.requests
            over_units = self.budget.read_units is not None and self.read_units >= self.budget.read_units
            if over_requests or (over_units and not first):
                raise OutOfBudget
            self.begun += 1

    def after(self, answer: Mapping[str, Any]) -> None:
        consumed: Any = answer.get("ConsumedCapacity") or {}
        self.count(1, float(consumed.get("CapacityUnits", 0)))

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the requests that the block makes. They are for items that were found, and are not held back."""
        with capture() as usage:
            yield
        self.begun += len(usage)
        self.count(len(usage), usage.read_units)

    def count(self, requests: int, read_units: float) -> None:
        with self._lock:
            self.requests += requests
            self.read_units += read_units


class Stream:
    """The items of one range, page by page, and where it stands: behind the item that was taken last."""

    def __init__(self, plan: Plan, each: KeyRange | None, meter: Meter, start: Position, segment: int | None) -> None:
        self.plan = plan
        self.range = each
        self.meter = meter
        self.request = request.query(plan, each, segment=segment)
        self.names = plan.schema.key_names(plan.key)
        self.done = start == DONE
        self.next_start = None if isinstance(start, str) else start
        self.position: Position = start
        self.buffer: deque[RawItem] = deque()
        self.pages = 0

    def fill(self, wanted: int | None) -> None:
        """Read the next page; ``wanted`` items would do."""
        self.meter.before(first=self.pages == 0)
        asked = dict(self.request)
        if self.next_start is not None:
            asked["ExclusiveStartKey"] = self.next_start
        limit = self.limit(wanted)
        if limit is not None:
            asked["Limit"] = limit
        answer = call(self.plan.schema.table, "Query" if self.range is not None else "Scan", asked)
        self.meter.after(answer)
        self.pages += 1
        self.buffer.extend(item for item in answer.get("Items", []) if self.inside(item))
        self.next_start = answer.get("LastEvaluatedKey")
        self.done = self.next_start is None
        if not self.buffer:
            self.position = DONE if self.next_start is None else self.next_start

    def inside(self, item: RawItem) -> bool:
        """Whether an item is of the range that was asked for: dynoxide 1.2.1 takes ``begins_with`` on a key without
        regard to case."""
        sort = self.range.sort if self.range is not None else None
        if sort is None or sort.operator != "begins_with" or self.plan.key is None or self.plan.key.sk is None:
            return True
        name = self.plan.key.sk.attribute.name
        ((kind, prefix),) = sort.operands[0].items()
        found: bool = item[name][kind].startswith(prefix)
        return found

    def limit(self, wanted: int | None) -> int | None:
        if wanted is None:
            return None
        if not self.plan.filtered:
            return min(wanted, PAGE_MOST)
        factor: int = 2 ** min(self.pages, 10)
        return min(PAGE_MOST, max(FILTER_LEAST, wanted * FILTER_FACTOR) * factor)

    def peek(self, wanted: int | None) -> RawItem | None:
        """The next item, not yet taken; None at the end."""
        while not self.buffer and not self.done:
            self.fill(wanted)
        return self.buffer[0] if self.buffer else None

    def take(self) -> RawItem:
        """The next item; the stream stands behind it from now on."""
        item = self.buffer.popleft()
        if self.buffer:
            self.position = {name: dict(item[name]) for name in self.names}
        else:
            # All of the page was taken: behind its last item the filter left out what need not be read again.
            self.position = DONE if self.next_start is None else self.next_start
        return item
