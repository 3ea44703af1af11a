"""Without triggers: what goes through the ORM is logged as triggers log it, and the rest is refused or noticed."""

import json
import threading
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.db.models import F
from django.utils import timezone

from dynamo_models.mirror.capture import installed
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.mirror.watch import WriteRefused, alarms, changes, rows
from dynamo_models.mirror.watch import connections as watch
from dynamo_models.models import Change, Unseen
from tests.capture import tiers
from tests.mirror.shop.models import Employee, Part, Product, Supplier, Tag


@pytest.fixture(scope="module")
def untriggered(databases):
    """Removes the triggers of an alias, once; all are put back at the end."""
    done = []

    def remove(using):
        if using not in done:
            done.append(using)
            remove_triggers(using, installed.migrated(using))

    yield remove
    for using in done:
        installed.put_back(using)


@pytest.fixture
def alone(using, untriggered):
    """The shop as it is where there are no triggers."""
    untriggered(using)
    tiers.choose("orm")
    yield using
    tiers.choose("triggers")
    Unseen.objects.using(using).all().delete()


def remove_triggers(using, triggers):
    with connections[using].cursor() as cursor:
        for trigger in triggers:
            for statement in installed.dialects.remove(connections[using].vendor, trigger):
                cursor.execute(statement)


def shop(using):
    """A small shop that no log row tells of."""
    supplier = Supplier.objects.using(using).create(name="S")
    for number in range(3):
        product = Product.objects.using(using).create(sku=f"p{number}", name="N", supplier=supplier)
        Part.objects.using(using).create(product=product)
        product.tags.add(Tag.objects.using(using).create(name=f"t{number}"))
    Employee.objects.using(using).create(name="Ann", role="cook")
    Change.objects.using(using).all().delete()


def rows_of(using):
    return Product._base_manager.using(using).order_by("pk")


def logged(using):
    """What the log holds since the last look."""
    found = [
        (each.source, each.row_key, None if each.old is None else str(json.loads(each.old)))
        for each in Change.objects.using(using).order_by("seq")
    ]
    Change.objects.using(using).all().delete()
    return found


def test_a_write_and_its_log_row_are_one(alone, monkeypatch):
    shop(alone)

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(changes.Log, "append", fail)
    for write in (
        lambda: rows_of(alone).update(name="lost"),
        lambda: Product.objects.using(alone).create(sku="lost", name="lost"),
        lambda: Part.objects.using(alone).all()._raw_delete(alone),
    ):
        with pytest.raises(ZeroDivisionError):
            write()
    assert not Product.objects.using(alone).filter(name="lost").exists()
    assert Part.objects.using(alone).count() == 3


def test_what_an_insert_breaks_on_is_raised_as_ever(alone):
    shop(alone)
    with pytest.raises(IntegrityError):
        Product.objects.using(alone).create(sku="p0", name="again")
    with pytest.raises(IntegrityError), transaction.atomic(using=alone):
        rows_of(alone).update(sku="p0")
    assert logged(alone) == []


@pytest.mark.parametrize("using", ["postgresql", "mariadb"], indirect=True)
def test_a_row_that_comes_to_match_meanwhile_is_not_written_unseen(alone, monkeypatch):
    shop(alone)
    real = rows.Rows.held_to

    def come_between(self, query, found):
        def insert():
            Product.objects.using(alone).create(sku="between", name="N")
            connections[alone].close()

        monkeypatch.setattr(rows.Rows, "held_to", real)
        thread = threading.Thread(target=insert)
        thread.start()
        thread.join(5)  # it waits for this transaction where the database locks the gap
        real(self, query, found)

    monkeypatch.setattr(rows.Rows, "held_to", come_between)
    rows_of(alone).filter(name="N").update(stock=5)
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and thread.daemon is False:
            thread.join(10)
    between = Product.objects.using(alone).get(sku="between")
    written = {str(each.pk) for each in rows_of(alone).filter(stock=5)}
    assert (len(written), between.stock) == (3, 0)
    assert Counter(key for _, key, _ in logged(alone)) == Counter([*written, str(between.pk)])


@pytest.mark.parametrize("using", ["postgresql", "mariadb"], indirect=True)
def test_a_row_is_locked_before_it_is_read(alone, monkeypatch):
    """So what its key was is what it was last, and its numbers are in the order of its changes."""
    shop(alone)
    pk = rows_of(alone)[0].pk
    locked, done = threading.Event(), threading.Event()

    def first():
        with transaction.atomic(using=alone):
            rows_of(alone).filter(pk=pk).update(sku="a")
            locked.set()
            done.wait(1)
        connections[alone].close()

    thread = threading.Thread(target=first)
    thread.start()
    assert locked.wait(10)
    rows_of(alone).filter(pk=pk).update(sku="b")
    done.set()
    thread.join()
    assert [old for source, key, old in logged(alone) if key == str(pk) and source == "shop.product"] == [
        f"[{pk}, 'p0']",
        f"[{pk}, 'a']",
    ]


def test_what_cannot_be_told_is_refused_before_it_is_written(alone, monkeypatch):
    shop(alone)
    before = list(rows_of(alone).values_list("pk", "sku", "name"))
    target = {"unique_fields": ["sku"]} if alone != "mariadb" else {}
    with pytest.raises(WriteRefused, match="update_fields"):
        Product.objects.using(alone).bulk_create(
            [Product(sku="p0", name="u")], update_conflicts=True, update_fields=["sku"], **target
        )
    with pytest.raises(WriteRefused, match="primary key"):
        rows_of(alone).filter(sku="p0").update(id=F("id") + 100)
    features = connections[alone].features
    monkeypatch.setattr(type(features), "can_return_rows_from_bulk_insert", False)
    with pytest.raises(WriteRefused, match="save"):
        Product.objects.using(alone).bulk_create([Product(sku="x"), Product(sku="y")])
    monkeypatch.setattr(rows, "MOST", 2)
    if alone != "sqlite":
        with pytest.raises(WriteRefused, match="ranges"):
            rows_of(alone).update(name="u")
    assert list(rows_of(alone).values_list("pk", "sku", "name")) == before
    assert logged(alone) == []


