"""Instances from what a read returned: whole, or with what was not loaded left to raise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynamo_models.codec import codec_of
from dynamo_models.errors import RawItem
from dynamo_models.schema.deferred import DeferredValues, defer
from dynamo_models.schema.definition import TYPE_NAME, EntitySchema
from dynamo_models.schema.key import BoundKey
from dynamo_models.schema.pynamo import new_instance


def whole(schema: EntitySchema, item: RawItem) -> Any:
    """The instance of a whole item."""
    return codec_of(schema.entity).decode(item)


def partial(schema: EntitySchema, item: RawItem, loaded: frozenset[str], key: BoundKey | None) -> Any:
    """The instance of an item of which only ``loaded`` was read. What its keys tell is known as well."""
    found: dict[str, Any] = {TYPE_NAME: schema.entity}
    told: dict[str, Any] = {}
    for each in (schema.primary, key):
        told |= (each.read_back(item) if each is not None else None) or {}
    found |= told
    instance = new_instance(schema.entity)
    for name in loaded:
        attr = schema.attributes[name]
        held = item.get(attr.attr_name)
        if held is not None and "NULL" not in held:
            found[name] = attr.deserialize(attr.get_value(dict(held)))
        elif name not in found:
            default = attr.default
            if default is not None and not callable(default):
                found[name] = default
    deferred = frozenset(schema.attributes) - loaded - frozenset(found)
    instance._deferred = deferred  # noqa: SLF001 - what an instance knows of itself is set where it is made
    instance.attribute_values = DeferredValues(found.items(), schema.name, deferred) if deferred else found
    # What a key tells is as stored as the rest: a later write may be held to it. A default is not.
    known = {schema.stored(name): _wire(schema, name, value) for name, value in told.items()}
    instance._stored = {**known, **item}  # noqa: SLF001 - the same
    return instance


def of_key(schema: EntitySchema, key: RawItem, values: Mapping[str, Any]) -> Any:
    """The instance of an item of which nothing but its primary key and these values is known."""
    known = {schema.stored(name): _wire(schema, name, value) for name, value in values.items()}
    return partial(schema, {**key, **known}, frozenset(values), None)


def deferring(instance: Any, only: tuple[str, ...] | None) -> Any:
    """The instance with what ``only`` does not name, the primary key left aside, made to raise when it is read."""
    if only is not None:
        schema: EntitySchema = instance.schema
        left_out = frozenset(schema.attributes) - frozenset(only) - schema.primary.facets
        # In place: it was made for this read alone.
        defer(instance, left_out - instance._deferred)  # noqa: SLF001 - the same
    return instance


def _wire(schema: EntitySchema, name: str, value: Any) -> dict[str, Any]:
    attr = schema.attributes[name]
    return {attr.attr_type: attr.serialize(value)}


def reference(schema: EntitySchema, facets: dict[str, Any]) -> Any:
    """An instance that knows its primary key and nothing else."""
    schema.primary.wire(facets)
    instance = new_instance(schema.entity)
    for name, value in facets.items():
        setattr(instance, name, value)
    deferred = frozenset(schema.attributes) - frozenset(facets)
    instance._deferred = deferred  # noqa: SLF001 - what an instance knows of itself is set where it is made
    found = {TYPE_NAME: schema.entity, **instance.attribute_values}
    instance.attribute_values = DeferredValues(found.items(), schema.name, deferred)
    return instance
