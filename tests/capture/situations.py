"""The situations. Each is done to a small shop that is mirrored already; then everything is drained and compared."""

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from tempfile import NamedTemporaryFile
from unittest.mock import patch

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction
from django.db.models import F
from django.db.models.signals import post_save
from django.test.utils import override_settings
from django.utils import timezone

from dynamo_models import Throttled
from dynamo_models.mirror import after_commit, fence, relay
from dynamo_models.mirror.capture import installed
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.mirror.watch import WriteRefused
from dynamo_models.mirror.watch.alarms import unsettled
from dynamo_models.models import Change, Failure, Unseen
from tests.capture import tiers
from tests.faults.child import spawn
from tests.mirror import equality
from tests.mirror.shop.models import Cheap, Employee, Part, Person, Product, Supplier, Tag

SITUATIONS = {}
REFUSED = "refused"


@dataclass(frozen=True)
class Result:
    """differences: what is not the same at the end. refused: by what, where the write did not take place. alarms: of
    statements that were noticed, and not seen through."""

    differences: list
    refused: str = ""
    alarms: tuple = ()

    @property
    def outcome(self):
        """equal, refused or detected; lost where nobody was told."""
        if self.alarms and not self.refused:
            return "detected"
        if self.differences:
            return "lost"
        return "refused" if self.refused else "equal"

    @property
    def ok(self):
        return self.outcome != "lost"


class _Undone(Exception):  # noqa: N818 - it rolls back, and says nothing
    pass


def situation(function):
    SITUATIONS[function.__name__] = function
    return function


def run(name, using):
    """One situation on an empty shop beside an empty table."""
    Unseen.objects.using(using).all().delete()
    stock(using)
    before = equality.wanted(using)
    refused = SITUATIONS[name](using) or ""
    if refused and equality.wanted(using) != before:
        return Result([("written although refused", refused)])
    alarms = tuple(f"{each.verb} of {each.table} ({each.count})" for each in unsettled(using))
    return Result(settle(using), refused, alarms)


def stock(using):
    supplier = Supplier.objects.using(using).create(name="S")
    tags = [Tag.objects.using(using).create(name=name) for name in ("t0", "t1")]
    for number in range(4):
        product = Product.objects.using(using).create(sku=f"p{number}", name="N", price=1, supplier=supplier)
        Part.objects.using(using).create(product=product)
        product.tags.add(tags[0])
    Employee.objects.using(using).create(name="Ann", role="cook")
    differences = settle(using)
    if differences:
        raise AssertionError(differences)


def settle(using):
    """Everything mirrored, and what differs then; a log that does not get empty is a difference too."""
    drain(using)
    left = list(Change.objects.using(using).values_list("source", "row_key"))
    return [*equality.differences(using), *(("not mirrored", *each) for each in left)]


def drain(using):
    for _ in range(50):
        Change.objects.using(using).update(claimed_until=None)
        Failure.objects.using(using).filter(dead=False).update(not_before=timezone.now())
        while relay.work(using).claimed:
            pass
        if not Change.objects.using(using).exists():
            return


def products(using):
    return Product._base_manager.using(using).order_by("pk")


def first(using):
    return products(using).first()


def execute(using, sql, *values):
    with connections[using].cursor() as cursor:
        cursor.execute(sql, values)


@situation
def create_and_save(using):
    product = Product.objects.using(using).create(sku="new", name="A")
    product.name = "B"
    product.save()


@situation
def instance_delete(using):
    first(using).delete()


@situation
def queryset_delete(using):
    Product.objects.using(using).filter(sku__in=["p0", "p1"]).delete()


@situation
def queryset_update(using):
    Product.objects.using(using).filter(sku="p0").update(name="new")


@situation
def bulk_create(using):
    Product.objects.using(using).bulk_create([Product(sku=f"b{n}", name="b") for n in range(3)])


@situation
def bulk_create_ignoring_conflicts(using):
    rows = [Product(sku=sku, name="b") for sku in ("p0", "b1", "b2")]
    Product.objects.using(using).bulk_create(rows, ignore_conflicts=True)


@situation
def bulk_create_updating_conflicts(using):
    features = connections[using].features
    target = {"unique_fields": ["sku"]} if features.supports_update_conflicts_with_target else {}
    rows = [Product(sku=sku, name="upserted", updated_at=timezone.now()) for sku in ("p0", "b1")]
    Product.objects.using(using).bulk_create(rows, update_conflicts=True, update_fields=["name"], **target)


@situation
def bulk_update(using):
    rows = list(products(using))
    for row in rows:
        row.stock = 7
    Product.objects.using(using).bulk_update(rows, ["stock"])


