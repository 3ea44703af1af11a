"""The item that numbers of new rows are counted in: one for each model, beside the model's own items."""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError

from dynamo_models.errors import ConditionFailed
from dynamo_models.mirror.registration import Mirror
from dynamo_models.transport import call

COUNTER = "IdCounter"
_NUMBER = "Last"


def add(mirror: Mirror, count: int, *, least: int | None = None) -> int | None:
    """Draw ``count`` numbers; the last of them. None where the counter is not there, or is below ``least``."""
    condition = "attribute_exists(#last)" if least is None else "#last >= :least"
    values = {":count": {"N": str(count)}} | ({} if least is None else {":least": {"N": str(least)}})
    try:
        return _update(mirror, "ADD #last :count SET #type = :type", condition, values)
    except ConditionFailed:
        return None


def begin(mirror: Mirror, last: int, *, above: int) -> int | None:
    """Have the counter say that ``last`` is drawn, where it is not there or below ``above``. None where it is not."""
    condition = "attribute_not_exists(#last) OR #last < :above"
    values = {":last": {"N": str(last)}, ":above": {"N": str(above)}}
    try:
        return _update(mirror, "SET #last = :last, #type = :type", condition, values)
    except ConditionFailed:
        return None


def last(mirror: Mirror) -> int:
    """The highest number that was drawn; 0 where there is no counter."""
    table = mirror.entity.schema.table
    request = {"TableName": table.endpoint_name, "Key": _key(mirror), "ConsistentRead": True}
    held = call(table, "GetItem", request).get("Item", {})
    return int(held.get(_NUMBER, {}).get("N", 0))


def _update(mirror: Mirror, update: str, condition: str, values: dict[str, Any]) -> int:
    table = mirror.entity.schema.table
    request = {
        "TableName": table.endpoint_name,
        "Key": _key(mirror),
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#last": _NUMBER, "#type": table.type_attribute},
        "ExpressionAttributeValues": values | {":type": {"S": COUNTER}},
        "ReturnValues": "ALL_NEW",
    }
    return int(call(table, "UpdateItem", request)["Attributes"][_NUMBER]["N"])


def _key(mirror: Mirror) -> dict[str, Any]:
    table = mirror.entity.schema.table
    if table.pk.type != "S" or (table.sk is not None and table.sk.type != "S"):
        raise NotSupportedError(f"{mirror.label}: the keys of table {table.name} are not text; give its rows numbers.")
    key = {table.pk.name: {"S": f"ID#{mirror.label}"}}
    if table.sk is not None:
        key[table.sk.name] = {"S": COUNTER}
    return key
