"""Optimistic locking: who was first stands, who was second is told, and nobody's count is lost."""

from __future__ import annotations

import pytest

from dynamo_models import ConditionFailed, DeferredAttribute, StaleWrite, TransactionCanceled, ValueRefused, capture
from tests.writing.entities import Counted, Ticket, main


@pytest.fixture
def item(tables):
    return Counted.objects.create(id="a")


def stored_version(raw, pk="COUNTED#a", sk="COUNTED"):
    return int(raw.get(pk, sk)["Version"]["N"])


def test_each_write_counts_the_version_up(item, raw):
    assert item.version == 1
    item.patch(total=1)
    item.put()
    item.total = 2
    item.save()
    assert item.version == stored_version(raw) == 4
    item.move(id="b")
    assert item.version == stored_version(raw, "COUNTED#b") == 5


@pytest.mark.parametrize("write", ["patch", "put", "delete", "move", "transaction"])
def test_a_write_of_an_old_copy_is_stale_and_leaves_the_copy_as_it_was(item, raw, write):
    old = Counted.objects.get(id="a")
    item.patch(total=5)
    before = raw.scan()

    def transaction():
        with main.transaction() as tx:
            tx.patch(old, total=6)

    writes = {
        "patch": lambda: old.patch(total=6),
        "put": old.put,
        "delete": old.delete,
        "move": lambda: old.move(id="b"),
        "transaction": transaction,
    }
    with pytest.raises((StaleWrite, TransactionCanceled)) as error:
        writes[write]()
    stale = error.value.causes[0] if write == "transaction" else error.value
    assert isinstance(stale, StaleWrite)
    assert (stale.item.total, stale.item.version) == (5, 2)
    assert raw.scan() == before
    assert (old.version, old.total) == (1, 0)
    # Loaded again, it goes through.
    old.refresh().patch(total=7)
    assert stored_version(raw) == 3


def test_a_stale_version_is_told_from_a_failed_condition(item):
    old = Counted.objects.get(id="a")
    with pytest.raises(ConditionFailed) as error:
        old.patch(total=1, if_=Counted.total == 9)
    assert type(error.value) is ConditionFailed
    with pytest.raises(ConditionFailed) as error:
        old.put(if_=Counted.total == 9)
    assert type(error.value) is ConditionFailed
    item.patch(total=1)
    for write in (lambda: old.patch(total=1, if_=Counted.total == 0), lambda: old.delete(if_=Counted.total == 0)):
        with pytest.raises(StaleWrite):
            write()


def test_a_version_is_not_changed_by_hand(item):
    with capture() as usage:
        for change in (
            lambda: item.patch(version=9),
            lambda: item.patch(Counted.version.add(1)),
            lambda: item.patch(Counted.version.set(9)),
            lambda: item.update(actions=[Counted.version.remove()]),
        ):
            with pytest.raises(ValueRefused, match="by hand"):
                change()
    assert len(usage) == 0


def test_a_version_that_came_back_from_a_form_is_what_the_write_is_held_to(item):
    item.patch(total=1)
    form = Counted.objects.get(id="a")
    form.version = 1
    with pytest.raises(StaleWrite):
        form.patch(total=2)
    form.version = 2
    assert form.patch(total=2).version == 3
    with pytest.raises(StaleWrite):
        Counted(id="a", version=2).put()
    assert Counted(id="a", version=3).put().version == 4


def test_a_reference_counts_without_being_held_to_a_version(item, raw):
    ref = Counted.objects.ref(id="a")
    assert ref.patch(Counted.total.add(1), state="new").version == 2
    with pytest.raises(StaleWrite):
        item.patch(total=0)
    assert Counted.objects.ref(id="a").delete() is True
    with pytest.raises(StaleWrite):
        item.put()


def test_an_item_from_before_the_version_was_declared(item, raw):
    old = raw.get("COUNTED#a", "COUNTED")
    del old["Version"]
    raw.put(old)
    first, second = Counted.objects.get(id="a"), Counted.objects.get(id="a")
    assert first.version is None
    with main.transaction() as tx:
        tx.patch(first, total=1)
    assert first.version == stored_version(raw) == 1
    with pytest.raises(StaleWrite):
        second.put()


def test_a_part_always_knows_the_version(item):
    (part,) = Counted.objects.filter(id="a").only("total")
    item.patch(total=3)
    with pytest.raises(StaleWrite, match="Version"):
        part.patch(total=4, state="open")


def test_pynamodb_may_leave_the_version_unasked_but_it_counts(item, raw):
    old = Counted.objects.get(id="a")
    item.patch(total=3)
    old.update(actions=[Counted.total.add(1), Counted.state.set("open")], add_version_condition=False)
    assert (old.total, old.version) == (4, 3)


def test_after_a_transaction_the_instance_knows_its_version(item, raw):
    other = Counted.objects.ref(id="a")
    with main.transaction() as tx:
        tx.patch(item, Counted.total.add(1), state="open")
        made = tx.create(Counted(id="b"))
    assert (item.version, made.version, item.state) == (2, 1, "open")
    with pytest.raises(DeferredAttribute, match="total"):
        item.total  # noqa: B018 - that is what raises
    item.patch(state="done")
    assert (item.version, item.total) == (3, 1)
    with main.transaction() as tx:
        tx.patch(other, total=7, state="new")
    with pytest.raises(DeferredAttribute, match="version"):
        other.version  # noqa: B018
    assert other.refresh().version == 4


def test_a_version_and_a_unique_item_together(tables, raw):
    ticket = Ticket.objects.create(id="a", code="x")
    old = Ticket.objects.get(id="a")
    ticket.patch(code="y")
    assert ticket.version == 2
    for write in (lambda: old.patch(code="z"), old.put, old.delete):
        with pytest.raises(StaleWrite):
            write()
    assert Ticket.objects.get(code="y") == ticket
    assert ticket.delete() is True
    assert raw.scan() == {}