@situation
def update_or_create(using):
    Product.objects.using(using).update_or_create(sku="p0", defaults={"name": "new"})
    Product.objects.using(using).update_or_create(sku="new", defaults={"name": "new"})


@situation
def f_expression_on_save(using):
    product = first(using)
    product.stock = F("stock") + 1
    product.save()


@situation
def update_fields_with_other_dirty_attributes(using):
    product = first(using)
    product.name, product.stock = "never written", 5
    product.save(update_fields=["stock"])


@situation
def changed_after_save_and_before_commit(using):
    with transaction.atomic(using=using):
        product = first(using)
        product.name = "saved"
        product.save()
        product.name = "never written"


@situation
def decimal_rounded_by_the_database(using):
    products(using).filter(sku="p0").update(price=F("price") * Decimal("1.005"))
    if using != "sqlite":  # which does not round: 2.999 in such a column is nothing that Django would write
        execute(using, "UPDATE shop_product SET price = 2.999 WHERE sku = 'p1'")


@situation
def text_in_a_decimal_field(using):
    product = first(using)
    product.price = "7.50"
    product.save()


@situation
def raw_sql(using):
    execute(using, "UPDATE shop_product SET stock = 3 WHERE sku = 'p0'")


@situation
def cascade_by_the_orm(using):
    first(using).delete()
    Person.objects.using(using).all().delete()


@situation
def set_null_by_the_orm(using):
    Supplier.objects.using(using).all().delete()


@situation
def cascade_by_the_database(using):
    with _cascading(using):
        if unseen := installed.unseen(using):
            return f"{REFUSED}: {unseen[0]}"
        execute(using, "DELETE FROM shop_product_tags")
        execute(using, "DELETE FROM shop_product WHERE sku = 'p0'")
        if Part.objects.using(using).count() != 3:
            raise AssertionError("The database deleted nothing by itself.")
    return None


class _cascading:
    """Foreign keys of parts with ON DELETE CASCADE, as Django 6.1 has them with DB_CASCADE."""

    def __init__(self, using):
        self.connection = connections[using]

    def __enter__(self):
        self._make("ON DELETE CASCADE")

    def __exit__(self, *_):
        self._make("")

    def _make(self, action):
        vendor = self.connection.vendor
        with self.connection.cursor() as cursor:
            if vendor == "sqlite":
                plain = 'REFERENCES "shop_product" ("id") '
                cascading = plain + "ON DELETE CASCADE "
                cursor.execute("PRAGMA writable_schema = 1")
                cursor.execute(
                    "UPDATE sqlite_master SET sql = replace(sql, %s, %s) WHERE name = 'shop_part'",
                    [plain, cascading] if action else [cascading, plain],
                )
                cursor.execute("PRAGMA writable_schema = RESET")
                return
            constraints = self.connection.introspection.get_constraints(cursor, "shop_part")
            (name,) = (name for name, each in constraints.items() if each["foreign_key"])
            kind = "FOREIGN KEY" if vendor == "mysql" else "CONSTRAINT"
            cursor.execute(f"ALTER TABLE shop_part DROP {kind} {name}")
            cursor.execute(
                f"ALTER TABLE shop_part ADD CONSTRAINT {name} "
                f"FOREIGN KEY (product_id) REFERENCES shop_product (id) {action}"
            )


@situation
def many_to_many_add_and_remove(using):
    product, tag = first(using), Tag.objects.using(using).get(name="t1")
    product.tags.add(tag)
    settle(using)
    product.tags.remove(Tag.objects.using(using).get(name="t0"))


@situation
def many_to_many_from_the_other_side(using):
    Tag.objects.using(using).get(name="t1").product_set.add(*Product.objects.using(using).all())


@situation
def many_to_many_clear_and_target_deleted(using):
    first(using).tags.clear()
    Tag.objects.using(using).get(name="t0").delete()


@situation
def proxy_save(using):
    product = Cheap.objects.using(using).get(sku="p0")
    product.name = "cheap"
    product.save()


@situation
def child_of_multi_table_inheritance(using):
    Employee.objects.using(using).create(name="Bob", role="waiter")
    employee = Employee.objects.using(using).get(name="Ann")
    employee.name, employee.role = "Anna", "chef"
    employee.save()


@situation
def parent_of_multi_table_inheritance(using):
    person = Person.objects.using(using).get(name="Ann")
    person.name = "Anna"
    person.save()


