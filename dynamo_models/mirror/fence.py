"""Writes to the mirror that an older state can never win: each item carries the number of the change it comes from.

``_v`` is that number. A put is carried out only over an older number, or none. Where an item was removed or has another
key now, a tombstone keeps the number, so that a late put of what was there is still refused; it is no item of any
entity, and in no index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynamo_models import wire
from dynamo_models.errors import ConditionFailed, RawItem
from dynamo_models.schema.definition import EntityDefinition, EntitySchema
from dynamo_models.schema.table import Table
from dynamo_models.transport import call as send
from dynamo_models.writing import uniques

VERSION = "_v"
TOMBSTONE = "_Tombstone"

WireKey = dict[str, dict[str, Any]]


def images(item: EntityDefinition) -> Iterator[tuple[WireKey, RawItem]]:
    """What a row is on the DynamoDB side, by key: its item, and the unique items that lead to it."""
    schema = item.schema
    raw = item.serialize()
    wire.check_size({**raw, VERSION: {"N": "9" * 19}}, f"{schema.name} {item!r}")
    key = {name: dict(raw[name]) for name in schema.key_names()}
    yield key, raw
    for unique in uniques.of_values(schema, item.attribute_values, key).values():
        yield {name: dict(unique[name]) for name in schema.key_names()}, unique


def keys_of_values(schema: EntitySchema, values: Mapping[str, Any]) -> Iterator[WireKey]:
    """The keys of those images, of facets alone; a key whose facets are not all there is left out."""
    if all(values.get(name) is not None for name in schema.primary.facets):
        yield dict(schema.primary.wire(values))
    for unique in schema.uniques.values():
        if unique.holds(values):
            yield unique.key(values)


def put(table: Table, item: RawItem, seq: int) -> bool:
    """Write an item as of a change; False where a later change, or this one, is there already."""
    return _write(table, {**item, VERSION: {"N": str(seq)}}, seq)


def bury(table: Table, key: WireKey, seq: int) -> bool:
    """Put a tombstone where an item was, as of the change in which it left."""
    tombstone = {**key, VERSION: {"N": str(seq)}, table.type_attribute: {"S": TOMBSTONE}}
    return _write(table, tombstone, seq)


def version_of(raw: RawItem | None) -> int | None:
    """The number that an item carries; None for none."""
    held = (raw or {}).get(VERSION, {}).get("N")
    return None if held is None else int(held)


def is_tombstone(table: Table, raw: RawItem) -> bool:
    return raw.get(table.type_attribute, {}).get("S") == TOMBSTONE


def _write(table: Table, item: RawItem, seq: int) -> bool:
    request = {
        "TableName": table.endpoint_name,
        "Item": item,
        "ConditionExpression": "attribute_not_exists(#v) OR #v < :seq",
        "ExpressionAttributeNames": {"#v": VERSION},
        "ExpressionAttributeValues": {":seq": {"N": str(seq)}},
    }
    try:
        send(table, "PutItem", request)
    except ConditionFailed:
        return False
    return True
