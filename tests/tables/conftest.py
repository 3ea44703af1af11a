"""What the tests of tables share: a registry of their own, names that no other test has, a table's deletion."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

from dynamo_models import transport
from dynamo_models.schema import table as schema
from dynamo_models.tables.carry_out import CarryOut
from dynamo_models.tables.endpoint import Endpoint
from dynamo_models.tables.waiting import Patience


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    """Tables register themselves by name; those of these tests are forgotten after each."""
    monkeypatch.setattr(schema, "_tables", {})


@pytest.fixture
def name():
    """A table's name that nobody else has."""
    return f"t-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def live_tables(dynamo_endpoint):
    """Takes tables that are to be deleted after the test."""
    made = []
    yield made.append
    for table in made:
        client = transport.client(table.name)
        try:
            client.update_table(TableName=table.endpoint_name, DeletionProtectionEnabled=False)
            client.delete_table(TableName=table.endpoint_name)
        except ClientError:
            continue


class Clock:
    """Time that only passes while somebody sleeps."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def patience(self, **given):
        return Patience(sleep=self.sleep, clock=lambda: self.now, **given)


@pytest.fixture
def clock():
    return Clock()


def carry_out(table, fake, scaling=None, *, patience=None, aws=True, told=None, **flags):
    """Plan and apply ``table`` at a fake."""
    patience = patience or Clock().patience()
    work = CarryOut(table, Endpoint(fake, scaling, aws), patience=patience, told=told, **flags)
    return work.run(work.look())


def look(table, fake, scaling=None, *, aws=True, **flags):
    return CarryOut(table, Endpoint(fake, scaling, aws), **flags).look()
