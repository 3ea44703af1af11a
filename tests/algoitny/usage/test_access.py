"""Uses: each store by itself logs, counts and limits them the same way, exactly, at any number at once."""

import threading
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from algoitny import store
from algoitny.api.cursors import CursorError
from algoitny.usage import access
from algoitny.usage.items import UsageLog
from algoitny.usage.models import KEPT
from algoitny.usage.records import DayTotal, LimitReached, Today, Use
from tests.algoitny.helpers import settle

# Yesterday, as uses are gone after 90 days.
NOON = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
DAY = NOON.date()


@pytest.fixture
def people(either, make_user, make_problem):
    return make_user().pk, make_user().pk, make_problem().pk


def log(user, action="execution", *, limit=-1, at=NOON, **values):
    return access.log_use(user, action, limit=limit, at=at, **values)


def walk(**question):
    found, cursor = [], None
    while True:
        page = access.uses(cursor=cursor, **question)
        assert len(page.items) <= question.get("limit", 20)
        found += [use.id for use in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_a_use_is_logged_as_it_was_and_counted(people):
    ann, bob, problem = people
    made = log(ann, "hint", problem_row=problem, metadata={"n": 0.5}, use_id=77)
    assert made == Use(id=77, user_id=ann, action="hint", problem_row=problem, metadata={"n": 0.5}, created_at=NOON)
    assert access.uses(ann, "hint", day=DAY).items == (made,)
    assert log(ann, at=NOON).metadata == {}
    assert access.today(ann, day=DAY) == Today(hint=1, execution=1)
    assert access.today(bob, day=DAY) == Today()
    assert access.today(ann, day=DAY + timedelta(days=1)) == Today()
    assert access.today(ann) == Today()


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_uses_of_one_kind_on_one_day_newest_first(people, limit):
    ann, bob, _ = people
    made = [log(ann, at=NOON + timedelta(microseconds=number // 2)).id for number in range(7)]
    log(ann, "hint")
    log(bob)
    log(ann, at=NOON + timedelta(days=1))
    assert walk(user_id=ann, action="execution", day=DAY, limit=limit) == made[::-1]
    cursor = access.uses(ann, "execution", day=DAY, limit=1).next_cursor
    with pytest.raises(CursorError):
        access.uses(ann, "hint", day=DAY, cursor=cursor)


def test_a_limit_is_held_on_each_day_and_for_each_action(people):
    ann, bob, _ = people
    for _turn in range(2):
        log(ann, limit=2)
    with pytest.raises(LimitReached) as refused:
        log(ann, limit=2)
    assert (refused.value.action, refused.value.limit) == ("execution", 2)
    assert access.today(ann, day=DAY).execution == 2
    log(ann, "hint", limit=1)
    log(bob, limit=2)
    log(ann, limit=2, at=NOON + timedelta(days=1))
    log(ann, limit=3)
    log(ann, limit=-1)
    with pytest.raises(LimitReached):
        log(ann, limit=3)
    assert len(access.uses(ann, "execution", day=DAY).items) == access.today(ann, day=DAY).execution == 4


def test_a_limit_of_none_at_all_admits_nobody(people):
    with pytest.raises(LimitReached):
        log(people[0], limit=0)
    assert access.today(people[0], day=DAY) == Today()
    assert access.totals(DAY, DAY) == []


def test_a_day_ends_at_midnight_of_utc(people):
    ann, *_ = people
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    log(ann, limit=1, at=midnight - timedelta(microseconds=1))
    log(ann, limit=1, at=midnight)
    assert access.today(ann, day=DAY).execution == access.today(ann, day=DAY + timedelta(days=1)).execution == 1


def test_totals_add_all_users_up_by_day_and_action(people):
    ann, bob, _ = people
    days = [DAY - timedelta(days=back) for back in (70, 40, 1, 0)]
    for number, day in enumerate(days, 1):
        at = datetime.combine(day, NOON.timetz())
        for user in [ann] * number + [bob]:
            log(user, at=at)
        log(bob, "hint", at=at)
    expected = [
        DayTotal(date=day, action=action, n=n)
        for number, day in enumerate(days, 1)
        for action, n in (("execution", number + 1), ("hint", 1))
    ]
    settle()
    assert access.totals(days[0], days[-1]) == expected
    assert access.totals(days[1], days[2]) == expected[2:6]
    assert access.totals(days[0] + timedelta(days=1), days[0] + timedelta(days=1)) == []


def test_a_range_of_days_the_wrong_way_round_or_too_long_is_refused(either):
    for first, last in ((DAY, DAY - timedelta(days=1)), (DAY - timedelta(days=90), DAY)):
        with pytest.raises(ValueError, match="at most 90 days"):
            access.totals(first, last)
    assert access.totals(DAY - timedelta(days=89), DAY) == []


def test_a_use_is_gone_after_90_days(people):
    ann, *_ = people
    gone = timezone.now() - KEPT - timedelta(seconds=5)
    kept = gone + timedelta(hours=1)
    for at in (gone, kept):
        log(ann, at=at)
    found = [use for day in {gone.date(), kept.date()} for use in access.uses(ann, "execution", day=day).items]
    assert [use.created_at for use in found] == [kept]


@pytest.mark.parametrize("limit", [1, 10])
def test_eight_at_once_are_admitted_exactly_as_often_as_the_limit_says(db, tables, limit):
    outcomes = []

    def work():
        with store.serving("dynamodb"):
            for _ in range(5):
                try:
                    log(7, limit=limit)
                    outcomes.append("admitted")
                except LimitReached:
                    outcomes.append("refused")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count("admitted"), outcomes.count("refused")) == (limit, 40 - limit)
    with store.serving("dynamodb"):
        assert access.today(7, day=DAY).execution == limit
        assert len(walk(user_id=7, action="execution", day=DAY)) == limit
        settle()
        assert access.totals(DAY, DAY) == [DayTotal(date=DAY, action="execution", n=limit)]


def test_items_go_when_their_time_has_passed(tables, db):
    with store.serving("dynamodb"):
        log(7)
        (item,) = UsageLog.objects.scan()
    assert item.ttl == NOON + KEPT


def test_requests(tables, db, assert_requests):
    with store.serving("dynamodb"):
        log(7)  # takes a block of ids
        with assert_requests(1):
            log(7, limit=5)
        with assert_requests(1):
            access.today(7, day=DAY)
        with assert_requests(1):
            access.uses(7, "execution", day=DAY)
        with assert_requests(1):
            access.totals(date(DAY.year, DAY.month, 1), DAY)
        with assert_requests(0), pytest.raises(LimitReached):
            log(7, limit=0)
        with assert_requests(1), pytest.raises(LimitReached):
            log(7, limit=2)
