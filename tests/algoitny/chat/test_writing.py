"""Messages are recorded once each, and none in the place of another."""

import threading
from decimal import Decimal

import pytest

from algoitny.chat import log, writing
from algoitny.chat.items import ChatMessage, RecordedMessage
from algoitny.chat.spans import milliseconds
from dynamo_models import ValueRefused
from tests.algoitny.chat.conftest import NOON, new_message, record

pytestmark = pytest.mark.usefixtures("chat_tables")

at_once = pytest.mark.endpoint_cannot("moto", reason="its transactions are not isolated from each other")

AT = milliseconds(NOON)


def times(conversation="c"):
    return [each.timestamp for each in log.of_conversation(conversation, limit=100).items]


def test_messages_of_one_millisecond_take_the_next_that_are_free():
    assert [record(number).timestamp for number in range(3)] == [AT, AT + 1, AT + 2]
    assert record(9, after=0.005).timestamp == AT + 5
    assert [record(number).timestamp for number in range(3, 6)] == [AT + 3, AT + 4, AT + 6]
    assert record(10, conversation_id="d").timestamp == AT
    assert times() == [AT, AT + 1, AT + 2, AT + 3, AT + 4, AT + 5, AT + 6]
    assert [each.message_id for each in log.of_conversation("c").items] == ["m0", "m1", "m2", "m3", "m4", "m9", "m5"]


@at_once
def test_many_writers_in_one_millisecond_lose_nothing():
    done = []

    def write(start):
        done.extend(record(number).timestamp for number in range(start, start + 5))

    threads = [threading.Thread(target=write, args=[n * 5]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == times() == list(range(AT, AT + 40))
    assert {each.message_id for each in log.of_conversation("c", limit=100).items} == {f"m{n}" for n in range(40)}


def test_a_message_that_comes_again_is_the_one_that_is_there():
    first = record(1, cost=Decimal("0.1"))
    assert record(1, cost=Decimal("0.1"), after=7) == first
    assert record(1, content="other words") == first
    assert ChatMessage.objects.scan().count() == 1


@at_once
def test_one_message_given_by_many_at_once_is_recorded_once():
    found = []
    barrier = threading.Barrier(8)

    def write():
        barrier.wait()
        found.append(record(1))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 8
    assert times() == [AT]


def test_what_the_log_cannot_hold_is_refused_and_writes_nothing():
    for wrong, reason in (
        ({"cost": Decimal("-0.1")}, "a cost is 0 or more"),
        ({"cost": 0.1}, "cost"),
        ({"module_id": "7"}, "it takes a whole number"),
        ({"provider": ""}, "it is empty"),
        ({"role": "tutor"}, "it takes one of 'user', 'assistant', 'system'"),
    ):
        with pytest.raises(ValueRefused, match=reason):
            record(1, **wrong)
    with pytest.raises(ValueRefused, match="in no year"):
        writing.record(new_message(1), at=NOON.replace(year=1969))
    assert ChatMessage.objects.scan().count() == RecordedMessage.objects.scan().count() == 0


def test_any_id_and_provider_can_be_recorded():
    for number, text in enumerate(["a#b", "%23", "日本", "x" * 200]):
        made = record(number, message_id=text, provider=text, conversation_id=text)
        assert record(number, message_id=text, provider=text, conversation_id=text) == made
        assert times(text) == [AT]


def test_a_message_is_one_transaction_and_a_collision_two_requests_more(assert_requests):
    with assert_requests(1):
        record(1)
    with assert_requests(3):
        record(2)
