"""What was refused a moment ago is refused without a request; nothing is ever admitted by that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.limits.entities import a_limiter
from tests.limits.test_uses import counter


@pytest.fixture
def limiter(tables, clock):
    return a_limiter(clock=clock, remember_refusals=timedelta(seconds=2))


@pytest.fixture
def full(limiter, use):
    for number in range(2):
        use(limiter, limit=2, request_id=f"r{number}")
    assert not use(limiter, limit=2).allowed
    return limiter


def test_a_refusal_is_repeated_without_a_request_for_a_while(full, use, clock, assert_requests):
    with assert_requests(0):
        refused = use(full, limit=2)
    assert (refused.reason, refused.used, refused.remaining) == ("limit", 2, 0)
    clock.at += timedelta(seconds=2)
    with assert_requests(1):
        assert not use(full, limit=2).allowed


def test_another_user_action_or_day_is_asked(full, use, clock, assert_requests):
    for more in ({"user": "bob"}, {"action": "run"}, {"at": clock.at + timedelta(days=1)}):
        with assert_requests(1):
            assert use(full, limit=2, **more).allowed


def test_a_larger_plan_is_asked_at_once(full, use):
    assert use(full, limit=3).allowed
    assert use(full, limit=-1).allowed
    assert counter() == 4


def test_a_request_that_was_admitted_is_told_so_still(full, use, assert_requests):
    with assert_requests(1):
        assert use(full, limit=2, request_id="r1").reason == "repeated"


def test_what_is_given_back_by_this_process_is_there_again_at_once(full, use):
    full.refund("ann", "r0")
    assert use(full, limit=2).allowed


def test_what_is_given_back_elsewhere_is_there_after_a_while(full, use, clock):
    a_limiter(clock=clock).refund("ann", "r0")
    assert not use(full, limit=2).allowed
    clock.at += timedelta(seconds=2)
    assert use(full, limit=2).allowed


def test_nothing_is_remembered_unless_it_is_asked_for(tables, use, assert_requests):
    limiter = a_limiter()
    use(limiter, limit=1)
    for _ in range(2):
        with assert_requests(1):
            assert not use(limiter, limit=1).allowed
