"""Triggers see every write, in its transaction, with the keys as they were."""

import json
import uuid

import pytest
from django.db import DatabaseError, connections, transaction

from dynamo_models.mirror.capture import dialects, installed
from dynamo_models.mirror.capture.columns import Column
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
    kept = {key: old for source, key, old in logged(using) if source == "shop.product"}
    assert kept.keys() == {str(product.pk), str(product.pk + 100)}
    assert kept[str(product.pk)] == [product.pk, "a"]


def test_keys_that_pass_from_row_to_row_are_kept_as_they_were(using):
    """Whatever is logged besides: what each key was is in the log under its row."""
    rows = Product._base_manager.using(using)
    first, second = (rows.create(sku=sku, name="A").pk for sku in ("a", "b"))
    logged(using)
    with transaction.atomic(using=using):
        rows.filter(pk=first).update(id=first + 100)
        rows.filter(pk=second).update(id=first, sku="c")
    told = [(key, tuple(old)) for source, key, old in logged(using) if source == "shop.product" and old]
    assert (str(first), (first, "a")) in told
    assert (str(second), (second, "b")) in told


def test_a_change_that_a_collation_takes_for_none_is_one(using):
    """ "Acme" and "ACME" are equal in MariaDB's usual collation, and two keys in DynamoDB."""
    supplier = Supplier.objects.using(using).create(name="Acme")
    product = Product.objects.using(using).create(sku="a", name="A", supplier=supplier)
    logged(using)
    Supplier.objects.using(using).update(name="ACME")
    assert logged(using) == [("shop.product/supplier", str(supplier.pk), None)]
    Product.objects.using(using).update(sku="A")
    assert ("shop.product", str(product.pk), [product.pk, "a"]) in logged(using)


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


def test_what_passes_from_one_row_to_another_is_logged_for_both(using):
    first, second = (Product.objects.using(using).create(sku=sku, name="A") for sku in ("a", "b"))
    first.tags.add(*(Tag.objects.using(using).create(name=name) for name in ("t", "u")))
    logged(using)
    Product.tags.through.objects.using(using).update(product=second)
    assert {key for _, key, _ in logged(using)} == {str(first.pk), str(second.pk)}


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


@pytest.fixture
def in_parts(databases):
    """PostgreSQL with a partitioned table, a table that foreign keys write to twice, and triggers on both."""
    databases("postgresql")
    statements = [
        "CREATE TABLE parted (id int, slot text) PARTITION BY RANGE (id)",
        "CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (10) TO (20)",
        "CREATE TABLE target (id int PRIMARY KEY)",
        "CREATE TABLE twice (id int PRIMARY KEY, slot text)",
        "ALTER TABLE twice ADD a int REFERENCES target ON DELETE SET NULL",
        "ALTER TABLE twice ADD b int REFERENCES target ON DELETE SET NULL",
    ]
    key = (Column("id", "text"),)
    triggers = [
        dialects.Trigger(f"dynamo_{event}_{table}", table, event, table, key, (*key, Column("slot", "text")))
        for table in ("parted", "twice")
        for event in ("insert", "update", "delete")
    ]
    try:
        for statement in [*statements, *(each for one in triggers for each in dialects.create("postgresql", one))]:
            execute(statement)
        yield triggers
    finally:
        execute("DROP TABLE parted, twice, target")
        for one in triggers:
            execute(f"DROP FUNCTION {one.name}")
        Change.objects.using("postgresql").all().delete()


def execute(statement):
    with connections["postgresql"].cursor() as cursor:
        cursor.execute(statement)


def test_partitions_are_seen_by_their_own_names_and_by_the_whole(in_parts):
    execute("INSERT INTO parted VALUES (1, 'a'), (11, 'b')")
    execute("INSERT INTO parted_low VALUES (2, 'c')")
    assert [key for _, key, _ in logged("postgresql")] == ["1", "11", "2"]
    execute("UPDATE parted_low SET slot = 'd' WHERE id = 2")
    execute("UPDATE parted SET slot = 'e' WHERE id = 1")
    assert logged("postgresql") == [("parted", "2", [2, "c"]), ("parted", "1", [1, "a"])]
    execute("UPDATE parted SET id = 12 WHERE id = 1")  # from one to the other
    assert {key for _, key, _ in logged("postgresql")} == {"1", "12"}
    execute("DELETE FROM parted_high")
    assert {(key, *old) for _, key, old in logged("postgresql")} == {("11", 11, "b"), ("12", 12, "e")}


def test_a_table_that_becomes_a_partition_is_noticed_and_seen_again(in_parts):
    execute("CREATE TABLE later (id int NOT NULL, slot text)")
    one = dialects.Trigger("dynamo_insert_later", "later", "insert", "later", (Column("id", "text"),))
    for statement in dialects.create("postgresql", one):
        execute(statement)
    assert installed.look("postgresql", [one]).wrong == []
    execute("ALTER TABLE parted ATTACH PARTITION later FOR VALUES FROM (20) TO (30)")
    assert installed.look("postgresql", [one]).altered == [one]
    for statement in dialects.create("postgresql", one):
        execute(statement)
    assert installed.look("postgresql", [one]).wrong == []
    execute("INSERT INTO parted VALUES (21, 'a')")
    assert ("later", "21", None) in logged("postgresql")
    execute("DROP TABLE later")
    execute("DROP FUNCTION dynamo_insert_later")


def test_what_a_statement_writes_in_more_than_one_way_is_all_logged(in_parts):
    execute("INSERT INTO target VALUES (1), (2)")
    execute("INSERT INTO twice VALUES (1, 'a', 1, 1), (2, 'b', 2, NULL), (3, 'c', NULL, NULL)")
    logged("postgresql")
    execute("DELETE FROM target")  # row 1 is written for each of its foreign keys
    assert {key for _, key, _ in logged("postgresql")} == {"1", "2"}
    execute("INSERT INTO twice VALUES (3, 'd'), (4, 'e') ON CONFLICT (id) DO UPDATE SET slot = excluded.slot")
    assert sorted(logged("postgresql"), key=str) == [("twice", "3", [3, "c"]), ("twice", "4", None)]
    execute(
        "MERGE INTO twice USING (VALUES (1, 'x'), (2, NULL), (5, 'y')) AS said (id, slot) ON twice.id = said.id "
        "WHEN MATCHED AND said.slot IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET slot = said.slot "
        "WHEN NOT MATCHED THEN INSERT (id, slot) VALUES (said.id, said.slot)"
    )
    found = {(key, old and tuple(old)) for _, key, old in logged("postgresql")}
    assert found == {("1", (1, "a")), ("2", (2, "b")), ("5", None)}
    execute(
        "WITH gone AS (DELETE FROM twice WHERE id = 5 RETURNING slot), moved AS (UPDATE twice SET slot = 'z' "
        "WHERE id = 4) UPDATE twice SET slot = (SELECT slot FROM gone) WHERE id = 3"
    )
    assert {(key, *old) for _, key, old in logged("postgresql")} == {("3", 3, "d"), ("4", 4, "e"), ("5", 5, "y")}
    execute("ALTER TABLE twice DROP CONSTRAINT twice_pkey")
    execute("UPDATE twice SET id = id + 1 WHERE id IN (3, 4)")  # 3 to 4, and 4 to 5
    assert ("4", (4, "z")) in {(key, old and tuple(old)) for _, key, old in logged("postgresql")}
