"""Triggers see every write, in its transaction, with the keys as they were."""

import json
import uuid

import pytest
from django.db import DatabaseError, connections, transaction

from dynamo_models.models import Change
from tests.mirror.shop.models import Employee, Part, Person, Product, Supplier, Tag


def logged(using):
    """What the log holds since the last look."""
    rows = list(Change.objects.using(using).order_by("seq").values_list("source", "row_key", "old"))
    Change.objects.using(using).all().delete()
    return [(source, key, None if old is None else json.loads(old)) for source, key, old in rows]


def test_a_row_is_logged_as_it_comes_changes_and_goes(using):
    product = Product.objects.using(using).create(sku="a", name="A")
    key = str(product.pk)
    assert logged(using) == [("shop.product", key, None)]
    product.stock = 3
    product.save()
    assert logged(using) == [("shop.product", key, None)]
    product.sku = "b"
    product.save()
    assert ("shop.product", key, [product.pk, "a"]) in logged(using)
    product.delete()
    assert logged(using)[-1] == ("shop.product", key, [int(key), "b"])


def test_writes_that_no_signal_tells_of_are_logged(using):
    rows = Product.objects.using(using).bulk_create([Product(sku=str(n), name="x") for n in range(3)])
    keys = [str(row.pk) for row in Product.objects.using(using).order_by("pk")]
    assert [key for _, key, _ in logged(using)] == keys
    Product.objects.using(using).update(stock=1)
    assert sorted(key for _, key, _ in logged(using)) == sorted(keys)
    with connections[using].cursor() as cursor:
        cursor.execute("UPDATE shop_product SET stock = 2 WHERE sku = '1'")
        cursor.execute("DELETE FROM shop_product WHERE sku = '2'")
    assert [key for _, key, _ in logged(using)] == [keys[1], keys[2]]
    assert len(rows) == 3


def test_a_rollback_takes_its_log_rows_along(using):
    def fail():
        with transaction.atomic(using=using):
            Product.objects.using(using).create(sku="a", name="A")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert logged(using) == []


def test_a_primary_key_that_changes_is_logged_under_both(using):
    product = Product.objects.using(using).create(sku="a", name="A")
    logged(using)
    Product.objects.using(using).filter(pk=product.pk).update(id=product.pk + 100)
    rows = [row for row in logged(using) if row[0] == "shop.product"]
    assert rows == [
        ("shop.product", str(product.pk), [product.pk, "a"]),
        ("shop.product", str(product.pk + 100), [product.pk, "a"]),
    ]


def test_keys_of_other_kinds(using):
    product = Product.objects.using(using).create(sku="a", name="A")
    part = Part.objects.using(using).create(id=uuid.UUID(int=7), product=product)
    logged(using)
    part.delete()
    ((source, key, old),) = logged(using)
    assert source == "shop.part"
    assert uuid.UUID(key) == uuid.UUID(int=7)
    assert [uuid.UUID(old[0]), old[1]] == [uuid.UUID(int=7), product.pk]


def test_what_items_are_made_of_besides_is_logged(using):
    supplier = Supplier.objects.using(using).create(name="S")
    product = Product.objects.using(using).create(sku="a", name="A", supplier=supplier)
    tag = Tag.objects.using(using).create(name="t")
    logged(using)
    supplier.country = "DE"
    supplier.save()
    assert logged(using) == []  # no item is made of it
    supplier.name = "S2"
    supplier.save()
    assert logged(using) == [("shop.product/supplier", str(supplier.pk), None)]
    product.tags.add(tag)
    assert logged(using) == [("shop.product/product_tags.product", str(product.pk), None)]
    tag.name = "t2"
    tag.save()
    assert logged(using) == [("shop.product/tags", str(tag.pk), None)]
    product.tags.clear()
    assert logged(using) == [("shop.product/product_tags.product", str(product.pk), None)]
    Product.objects.using(using).filter(pk=product.pk).update(sku="b")
    assert {source for source, _, _ in logged(using)} == {"shop.product", "shop.part/product"}


def test_both_tables_of_an_inherited_model_are_seen(using):
    employee = Employee.objects.using(using).create(name="Ann", role="cook")
    assert [source for source, _, _ in logged(using)] == ["shop.employee"]
    Person.objects.using(using).filter(pk=employee.pk).update(name="Anna")
    assert logged(using) == [("shop.employee/person_ptr", str(employee.pk), None)]


def test_truncate_is_refused(using):
    Product.objects.using(using).create(sku="a", name="A")
    if using == "sqlite":
        with connections[using].cursor() as cursor:
            cursor.execute("DELETE FROM shop_product")  # what there is in its place is seen row by row
        assert logged(using)[-1][2] is not None
        return
    with pytest.raises(DatabaseError), connections[using].cursor() as cursor:
        cursor.execute("TRUNCATE TABLE shop_product" + (" CASCADE" if using == "postgresql" else ""))
    assert Product.objects.using(using).count() == 1
