"""Each database that is here, with the shop in it, and a DynamoDB endpoint; empty for each test."""

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db import connections

from dynamo_models.mirror import registration
from dynamo_models.models import Change, Failure, MirroredKey
from tests.mirror.shop import models
from tests.mirror.shop.items import shop

DATABASES = ("sqlite", "postgresql", "mariadb")
_TABLES = [
    models.Product.tags.through,
    models.Part,
    models.Employee,
    models.Person,
    models.Product,
    models.Supplier,
    models.Tag,
    Change,
    Failure,
    MirroredKey,
]


@pytest.fixture(autouse=True)
def shop_alone(monkeypatch):
    """These databases have the shop and no other application: neither are others' models mirrored."""
    known = registration._registry.mirrors
    monkeypatch.setattr(
        registration._registry, "mirrors", {label: each for label, each in known.items() if label.startswith("shop.")}
    )


@pytest.fixture(scope="session")
def databases(django_test_environment, django_db_blocker):
    """Makes the test database of an alias once; all of them are removed at the end."""
    made = {}

    def make(alias):
        if alias not in project.DATABASES:
            pytest.skip(f"There is no {alias} on this machine.")
        if alias not in made:
            connection = connections[alias]
            made[alias] = connection.settings_dict["NAME"]
            # As create_test_db() does, but for what is migrated: these two apps, and what they need.
            name = connection.creation._create_test_db(verbosity=0, autoclobber=True)
            connection.close()
            connection.settings_dict["NAME"] = name
            for app in ("dynamo_models", "shop"):
                call_command("migrate", app, database=alias, verbosity=0)

    with django_db_blocker.unblock():
        yield make
        for alias, name in made.items():
            connections[alias].creation.destroy_test_db(name, verbosity=0)


@pytest.fixture(params=DATABASES)
def using(request, databases, make_tables, settings):
    """The alias of a database with an empty shop, beside an empty table; only a relay mirrors."""
    alias = request.param
    databases(alias)
    make_tables(shop)
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "MIRROR": {"AFTER_COMMIT": False}}
    yield alias
    for model in _TABLES:
        model._base_manager.using(alias)._raw_delete(alias)
    for model in (Change, Failure, MirroredKey):
        model._base_manager.using(alias)._raw_delete(alias)
