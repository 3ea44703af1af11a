"""A use is given back once: its row goes, its counters count it no more, and its request is not a use again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dynamo_models import ValueRefused
from tests.limits.conftest import NOON
from tests.limits.entities import DAY, MINUTE, DayCounter, MinuteCounter, Use, UseLog, a_limiter
from tests.limits.test_uses import BOTH, counter, rows


@BOTH
def test_a_use_is_given_back_once(tables, use, atomic_log):
    limiter = a_limiter(atomic_log=atomic_log)
    for number in range(3):
        use(limiter, limit=3, request_id=f"r{number}")
    assert not use(limiter, limit=3).allowed
    assert limiter.refund("ann", "r1") is True
    assert limiter.refund("ann", "r1") is False
    assert (counter(), [row.request_id for row in rows()]) == (2, ["r0", "r2"])
    assert use(limiter, limit=3).allowed
    assert not use(limiter, limit=3).allowed


def test_what_was_never_admitted_is_not_given_back(tables, use):
    limiter = a_limiter()
    use(limiter, limit=1, request_id="r")
    assert not use(limiter, limit=1, request_id="refused").allowed
    assert not limiter.refund("ann", "refused")
    assert not limiter.refund("bob", "r")
    assert counter() == 1


@BOTH
def test_a_request_whose_use_was_given_back_is_not_admitted_again(tables, use, atomic_log):
    limiter = a_limiter(atomic_log=atomic_log)
    use(limiter, limit=5, request_id="r")
    limiter.refund("ann", "r")
    again = use(limiter, limit=5, request_id="r")
    assert (again.allowed, again.reason, again.status) == (False, "refunded", 409)
    assert (counter(), rows()) == (0, [])
    assert use(limiter, limit=5, request_id="another").allowed


def test_a_use_that_never_came_to_be_is_forgotten_and_its_request_may_come_again(tables, use):
    limiter = a_limiter()
    use(limiter, limit=1, request_id="r", log=False)
    assert limiter.refund("ann", "r", forget=True)
    assert not limiter.refund("ann", "r", forget=True)
    assert (counter(), use(limiter, limit=1, request_id="r").reason) == (0, "admitted")
    limiter.refund("ann", "r")
    assert not limiter.refund("ann", "r", forget=True)
    assert use(limiter, limit=1, request_id="r").reason == "refunded"


def test_a_refund_gives_back_the_cost_in_all_windows(tables, use):
    limiter = a_limiter(DAY, MINUTE)
    limits = {"day": 5, "minute": 5}
    use(limiter, limit=limits, cost=3, request_id="r")
    use(limiter, limit=limits, cost=2, request_id="s")
    assert limiter.refund("ann", "r")
    assert counter() == 2
    assert [held.n for held in MinuteCounter.objects.filter(user_id="ann")] == [2]


def test_a_window_that_did_not_count_the_use_gives_nothing_back(tables, use):
    use(a_limiter(DAY), request_id="before")
    both = a_limiter(DAY, MINUTE)
    use(both, limit={"day": -1, "minute": -1}, request_id="after")
    assert both.refund("ann", "before")
    assert [held.n for held in MinuteCounter.objects.filter(user_id="ann")] == [1]
    assert counter() == 1


def test_a_counter_that_is_gone_or_counts_less_is_left_alone(tables, use):
    limiter = a_limiter()
    use(limiter, request_id="r")
    DayCounter.objects.ref(user_id="ann", date=NOON.date(), action="hint").delete()
    assert limiter.refund("ann", "r")
    assert (counter(), rows()) == (None, [])


def test_of_many_refunds_at_once_one_gives_back(tables, use):
    limiter = a_limiter(timeout=60.0, tries=100)
    for number in range(4):
        use(limiter, request_id=f"r{number}")
    barrier = threading.Barrier(8)

    def give_back(_):
        barrier.wait()
        return [limiter.refund("ann", f"r{number}") for number in range(3)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(give_back, range(8)))
    assert [sum(column) for column in zip(*found, strict=True)] == [1, 1, 1]
    assert (counter(), len(rows())) == (1, 1)


def test_without_notes_nothing_can_be_given_back(tables):
    with pytest.raises(ValueRefused, match="uses="):
        a_limiter(uses=None).refund("ann", "r")


def test_the_note_says_what_was_used(tables, use):
    use(a_limiter(), request_id="r", cost=2)
    held = Use.objects.get(user_id="ann", request_id="r")
    assert (held.action, held.cost, held.at, held.windows, held.refunded) == ("hint", 2, NOON, ["day"], False)
    assert UseLog.objects.filter(user_id="ann", date=NOON.date(), action="hint").count() == 1