def test_upserts_are_logged(alone):
    shop(alone)
    target = {"unique_fields": ["sku"]} if alone != "mariadb" else {}
    given = [Product(sku=sku, name="upserted", updated_at=timezone.now()) for sku in ("p0", "b1")]
    Product.objects.using(alone).bulk_create(given, update_conflicts=True, update_fields=["name"], **target)
    keys = {str(each.pk) for each in rows_of(alone).filter(name="upserted")}
    assert len(keys) == 2
    assert {key for _, key, _ in logged(alone)} == keys


def statements(using):
    """Statements to a watched table that no part of the ORM makes."""
    insert = "INSERT INTO shop_supplier (name, country) VALUES ('x', 'KR')"
    yield "UPDATE", "UPDATE shop_supplier SET name = 'raw'"
    yield "DELETE", "DELETE FROM shop_part"
    yield "DELETE", "DELETE FROM shop_product_tags WHERE id = -1"
    yield "INSERT", insert if using == "mariadb" else f"{insert} RETURNING id"


def test_other_statements_raise_an_alarm(alone, caplog):
    shop(alone)
    for _, sql in statements(alone):
        with connections[alone].cursor() as cursor:
            cursor.execute(sql)
            if "RETURNING" in sql:
                assert cursor.fetchone()
    told = {(each.verb, each.table) for each in alarms.unsettled(alone)}
    assert told == {
        ("UPDATE", "shop_supplier"),
        ("DELETE", "shop_part"),
        ("DELETE", "shop_product_tags"),
        ("INSERT", "shop_supplier"),
    }
    assert all(__file__ in each.place for each in alarms.unsettled(alone))
    assert next(record.levelname for record in caplog.records if "did not go through" in record.message) == "ERROR"
    assert "dynamo_verify" in alarms.sight(alone).reasons[0]
    assert Supplier.objects.using(alone).filter(name="raw").exists()  # nothing of the application is refused


def test_an_alarm_goes_with_its_statement(alone):
    shop(alone)
    with pytest.raises(DatabaseError), connections[alone].cursor() as cursor:
        cursor.execute("UPDATE shop_supplier SET nothing = 1")
    with transaction.atomic(using=alone):
        with connections[alone].cursor() as cursor:
            cursor.execute("UPDATE shop_supplier SET name = 'raw'")
        transaction.set_rollback(True, using=alone)
    assert alarms.unsettled(alone) == []


@pytest.mark.parametrize("using", ["postgresql"], indirect=True)
def test_a_composed_statement_is_read_too(alone):
    from psycopg import sql

    with connections[alone].cursor() as cursor:
        cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("shop_part")))
    assert [each.verb for each in alarms.unsettled(alone)] == ["DELETE"]


def test_truncate_is_refused(alone):
    shop(alone)
    with pytest.raises(WriteRefused, match="TRUNCATE"), connections[alone].cursor() as cursor:
        cursor.execute("TRUNCATE TABLE shop_part")
    assert Part.objects.using(alone).count() == 3


def test_the_first_statement_of_a_connection_is_seen(alone):
    """The compiler is chosen before the connection is there."""
    shop(alone)
    connections[alone].close()
    connections[alone].execute_wrappers.clear()
    rows_of(alone).filter(sku="p0").update(name="first")
    assert len(logged(alone)) == 1
    assert alarms.unsettled(alone) == []


def test_a_block_that_wraps_statements_leaves_the_watch(alone):
    shop(alone)
    connections[alone].close()
    connections[alone].execute_wrappers.clear()
    with connections[alone].execute_wrapper(lambda execute, *rest: execute(*rest)):
        rows_of(alone).filter(sku="p0").update(name="first")
    with connections[alone].cursor() as cursor:
        cursor.execute("DELETE FROM shop_part")
    assert len(alarms.unsettled(alone)) == 1


def test_before_the_apps_tables_are_there_nothing_is_logged(alone, monkeypatch):
    monkeypatch.setattr(watch.Watcher, "has_log", lambda *_: False)
    Product.objects.using(alone).create(sku="early", name="E")
    with connections[alone].cursor() as cursor:
        cursor.execute("UPDATE shop_product SET stock = 3")
    assert logged(alone) == []
    assert alarms.unsettled(alone) == []


def test_whether_it_fires_can_be_asked_as_of_triggers(alone):
    shop(alone)
    assert installed.fires(mirror_of("shop.product"), alone) is True
    assert Change.objects.using(alone).count() == 0


def test_the_relays_status_shows_what_was_not_seen(alone, capsys):
    shop(alone)
    with connections[alone].cursor() as cursor:
        cursor.execute("UPDATE shop_supplier SET name = 'raw'")
    call_command("dynamo_relay", "status", database=alone)
    assert "UPDATE of shop_supplier" in capsys.readouterr().out
    call_command("dynamo_relay", "status", database=alone, format="json")
    (told,) = json.loads(capsys.readouterr().out)["unseen"]["statements"]
    assert (told["table"], told["verb"], told["count"]) == ("shop_supplier", "UPDATE", 1)
