"""What an instance is known to be: its values to write, its values as stored, and the difference."""

# ruff: noqa: SLF001 - what an instance knows of its stored item is this library's own, and nobody else's

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dynamo_models import wire
from dynamo_models.codec import codec_of
from dynamo_models.errors import KeyRefused, RawItem, ValueRefused
from dynamo_models.schema.definition import SCHEMA_VERSION, EntityDefinition, EntitySchema
from dynamo_models.writing.call import WireKey


def encoded(instance: EntityDefinition) -> dict[str, dict[str, Any]]:
    """The whole item of an instance with its keys. ValueRefused or KeyRefused says what is in the way."""
    item = codec_of(type(instance)).encode(instance)
    wire.check_size(item, f"{instance.schema.name} {describe_key(instance)}")
    return item


def encode_value(schema: EntitySchema, name: str, value: Any) -> dict[str, Any] | None:
    """The wire form of one value; None for an absent one."""
    attr = schema.attributes[name]
    if value is not None:
        try:
            value = attr.serialize(value)
        except ValueRefused as refused:
            raise ValueRefused(f"{schema.name}: {refused}") from refused
        except (TypeError, ValueError, AttributeError) as error:
            # What PynamoDB's own attributes raise for a value of another type.
            raise ValueRefused(f"{schema.name}: {name} cannot be {value!r}: {error}.") from error
    if value is None:
        if not attr.null:
            raise ValueRefused(f"{schema.name}: {name} cannot be absent; it is not declared with null=True.")
        return None
    return {attr.attr_type: value}


def decode_value(schema: EntitySchema, name: str, item: RawItem) -> Any:
    """One value of a stored item, its default where the item lacks it."""
    attr = schema.attributes[name]
    held = item.get(attr.attr_name)
    if held is None or "NULL" in held:
        return None if callable(attr.default) else attr.default
    return attr.deserialize(attr.get_value(dict(held)))


def key_of(instance: EntityDefinition) -> WireKey:
    """The primary key of an instance: as stored where it is stored, else made of its facets."""
    schema = instance.schema
    stored = instance._stored
    if stored is not None:
        return {name: dict(stored[name]) for name in schema.key_names()}
    return key_from(schema, instance.attribute_values)


def key_from(schema: EntitySchema, values: Mapping[str, Any]) -> WireKey:
    """The primary key of these facets. KeyRefused names the one that is missing or cannot stand in a key."""
    return schema.primary.wire(values)


def current(instance: EntityDefinition) -> RawItem | None:
    """The stored item, as far as it is known, in this code's schema version; None for one that was never loaded.

    Of an item that was loaded in part nothing else is made: an upgrade is made of a whole one.
    """
    stored = instance._stored
    return stored if stored is None or instance._deferred else instance.schema.upgraded(stored)


def facet_values(instance: EntityDefinition) -> dict[str, Any]:
    """The primary facets of an instance as they are stored; as they are set where it is not stored."""
    schema = instance.schema
    stored = current(instance)
    if stored is None:
        return {name: instance.attribute_values.get(name) for name in schema.primary.facets}
    return {name: decode_value(schema, name, stored) for name in schema.primary.facets}


def describe_key(instance: EntityDefinition) -> str:
    """The facets of an instance's primary key, for messages."""
    values = instance.attribute_values
    return ", ".join(f"{name}={dict.get(values, name)!r}" for name in sorted(instance.schema.primary.facets))


def assigned(instance: EntityDefinition) -> list[str]:
    """The attributes that were assigned, or changed in place, since the instance was loaded or written."""
    schema = instance.schema
    stored: RawItem = current(instance) or {}
    found: list[str] = []
    loaded: Mapping[str, Any] | None = None
    for name, attr in schema.attributes.items():
        if name == schema.version or (name in instance._deferred and name not in instance.attribute_values):
            continue
        value = instance.attribute_values.get(name)
        held = stored.get(attr.attr_name)
        if value is None and (held is None or "NULL" in held):
            continue
        now = _encoded_or_none(schema, name, value)
        if now is not None and wire.same_value(now, held):
            continue
        # A default that the item lacks, or a value that another writer has put into other words, is no change.
        if loaded is None and stored and not instance._deferred:
            loaded = codec_of(type(instance)).decode(stored).attribute_values
        if now is None or loaded is None or not wire.same_value(now, _encoded_or_none(schema, name, loaded.get(name))):
            found.append(name)
    return found


def _encoded_or_none(schema: EntitySchema, name: str, value: Any) -> dict[str, Any] | None:
    """The wire form of a value; None for an absent one, and for one that the attribute cannot hold."""
    try:
        return encode_value(schema, name, value)
    except ValueRefused:
        return None


def known_names(schema: EntitySchema) -> frozenset[str]:
    """The stored names that belong to the entity or to the table's keys: all else in an item is kept as it is."""
    names = {attr.attr_name for attr in schema.attributes.values()}
    names |= {attribute.name for attribute in schema.table.key_attributes()}
    return frozenset((*names, schema.table.type_attribute, SCHEMA_VERSION))


def with_unknown(instance: EntityDefinition, item: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """An item to be put, with the attributes of the stored one that the class does not know."""
    schema = instance.schema
    stored = current(instance)
    if stored is None:
        return item
    known = known_names(schema)
    item |= {name: dict(value) for name, value in stored.items() if name not in known}
    if SCHEMA_VERSION in item and int(stored[SCHEMA_VERSION]["N"]) > schema.schema_version:
        # Written by newer code: what that code has made of it must not be made again.
        item[SCHEMA_VERSION] = dict(stored[SCHEMA_VERSION])
    return item


def take(instance: EntityDefinition, item: RawItem, *, keep: Iterable[str] = ()) -> None:
    """Make the instance what is stored now. ``keep`` names values that were assigned and not written: they stay."""
    fresh = codec_of(type(instance)).decode(item)
    kept = {name: instance.attribute_values.get(name) for name in keep}
    instance.attribute_values = fresh.attribute_values
    for name, value in kept.items():
        instance.attribute_values[name] = value
    instance._stored = item
    instance._deferred = frozenset()


def refuse_version(schema: EntitySchema, names: Iterable[str]) -> None:
    """ValueRefused where the version attribute is among what a call wants to change."""
    if schema.version is not None and schema.version in names:
        raise ValueRefused(f"{schema.name}: {schema.version} is counted up by each write; it is not changed by hand.")


def refuse_names(schema: EntitySchema, names: Iterable[str]) -> None:
    """ValueRefused for names that the entity does not have, KeyRefused for its computed keys."""
    computed = {attribute.name for attribute in schema.table.key_attributes()}
    for name in names:
        if name in schema.attributes:
            continue
        if name in computed or name == "entity_type":
            raise KeyRefused(
                f"{schema.name}: {name} is computed and cannot be written; set the facets that it is made of.",
                entity=schema.name,
                key=name,
            )
        raise ValueRefused(f"{schema.name} has no attribute {name!r}; it has {', '.join(schema.attributes)}.")
