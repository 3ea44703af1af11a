"""A scan whose segments are read at once."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dynamo_models.reading.plan import Plan
from dynamo_models.reading.stream import Meter, OutOfBudget
from dynamo_models.reading.walk import Walk

QUEUED = 1000  # items held between the threads that read and the one that iterates
MAX_THREADS = 32
POLL = 0.1  # seconds after which a thread that waits for room looks whether anybody still wants its items
_END = object()


def matches(plan: Plan, meter: Meter) -> Generator[Any, None, None]:
    """The matches of all segments, in no order.

    What a segment raises is raised here; OutOfBudget once all that was found before has been given. Closed early, it
    returns when the requests that are under way have been answered.
    """
    segments = plan.question.scan
    reader = _Reader(plan, meter)
    spent: OutOfBudget | None = None
    with ThreadPoolExecutor(min(segments, MAX_THREADS), thread_name_prefix="dynamo-scan") as pool:
        try:
            for segment in range(segments):
                pool.submit(contextvars.copy_context().run, reader.read, segment)
            while segments:
                item = reader.found.get()
                if item is _END:
                    segments -= 1
                elif isinstance(item, OutOfBudget):
                    spent = item  # the other segments, which have the same budget, end of themselves
                elif isinstance(item, Exception):
                    raise item
                else:
                    yield item
        finally:
            reader.stop.set()
    if spent is not None:
        raise spent


class _Reader:
    """What the threads of a scan share."""

    def __init__(self, plan: Plan, meter: Meter) -> None:
        self.plan = plan
        self.meter = meter
        self.found: queue.Queue[Any] = queue.Queue(maxsize=QUEUED)
        self.stop = threading.Event()

    def read(self, segment: int) -> None:
        """Read a segment to its end, or until nobody wants its items."""
        try:
            for item in Walk(self.plan, segment=segment, meter=self.meter).matches():
                if not self.put(item):
                    return
        except Exception as error:  # noqa: BLE001 - handed to the thread that iterates, which raises it
            self.put(error)
        finally:
            self.put(_END)

    def put(self, item: Any) -> bool:
        while not self.stop.is_set():
            try:
                self.found.put(item, timeout=POLL)
                return True
            except queue.Full:
                continue
        return False
