"""What is going on, for whoever shows it: looked at twice a second by a thread, and kept for the report's plots."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from django.db import DatabaseError, connection
from django.db.models import Min
from django.utils import timezone

from algoitny.demo.load.ledger import Ledger
from dynamo_models.cutover.state import look_again
from dynamo_models.mirror import relay
from dynamo_models.mirror.registration import mirrors
from dynamo_models.switch.returning.apply import waiting

USING = "default"
PERIOD = 0.5  # seconds between two looks


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One look. at: seconds since the traffic began. lag: seconds that the oldest change has waited, back: the same of
    what returns to SQL."""

    at: float
    lag: float
    back: float


@dataclass
class Board:
    """``with Board(ledger) as board``: looks until the block ends. doing: what happens now. marks: when what began."""

    ledger: Ledger
    doing: str = ""
    began: float = field(default_factory=time.monotonic)
    points: list[Point] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    shown: list[Callable[[], None]] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, name="board", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def restart(self) -> None:
        """Time begins now."""
        self.began = time.monotonic()
        self.points.clear()

    def begins(self, doing: str, *, mark: str = "") -> None:
        """Something else happens from now on. mark: a word for it, for the plots."""
        self.doing = doing
        if mark:
            self.marks.append((time.monotonic() - self.began, mark))

    def _watch(self) -> None:
        try:
            while not self._ended.wait(PERIOD):
                with suppress(DatabaseError):  # it is looked at again at once
                    self._look()
        finally:
            connection.close()

    def _look(self) -> None:
        groups = sorted({mirror.group for mirror in mirrors()})
        self.places = {group: _said(group) for group in groups}
        oldest = waiting(USING, groups).aggregate(oldest=Min("at"))["oldest"]
        back = 0.0 if oldest is None else max(0.0, (timezone.now() - oldest).total_seconds())
        lag = relay.lag(USING).seconds
        self.points.append(Point(at=time.monotonic() - self.began, lag=lag, back=back))


def _said(group: str) -> str:
    state = look_again(group, USING)
    return f"{state.place}{', paused' if state.frozen else ''}{', killed' if state.killed else ''}"
