"""What users test their own mirrored code with."""

import unittest

import pytest
from django.db import transaction
from django.test import TestCase

from dynamo_models import transport
from dynamo_models.models import Change
from dynamo_models.testing.mirror import assert_mirrored, chosen, drain, mirror_faults
from tests.mirror.shop import items
from tests.mirror.shop.models import Cheap, Employee, Product, Supplier


def product(using, sku="a"):
    return Product.objects.using(using).create(sku=sku, name="A")


def test_drain_mirrors_what_waits_within_the_transaction_of_a_test(using):
    with transaction.atomic(using=using):
        product(using)
        assert drain(using) == 1
        assert items.Product.objects.get(sku="a").name == "A"
        assert_mirrored(using=using)
        transaction.set_rollback(True, using=using)


def test_drain_says_what_cannot_be_mirrored(using):
    product(using, "with#mark")
    product(using, "b")
    with pytest.raises(AssertionError, match=r"shop\.product \d+: KeyRefused: "):
        drain(using)
    assert items.Product.objects.get(sku="b").name == "A"


def test_drain_goes_on_through_faults_that_pass(using):
    for number in range(10):
        product(using, str(number))
    with mirror_faults(throttle=0.2, timeout_after_apply=0.2, late=0.2, delay=0.005, seed=3):
        drain(using)
    drain(using)
    assert_mirrored(using=using)


def test_faults_are_the_same_for_the_same_seed(using):
    def failed():
        with mirror_faults(throttle=0.5, seed=7) as faults:
            return [faults._random.random() for _ in range(5)]

    assert failed() == failed()


def test_without_an_end_to_the_faults_drain_gives_up(using, monkeypatch):
    monkeypatch.setattr("dynamo_models.testing.mirror.PASSES", 3)
    product(using)
    with mirror_faults(throttle=1), pytest.raises(AssertionError, match="Throttled on purpose"):
        drain(using)


def test_every_kind_of_difference_is_listed(using):
    first, second = product(using), product(using, "b")
    drain(using)
    held = items.Product.objects.get(sku="a")
    key = {"PK": {"S": "PRODUCT#a"}, "SK": {"S": "METADATA"}}
    client = transport.client(items.shop.name)
    changed = {":n": {"S": "B"}}
    client.update_item(
        TableName=items.shop.endpoint_name,
        Key=key,
        UpdateExpression="SET #n = :n",
        ExpressionAttributeNames={"#n": "Name"},
        ExpressionAttributeValues=changed,
    )
    client.delete_item(TableName=items.shop.endpoint_name, Key={"PK": {"S": "PRODUCT#b"}, "SK": {"S": "METADATA"}})
    values = {name: getattr(held, name) for name in ("name", "label", "price", "stock", "hidden", "updated_at")}
    items.Product.objects.create(**values, sku="c", id=99)
    with pytest.raises(AssertionError) as caught:
        assert_mirrored(Product, using=using)
    said = str(caught.value)
    assert f"different: PRODUCT#a / METADATA of shop.product {first.pk}: Name is {{'S': 'B'}}" in said
    assert f"missing: PRODUCT#b / METADATA of shop.product {second.pk}" in said
    assert "extra: PRODUCT#c / METADATA, from nobody known" in said
    assert_mirrored(Employee, using=using)


def test_models_are_named_by_themselves_their_proxies_or_their_mirrors():
    (mirror,) = chosen([Product])
    assert chosen([Cheap]) == chosen([mirror]) == [mirror]
    assert len(chosen([])) == 3
    with pytest.raises(LookupError, match=r"shop\.supplier"):
        chosen([Supplier])


def test_the_plugins_fixtures_are_the_same(using, drain, assert_mirrored):
    product(using)
    drain(using)
    assert_mirrored(Product, using=using)
    assert Change.objects.using(using).count() == 0


def test_a_test_case_of_djangos_drains_on_its_own_connection(databases, make_tables):
    databases("sqlite")
    make_tables(items.shop)

    class Case(TestCase):
        databases = {"sqlite"}

        def runTest(self):  # noqa: N802 - unittest's name
            product("sqlite")
            drain("sqlite")
            assert_mirrored(using="sqlite")

    result = unittest.TestResult()
    unittest.TestSuite([Case()]).run(result)
    assert result.wasSuccessful(), result.errors + result.failures
    assert Product.objects.using("sqlite").count() == 0
