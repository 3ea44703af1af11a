"""Unique identities: one owner for each value, whatever is written, and given up with what held it."""

# ruff: noqa: PT012 - what raises is the end of a block, and the block is more than one call

from __future__ import annotations

import pytest

from dynamo_models import AlreadyExists, Conflict, KeyRefused, StaleWrite, ValueRefused, capture
from tests.writing import oracle
from tests.writing.entities import Account, main


@pytest.fixture
def ann(tables):
    return Account.objects.create(id=1, email="ann", handle="ann")


def uniques(raw):
    return sorted(pk.removeprefix("UNIQUE#Account#") for pk, sk in raw.scan() if sk == "UNIQUE")


def test_a_value_that_is_taken(ann, raw):
    before = raw.scan()
    for write in (
        lambda: Account.objects.create(id=2, email="ann", handle="other"),
        lambda: Account.objects.put(id=2, email="ann", handle="other"),
        lambda: Account.objects.upsert(id=2, email="ann", handle="other"),
    ):
        with pytest.raises(AlreadyExists, match=r"by_email .*taken") as error:
            write()
        assert error.value.__cause__ is not None
        assert raw.scan() == before
    with pytest.raises(AlreadyExists) as error:
        Account.objects.create(id=1, email="other", handle="other")
    assert error.value.item == ann
    assert raw.scan() == before


def test_absent_facets_hold_nothing_and_values_of_others_are_told_apart(ann, raw):
    Account.objects.create(id=2, handle="bob")
    Account.objects.create(id=3, handle="bob", site="b")
    assert uniques(raw) == ["by_email#ann", "by_handle#a#ann", "by_handle#a#bob", "by_handle#b#bob"]
    oracle.check(raw.scan())


def test_a_patch_exchanges_what_it_touches_in_one_transaction(ann, raw):
    with capture() as usage:
        ann.patch(email="a2", name="Ann")
    assert [request.operation for request in usage.requests] == ["TransactWriteItems"]
    assert uniques(raw) == ["by_email#a2", "by_handle#a#ann"]
    with capture() as usage:
        ann.patch(name="Bea")
    assert [request.operation for request in usage.requests] == ["UpdateItem"]
    ann.patch(email=None, site="b")
    assert uniques(raw) == ["by_handle#b#ann"]
    assert Account.objects.get(site="b", handle="ann").name == "Bea"
    oracle.check(raw.scan())


def test_a_patch_without_the_item_cannot_know_what_is_given_up(ann, raw):
    before = raw.scan()
    (part,) = Account.objects.filter(id=1).only("name")
    with capture() as usage:
        for item in (Account.objects.ref(id=1), part):
            with pytest.raises(KeyRefused, match="Get the item first"):
                item.patch(email="x")
    assert len(usage) == 0
    Account.objects.ref(id=1).patch(name="Ann")
    assert raw.scan().keys() == before.keys()


def test_a_patch_of_an_old_copy(ann, raw):
    old = Account.objects.get(id=1)
    ann.patch(email="new")
    before = raw.scan()
    with pytest.raises(StaleWrite, match="Email"):
        old.patch(email="mine")
    with pytest.raises(StaleWrite):
        old.patch(handle="mine")
    assert raw.scan() == before


def test_put_of_an_item_that_was_not_read_gives_up_what_was_there(ann, raw):
    Account(id=1, email="new", handle="ann").put()
    assert uniques(raw) == ["by_email#new", "by_handle#a#ann"]
    Account(id=1, handle="new").put()
    assert uniques(raw) == ["by_handle#a#new"]
    Account(id=5, handle="five").put()
    oracle.check(raw.scan())


def test_put_and_delete_without_a_version_go_through_on_an_old_copy(ann, raw):
    old, older = Account.objects.get(id=1), Account.objects.get(id=1)
    ann.patch(email="new", handle="other")
    old.name = "Ann"
    old.put()
    assert uniques(raw) == ["by_email#ann", "by_handle#a#ann"]
    ann.refresh().patch(handle="other")
    assert older.delete() is True
    assert raw.scan() == {}


def test_delete_takes_the_unique_items_along(ann, raw):
    Account.objects.create(id=2, email="bob", handle="bob")
    assert Account.objects.ref(id=2).delete() is True
    assert Account.objects.ref(id=2).delete() is False
    assert ann.delete() is True
    assert raw.scan() == {}


def test_a_value_that_was_given_up_can_be_taken(ann):
    ann.patch(email="other")
    Account.objects.create(id=2, email="ann", handle="two")
    ann.delete()
    Account.objects.create(id=3, email="other", handle="ann")


def test_a_move_lets_the_unique_items_lead_to_the_new_key(ann, raw):
    ann.move(id=9, email="moved")
    assert uniques(raw) == ["by_email#moved", "by_handle#a#ann"]
    assert Account.objects.get(site="a", handle="ann") == Account(id=9, handle="ann")
    oracle.check(raw.scan())


def test_upsert_reads_first(ann, raw):
    assert Account.objects.upsert(id=1, email="new", handle="ann").email == "new"
    assert Account.objects.upsert(id=2, handle="bob", name="Bob").id == 2
    assert Account.objects.upsert(id=2).name == "Bob"
    oracle.check(raw.scan())


def test_what_batches_and_stock_transactions_cannot_keep_true_they_refuse(ann):
    with pytest.raises(ValueRefused, match="unique items"), main.batch() as batch:
        batch.put(ann)
    with pytest.raises(ValueRefused, match="unique items"), main.batch() as batch:
        batch.delete(ann)


def test_the_same_value_given_up_and_taken_in_one_transaction_is_refused(ann, raw):
    before = raw.scan()
    with pytest.raises(ValueRefused, match="the same item"), main.transaction() as tx:
        tx.patch(ann, email="other")
        tx.create(Account(id=2, email="ann", handle="bob"))
    assert raw.scan() == before


def test_a_write_that_others_always_come_before_ends(ann, raw, slept, monkeypatch):
    from dynamo_models.writing import load

    read = load.get_item

    def overtaken(table, key, **options):
        item = read(table, key, **options)
        raw.set("ACCOUNT#000001", "ACCOUNT", Email={"S": f"other{len(slept)}"})
        return item

    monkeypatch.setattr(load, "get_item", overtaken)
    with pytest.raises(Conflict, match="came in between"):
        Account(id=1, email="mine", handle="ann").put()
    assert len(slept) == 6


def test_a_unique_item_that_leads_to_another_item_is_left_alone(ann, raw):
    # As a program that knows nothing of it may have made it.
    raw.set(
        "UNIQUE#Account#by_email#ann", "UNIQUE", Owner={"M": {"PK": {"S": "ACCOUNT#000002"}, "SK": {"S": "ACCOUNT"}}}
    )
    before = raw.scan()
    for write in (lambda: ann.patch(email="x"), lambda: ann.move(id=7)):
        with pytest.raises(StaleWrite, match="by_email#ann"):
            write()
    assert raw.scan() == before
