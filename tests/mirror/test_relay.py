"""The relay makes both stores the same, whatever was written, in whatever order it comes to it."""

import threading
import time
from decimal import Decimal

import pytest
from django.db import connections
from django.utils import timezone

from dynamo_models import transport
from dynamo_models.mirror import fence, relay
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.mirror.sync import sync
from dynamo_models.models import Change, Failure, MirroredKey
from tests.mirror import equality
from tests.mirror.shop import items
from tests.mirror.shop.models import Cheap, Employee, Part, Person, Product, Supplier, Tag


def drain(using):
    """Everything that is due; the rest is what waits for its next attempt or is dead."""
    while relay.work(using).claimed:
        pass
    return Change.objects.using(using).count()


def product(using, sku="a", **values):
    return Product.objects.using(using).create(sku=sku, **{"name": "A", **values})


def test_a_row_becomes_an_item_and_goes(using):
    made = product(using, price=Decimal("1.5"))
    assert drain(using) == 0
    found = items.Product.objects.get(sku="a")
    assert (found.id, found.price, found.label) == (made.pk, Decimal("1.50"), "a: A")
    assert items.Product.objects.get(id=made.pk) == found
    made.delete()
    assert drain(using) == 0
    assert items.Product.objects.filter(sku="a").first() is None
    assert items.Product.objects.filter(id=made.pk or found.id).first() is None
    assert list(items.Product.objects.by_name(name="A")) == []
    assert items.Product.objects.filter(sku="a").count() == 0
    assert equality.differences(using) == []


def test_a_row_that_moves_leaves_nothing_behind(using):
    first, second = product(using), product(using, "b")
    drain(using)
    Product.objects.using(using).filter(pk=first.pk).update(sku="c")
    Product.objects.using(using).filter(pk=second.pk).update(sku="a")
    Product.objects.using(using).filter(pk=first.pk).update(stock=9)
    assert drain(using) == 0
    assert items.Product.objects.get(sku="a").id == second.pk
    assert items.Product.objects.get(sku="c").id == first.pk
    assert equality.differences(using) == []


@pytest.mark.parametrize("order", ["older first", "newer first"])
def test_a_key_that_changes_hands_is_its_last_owners(using, order):
    first = product(using)
    drain(using)
    Product.objects.using(using).filter(pk=first.pk).update(sku="b")
    second = product(using)
    Product.objects.using(using).filter(pk=first.pk).update(stock=9)
    keys = [str(first.pk), str(second.pk)]
    for key in keys if order == "older first" else reversed(keys):
        sync(mirror_of("shop.product"), key, using)
    assert items.Product.objects.get(sku="a").id == second.pk
    assert equality.differences(using) == []


def test_items_follow_what_else_they_are_made_of(using):
    supplier, tag = Supplier.objects.using(using).create(name="S"), Tag.objects.using(using).create(name="t")
    made = product(using, supplier=supplier)
    made.tags.add(tag)
    part = Part.objects.using(using).create(product=made)
    employee = Employee.objects.using(using).create(name="Ann", role="cook")
    drain(using)
    assert items.Product.objects.get(sku="a").tags == ["t"]
    Supplier.objects.using(using).update(name="S2")
    Tag.objects.using(using).update(name="t2")
    Person.objects.using(using).update(name="Anna")
    assert drain(using) == 0
    found = items.Product.objects.get(sku="a")
    assert (found.supplier_name, found.tags) == ("S2", ["t2"])
    assert items.Employee.objects.get(id=employee.pk).name == "Anna"
    Product.objects.using(using).update(sku="z")
    assert drain(using) == 0
    assert [each.id for each in items.Part.objects.filter(sku="z")] == [part.pk]
    assert items.Part.objects.filter(sku="a").count() == 0
    tag.delete()
    supplier.delete()
    assert drain(using) == 0
    assert equality.differences(using) == []