@situation
def loaddata(using):
    fields = {"sku": "p0", "name": "loaded", "updated_at": "2026-01-01T00:00:00Z"}
    rows = [{"model": "shop.product", "pk": first(using).pk, "fields": fields}]
    with NamedTemporaryFile("w", suffix=".json") as file:
        file.write(json.dumps(rows))
        file.flush()
        call_command("loaddata", file.name, database=using, verbosity=0)


@situation
def rollback(using):
    with suppress(_Undone), transaction.atomic(using=using):
        Product.objects.using(using).create(sku="phantom", name="x")
        first(using).delete()
        raise _Undone


@situation
def savepoint_rollback(using):
    with transaction.atomic(using=using):
        products(using).filter(sku="p0").update(name="kept")
        with suppress(_Undone), transaction.atomic(using=using):
            products(using).filter(sku="p0").update(name="undone", sku="moved")
            raise _Undone


@situation
def another_callback_raises_first(using):
    def fail():
        raise _Undone

    with _at_once(), suppress(_Undone), transaction.atomic(using=using):
        transaction.on_commit(fail, using=using)
        product = first(using)
        product.name = "new"
        product.save()


@situation
def process_killed_at_the_write(using):
    _killed(using, "one")


@situation
def throttled(using):
    def refuse(*_):
        raise Throttled("too much")

    with _at_once(), patch.object(fence, "send", refuse):
        product = first(using)
        product.name = "new"
        product.save()


@situation
def half_of_a_bulk_killed(using):
    _killed(using, "half_of_many")


@situation
def key_attribute_changed_by_save(using):
    product = first(using)
    product.sku = "moved"
    product.save()


@situation
def key_attribute_changed_by_update(using):
    products(using).filter(sku="p0").update(sku="moved")
    products(using).filter(sku="p1").update(sku="p0")


@situation
def two_writers_mirrored_in_reverse(using):
    mirror, product = mirror_of("shop.product"), first(using)
    late = []
    real = fence.send
    products(using).filter(pk=product.pk).update(name="older", sku="older")
    with patch.object(fence, "send", lambda *request: late.append(request) or {}):
        relay.attempt(mirror.label, str(product.pk), using)
    products(using).filter(pk=product.pk).update(name="newer", sku="newer")
    drain(using)
    _land(real, late)


@situation
def delete_overtaken_by_a_stale_put(using):
    mirror, product = mirror_of("shop.product"), first(using)
    late = []
    real = fence.send
    products(using).filter(pk=product.pk).update(name="older")
    with patch.object(fence, "send", lambda *request: late.append(request) or {}):
        relay.attempt(mirror.label, str(product.pk), using)
    product.delete()
    drain(using)
    _land(real, late)


@situation
def raw_delete(using):
    Part.objects.using(using).all()._raw_delete(using)


@situation
def hidden_by_the_default_manager(using):
    products(using).filter(sku="p0").update(hidden=True)
    products(using).filter(sku="p0").update(name="unseen")


@situation
def delete_of_an_instance_read_again(using):
    product = Product.objects.using(using).get(sku="p0")
    product.delete()
    if product.pk is not None:
        raise AssertionError(product.pk)


@situation
def concurrent_f_updates(using):
    pk = first(using).pk

    def add():
        for _ in range(5):
            products(using).filter(pk=pk).update(stock=F("stock") + 1)
            relay.work(using, batch=2)
        connections[using].close()

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@situation
def truncate(using):
    if connections[using].vendor == "sqlite":
        execute(using, "PRAGMA foreign_keys = OFF")
        try:
            execute(using, "DELETE FROM shop_part")  # SQLite's own short way, where no trigger is in its way
        finally:
            execute(using, "PRAGMA foreign_keys = ON")
        return None
    try:
        with transaction.atomic(using=using):
            execute(using, "TRUNCATE TABLE shop_part")
    except (DatabaseError, WriteRefused) as error:
        return f"{REFUSED}: {error}"
    return None


@situation
def update_rolled_back(using):
    with suppress(_Undone), transaction.atomic(using=using):
        products(using).update(stock=99)
        raise _Undone


def _at_once():
    """As a process does it that mirrors what it writes as soon as it is committed."""
    after_commit._state["paused_until"] = 0.0
    if not post_save.has_listeners(Product):
        raise AssertionError
    return override_settings(DYNAMO_MODELS={**settings.DYNAMO_MODELS, "MIRROR": {"AFTER_COMMIT": True}})


def _killed(using, what):
    with _at_once():
        child = spawn(using, f"tests.capture.victims:{what}", tiers.current())
    _, errors = child.communicate(timeout=60)
    if child.returncode != -9:
        raise AssertionError(errors)


def _land(send, requests):
    from dynamo_models.errors import ConditionFailed

    for request in requests:
        with suppress(ConditionFailed):
            send(*request)
