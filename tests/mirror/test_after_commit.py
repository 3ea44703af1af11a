"""A process mirrors what it has just written by itself, and no request fails or waits for it."""

import pytest
from django.db import connections, transaction
from django.db.models.signals import post_delete
from django.test.utils import CaptureQueriesContext

from dynamo_models import Throttled
from dynamo_models.mirror import after_commit, fence
from dynamo_models.models import Change, Failure
from tests.mirror.shop import items
from tests.mirror.shop.models import Product, Tag


@pytest.fixture
def at_once(using, settings, monkeypatch):
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "MIRROR": {"AFTER_COMMIT": True}}
    monkeypatch.setitem(after_commit._state, "paused_until", 0.0)
    return using


def test_a_write_is_mirrored_as_it_is_committed(at_once):
    with transaction.atomic(using=at_once):
        made = Product.objects.using(at_once).create(sku="a", name="A")
        made.stock = 4
        made.save()
        assert items.Product.objects.filter(sku="a").first() is None
    assert items.Product.objects.get(sku="a").stock == 4
    assert Change.objects.using(at_once).count() == 0


def test_no_listener_keeps_django_from_deleting_in_one_statement(at_once):
    Product.objects.using(at_once).create(sku="a", name="A")
    with CaptureQueriesContext(connections[at_once]) as queries:
        Tag.objects.using(at_once).all().delete()
        Product.tags.through.objects.using(at_once).all().delete()
    assert not any(each["sql"].startswith("SELECT") for each in queries if "product_tags" in each["sql"])
    assert not post_delete.has_listeners(Product)


def test_what_is_rolled_back_is_not_mirrored_and_what_follows_is(at_once):
    def fail():
        with transaction.atomic(using=at_once):
            Product.objects.using(at_once).create(sku="a", name="A")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert items.Product.objects.filter(sku="a").first() is None
    with transaction.atomic(using=at_once):
        Product.objects.using(at_once).create(sku="b", name="B")
    assert items.Product.objects.get(sku="b").name == "B"


def test_a_failure_is_not_the_requests_and_the_next_does_not_wait(at_once, monkeypatch):
    calls = []

    def away(*args):
        calls.append(args)
        raise Throttled("away")

    monkeypatch.setattr(fence, "send", away)
    Product.objects.using(at_once).create(sku="a", name="A")
    Product.objects.using(at_once).create(sku="b", name="B")
    assert len(calls) == 1
    assert Change.objects.using(at_once).count() == 2
    assert Failure.objects.using(at_once).count() == 1


def test_a_large_transaction_is_left_to_the_relay(at_once):
    with transaction.atomic(using=at_once):
        for number in range(after_commit.MOST + 5):
            Product.objects.using(at_once).create(sku=str(number), name="x")
    assert Change.objects.using(at_once).count() == 5
