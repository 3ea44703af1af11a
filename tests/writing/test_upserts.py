"""Upserts that count: made or changed in one request, alone and within a transaction."""

import contextlib
import threading

import pytest

from dynamo_models import (
    AlreadyExists,
    ConditionFailed,
    KeyRefused,
    StaleWrite,
    TransactionCanceled,
    ValueRefused,
    capture,
)
from tests.writing import entities
from tests.writing.entities import Account, Record, Window
from tests.writing.test_expiry import PAST
from tests.writing.test_puts import START

REST = {"language": "c", "topic": "x", "is_public": True, "is_deleted": False, "created_at": START}


def test_a_counter_is_made_by_its_first_use(tables):
    with capture() as usage:
        assert Window.objects.upsert(Window.uses.add(2), id="a").uses == 2
        assert Window.objects.upsert(Window.uses.add(3), id="a").uses == 5
    assert [request.operation for request in usage.requests] == ["UpdateItem", "UpdateItem"]


def test_a_condition_is_asked_of_an_item_that_is_there(tables):
    for expected in (1, 2, 3):
        assert Window.objects.upsert(Window.uses.add(1), if_=Window.uses < 3, id="a").uses == expected
    with pytest.raises(ConditionFailed) as error:
        Window.objects.upsert(Window.uses.add(1), if_=Window.uses < 3, id="a")
    assert error.value.item.uses == 3
    assert not isinstance(error.value, StaleWrite)
    assert Window.objects.get(id="a").uses == 3


@pytest.mark.endpoint_cannot("moto", reason="it loses and tears updates under threads")
def test_many_threads_never_pass_the_condition(tables):
    admitted = []

    def use():
        for _ in range(10):
            with contextlib.suppress(ConditionFailed):
                admitted.append(Window.objects.upsert(Window.uses.add(1), if_=Window.uses < 25, id="a").uses)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(admitted) == list(range(1, 26))


def test_an_expired_counter_is_not_counted_on(tables):
    Window.objects.put(id="a", uses=9, ttl=PAST)
    with pytest.raises(StaleWrite, match="expired"):
        Window.objects.upsert(Window.uses.add(1), if_=Window.uses < 100, id="a")
    with pytest.raises(StaleWrite, match="expired"):
        Window.objects.upsert(Window.uses.add(1), id="a")


@pytest.mark.parametrize(
    ("error", "actions", "match"),
    [
        (ValueRefused, lambda: [Record.hits.set(Record.hits + 1)], "only add"),
        (ValueRefused, lambda: [Record.metadata["x"].set(1)], "only add"),
        (ValueRefused, lambda: [Record.hits.add(1), Record.hits.add(1)], "twice"),
        (ValueRefused, lambda: [Record.number.add(1)], "twice"),
        (KeyRefused, lambda: [Record.score.add(1)], "adds to score"),
    ],
)
def test_what_has_no_meaning_for_a_new_item_is_refused(tables, error, actions, match):
    with capture() as usage, pytest.raises(error, match=match):
        Record.objects.upsert(*actions(), owner="ann", number=1, **REST)
    assert len(usage) == 0


def test_counters_and_a_new_item_in_one_transaction(tables):
    def attempt():
        with entities.main.transaction() as tx:
            tx.create(Account(id=1, email="e", handle="h", name="n"))
            tx.upsert(Window, Window.uses.add(1), id="a")
            tx.upsert(Window, Window.uses.add(1), if_=Window.uses < 1, id="b")

    attempt()
    assert (Window.objects.get(id="a").uses, Window.objects.get(id="b").uses) == (1, 1)
    with pytest.raises(TransactionCanceled) as error:
        attempt()
    assert isinstance(error.value.causes[0], AlreadyExists)
    assert (Window.objects.get(id="a").uses, Window.objects.get(id="b").uses) == (1, 1)

    def past_the_condition():
        with entities.main.transaction() as tx:
            tx.upsert(Window, Window.uses.add(1), id="a")
            tx.upsert(Window, Window.uses.add(1), if_=Window.uses < 1, id="b")

    with pytest.raises(TransactionCanceled) as error:
        past_the_condition()
    assert isinstance(error.value.causes[1], ConditionFailed)
    assert Window.objects.get(id="a").uses == 1
