"""Locks that the kernel lets go of when their holder dies, however it dies: what every life-cycle decision rests on.

A lock belongs to an open file. A child made by fork shares its parent's; one made by exec has none, unless it is handed
over. So a lock is given up by closing the file, never by unlocking it, which would unlock it for all who share it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dynamo_models.errors import EndpointError

POLL = 0.02  # seconds

_brief: set[int] = set()
"""Open files whose lock is held for a moment only. A child forked in that moment must not hold it for its life."""


def _flock(file: int, *, shared: bool = False, wait: bool) -> bool:
    """Take the lock of an open file; False where another holds it and there is no waiting."""
    if sys.platform == "win32":
        raise EndpointError(
            "The embedded endpoint needs file locks that this system does not have. "
            "Start an endpoint yourself and set DYNAMO_MODELS['ENDPOINT'] to its URL."
        )
    import fcntl  # noqa: PLC0415 - not there on Windows, where the rest of the library works

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def take(path: Path, *, timeout: float | None = None) -> int | None:
    """Open a file and lock it; closing it gives the lock up. None where another holds it after ``timeout`` seconds."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if timeout is None:
            _flock(file, wait=True)
            return file
        # A look at the lock (``held``) takes it for a moment, so that one refusal says nothing yet.
        until = time.monotonic() + timeout
        while not _flock(file, wait=False):
            if time.monotonic() > until:
                os.close(file)
                return None
            time.sleep(POLL)
    except BaseException:
        os.close(file)
        raise
    return file


def held(path: Path) -> bool:
    """Whether anybody holds the lock of that file."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    _brief.add(file)
    try:
        return not _flock(file, shared=True, wait=False)
    finally:
        _close_brief(file)


@contextlib.contextmanager
def holding(path: Path) -> Iterator[None]:
    """Hold the lock of that file, having waited for it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    _brief.add(file)
    try:
        _flock(file, wait=True)
        yield
    finally:
        _close_brief(file)


def _close_brief(file: int) -> None:
    if file in _brief:  # not in a child that was forked meanwhile, where it is closed already
        _brief.discard(file)
        os.close(file)


def _after_fork() -> None:
    for file in list(_brief):
        _close_brief(file)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def wait_until(settled: Callable[[], bool], timeout: float) -> bool:
    """Wait until ``settled``; False where it still is not after ``timeout`` seconds."""
    until = time.monotonic() + timeout
    while not settled():
        if time.monotonic() > until:
            return False
        time.sleep(POLL)
    return True
