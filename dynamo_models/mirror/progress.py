"""How far something is: a bar on a terminal, a line every few seconds where there is none. Never on stdout."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_TERMINAL, _LINES = 0.1, 5.0  # seconds between two states of the bar, and between two lines
_WIDTH = 30


class Progress:
    """Called with how much is done and how much there is, 0 where that is not known; ``clear`` takes the bar away.

    The rate, and with it the time that is left, is that of this process: what an earlier one did is not its doing.
    """

    def __init__(self, label: str, stream: TextIO | None = None, *, every: float | None = None) -> None:
        self._label = label
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._every = every if every is not None else (_TERMINAL if self._terminal else _LINES)
        self._started = self._shown_at = time.monotonic()
        self._first: int | None = None
        self._shown = False

    def __call__(self, done: int, total: int, note: str = "") -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = done
        if now - self._shown_at < self._every:
            return
        self._shown_at = now
        self._shown = True
        rate = (done - self._first) / max(now - self._started, 1e-9)
        left = f", {_duration((total - done) / rate)} left" if rate and total > done else ""
        share = min(done / total, 1.0) if total else 0.0
        much = f"{share:4.0%}  {done:,} of {total:,}" if total else f"{done:,}"
        figures = f"{much}, {rate:,.0f}/s{left}{'  ' + note if note else ''}"
        if self._terminal:
            self._write(f"\r\033[K{self._label} [{'#' * round(_WIDTH * share):<{_WIDTH}}] {figures}")
        else:
            self._write(f"{self._label}: {figures.strip()}\n")

    def clear(self) -> None:
        if self._shown and self._terminal:
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
