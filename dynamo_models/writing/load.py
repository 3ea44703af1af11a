"""One item by its key, strongly consistent: what a write has to know before it is made."""

# ruff: noqa: SLF001 - what an instance knows of its stored item is this library's own, and nobody else's

from __future__ import annotations

from dynamo_models.errors import RawItem
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.schema.table import Table
from dynamo_models.transport import call
from dynamo_models.writing import values
from dynamo_models.writing.call import WireKey


def get_item(table: Table, key: WireKey, *, consistent: bool = True) -> RawItem | None:
    """The stored item at a key, None where there is none. One request."""
    answer = call(table, "GetItem", {"TableName": table.endpoint_name, "Key": key, "ConsistentRead": consistent})
    item: RawItem | None = answer.get("Item")
    return item


def for_uniques(instance: EntityDefinition, *, again: bool = False) -> RawItem | None:
    """The stored item whose unique items a write has to change too: as loaded, else read now (one request).

    ``again`` reads it whatever was loaded, since that has turned out to be old.
    """
    if not instance.schema.uniques:
        return instance._stored
    if instance._stored is not None and not instance._deferred and not again:
        return instance._stored
    return get_item(instance.schema.table, values.key_of(instance))
