"""Questions about the log and the totals: within their range, in order, by pages, from the cache."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from algoitny.api.cursors import CursorError
from algoitny.chat import log, totals
from algoitny.chat.records import Day, DayCost, Module, ModulePeriod
from algoitny.chat.spans import Span, SpanError
from tests.algoitny.chat.conftest import NOON, cents, count_all, record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chat_tables")]
streamed = pytest.mark.endpoint_cannot("ministack", reason="it answers DescribeStream with 400")

DAY = NOON.date()
WEEK = Span.of(DAY, DAY + timedelta(days=6))


def ids(page):
    return [each.message_id for each in page.items]


@pytest.fixture
def a_week(chat_tables):
    """Twelve messages, one each twelve hours, of two modules, three students and two providers."""
    for number in range(12):
        record(
            number,
            after=number * 43_200,
            conversation_id=f"c{number % 5}",
            module_id=7 + number % 2,
            student_id=number % 3,
            provider="ab"[number % 2],
            cost=cents(number),
        )


@pytest.mark.usefixtures("a_week")
def test_a_range_holds_its_first_and_its_last_millisecond(assert_requests):
    midnight = NOON.replace(hour=0)
    for number, seconds in enumerate([-0.001, 0, 86_399.999, 86_400]):
        record(100 + number, at=midnight, after=seconds, module_id=9)
    with assert_requests(1):
        assert ids(log.of_module(9, Span.of(DAY, DAY))) == ["m101", "m102"]
    with assert_requests(1):
        assert ids(log.of_module(7, Span.of(DAY, DAY + timedelta(days=2)))) == ["m0", "m2", "m4"]
    with assert_requests(1):
        assert ids(log.of_student(2, WEEK)) == ["m2", "m5", "m8", "m11"]
    with assert_requests(1):
        assert ids(log.of_provider("b", Span.of(DAY, DAY + timedelta(days=1)))) == ["m1"]
    assert ids(log.of_provider("c", WEEK)) == []


@pytest.mark.usefixtures("a_week")
def test_a_students_last_ten_are_the_newest_first(assert_requests):
    for number in range(12):
        record(100 + number, after=number, student_id=77)
    with assert_requests(1):
        found = log.latest_of_student(77)
    assert [each.message_id for each in found] == [f"m{100 + number}" for number in range(11, 1, -1)]
    assert log.latest_of_student(78) == []


@pytest.mark.usefixtures("a_week")
def test_pages_follow_each_other_and_keep_to_their_question():
    found, cursor = [], None
    while True:
        page = log.of_provider("a", WEEK, limit=2, cursor=cursor)
        found += ids(page)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [f"m{number}" for number in range(0, 12, 2)]
    first = log.of_provider("a", WEEK, limit=2).next_cursor
    for ask in (lambda: log.of_provider("b", WEEK, cursor=first), lambda: log.of_module(7, WEEK, cursor=first)):
        with pytest.raises(CursorError):
            ask()


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (None, None, "from and to is missing"),
        (DAY, None, "and to is missing"),
        (None, DAY, "and from is missing"),
        (DAY, DAY - timedelta(days=1), "begins on 2025-01-15, after its end on 2025-01-14"),
        (date(2024, 1, 1), date(2025, 1, 1), "has 367 days; at most 366"),
    ],
)
def test_a_range_is_required(first, last, reason):
    with pytest.raises(SpanError, match=reason):
        Span.of(first, last)


@streamed
@pytest.mark.usefixtures("a_week")
def test_totals_of_a_module_by_day_week_and_month(assert_requests):
    count_all()
    cache.clear()
    with assert_requests(1):
        found = totals.of_module(7, Span.of(DAY, DAY + timedelta(days=1)), "day")
    # m0 at noon of the 15th, m2 at noon of the 16th: all even ones are of module 7.
    assert found == [
        ModulePeriod(start=DAY, messages=1, students=1, cost=Decimal(0)),
        ModulePeriod(start=DAY + timedelta(days=1), messages=1, students=1, cost=cents(2)),
    ]
    assert totals.of_module(7, WEEK, "week") == [
        ModulePeriod(start=date(2025, 1, 13), messages=5, students=3, cost=cents(20)),
        ModulePeriod(start=date(2025, 1, 20), messages=1, students=1, cost=cents(10)),
    ]
    assert totals.of_module(7, WEEK, "month") == [
        ModulePeriod(start=date(2025, 1, 1), messages=6, students=3, cost=cents(30))
    ]
    assert totals.of_module(99, WEEK, "day") == []


@streamed
@pytest.mark.usefixtures("a_week")
def test_costs_of_providers_and_days(assert_requests):
    count_all()
    with assert_requests(1):
        found = totals.of_provider("b", Span.of(DAY, DAY + timedelta(days=1)))
    assert found == [DayCost(provider="b", day=DAY + timedelta(days=1), messages=1, cost=cents(1))]
    both = totals.of_providers(WEEK)
    assert [(each.day, each.provider) for each in both] == sorted((each.day, each.provider) for each in both)
    assert sum(each.cost for each in both) == cents(66)
    assert [each for each in both if each.provider == "a"] == totals.of_provider("a", WEEK)
    days = totals.of_days(WEEK)
    assert sum(each.messages for each in days) == 12
    assert days[0] == Day(day=DAY, messages=1, cost=Decimal(0))
    assert sum(each.messages for each in totals.of_student(1, WEEK)) == 4
    assert totals.busiest_modules(WEEK) == [
        Module(module_id=7, messages=6, cost=cents(30)),
        Module(module_id=8, messages=6, cost=cents(36)),
    ]


@streamed
def test_students_inactive_since_a_day(assert_requests):
    for student in range(1, 8):
        record(student, at=NOON, after=student * 86_400, student_id=student, conversation_id=f"c{student}")
    record(8, at=NOON, after=6 * 86_400, student_id=1, conversation_id="c1")  # who was the longest silent, writes
    count_all()
    since = DAY + timedelta(days=5)
    with assert_requests(8):  # one for each shard of the order of activity
        page = totals.inactive_since(since, limit=2)
    assert [each.student_id for each in page.items] == [2, 3]
    rest = totals.inactive_since(since, limit=2, cursor=page.next_cursor)
    assert ([each.student_id for each in rest.items], rest.next_cursor) == ([4], None)
    assert totals.student(1).messages == 2
    assert totals.student(99) is None


@streamed
def test_answers_are_kept_for_minutes_and_raised_errors_are_not(assert_requests, monkeypatch):
    record(1)
    count_all()
    assert len(totals.of_days(WEEK)) == 1
    record(2, after=86_400)
    count_all()
    with assert_requests(0):
        assert len(totals.of_days(WEEK)) == 1
    cache.clear()
    assert len(totals.of_days(WEEK)) == 2
    with assert_requests(0), pytest.raises(CursorError):
        totals.inactive_since(DAY, cursor="forged")


def test_a_cache_that_fails_costs_a_request_and_is_no_error(assert_requests, monkeypatch, caplog):
    def fail(*_, **__):
        raise ConnectionError("gone")

    for name in ("get", "set"):
        monkeypatch.setattr(f"algoitny.chat.caching.cache.{name}", fail)
    for _ in range(2):
        with assert_requests(1):
            assert totals.of_days(WEEK) == []
    assert "The cache failed" in caplog.text
