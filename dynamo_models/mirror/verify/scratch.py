"""A table for a moment, to try things in."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from dynamo_models import transport
from dynamo_models.errors import DynamoModelsError, TableMissing
from dynamo_models.schema.table import Table

LOOKS, PAUSE = 600, 0.1  # at whether it is ready, and the seconds between two


@contextmanager
def scratch(table: Table) -> Iterator[str]:
    """An empty table with the keys of another, under a name of its own, for the block."""
    name = f"{table.endpoint_name}-verify-self-test-{uuid.uuid4().hex[:8]}"
    keys = [key for key in table.key_pair() if key is not None]
    transport.call(
        table,
        "CreateTable",
        {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": key.name, "AttributeType": key.type} for key in keys],
            "KeySchema": [
                {"AttributeName": key.name, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    try:
        _wait(table, name)
        yield name
    finally:
        transport.call(table, "DeleteTable", {"TableName": name})


def _wait(table: Table, name: str) -> None:
    for _ in range(LOOKS):
        try:
            described = transport.call(table, "DescribeTable", {"TableName": name})["Table"]
        except TableMissing:  # it has not been heard of everywhere yet
            described = {}
        if described.get("TableStatus") == "ACTIVE":
            return
        time.sleep(PAUSE)
    raise DynamoModelsError(f"The scratch table {name} was not ready within a minute.")
