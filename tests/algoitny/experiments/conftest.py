"""The five tables, empty, and a cache that remembers nothing of another test."""

import pytest
from django.core.cache import cache

from algoitny.experiments import caching, names, tables
from algoitny.experiments.access import DynamoDBAccess
from dynamo_models import transport
from dynamo_models.testing import fresh_tables


@pytest.fixture(scope="module")
def _made(dynamo_endpoint):
    with fresh_tables(tables.ALL):
        yield


@pytest.fixture
def five(_made):
    """The five tables of experiments, empty: made once for a module, which is what takes time."""
    client = transport.client()
    for table in tables.ALL:
        name, keys = table.endpoint_name, [key.name for key in (table.pk, table.sk) if key]
        for page in client.get_paginator("scan").paginate(TableName=name):
            for item in page["Items"]:
                client.delete_item(TableName=name, Key={key: item[key] for key in keys})


@pytest.fixture(autouse=True)
def _remembering_nothing():
    cache.clear()
    caching.forget()
    names.forget()
    yield
    caching.forget()
    cache.clear()


@pytest.fixture
def access(five):
    return DynamoDBAccess()


@pytest.fixture
def active(access):
    """An experiment that assigns: two variations of equal weight."""
    made = access.create_experiment("Button", "", [{"name": "blue"}, {"name": "green"}], "ann")
    return access.update_experiment_status(made.id, "active")