def test_rows_that_a_manager_hides_and_proxies_are_mirrored(using):
    product(using, hidden=True)
    Cheap._base_manager.using(using).create(sku="b", name="B")
    assert drain(using) == 0
    assert items.Product.objects.get(sku="a").hidden is True
    assert equality.differences(using) == []


def test_a_late_worker_cannot_bring_back_what_was(using):
    """A put of an older state, held up until the row is gone, is refused by the tombstone."""
    made = product(using)
    mirror = mirror_of("shop.product")
    stale = mirror.item(Product.objects.using(using).get())
    seq = Change.objects.using(using).latest("seq").seq
    made.delete()
    drain(using)
    for _, raw in fence.images(stale):
        assert not fence.put(items.shop, raw, seq)
    assert equality.differences(using) == []


def test_the_same_change_twice_is_harmless(using):
    made = product(using)
    (change,) = Change.objects.using(using).all()
    sync(mirror_of("shop.product"), change.row_key, using)
    change.save(force_insert=True, using=using)
    assert sync(mirror_of("shop.product"), change.row_key, using).put == 0
    assert Change.objects.using(using).count() == 0
    assert items.Product.objects.get(id=made.pk).sku == "a"


def test_what_cannot_be_an_item_is_put_aside_and_holds_nothing_up(using):
    bad, good = product(using, "with#mark"), product(using, "b")
    drain(using)
    assert items.Product.objects.get(sku="b").id == good.pk
    (failure,) = Failure.objects.using(using).all()
    assert (failure.row_key, failure.dead) == (str(bad.pk), True)
    assert "#" in failure.reason
    assert relay.lag(using).dead == 1
    Product.objects.using(using).filter(pk=bad.pk).update(sku="c")
    assert drain(using) == 0
    assert Failure.objects.using(using).count() == 0
    assert equality.differences(using) == []


def test_what_fails_is_tried_again_later_and_nothing_waits_for_it(using, monkeypatch):
    first, second = product(using), product(using, "b")
    real = transport.call

    def flaky(table, operation, kwargs):
        if "PRODUCT#a" in str(kwargs):
            from dynamo_models import Throttled

            raise Throttled("too much")
        return real(table, operation, kwargs)

    monkeypatch.setattr(fence, "send", flaky)
    drain(using)
    assert items.Product.objects.filter(id=second.pk).first() is not None
    (failure,) = Failure.objects.using(using).all()
    assert (failure.row_key, failure.dead) == (str(first.pk), False)
    assert failure.attempts >= 1
    monkeypatch.setattr(fence, "send", real)
    Failure.objects.using(using).update(not_before=timezone.now())
    time.sleep(0.01)
    assert drain(using) == 0
    assert Failure.objects.using(using).count() == 0
    assert equality.differences(using) == []


def test_many_relays_and_writers_at_once(using):  # noqa: C901 - threads, and what they do
    supplier = Supplier.objects.using(using).create(name="S")
    made = [product(using, str(n), supplier=supplier) for n in range(6)]
    over = threading.Event()
    failures = []

    def guarded(work):
        def run(*args):
            try:
                work(*args)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test fails by it
                failures.append(error)
            finally:
                connections[using].close()

        return run

    @guarded
    def write(number):
        for turn in range(15):
            one = Product._base_manager.using(using).filter(pk=made[(number + turn) % len(made)].pk)
            one.update(stock=turn, sku=f"{number}-{turn}")

    @guarded
    def mirror():
        while not over.is_set() or relay.work(using).claimed:
            relay.work(using, batch=5)

    relays = [threading.Thread(target=mirror) for _ in range(3)]
    writers = [threading.Thread(target=write, args=[n]) for n in range(2)]
    for thread in [*relays, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    Supplier.objects.using(using).update(name="S2")
    over.set()
    for thread in relays:
        thread.join()
    Change.objects.using(using).update(claimed_until=None)
    Failure.objects.using(using).update(not_before=timezone.now())
    time.sleep(0.01)
    assert drain(using) == 0
    assert failures == []
    assert equality.differences(using) == []
    assert MirroredKey.objects.using(using).count() == 2 * len(made)
