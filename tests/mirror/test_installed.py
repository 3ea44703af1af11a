"""Triggers that are gone or altered are noticed and put back; migrations install and remove them."""

from django.core.management import call_command
from django.db import connections

from dynamo_models.mirror.capture import dialects, installed
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.models import Change
from tests.mirror.shop.models import Product


def drop(using, trigger):
    with connections[using].cursor() as cursor:
        for statement in dialects.remove(connections[using].vendor, trigger):
            cursor.execute(statement)


def test_all_that_migrations_say_is_there_and_fires(using):
    found = installed.look(using)
    assert found.wrong == []
    assert len(found.right) == 20
    assert installed.fires(mirror_of("shop.product"), using) is None
    Product.objects.using(using).create(sku="a", name="A")
    Change.objects.using(using).all().delete()
    assert installed.fires(mirror_of("shop.product"), using) is True
    assert Change.objects.using(using).count() == 0


def test_a_trigger_that_is_gone_is_noticed_and_comes_back_with_the_next_migrate(using):
    Product.objects.using(using).create(sku="a", name="A")
    update = next(each for each in installed.migrated(using) if (each.source, each.event) == ("shop.product", "update"))
    drop(using, update)
    assert installed.look(using).not_there == [update]
    assert installed.fires(mirror_of("shop.product"), using) is False
    call_command("migrate", "dynamo_models", database=using, verbosity=0)
    assert installed.look(using).wrong == []
    assert installed.fires(mirror_of("shop.product"), using) is True


def test_an_altered_trigger_is_noticed(using):
    insert = next(each for each in installed.migrated(using) if (each.source, each.event) == ("shop.product", "insert"))
    other = dialects.Trigger(**{**insert.__dict__, "source": "shop.another"})
    drop(using, insert)
    with connections[using].cursor() as cursor:
        for statement in dialects.create(connections[using].vendor, other):
            cursor.execute(statement)
    assert installed.look(using).altered == [insert]
    assert installed.put_back(using) == [insert.name]
    assert installed.look(using).wrong == []


def test_the_trigger_of_an_earlier_release_is_noticed_and_replaced_by_migrate(using):
    """Migrations say what a trigger does; how it does so is the release's."""
    insert = next(each for each in installed.migrated(using) if (each.source, each.event) == ("shop.product", "insert"))
    drop(using, insert)
    with connections[using].cursor() as cursor:
        for statement in EARLIER[connections[using].vendor]:
            cursor.execute(statement.format(name=insert.name))
    assert installed.look(using).altered == [insert]
    call_command("migrate", "dynamo_models", database=using, verbosity=0)
    assert installed.look(using).wrong == []
    product = Product.objects.using(using).create(sku="a", name="A")
    assert Change.objects.using(using).filter(source="shop.product").get().row_key == str(product.pk)


# As 0.1.0 wrote it, for each row on PostgreSQL as well.
_BODY = "INSERT INTO dynamo_models_change (source, row_key, old, at) SELECT 'shop.product', {}, NULL, {}"
EARLIER = {
    "postgresql": [
        "CREATE FUNCTION {{name}}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NULL; END $$".format(
            _BODY.format("NEW.id::text", "clock_timestamp()")
        ),
        "CREATE TRIGGER {name} AFTER INSERT ON shop_product FOR EACH ROW EXECUTE FUNCTION {name}()",
    ],
    "mysql": [
        "CREATE TRIGGER {{name}} AFTER INSERT ON shop_product FOR EACH ROW BEGIN {} FROM DUAL; END".format(
            _BODY.format("CAST(NEW.id AS CHAR)", "UTC_TIMESTAMP(6)")
        )
    ],
    "sqlite": [
        "CREATE TRIGGER {{name}} AFTER INSERT ON shop_product FOR EACH ROW BEGIN {}; END".format(
            _BODY.format("CAST(NEW.id AS TEXT)", "strftime('%Y-%m-%d %H:%M:%f', 'now')")
        )
    ],
}


def test_a_migration_back_removes_them(using):
    call_command("migrate", "shop", "zero", database=using, verbosity=0)
    try:
        assert installed.look(using, []).right == []
        assert installed.migrated(using) == []
    finally:
        call_command("migrate", "shop", database=using, verbosity=0)
    assert installed.look(using).wrong == []
