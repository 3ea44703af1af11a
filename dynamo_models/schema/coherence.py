"""Whether an entity's names, and its keys beside each other, fit together; what does not becomes a finding."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from pynamodb.attributes import Attribute

from dynamo_models.schema.bind import BAD_NAME, UNDECLARED, WRONG_HALVES, Binder
from dynamo_models.schema.key import BoundKey, PlainHalf
from dynamo_models.schema.namespace import SCHEMA_VERSION

# PynamoDB's own verbs, which an attribute may well be named after: an entity has them under ``objects``.
FREE_NAMES = frozenset({
    "batch_get", "batch_write", "count", "create_table", "delete_table", "describe_table", "dump", "dumps", "exists",
    "get", "load", "loads", "query", "scan", "update_ttl",
})  # fmt: skip


def names_fit(entity: type, binder: Binder) -> None:
    """No attribute has a name that the entity needs for itself, and no two are stored under one name."""
    parents = entity.__mro__[1:]
    taken = {each for parent in parents for each in vars(parent) if not each.startswith("__")} - FREE_NAMES
    taken.add("self")
    seen = {binder.table.type_attribute: "the marker of the entity", SCHEMA_VERSION: "the mark of the schema's version"}
    for name, attr in binder.attributes.items():
        inherited = any(isinstance(vars(parent).get(name), Attribute) for parent in parents)
        if (name in taken and not inherited) or name.startswith("_"):
            binder.find(BAD_NAME, f"{name!r} is a name that entities have for themselves.", "Name it otherwise.")
        if attr.attr_name in seen:
            binder.find(
                BAD_NAME,
                f"{name!r} is stored as {attr.attr_name!r}, and so is {seen[attr.attr_name]}.",
                "Give one of them another name=.",
            )
        seen[attr.attr_name] = repr(name)


def keys_fit(binder: Binder, keys: Mapping[str, BoundKey]) -> None:
    """Each stored attribute is made by one key, or is an attribute of the entity; and the entity says which indexes
    its items are in."""
    _one_maker_each(binder, keys)
    plain = {half.attribute.name for key in keys.values() for half in (key.pk, key.sk) if isinstance(half, PlainHalf)}
    key_names = {attribute.name for attribute in binder.table.key_attributes()}
    for name, attr in binder.attributes.items():
        if attr.attr_name in key_names - plain:
            binder.find(
                BAD_NAME,
                f"{name!r} is stored as {attr.attr_name!r}, which is a key attribute of table {binder.table.name}, and "
                "no key of the entity is that attribute alone.",
                "Give it another name=, or let the key be {" + name + "}.",
            )
    _all_declared(binder, keys)


def _one_maker_each(binder: Binder, keys: Mapping[str, BoundKey]) -> None:
    for (name, key), (other, theirs) in itertools.combinations(keys.items(), 2):
        # What the primary key makes too is the same in both: binding an index key saw to that.
        primary = {attribute.name for each in (key, theirs) if each.primary for attribute in each.primary.attributes}
        shared = {attribute.name for attribute in key.attributes} & {attribute.name for attribute in theirs.attributes}
        made = sorted((shared & {*key.computed, *theirs.computed}) - primary)
        if made:
            binder.find(
                WRONG_HALVES,
                f"keys {name!r} and {other!r} both make {' and '.join(made)}, and an item has it once.",
                "Give each an index of its own, whose key attributes no other key makes.",
            )


def _all_declared(binder: Binder, keys: Mapping[str, BoundKey]) -> None:
    written = {attr.attr_name for attr in binder.attributes.values()}
    written |= {name for key in keys.values() for name in key.computed}
    declared = {key.index for key in keys.values()}
    for index in binder.table.indexes:
        names = [attribute.name for attribute in binder.table.key_pair(index) if attribute is not None]
        if index not in declared and written.issuperset(names):
            binder.find(
                UNDECLARED,
                f"its items have {' and '.join(names)}, and so are in {index}, where no key of the entity is.",
                f"Declare the key that they make there: Key(..., index={index!r}).",
                fatal=False,
            )
