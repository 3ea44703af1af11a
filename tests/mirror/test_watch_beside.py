"""What the ORM's compilers log, and what triggers log of the same writes, are the same rows."""

import uuid
from collections import Counter

import pytest
from django.db import connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import Case, F, Value, When
from django.utils import timezone

from dynamo_models.mirror.capture import columns, installed
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.mirror.watch import alarms, changes
from dynamo_models.models import Change, Unseen
from tests.capture import tiers
from tests.mirror.conftest import _TABLES
from tests.mirror.shop.models import Cheap, Employee, Part, Person, Product, Supplier, Tag
from tests.mirror.test_watch import remove_triggers, rows_of, shop


@pytest.fixture
def beside(using):
    """The ORM watched beside the triggers, so that both tell of the same writes."""
    tiers.choose("orm")
    yield using
    tiers.choose("triggers")
    Unseen.objects.using(using).all().delete()


OPERATIONS = {}


def operation(function):
    OPERATIONS[function.__name__] = function
    return function


@operation
def saves(using):
    product = rows_of(using)[0]
    product.save()
    product.sku = "moved"
    product.save()
    product.stock = F("stock") + 1
    product.save()
    product.name = "n"
    product.save(update_fields=["name"])
    Cheap.objects.using(using).get(pk=product.pk).save()
    Product.objects.using(using).create(sku="new", name="N")
    Part.objects.using(using).create(id=uuid.UUID(int=3), product=product)


@operation
def updates(using):
    rows_of(using).update(stock=F("stock") + 1)
    rows_of(using).filter(supplier__name="S").update(name="joined")
    rows_of(using).filter(supplier__name__isnull=True).update(name="nothing")
    rows_of(using).filter(tags__name="t1").order_by("-stock").update(sku="by tag")
    rows_of(using).filter(pk__in=[]).update(stock=1)
    rows_of(using).filter(sku="p0").update(sku=Case(When(stock=-1, then=Value("no")), default=Value("yes")))
    rows_of(using).filter(sku="yes").update(supplier=Supplier.objects.using(using).create(name="S3"))


@operation
def keys_of_rows(using):
    product = Product.objects.using(using).create(sku="lone", name="N")
    rows_of(using).filter(pk=product.pk).update(id=product.pk + 1000)
    rows_of(using).filter(pk=product.pk + 1000).update(id=str(product.pk + 2000), sku="alone")
    rows_of(using).filter(pk=product.pk + 2000).update(id=product.pk + 2000)


@operation
def bulks(using):
    made = Product.objects.using(using).bulk_create([Product(sku=f"b{n}", name="b") for n in range(3)])
    for each in rows_of(using):
        each.stock, each.sku = 7, f"{each.sku}!"
    Product.objects.using(using).bulk_update(made, ["stock", "name"])
    Product.objects.using(using).bulk_create([Product(sku="p0", name="b"), Product(sku="b9")], ignore_conflicts=True)
    Product.objects.using(using).bulk_create([Product(sku="b8")], ignore_conflicts=True)
    Part.objects.using(using).bulk_create([Part(product=each) for each in rows_of(using)[:2]])


@operation
def deletions(using):
    rows_of(using)[0].delete()
    Supplier.objects.using(using).all().delete()
    Part.objects.using(using).filter(product__sku="p1")._raw_delete(using)
    rows_of(using).filter(tags__name="t1").delete()
    Product.objects.using(using).all().delete()
    Person.objects.using(using).all().delete()


@operation
def many_to_many(using):
    product = rows_of(using)[0]
    tag = Tag.objects.using(using).get(name="t2")
    product.tags.set(Tag.objects.using(using).all())
    tag.product_set.remove(product)
    tag.product_set.add(*rows_of(using)[:2])  # one that is there already would be logged once more, which is harmless
    product.tags.through.objects.using(using).filter(product=product, tag__name="t0").update(product=rows_of(using)[1])
    product.tags.clear()
    tag.delete()


@operation
def what_items_are_made_of(using):
    supplier = Supplier.objects.using(using).get()
    supplier.country = "DE"
    supplier.save()
    supplier.name = "other"
    supplier.save()
    Supplier.objects.using(using).update(country="FR")
    Supplier.objects.using(using).update(name=F("name"))
    Supplier.objects.using(using).create(name="unused")
    Tag.objects.using(using).update(name="t")


@operation
def inheritance(using):
    employee = Employee.objects.using(using).get()
    employee.role, employee.name = "chef", "Anna"
    employee.save()
    Employee.objects.using(using).update(name="Both", role="both")
    Employee.objects.using(using).update(name="Parent alone")
    person = Person.objects.using(using).get()
    person.name = "P"
    person.save()
    employee.delete()


@operation
def rolled_back(using):
    with transaction.atomic(using=using):
        rows_of(using).filter(sku="p0").update(name="kept")
        point = transaction.savepoint(using)
        rows_of(using).delete()
        transaction.savepoint_rollback(point, using)


@operation
def by_a_migration(using):
    apps = MigrationLoader(connections[using]).project_state().apps
    Model = apps.get_model("shop", "Product")
    Model.objects.using(using).update(name="by RunPython")
    Model.objects.using(using).create(sku="historic", name="H", updated_at=timezone.now())


def read(change):
    """A log row as a sync reads it, whatever form the database gives a value.

    What a row was under another primary key is logged with that key; that some log it with the new one too is left out.
    """
    old = None
    if change.old is not None:
        values = columns.values_of(mirror_of(change.source).key_columns, change.old)
        if str(values.get("id", change.row_key)) == change.row_key:
            old = tuple(values.items())
    return change.source, change.row_key, old


def test_it_logs_what_triggers_log(beside, monkeypatch):
    """Row by row, with what key columns were; triggers tell of the same statements in the same transactions."""
    ours = []
    real = changes.Log.append

    def append(self, triggers, pairs):
        before = Change.objects.using(beside).order_by("-seq").values_list("seq", flat=True).first() or 0
        real(self, triggers, pairs)
        ours.extend(Change.objects.using(beside).filter(seq__gt=before).values_list("seq", flat=True))

    monkeypatch.setattr(changes.Log, "append", append)
    for name, work in OPERATIONS.items():
        for model in (*_TABLES, Change):
            model._base_manager.using(beside)._raw_delete(beside)
        shop(beside)
        ours.clear()
        work(beside)
        log = Change.objects.using(beside)
        mine, theirs = (Counter(map(read, found)) for found in (log.filter(seq__in=ours), log.exclude(seq__in=ours)))
        assert (name, mine) == (name, theirs)
        assert mine
    assert alarms.unsettled(beside) == []


def test_a_missing_trigger_is_a_reason_in_the_other_tier(using):
    assert alarms.sight(using).reasons == []
    trigger = next(each for each in installed.migrated(using) if each.event == "update")
    remove_triggers(using, [trigger])
    try:
        (reason,) = alarms.sight(using).reasons
        assert trigger.name in reason
        assert "migrate" in reason
    finally:
        installed.put_back(using)
