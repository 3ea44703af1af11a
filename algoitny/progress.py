"""A line that shows how far something is: on a terminal only, and never in what a program reads."""

import sys
import time
from typing import TextIO

_INTERVAL = 0.1  # seconds between two states of the line
_WIDTH = 30


class Progress:
    """Called with how much is done and how much there is; `clear` takes the line away."""

    def __init__(self, label: str, stream: TextIO | None = None) -> None:
        self._label = label
        self._stream = stream or sys.stderr
        self._started = time.monotonic()
        self._shown_at = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._stream.isatty() or now - self._shown_at < _INTERVAL:
            return
        self._shown_at = now
        share = done / total if total else 1.0
        left = (now - self._started) * (1 - share) / share if share else 0.0
        bar = "#" * round(_WIDTH * share)
        self._write(f"\r\033[K{self._label} [{bar:<{_WIDTH}}] {share:4.0%}  {done:,} of {total:,}  {left:.0f} s left")

    def clear(self) -> None:
        if self._shown_at:
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
