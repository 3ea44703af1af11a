"""Canaries: items that are written to a table so that its stream tells of them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from dynamo_models.schema.table import Table
from dynamo_models.transport import call as send

CANARY = "Canary"
_PREFIX = "CANARY#"
_KEPT = timedelta(days=1)


def removed(table: Table, keys: list[dict[str, Any]]) -> None:
    """Take them away."""
    for key in keys:
        send(table, "DeleteItem", {"TableName": table.endpoint_name, "Key": key})


def token_of(table: Table, record: dict[str, Any]) -> str | None:
    """The token of the canary that a record tells of; None for another record, and for its end."""
    held = record["dynamodb"]
    text = str(held["Keys"][table.pk.name].get("S", ""))
    if not text.startswith(_PREFIX) or record["eventName"] == "REMOVE":
        return None
    return text.removeprefix(_PREFIX).partition("#")[0]


def put(table: Table, token: str) -> dict[str, Any]:
    """Write one; its key."""
    key: dict[str, Any] = {table.pk.name: {"S": f"{_PREFIX}{token}#{secrets.token_hex(8)}"}}
    if table.sk is not None:
        key[table.sk.name] = {"S": CANARY}
    item = {**key, table.type_attribute: {"S": CANARY}}
    if table.options.ttl is not None:  # should it be left behind
        item[table.options.ttl] = {"N": str(int((datetime.now(UTC) + _KEPT).timestamp()))}
    send(table, "PutItem", {"TableName": table.endpoint_name, "Item": item})
    return key
