"""The race: so many tries at a limit from threads, or from processes that are started anew and share nothing."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

LIMIT, TRIES = 50, 200


def tried(limiter, user, count, at, numbers):
    """How many of so many tries were admitted."""
    decisions = [limiter.consume(user, "hint", limit=LIMIT, at=at, values={"n": next(numbers)}) for _ in range(count)]
    assert {each.reason for each in decisions} <= {"admitted", "limit"}
    return sum(each.allowed for each in decisions)


def by_threads(limiter, user, at, threads=32):
    barrier = threading.Barrier(threads)
    numbers = itertools.count(1)
    share = [TRIES // threads + (number < TRIES % threads) for number in range(threads)]

    def run(number):
        barrier.wait()
        return tried(limiter, user, share[number], at, numbers)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(run, range(threads)))


def by_processes(pool, users, at, settings, *, options, processes=8):
    """Admitted by user; each process tries each user in turn, at about the same time as the others."""
    share = TRIES // processes
    asked = [(settings, options, users, share, at, number * share + 1) for number in range(processes)]
    found = list(pool.map(_in_a_process, asked))
    return {user: sum(each[user] for each in found) for user in users}


def a_pool(processes=8):
    return ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))


def _in_a_process(asked):
    settings, options, users, share, at, first = asked
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "algoitny.settings")

    from django.test.utils import override_settings

    from tests.limits.entities import a_limiter

    with override_settings(DYNAMO_MODELS=settings):
        limiter = a_limiter(**options)
        return {user: tried(limiter, user, share, at, itertools.count(first)) for user in users}
