"""The shop on each database that is here, in databases of these tests' own, with a group that can be moved about."""

from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db import connections

from dynamo_models.cutover import background, state, tallies, watch
from dynamo_models.cutover.records import GroupState, GroupStep, ReadMismatch, ReadTally, UnservedRead
from dynamo_models.mirror.verify import settle
from dynamo_models.models import BackfillRange, BackfillRun, Change, Failure, MirroredKey, Mismatch, VerifyRun
from tests.mirror.shop import models
from tests.mirror.shop.items import shop

DATABASES = ("sqlite", "postgresql", "mariadb")
_SHOP = [
    models.Product.tags.through,
    models.Part,
    models.Employee,
    models.Person,
    models.Product,
    models.Supplier,
    models.Tag,
]
_KEPT = [
    *(Mismatch, VerifyRun, BackfillRange, BackfillRun, Change, Failure, MirroredKey),
    *(GroupState, GroupStep, ReadMismatch, ReadTally, UnservedRead),
]


@pytest.fixture(scope="session")
def named(django_test_environment, django_db_blocker):
    """Makes a database for an alias once, beside the one that other tests have; all are removed at the end."""
    made = {}

    @contextmanager
    def name_of(alias):
        connection = connections[alias]
        connection.close()
        before = connection.settings_dict["NAME"]
        try:
            if alias not in made:
                made[alias] = _make(alias)
            connection.settings_dict["NAME"] = made[alias]
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before

    with django_db_blocker.unblock():
        yield name_of
        for alias, name in made.items():
            connection = connections[alias]
            connection.close()
            before, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
            connection.creation.destroy_test_db(before, verbosity=0)


def _make(alias):
    connection = connections[alias]
    wanted = connection.settings_dict["TEST"]["NAME"]
    path = Path(wanted)
    own = str(path.with_stem(f"{path.stem}-cutover")) if connection.vendor == "sqlite" else f"{wanted}_cutover"
    connection.settings_dict["TEST"]["NAME"] = own
    try:
        name = connection.creation._create_test_db(verbosity=0, autoclobber=True)
    finally:
        connection.settings_dict["TEST"]["NAME"] = wanted
    connection.close()
    connection.settings_dict["NAME"] = name
    for app in ("dynamo_models", "shop"):
        call_command("migrate", app, database=alias, verbosity=0)
    return name


@contextmanager
def opened(alias, named):
    if alias not in project.DATABASES:
        pytest.skip(f"There is no {alias} on this machine.")
    with named(alias):
        state.forget()
        yield alias
        background.finish()
        state.forget()
        watch._judged.clear()
        for model in (*_SHOP, *_KEPT):
            model._base_manager.using(alias)._raw_delete(alias)
        Change.objects.using(alias).all().delete()


@pytest.fixture(autouse=True)
def settled_soon(monkeypatch):
    monkeypatch.setattr(settle, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(settle, "LONGEST_PAUSE", 0.05)


@pytest.fixture
def quick(settings, make_tables):
    """An empty table, a relay that alone mirrors, and few reads that have to be compared, which all are."""
    make_tables(shop)
    cutover = {"SAMPLE": 1.0, "COMPARED_READS": 5}
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "MIRROR": {"AFTER_COMMIT": False}, "CUTOVER": cutover}
    return settings


@pytest.fixture(params=DATABASES)
def each(request, named, quick):
    """Each database that is here."""
    with opened(request.param, named) as alias:
        yield alias


@pytest.fixture
def using(named, quick):
    """One database, where it does not matter which."""
    with opened("sqlite", named) as alias:
        yield alias


@pytest.fixture
def bounds(quick):
    """Other bounds than those of ``quick``."""

    def change(**own):
        held = quick.DYNAMO_MODELS
        quick.DYNAMO_MODELS = {**held, "CUTOVER": {**held["CUTOVER"], **own}}

    return change


def flushed():
    background.finish()
    tallies.flush()
