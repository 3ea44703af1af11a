"""The small items that make an identity unique and lead from it to the item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynamo_models.errors import AlreadyExists, ConditionFailed, RawItem, StaleWrite
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.schema.key import BoundUnique
from dynamo_models.writing.call import Action, WireKey, as_stored, path

UNIQUE_TYPE = "Unique"
OWNER = "Owner"


def owner_key(item: RawItem) -> WireKey:
    """The primary key that a unique item leads to."""
    return {name: dict(value) for name, value in item[OWNER]["M"].items()}


def unique_keys(schema: EntitySchema, values: Mapping[str, Any]) -> dict[str, WireKey]:
    """The keys of the unique items that an item with these values has, by the unique's name."""
    return {name: unique.key(values) for name, unique in schema.uniques.items() if unique.holds(values)}


def claim(schema: EntitySchema, unique: BoundUnique, key: WireKey, owner: WireKey) -> Action:
    """Take a unique value, if nobody has it."""

    def taken(failed: ConditionFailed) -> AlreadyExists:
        return AlreadyExists(
            f"{schema.name}: {unique.name} {_shown(key)} is taken by another item.", item=None, raw=failed.raw
        )

    item = {**key, schema.table.type_attribute: {"S": UNIQUE_TYPE}, OWNER: {"M": owner}}
    return Action(
        kind="Put",
        table=schema.table,
        key=key,
        item=item,
        condition=path(schema.table.pk.name).does_not_exist(),
        failure=taken,
    )


def release(schema: EntitySchema, key: WireKey, owner: WireKey) -> Action:
    """Give a unique value up, if it is this item's."""

    def stale(failed: ConditionFailed) -> StaleWrite:
        return StaleWrite(
            f"{schema.name}: the unique item {_shown(key)} is no longer this item's: another writer changed it.",
            raw=failed.raw,
        )

    return Action(
        kind="Delete",
        table=schema.table,
        key=key,
        condition=as_stored(OWNER, {"M": owner}),
        failure=stale,
    )


def hand_over(schema: EntitySchema, unique: BoundUnique, key: WireKey, old: WireKey, new: WireKey) -> Action:
    """Let a unique item lead to where its item has moved, if it still leads to where it was."""
    action = claim(schema, unique, key, new)
    action.condition = as_stored(OWNER, {"M": old})
    action.failure = release(schema, key, old).failure
    return action


def exchange(
    schema: EntitySchema, before: Mapping[str, WireKey], after: Mapping[str, WireKey], owner: WireKey
) -> list[Action]:
    """The actions that change the unique items of an item from those before to those after."""
    actions = [release(schema, key, owner) for name, key in before.items() if after.get(name) != key]
    actions += [
        claim(schema, schema.uniques[name], key, owner) for name, key in after.items() if before.get(name) != key
    ]
    return actions


def _shown(key: WireKey) -> str:
    return repr(next(iter(key.values()))["S"])
