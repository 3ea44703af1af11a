"""Where a day ends, whose clock says so, and what is shorter or longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dynamo_models import DefinitionError
from dynamo_models.limits import Window
from tests.limits.entities import DAY, MINUTE, DayCounter, a_limiter

YEAR = datetime.now(UTC).year + 1  # nothing of it has expired


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("UTC", datetime(YEAR, 1, 16, tzinfo=UTC)),
        ("Asia/Seoul", datetime(YEAR, 1, 15, 15, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(YEAR, 1, 16, 8, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_midnight_of_its_zone(tables, use, clock, zone, midnight):
    limiter = a_limiter(clock=clock, zone=zone)
    clock.at = midnight - timedelta(microseconds=1)
    assert use(limiter, limit=1).allowed
    refused = use(limiter, limit=1)
    assert (refused.allowed, refused.retry_after) == (False, 1)
    clock.at = midnight
    assert use(limiter, limit=1).allowed
    assert use(limiter, limit=1).retry_after == 86_400


def test_two_plans_have_days_of_their_own_at_one_time(tables, use, clock):
    clock.at = datetime(YEAR, 1, 15, 23, 30, tzinfo=UTC)
    limiter = a_limiter(clock=clock)
    for user, zone in (("ann", "UTC"), ("bob", "Asia/Seoul")):
        assert use(limiter, limit=1, user=user, zone=zone).allowed
        assert not use(limiter, limit=1, user=user, zone=zone).allowed
    clock.at += timedelta(minutes=30)
    assert use(limiter, limit=1, user="ann", zone="UTC").allowed
    assert not use(limiter, limit=1, user="bob", zone="Asia/Seoul").allowed


@pytest.mark.parametrize(("day", "hours"), [((2027, 3, 28), 23), ((2027, 10, 31), 25), ((2027, 6, 1), 24)])
def test_a_day_on_which_clocks_are_changed_has_its_own_length(day, hours):
    at = datetime(*day, 12, tzinfo=UTC)
    span = DAY.span(at, "Europe/Berlin")
    assert (span.seconds(), span.day) == (hours * 3600, at.date())


def test_a_minute_begins_with_the_clock(tables, use, clock):
    clock.at = datetime(YEAR, 1, 15, 10, 30, 59, 999_999, tzinfo=UTC)
    limiter = a_limiter(MINUTE, clock=clock)
    assert use(limiter, limit=1).allowed
    assert use(limiter, limit=1).retry_after == 1
    clock.at += timedelta(microseconds=1)
    assert use(limiter, limit=1).allowed


def test_the_limiters_own_clock_is_asked_where_no_time_is_given(tables, clock):
    limiter = a_limiter(clock=clock)
    clock.at = datetime(YEAR, 5, 1, 1, tzinfo=UTC)
    assert limiter.consume("ann", "hint", limit=1).at == clock.at
    assert DayCounter.objects.get(user_id="ann", date=clock.at.date(), action="hint").n == 1


def test_counters_and_rows_are_cleaned_up_after_their_time(tables, use, clock):
    limiter = a_limiter(clock=clock)
    clock.at = datetime(YEAR, 5, 1, 1, tzinfo=UTC)
    use(limiter, limit=1)
    held = DayCounter.objects.get(user_id="ann", date=clock.at.date(), action="hint")
    assert held.ttl == datetime(YEAR, 5, 2, tzinfo=UTC) + limiter.kept


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Window.day(DayCounter, name="a day"), "letters"),
        (lambda: Window.every(timedelta(), DayCounter, name="x"), "a second or more"),
        (lambda: a_limiter(Window.every(timedelta(minutes=1), DayCounter, name="x")), "its primary key needs start"),
        (lambda: a_limiter(DAY, DAY), "a name of its own"),
        (lambda: a_limiter(log=None, decide_by="log"), "give the limiter a log"),
        (lambda: a_limiter(log=DayCounter), "created_at"),
        (lambda: a_limiter(uses=DayCounter), "request_id"),
        (lambda: a_limiter(tries=0), "1 or more"),
    ],
)
def test_what_does_not_fit_together_is_said_as_it_is_declared(make, said):
    with pytest.raises(DefinitionError, match=said):
        make()
