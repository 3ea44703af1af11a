"""The tier that has no triggers: what migrations make of it, what checks say, and a share of the capture matrix."""

import pytest
from django.apps import apps
from django.db import connections, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddIndex, RemoveIndex
from django.db.migrations.state import ProjectState
from django.test.utils import isolate_apps

from dynamo_models.errors import DefinitionError
from dynamo_models.mirror import checks
from dynamo_models.mirror.capture import CaptureTrigger, installed, plan
from dynamo_models.mirror.registration import dual_write, mirror_of, mirrors
from tests.capture import situations, tiers
from tests.mirror.emptied import emptied
from tests.mirror.shop import items
from tests.mirror.shop.models import Product


@pytest.fixture
def indexes():
    """The product as it is before its triggers are attached; as it was, afterwards."""
    meta = Product._meta
    before, original = meta.indexes, meta.original_attrs["indexes"]
    meta.indexes = [each for each in before if not isinstance(each, CaptureTrigger)]
    meta.original_attrs["indexes"] = meta.indexes
    yield
    meta.indexes, meta.original_attrs["indexes"] = before, original


def operations(before, after):
    found = MigrationAutodetector(before, after)._detect_changes()
    return [each for migration in found.get("shop", []) for each in migration.operations]


def test_migrations_remove_and_add_the_triggers_of_a_mirror_that_changes_its_tier(indexes, monkeypatch):
    installed_now = MigrationLoader(None, ignore_no_migrations=True).project_state()
    product = mirror_of("shop.product")
    monkeypatch.setattr(product, "capture", "orm")
    plan.attach([product])
    without = ProjectState.from_apps(apps)
    removed = operations(installed_now, without)
    assert {type(each) for each in removed} == {RemoveIndex}
    names = {each.name for each in plan.triggers(product)}
    assert {each.name for each in removed} == names
    monkeypatch.setattr(product, "capture", "triggers")
    plan.attach([product])
    added = operations(without, ProjectState.from_apps(apps))
    assert {type(each) for each in added} == {AddIndex}
    assert {each.index.name for each in added} == names


def test_the_check_says_plainly_what_it_is(monkeypatch):
    product = mirror_of("shop.product")
    assert list(checks.check_mirror(product)) == []
    monkeypatch.setattr(product, "capture", "orm")
    (message,) = checks.check_mirror(product)
    assert message.id == "dynamo_models.W028"
    assert "none is guaranteed" in message.msg
    assert "dynamo_verify" in message.hint


@isolate_apps("tests.mirror.shop")
def test_another_word_is_refused():
    with pytest.raises(DefinitionError, match="triggers, orm"):

        @dual_write(items.Product, capture="signals")
        class Thing(models.Model):
            class Meta:
                app_label = "shop"


# One of each kind; ``python -m tests.capture --tier orm`` does all of them.
SHARE = {
    "bulk_create_updating_conflicts": "equal",
    "set_null_by_the_orm": "equal",
    "many_to_many_clear_and_target_deleted": "equal",
    "concurrent_f_updates": "equal",
    "raw_sql": "detected",
    "cascade_by_the_database": "refused",
    "truncate": "refused",
}


def test_a_share_of_the_matrix_without_triggers(using):
    with tiers.in_tier("orm", using):
        assert {mirror.capture for mirror in mirrors("default")} == {"orm"}
        assert installed.migrated(using) == []
        found = {}
        for name in SHARE:
            with emptied(using):
                found[name] = situations.run(name, using).outcome
        assert installed.look(using).wrong == []
        situations.Unseen.objects.using(using).all().delete()
    # SQLite has no TRUNCATE; there it is a DELETE.
    assert found == SHARE | ({"truncate": "detected"} if connections[using].vendor == "sqlite" else {})
