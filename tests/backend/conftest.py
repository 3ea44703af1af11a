"""The library on both stores, and who answers said by the test."""

from contextlib import contextmanager

import pytest
from django.db import connections

from dynamo_models import capture, transport
from dynamo_models.backend import places, sending
from dynamo_models.cutover import serving
from dynamo_models.mirror import fence, registration
from tests.backend.library import models
from tests.backend.library.items import library
from tests.mirror.equality import as_stored

ALIAS = "dynamodb"


class Chosen:
    """Stands in the place of the choice: who answers, and what was counted and compared."""

    def __init__(self):
        self.store, self.authority, self.compares = "dynamodb", "sql", False
        self.asked, self.unserved, self.compared, self.failed = [], [], [], []

    def choose(self, mirror, *, pks, partition, using):
        self.asked.append((mirror.label, pks, partition, using))
        return serving.Choice(store=self.store, authority=self.authority, compare=self.compares)

    def count_unserved(self, mirror, reason, place, *, using=None):
        self.unserved.append((mirror.label, reason, place))

    def compare(self, mirror, **asked):
        self.compared.append(asked)

    def fail(self, mirror, error, *, using=None):
        self.failed.append((mirror.label, error))

    @contextmanager
    def serving(self, store, authority=None):
        before = self.store, self.authority
        self.store, self.authority = store, authority or self.authority
        try:
            yield self
        finally:
            self.store, self.authority = before


class Router:
    """Mirrored models are on the alias, whoever answers there."""

    def db_for_read(self, model, **hints):
        return ALIAS

    db_for_write = db_for_read

    def allow_relation(self, *instances, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db != ALIAS and None


class MirroredRouter(Router):
    """As the cutover's own once DynamoDB has authority: what is not mirrored is in SQL."""

    def db_for_read(self, model, **hints):
        return ALIAS if model in models.MIRRORS or model._meta.proxy else "default"

    db_for_write = db_for_read


@pytest.fixture
def mirrored(monkeypatch):
    """The library's models are mirrored, and nobody else's."""
    monkeypatch.setattr(registration, "_registry", registration._Registry())
    for model, options in models.MIRRORS.items():
        rest = {name: value for name, value in options.items() if name != "entity"}
        registration.dual_write(options["entity"], **rest)(model)
    return {each.model: each for each in registration.mirrors()}


@pytest.fixture
def chosen(monkeypatch):
    found = Chosen()
    monkeypatch.setattr(places, "authority", lambda mirror, connection: found.authority)
    monkeypatch.setattr(sending, "still_there", lambda group, using: None)
    monkeypatch.setattr(serving, "choose", found.choose)
    monkeypatch.setattr(serving, "unserved", found.count_unserved)
    monkeypatch.setattr(serving, "compare", found.compare)
    monkeypatch.setattr(serving, "failed", found.fail)
    return found


def copy(mirrors):
    """Every row of SQL's into DynamoDB, as the mirror would, as of its fifth change."""
    puts = []
    for mirror in mirrors.values():
        for row in mirror.rows("default"):
            marks = {fence.VERSION: {"N": "5"}, fence.OWNER: {"S": f"{mirror.label}:{row.pk}"}}
            puts += [{"PutRequest": {"Item": {**raw, **marks}}} for _, raw in fence.images(mirror.item(row))]
    for start in range(0, len(puts), 25):
        asked = {library.endpoint_name: puts[start : start + 25]}
        assert not transport.client(library.name).batch_write_item(RequestItems=asked)["UnprocessedItems"]


def stored():
    """Every item of the table but tombstones, by its key, without its bookkeeping."""
    found = {}
    answer = transport.client(library.name).scan(TableName=library.endpoint_name, ConsistentRead=True)
    for item in answer["Items"]:
        if not fence.is_tombstone(library, item):
            plain = {name: each for name, each in item.items() if name not in fence.BOOKKEEPING}
            found[item["PK"]["S"], item["SK"]["S"]] = as_stored(plain)
    return found


def wanted(mirrors):
    """The items that SQL's rows would be."""
    found = {}
    for mirror in mirrors.values():
        for row in mirror.rows("default"):
            for key, raw in fence.images(mirror.item(row)):
                found[key["PK"]["S"], key["SK"]["S"]] = as_stored(raw)
    return found


@pytest.fixture
def alias(db, mirrored, chosen, make_tables, settings):
    """The alias, empty, where DynamoDB answers what it can."""
    make_tables(library)
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "MIRROR": {"AFTER_COMMIT": False}}
    return connections[ALIAS]


@pytest.fixture
def requests():
    with capture() as usage:
        yield usage
