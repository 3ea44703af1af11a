"""What the traffic has asked, what was acknowledged, and what went wrong."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_KEPT = 200  # errors that are kept word for word


@dataclass(frozen=True, slots=True)
class Sample:
    """One answered request. at: of ``time.monotonic()``. what: the route. store: which one answered a read, "" of a
    write. seconds: in the server. waited: by the client, with the retries that a pause asked for."""

    at: float
    what: str
    store: str
    seconds: float
    waited: float


@dataclass
class Ledger:
    """Written by many threads.

    acknowledged: by kind and key, the last value that the server took. paused: requests that were told to come again.
    stale: reads that did not show what their reader had written before. errors: all else that was not answered as it
    should have been.
    """

    samples: list[Sample] = field(default_factory=list)
    acknowledged: dict[tuple[str, Any], Any] = field(default_factory=dict)
    written: Counter[str] = field(default_factory=Counter)
    paused: int = 0
    stale: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, sample: Sample) -> None:
        self.samples.append(sample)

    def acknowledge(self, kind: str, key: Any, value: Any) -> None:
        """The server has taken this; what it took for the same key before is gone."""
        with self._lock:
            self.acknowledged[kind, key] = value
            self.written[kind] += 1

    def told_to_come_again(self) -> None:
        with self._lock:
            self.paused += 1

    def fail(self, said: str) -> None:
        with self._lock:
            self.failed += 1
            if len(self.errors) < MOST_KEPT:
                self.errors.append(said)

    def is_stale(self, said: str) -> None:
        with self._lock:
            self.stale.append(said)

    def since(self, seconds: float) -> list[Sample]:
        """The samples of the last seconds, the oldest first."""
        after, found = time.monotonic() - seconds, []
        for at in range(len(self.samples) - 1, -1, -1):
            if self.samples[at].at < after:
                break
            found.append(self.samples[at])
        return found[::-1]


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that this share of them does not pass; None of none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else None
