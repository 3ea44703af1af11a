"""What a process does off its requests' path: a few threads, a bounded queue, and what is to be done now and then.

Threads begin with the first work and end, with their database connections, after a while without. A process that was
forked has none of its parent's.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable

from django.db import connections

from dynamo_models import conf

logger = logging.getLogger(__name__)

Job = Callable[[], None]

PERIOD = 2.0  # seconds between two rounds of what is done now and then
IDLE = 5.0  # seconds without work after which a thread ends


class _Pool:
    def __init__(self) -> None:
        self.pid = os.getpid()
        self.condition = threading.Condition()
        self.jobs: deque[Job] = deque()
        self.threads: set[threading.Thread] = set()
        self.busy = 0
        self.woken_at = 0.0
        self.due_at = 0.0
        self.over = False


_rounds: list[Job] = []
_held = _Pool()


def every_now_and_then(job: Job) -> Job:
    """Have a function called every PERIOD while the process has work, and before its threads end."""
    _rounds.append(job)
    return job


def submit(job: Job) -> bool:
    """Have a job done; False where as many wait as the setting QUEUE says."""
    pool, settings = _pool(), conf.cutover_settings()
    with pool.condition:
        if len(pool.jobs) >= settings.queue:
            return False
        pool.jobs.append(job)
        _wake(pool, settings.threads)
        pool.condition.notify()
    return True


def awake() -> None:
    """See to it that somebody makes the rounds."""
    pool = _pool()
    now = time.monotonic()
    if now - pool.woken_at > 1.0 or not pool.threads:
        with pool.condition:
            _wake(pool, 1)


def finish() -> None:
    """Wait until all is done, make the rounds once more, and end the threads; as a process that ends, and tests, do."""
    pool = _pool()
    with pool.condition:
        pool.over = True
        pool.condition.notify_all()
        threads = list(pool.threads)
    for thread in threads:
        thread.join()
    with pool.condition:
        pool.over = False
    _make_rounds()


def _pool() -> _Pool:
    global _held  # noqa: PLW0603 - one for a process
    if _held.pid != os.getpid():
        _held = _Pool()
    return _held


def _wake(pool: _Pool, threads: int) -> None:
    """Have a thread more where all are at work, up to as many."""
    pool.woken_at = time.monotonic()
    if len(pool.threads) < threads and (pool.busy + len(pool.jobs) > len(pool.threads) or not pool.threads):
        thread = threading.Thread(target=_work, args=[pool], name="dynamo-cutover", daemon=True)
        pool.threads.add(thread)
        thread.start()


def _work(pool: _Pool) -> None:
    try:
        while (job := _next(pool)) is not None:
            _done(job)
            for connection in connections.all(initialized_only=True):
                connection.close_if_unusable_or_obsolete()
            with pool.condition:
                pool.busy -= 1
    finally:
        connections.close_all()


def _next(pool: _Pool) -> Job | None:
    """What this thread does now; None where it ends."""
    me = threading.current_thread()
    with pool.condition:
        while True:
            now = time.monotonic()
            # First: where jobs never run out, counts would never be written.
            if now >= pool.due_at and not pool.over:
                pool.due_at = float("inf")  # one at a time
                job: Job = functools.partial(_make_a_round, pool)
            elif pool.jobs:
                job = pool.jobs.popleft()
            elif pool.over or now - pool.woken_at > IDLE:
                pool.threads.discard(me)
                return None
            else:
                pool.condition.wait(min(PERIOD, max(0.01, pool.due_at - now)))
                continue
            pool.busy += 1
            return job


def _make_a_round(pool: _Pool) -> None:
    try:
        _make_rounds()
    finally:
        pool.due_at = time.monotonic() + PERIOD


def _make_rounds() -> None:
    for job in _rounds:
        _done(job)


def _done(job: Job) -> None:
    try:
        job()
    except Exception:
        logger.exception("What a group's reads are compared with, or counted by, failed.")
