"""A first release decides by the log and writes the counter, the next decides by the counter; in between both run."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dynamo_models.limits import Reconciled
from tests.limits.conftest import NOON
from tests.limits.entities import DayCounter, UseLog, a_limiter
from tests.limits.racing import LIMIT, tried
from tests.limits.test_uses import BOTH, counter, rows


def written_before(count, user="ann"):
    """As by a release that only counts."""
    for number in range(count):
        UseLog.objects.create(
            user_id=user, action="hint", date=NOON.date(), created_at=NOON, request_id=f"before{number}"
        )


@BOTH
def test_the_first_release_decides_by_the_log_and_makes_the_counter_of_it(tables, use, atomic_log):
    written_before(3)
    limiter = a_limiter(decide_by="log", atomic_log=atomic_log)
    decision = use(limiter, limit=5)
    assert (decision.allowed, decision.used) == (True, 4)
    assert counter() == len(rows()) == 4
    assert use(limiter, limit=5).allowed
    refused = use(limiter, limit=5)
    assert (refused.allowed, refused.reason, refused.used) == (False, "limit", 5)
    assert use(a_limiter(), limit=5).reason == "limit"  # the next release says the same
    assert counter() == len(rows()) == 5


def test_a_request_that_is_told_again_is_one_use_there_too(tables, use):
    limiter = a_limiter(decide_by="log")
    assert [use(limiter, limit=1, request_id="r").reason for _ in range(2)] == ["admitted", "repeated"]


def test_a_counter_is_made_of_the_log_once(tables, use):
    written_before(3)
    limiter = a_limiter()
    seeded = limiter.seed("ann", "hint", at=NOON)
    assert seeded == [Reconciled(window="day", counter=None, log=3, outcome="made")]
    assert use(limiter, limit=5).allowed
    DayCounter.objects.get(user_id="ann", date=NOON.date(), action="hint").patch(n=9)
    assert limiter.seed("ann", "hint", at=NOON)[0].outcome == "equal"  # whatever it is
    assert counter() == 9


@pytest.mark.endpoint_cannot("moto", reason="it loses and tears updates under threads")
def test_both_releases_beside_a_seed_admit_exactly_the_limit(tables):
    written_before(20)
    options = {"timeout": 60.0, "tries": 100}
    first, following = a_limiter(decide_by="log", **options), a_limiter(**options)
    barrier, numbers = threading.Barrier(12), itertools.count(1)
    first.consume("ann", "hint", limit=LIMIT, at=NOON, values={"n": 0})

    def work(number):
        barrier.wait()
        if number == 0:
            first.seed("ann", "hint", at=NOON)
        return tried(first if number % 2 else following, "ann", 8, NOON, numbers)

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(work, range(12))) == LIMIT - 21
    assert counter() == len(rows()) == LIMIT


@pytest.mark.endpoint_cannot("moto", reason="it loses and tears updates under threads")
def test_uses_that_meet_no_counter_at_once_make_one(tables):
    written_before(20)
    limiter = a_limiter(decide_by="log", timeout=60.0, tries=100)
    barrier, numbers = threading.Barrier(8), itertools.count(1)

    def work(_):
        barrier.wait()
        return tried(limiter, "ann", 3, NOON, numbers)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 24
    assert counter() == len(rows()) == 44
