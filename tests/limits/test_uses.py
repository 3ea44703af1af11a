"""What a use is answered, and what is written of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dynamo_models import ValueRefused
from tests.limits.conftest import NOON
from tests.limits.entities import DAY, MINUTE, WHOLE, DayCounter, MinuteCounter, Use, UseLog, WholeCounter, a_limiter

BOTH = pytest.mark.parametrize("atomic_log", [True, False], ids=["atomic", "counter first"])


def rows(user="ann"):
    found = UseLog.objects.filter(user_id=user, date=NOON.date(), action="hint").consistent()
    return sorted(found, key=lambda row: row.n)


def counter(user="ann"):
    held = DayCounter.objects.filter(user_id=user, date=NOON.date(), action="hint").consistent().first()
    return held.n if held else None


@BOTH
def test_uses_are_admitted_up_to_the_limit_and_logged(tables, use, atomic_log):
    limiter = a_limiter(atomic_log=atomic_log)
    for number in range(3):
        decision = use(limiter, limit=3)
        assert (decision.allowed, decision.reason, decision.limit) == (True, "admitted", 3)
        assert decision.used == (None if atomic_log else number + 1)
    refused = use(limiter, limit=3)
    assert (refused.allowed, refused.reason, refused.used, refused.remaining) == (False, "limit", 3, 0)
    assert (refused.reset_after, refused.retry_after, refused.status) == (12 * 3600, 12 * 3600, 429)
    assert [row.n for row in rows()] == [1, 2, 3]
    assert counter() == 3


@BOTH
def test_a_log_row_goes_with_its_day(tables, use, atomic_log):
    limiter = a_limiter(atomic_log=atomic_log)
    use(limiter, limit=3)
    (row,) = rows()
    assert row.ttl == NOON + limiter.kept
    assert (row.created_at, row.date) == (NOON, NOON.date())


def test_rows_of_one_moment_have_ids_of_their_own_where_their_key_needs_one(tables, use):
    limiter = a_limiter()
    for _ in range(2):
        use(limiter)
    use(limiter, request_id="r")
    ids = [row.request_id for row in rows()]
    assert (len(set(ids)), ids[2]) == (3, "r")


def test_a_limit_is_of_one_user_and_one_action(tables, use):
    limiter = a_limiter()
    for more in ({}, {"user": "bob"}, {"action": "run"}):
        assert use(limiter, limit=1, **more).allowed
        assert not use(limiter, limit=1, **more).allowed


def test_a_limit_of_nothing_and_a_cost_above_the_limit_are_refused_without_a_request(tables, use, assert_requests):
    limiter = a_limiter()
    with assert_requests(0):
        assert use(limiter, limit=0).retry_after is None
        assert use(limiter, limit=2, cost=3).retry_after is None


@BOTH
def test_no_limit_is_counted_all_the_same(tables, use, atomic_log):
    limiter = a_limiter(atomic_log=atomic_log)
    for _ in range(4):
        decision = use(limiter, limit=-1)
        assert (decision.allowed, decision.limit, decision.remaining) == (True, -1, None)
    assert (counter(), len(rows())) == (4, 4)
    assert not use(limiter, limit=4).allowed
    assert use(limiter, limit=-1).allowed


def test_a_change_of_plan_acts_at_once_both_ways(tables, use):
    limiter = a_limiter()
    assert use(limiter, limit=1).allowed
    assert not use(limiter, limit=1).allowed
    assert use(limiter, limit=2).allowed
    assert not use(limiter, limit=1).allowed
    assert use(limiter, limit=3).allowed


@BOTH
def test_a_cost_is_taken_as_a_whole(tables, use, atomic_log):
    limiter = a_limiter(atomic_log=atomic_log)
    assert use(limiter, limit=5, cost=3).allowed
    refused = use(limiter, limit=5, cost=3)
    assert (refused.allowed, refused.used, refused.remaining) == (False, 3, 2)
    assert use(limiter, limit=5, cost=2).allowed
    assert (counter(), [row.cost for row in rows()]) == (5, [3, 2])


@BOTH
def test_a_request_that_is_told_again_is_one_use_with_one_answer(tables, use, atomic_log):
    limiter = a_limiter(atomic_log=atomic_log)
    first = use(limiter, limit=1, request_id="r1")
    for limit in (1, 5):
        again = use(limiter, limit=limit, request_id="r1")
        assert (again.allowed, again.reason) == (True, "repeated")
        assert use(limiter, limit=limit, request_id="r1", look=True).reason == "repeated"
    assert (first.reason, counter(), len(rows())) == ("admitted", 1, 1)
    assert not use(limiter, limit=1, request_id="r2").allowed
    assert use(limiter, limit=2, request_id="r2").reason == "admitted"  # a refused one is asked anew
    assert use(limiter, user="bob", limit=1, request_id="r1").reason == "admitted"


@BOTH
def test_several_windows_are_all_or_none(tables, use, atomic_log):
    limiter = a_limiter(MINUTE, DAY, WHOLE, atomic_log=atomic_log)
    limits = {"minute": 2, "day": 3, "plan": 100}
    assert use(limiter, limit=limits).allowed
    assert use(limiter, limit=limits).allowed
    refused = use(limiter, limit=limits)
    assert [(quota.window, quota.refuses) for quota in refused.quotas] == [
        ("minute", True), ("day", False), ("plan", False),
    ]  # fmt: skip
    assert (refused.limit, refused.retry_after) == (2, 60)
    later = NOON.replace(minute=1)
    assert use(limiter, limit=limits, at=later).allowed
    refused = use(limiter, limit=limits, at=later)
    assert (refused.limit, refused.retry_after) == (3, 12 * 3600 - 60)
    assert counter() == len(rows()) == 3
    assert WholeCounter.objects.get(user_id="ann", action="hint").n == 3
    assert [held.n for held in MinuteCounter.objects.filter(user_id="ann")] == [2, 1]


def test_what_is_used_for_good_is_not_worth_waiting_for(tables, use):
    limiter = a_limiter(WHOLE)
    assert use(limiter, limit=1).allowed
    refused = use(limiter, limit=1)
    assert (refused.allowed, refused.reset_after, refused.retry_after) == (False, None, None)


@BOTH
def test_a_look_tells_what_is_left_and_spares_a_refusal_the_writes(tables, use, dynamo_usage, atomic_log):
    limiter = a_limiter(atomic_log=atomic_log)
    decision = use(limiter, limit=2, look=True)
    assert (decision.used, decision.remaining) == (1, 1)
    assert use(limiter, limit=2, look=True).remaining == 0
    before = len(dynamo_usage)
    assert use(limiter, limit=2, look=True).used == 2
    assert [each.operation for each in dynamo_usage.requests[before:]] == ["GetItem"]


def test_a_peek_is_one_request_and_changes_nothing(tables, use, assert_requests):
    limiter = a_limiter()
    with assert_requests(1):
        seen = limiter.peek("ann", "hint", limit=1, at=NOON)
    assert (seen.allowed, seen.reason, seen.used, seen.remaining) == (True, "looked", 0, 1)
    use(limiter, limit=1)
    seen = limiter.peek("ann", "hint", limit=1, at=NOON)
    assert (seen.allowed, seen.used, seen.retry_after) == (False, 1, 12 * 3600)
    assert counter() == 1


def test_requests_and_writes(tables, use, dynamo_usage):
    def operations(**options):
        before = len(dynamo_usage)
        use(a_limiter(atomic_log=options.pop("atomic_log", True)), **options)
        return [each.operation for each in dynamo_usage.requests[before:]]

    assert operations() == ["TransactWriteItems"]
    assert operations(request_id="a") == ["TransactWriteItems"]
    assert operations(atomic_log=False) == ["UpdateItem", "PutItem"]
    assert operations(atomic_log=False, request_id="b") == ["GetItem", "UpdateItem", "TransactWriteItems"]
    assert operations(log=False) == ["UpdateItem"]


def test_a_row_that_the_caller_writes_elsewhere_is_not_written_here(tables, use):
    limiter = a_limiter()
    assert use(limiter, limit=1, log=False, request_id="r").allowed
    assert (counter(), rows(), Use.objects.get(user_id="ann", request_id="r").logged) == (1, [], False)
    assert not use(limiter, limit=1, log=False).allowed


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"limit": -2}, "or -1 for none"),
        ({"limit": True}, "or -1 for none"),
        ({"limit": {"minute": 3}}, "each of the windows day"),
        ({"limit": 3, "cost": 0}, "1 or more"),
        ({"limit": 3, "zone": "Europe/Nowhere"}, "no time zone"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(tables, use, given, said):
    with pytest.raises(ValueRefused, match=said):
        use(a_limiter(), **given)
    assert counter() is None


def test_a_request_needs_something_that_remembers_it(tables, use):
    with pytest.raises(ValueRefused, match="uses="):
        use(a_limiter(uses=None), limit=1, request_id="r")


def test_every_answer_is_told(tables, use, told):
    limiter = a_limiter()
    use(limiter, limit=1, request_id="r")
    use(limiter, limit=1, request_id="r")
    use(limiter, limit=1)
    use(limiter, limit=0)
    limiter.refund("ann", "r")
    limiter.refund("ann", "r")
    assert told == [
        ("hint", "admitted", 1), ("hint", "repeated", 1), ("hint", "limit", 1), ("hint", "limit", 0),
        ("hint", "given back", 1),
    ]  # fmt: skip


@BOTH
@pytest.mark.endpoint_cannot("moto", reason="it loses and tears updates under threads")
def test_a_request_that_is_told_many_times_at_once_is_one_use(tables, atomic_log):
    limiter = a_limiter(atomic_log=atomic_log, timeout=60.0, tries=100)
    barrier = threading.Barrier(8)

    def tell(number):
        barrier.wait()
        return limiter.consume("ann", "hint", limit=50, at=NOON, request_id="r", values={"n": number}).reason

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(tell, range(8))) == ["admitted"] + ["repeated"] * 7
    assert (counter(), len(rows())) == (1, 1)
