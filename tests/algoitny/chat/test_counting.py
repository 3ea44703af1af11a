"""The aggregates equal a recount of the log, whatever was given, told or tried more than once."""

import random
import threading
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from algoitny.chat import counting, recounting
from algoitny.chat.items import ChatMessage, DayTotals, ModuleTotals, StudentTotals
from algoitny.chat.spans import start_of
from algoitny.chat.tables import messages
from dynamo_models import TransactionCanceled, streams
from dynamo_models.models import StreamPosition
from dynamo_models.streams import consumer, handlers
from tests.algoitny.chat.conftest import NOON, cents, count_all, record

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("chat_tables"),
    pytest.mark.endpoint_cannot("ministack", reason="it answers DescribeStream with 400"),
]

at_once = pytest.mark.endpoint_cannot("moto", reason="its transactions are not isolated from each other")


def a_run(size, seed=1):
    """Messages of few modules, students, providers and days, some given twice or three times."""
    pick = random.Random(seed)
    for number in range(size):
        given = {
            "conversation_id": f"c{pick.randrange(5)}",
            "module_id": pick.randrange(1, 4),
            "student_id": pick.randrange(1, 6),
            "provider": pick.choice(["cases", "openai", "a#b"]),
            "cost": Decimal(pick.randrange(10**6)) / 10**7,
            "at": NOON + timedelta(hours=pick.randrange(24 * 40)),
        }
        for _ in range(pick.choice([1, 1, 2, 3])):
            record(number, **given)


def test_the_aggregates_are_what_the_log_adds_up_to():
    a_run(36)
    assert count_all().told == 36
    assert ChatMessage.objects.scan().count() == 36
    assert recounting.differences() == []
    kinds = {key[0] for key in recounting.kept()}
    assert kinds == {entity.__name__ for entity in recounting.AGGREGATES}
    assert sum(item.messages for item in DayTotals.objects.scan()) == 36


def test_what_the_stream_tells_again_counts_once():
    a_run(14)
    count_all()
    before = recounting.kept()
    StreamPosition.objects.all().delete()  # as after a crash before the position was kept
    assert count_all().told == 14
    assert recounting.kept() == before
    assert recounting.differences() == []


def test_a_count_that_fails_half_way_is_made_up_for(monkeypatch):
    monkeypatch.setattr(consumer, "FIRST_DELAY", 0.0)
    a_run(14)
    fail = random.Random(2)
    real = counting._student

    def broken(tx, message):
        if fail.random() < 0.3:
            raise RuntimeError("not now")
        real(tx, message)

    monkeypatch.setattr(counting, "_student", broken)
    count_all()
    assert recounting.differences() == []


def test_a_student_who_is_new_to_two_consumers_at_once_is_one(monkeypatch):
    record(1, module_id=8)
    count_all()
    for number in (2, 3):  # of a day before, so that neither changes when the student wrote last
        record(number, after=number - 86_400)
    first, second = changes_to_come(monkeypatch)
    real = counting._student
    between = []

    def student(tx, message):
        if not between:
            between.append(True)
            counting.count(second)
        real(tx, message)

    monkeypatch.setattr(counting, "_student", student)
    with pytest.raises(TransactionCanceled):
        counting.count(first)
    counting.count(first)
    assert recounting.differences() == []


def changes_to_come(monkeypatch):
    """What the stream has to tell, told to nobody."""
    told = []
    monkeypatch.delitem(handlers._handlers, "chat.count")
    streams.on_change(ChatMessage, name="told")(told.append)
    try:
        streams.consume(messages)
    finally:
        handlers.forget("told")
    return [replace(change, handler="chat.count") for change in told]


@at_once
def test_consumers_beside_each_other_count_each_message_once(monkeypatch):
    """Two consumers that are told the same changes at once, in orders of their own."""
    a_run(15)
    changes = changes_to_come(monkeypatch)
    assert len(changes) == 15
    failures = []

    def consume(seed):
        mine = random.Random(seed).sample(changes, len(changes))
        for change in mine:
            for _ in range(60):
                try:
                    counting.count(change)
                except TransactionCanceled:
                    continue  # another was first at an item; the consumer tries again
                break
            else:
                failures.append(change)

    threads = [threading.Thread(target=consume, args=[seed]) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert recounting.differences() == []


def test_weeks_begin_on_monday_and_months_on_the_first():
    assert start_of("week", date(2025, 1, 5)) == date(2024, 12, 30)
    assert start_of("week", date(2025, 1, 6)) == date(2025, 1, 6)
    assert start_of("month", date(2025, 1, 31)) == date(2025, 1, 1)
    for number, day in enumerate([date(2025, 1, 5), date(2025, 1, 6), date(2025, 2, 1)]):
        record(number, at=NOON.replace(month=day.month, day=day.day), student_id=1 + number % 2, cost=cents(10))
    count_all()
    found = {(item.unit, item.start): (item.messages, item.students, item.cost) for item in ModuleTotals.objects.scan()}
    assert found["week", date(2024, 12, 30)] == (1, 1, Decimal("0.1"))
    assert found["week", date(2025, 1, 6)] == (1, 1, Decimal("0.1"))
    assert found["month", date(2025, 1, 1)] == (2, 2, Decimal("0.2"))
    assert found["month", date(2025, 2, 1)] == (1, 1, Decimal("0.1"))


def test_the_last_message_of_a_student_is_the_latest_and_not_the_last_told():
    record(1, at=NOON)
    record(2, at=NOON - timedelta(days=3), conversation_id="d")
    count_all()
    assert StudentTotals.objects.get(student_id=1).last_at == NOON


def test_a_message_that_leaves_the_log_stays_counted():
    record(1)
    count_all()
    ChatMessage.objects.scan().first().delete()
    count_all()
    assert DayTotals.objects.get(month="2025-01", day=NOON.date()).messages == 1
    assert any(each.startswith("DayTotals 2025-01-15") for each in recounting.differences())
