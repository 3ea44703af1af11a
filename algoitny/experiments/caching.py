"""Cache-aside through Django's cache, which may fail at any time: that makes it slower, never wrong, never an error.

A value is kept together with the *stamp* that its subject had before it was read from DynamoDB (consistently), and is
good only while the subject still has that stamp. Who changes a subject first marks it as being written, and gives it a
new stamp once the write is done. So

- a reader that read the old value and fills the cache after the change has filled it under a stamp that is gone;
- while a change is under way nobody takes from the cache or fills it, so a writer that dies in between leaves its
  subject slow until the mark lapses, and then as DynamoDB has it;
- a stamp that was evicted is replaced by one that no value has.

What is left is a cache that fails. A reader who cannot reach it asks DynamoDB. A writer who cannot reach it remembers
what it owes and pays before it next uses the cache; any process that has seen the cache fail takes nothing from it that
was put there before. A process that has not used the cache in all that time may take an old value for as long as values
live, which is why they live for a minute.
"""

import logging
import math
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.core.cache import cache

logger = logging.getLogger(__name__)

SECONDS = 60  # of a value
STAMP_SECONDS = 24 * 60 * 60
MARK_SECONDS = 60  # longer than any write takes, retries and all

_PREFIX = "algoitny.experiments"
_MARK = "writing:"

T = TypeVar("T")


class _Failures:
    """What this process knows of a cache that failed: when it last did, and the stamps it owes."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last = 0.0
        self.owed: set[str] = set()

    def note(self, error: Exception) -> None:
        logger.warning("The cache failed, and DynamoDB is asked instead: %s", error)
        with self.lock:
            self.last = time.time()

    def pay(self) -> bool:
        """Give the stamps that are owed; whether none is left."""
        with self.lock:
            owed = list(self.owed)
        for subject in owed:
            if not _stamped(subject, uuid.uuid4().hex, STAMP_SECONDS):
                return False
            with self.lock:
                self.owed.discard(subject)
        return True


_failures = _Failures()


def forget() -> None:
    """Forget that the cache failed, and what it is owed; of a cache that was emptied, say."""
    global _failures  # noqa: PLW0603 - all that this module remembers
    _failures = _Failures()


def read(subject: str, load: Callable[[], tuple[T, float]]) -> T:
    """The value of a subject. load: reads it from DynamoDB, consistently, and says until when (a time.time()) it holds;
    one that holds no longer is not kept.

    A value is JSON's; errors of ``load`` are raised as they are.
    """
    found = _try(lambda: cache.get_many([_stamp(subject), _value(subject)])) if _failures.pay() else None
    if found is None:
        return load()[0]
    stamp = found.get(_stamp(subject)) or _try(lambda: _new_stamp(subject))
    if stamp is None or stamp.startswith(_MARK):
        return load()[0]
    held = found.get(_value(subject))
    if held is not None and held["stamp"] == stamp and held["until"] > time.time() and held["at"] > _failures.last:
        kept: T = held["value"]
        return kept
    value, until = load()
    now = time.time()
    until = min(until, now + SECONDS)
    if until <= now:
        return value
    entry = {"stamp": stamp, "until": until, "at": now, "value": value}
    _try(lambda: cache.set(_value(subject), entry, timeout=math.ceil(until - now)))
    return value


@contextmanager
def changing(*subjects: str) -> Iterator[None]:
    """Around the write that changes these subjects. What was kept of them is not taken any more, even if it fails."""
    _failures.pay()
    for subject in subjects:
        _stamped(subject, f"{_MARK}{uuid.uuid4().hex}", MARK_SECONDS)
    try:
        yield
    finally:
        for subject in subjects:
            if not _stamped(subject, uuid.uuid4().hex, STAMP_SECONDS):
                with _failures.lock:
                    _failures.owed.add(subject)


def _stamped(subject: str, stamp: str, seconds: int) -> bool:
    return _try(lambda: (cache.set(_stamp(subject), stamp, timeout=seconds), True)[1]) or False


def _new_stamp(subject: str) -> str | None:
    """The stamp of a subject that has none: ours, or that of whoever was first."""
    cache.add(_stamp(subject), uuid.uuid4().hex, timeout=STAMP_SECONDS)
    stamp: str | None = cache.get(_stamp(subject))
    return stamp


def _try(ask: Callable[[], T]) -> T | None:
    """What the cache says; None where it fails, in whatever way its backend does."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - each backend has errors of its own
        _failures.note(error)
        return None


def _stamp(subject: str) -> str:
    return f"{_PREFIX}:stamp:{subject}"


def _value(subject: str) -> str:
    return f"{_PREFIX}:value:{subject}"
