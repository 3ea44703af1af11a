"""Keeps a backfill from being in the way: of a table's capacity, and of the changes that wait for a relay."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from dynamo_models.mirror.log.models import Change, Failure
from dynamo_models.transport import Usage
from dynamo_models.transport.usage import READS

LONGEST_WAIT = 30.0  # seconds between two writes while DynamoDB says that it is too much
FIRST_WAIT, NO_WAIT = 0.1, 0.05
LOOK_EVERY = 1.0  # seconds between two looks at how much waits in the log


class Throttle:
    """What the workers of a run share. rate: write units a second, None for no bound. most_waiting: changes of others
    in the log above which nothing is added to it. Every wait ends when ``stop`` is set, and tells ``waits`` of itself.
    """

    def __init__(
        self, *, rate: float | None, most_waiting: int, stop: threading.Event, waits: Callable[[str], None]
    ) -> None:
        self.rate = rate
        self._most_waiting = most_waiting
        self._stop = stop
        self._waits = waits
        self._lock = threading.Lock()
        self._left = rate or 0.0
        self._filled_at = time.monotonic()
        self._pause = 0.0
        self._looked_at = 0.0

    def spend(self, usage: Usage, written: int = 0) -> float:
        """Count what was used, and wait for as long as it takes to be within the rate; the write units.

        A refused write is billed as well, and not every endpoint says what it billed: each counts as one at least, and
        so does each of the ``written`` items, of which a request may have several.
        """
        writes = [each for each in usage.requests if each.operation not in READS]
        units = max(sum(max(each.write_units, 1.0) for each in writes), float(written))
        too_much = any(
            each.retries or "Throttl" in (each.error or "") or "Exceeded" in (each.error or "") for each in writes
        )
        with self._lock:
            self._pause = min(LONGEST_WAIT, max(FIRST_WAIT, self._pause * 2)) if too_much else self._pause / 2
            if self._pause < NO_WAIT:
                self._pause = 0.0
            wait = max(self._pause, self._owed(units))
        if wait:
            if too_much:
                self._waits("DynamoDB throttles")
            self._stop.wait(wait)
        return units

    def rest(self, number: int) -> None:
        """Wait before what has failed that many times is tried again."""
        self._waits("DynamoDB refuses")
        self._stop.wait(min(LONGEST_WAIT, FIRST_WAIT * 2**number))

    def _owed(self, units: float) -> float:
        if self.rate is None:
            return 0.0
        now = time.monotonic()
        # What was not used within a second is lost: a run that was held up does not make up for it all at once.
        self._left = min(self.rate, self._left + (now - self._filled_at) * self.rate) - units
        self._filled_at = now
        return max(0.0, -self._left / self.rate)

    def wait_for_others(self, using: str) -> None:
        """Wait while more changes than ``most_waiting`` wait for a relay: live writes come first."""
        with self._lock:
            if time.monotonic() - self._looked_at < LOOK_EVERY:
                return
            self._looked_at = time.monotonic()
        while not self._stop.is_set() and waiting(using, self._most_waiting) > self._most_waiting:
            self._waits(f"over {self._most_waiting:,} changes wait for a relay; is dynamo_relay running?")
            self._stop.wait(LOOK_EVERY)


def waiting(using: str, most: int) -> int:
    """How many changes nobody is at, dead letters not counted; ``most`` + 1 for any number above that."""
    dead = Failure.objects.filter(source=OuterRef("source"), row_key=OuterRef("row_key"), dead=True)
    free = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    changes = Change.objects.using(using).filter(free, ~Exists(dead)).order_by()
    return changes.values("pk")[: most + 1].count()
