"""The small items that make an identity unique and lead from it to the item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynamo_models import wire
from dynamo_models.errors import AlreadyExists, ConditionFailed, RawItem, StaleWrite
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.writing import guards
from dynamo_models.writing import values as stored_values
from dynamo_models.writing.call import Action, WireKey, as_stored

UNIQUE_TYPE = "Unique"
OWNER = "Owner"


def is_unique(schema: EntitySchema, item: RawItem) -> bool:
    """Whether what is at a unique item's key is one; a mirror leaves a tombstone in its place."""
    return item.get(schema.table.type_attribute) == {"S": UNIQUE_TYPE}


def owner_key(item: RawItem) -> WireKey:
    """The primary key that a unique item leads to."""
    return {name: dict(value) for name, value in item[OWNER]["M"].items()}


def depends(schema: EntitySchema) -> frozenset[str]:
    """The attributes that decide what an item's unique items are: their facets, and when they expire with it."""
    if not schema.uniques:
        return frozenset()
    expiry = frozenset((schema.ttl,)) if schema.ttl is not None else frozenset()
    return expiry.union(*(unique.facets for unique in schema.uniques.values()))


def of_values(schema: EntitySchema, values: Mapping[str, Any], owner: WireKey) -> dict[str, RawItem]:
    """The unique items of an item with these values and this key, by the unique's name."""
    marks: dict[str, Any] = {schema.table.type_attribute: {"S": UNIQUE_TYPE}, OWNER: {"M": owner}}
    if schema.ttl is not None and values.get(schema.ttl) is not None:
        # It expires with its item: DynamoDB, which removes the one, would leave the other taken for ever.
        marks[schema.stored(schema.ttl)] = stored_values.encode_value(schema, schema.ttl, values[schema.ttl])
    return {name: {**unique.key(values), **marks} for name, unique in schema.uniques.items() if unique.holds(values)}


def of_stored(schema: EntitySchema, item: RawItem | None) -> dict[str, RawItem]:
    """The unique items of a stored item; none of one that has expired, whose values are free."""
    if item is None or not schema.uniques or guards.expired(schema, item):
        return {}
    # They were made of what is stored, and not of what an upgrade makes of it; but an attribute may have been renamed.
    fresh = schema.upgraded(item)
    known = {
        name: stored_values.decode_value(schema, name, item if schema.stored(name) in item else fresh)
        for name in depends(schema)
    }
    return of_values(schema, known, {name: dict(item[name]) for name in schema.key_names()})


def exchange(schema: EntitySchema, before: Mapping[str, RawItem], after: Mapping[str, RawItem]) -> list[Action]:
    """The actions that make of an item's unique items before those after.

    What is taken comes first: where both fail, that a value is another item's says more.
    """
    actions = []
    for name, new in after.items():
        known = before.get(name)
        if known is None or _key(schema, known) != _key(schema, new):
            actions.append(_claim(schema, name, new))
        elif not wire.same_value({"M": known}, {"M": new}):
            actions.append(_replace(schema, known, new))
    for name, old in before.items():
        if name not in after or _key(schema, after[name]) != _key(schema, old):
            actions.append(_release(schema, old))
    return actions


def _key(schema: EntitySchema, item: RawItem) -> WireKey:
    return {name: dict(item[name]) for name in schema.key_names()}


def _claim(schema: EntitySchema, name: str, item: RawItem) -> Action:
    """Take a unique value, if nobody has it."""

    def taken(failed: ConditionFailed) -> AlreadyExists:
        return AlreadyExists(
            f"{schema.name}: {name} {_shown(schema, item)} is taken by another item; nothing was written.",
            raw=failed.raw,
        )

    return Action(
        kind="Put",
        table=schema.table,
        key=_key(schema, item),
        item=item,
        condition=guards.absent(schema),
        failure=taken,
    )


def _release(schema: EntitySchema, item: RawItem) -> Action:
    """Give a unique value up, if it is this item's."""
    return Action(
        kind="Delete",
        table=schema.table,
        key=_key(schema, item),
        condition=as_stored(OWNER, item[OWNER]),
        failure=lambda failed: _not_ours(schema, item, failed),
    )


def _replace(schema: EntitySchema, old: RawItem, new: RawItem) -> Action:
    """Let a unique item lead to where its item has moved, or expire when it does, if it is this item's."""
    return Action(
        kind="Put",
        table=schema.table,
        key=_key(schema, new),
        item=new,
        condition=as_stored(OWNER, old[OWNER]),
        failure=lambda failed: _not_ours(schema, old, failed),
    )


def _not_ours(schema: EntitySchema, item: RawItem, failed: ConditionFailed) -> StaleWrite:
    return StaleWrite(
        f"{schema.name}: the unique item {_shown(schema, item)} is not this item's: another writer changed it; "
        "nothing was written.",
        raw=failed.raw,
    )


def _shown(schema: EntitySchema, item: RawItem) -> str:
    return repr(item[schema.table.pk.name]["S"])
