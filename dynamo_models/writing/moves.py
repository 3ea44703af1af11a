"""Another primary key for an item: the new one put and the old one removed, in one transaction."""

# ruff: noqa: SLF001 - what an instance knows of its stored item is this library's own, and nobody else's

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynamo_models.codec import codec_of
from dynamo_models.errors import AlreadyExists, KeyRefused, RawItem, ValueRefused
from dynamo_models.schema.definition import TYPE_NAME, EntityDefinition
from dynamo_models.writing import guards, puts, uniques, values
from dynamo_models.writing.call import Action, Call


def move(instance: EntityDefinition, changes: Mapping[str, Any]) -> Call:
    """StaleWrite where the item is no longer as it was loaded, AlreadyExists where the new key is taken."""
    schema = instance.schema
    values.refuse_names(schema, changes)
    values.refuse_version(schema, changes)
    old = instance._stored
    if old is None:
        raise ValueRefused(f"{schema.name}: only a loaded item can be moved; get it first.")
    if instance._deferred:
        raise ValueRefused(f"{schema.name}: an item loaded in part cannot be moved; get it whole.")
    fresh = codec_of(type(instance)).decode(old)
    fresh.attribute_values |= {name: value for name, value in instance.attribute_values.items() if name != TYPE_NAME}
    for name, value in changes.items():
        setattr(fresh, name, value)
    puts.stamp(fresh, new=False)
    if schema.version is not None:
        fresh.attribute_values[schema.version] = (instance.attribute_values.get(schema.version) or 0) + 1
    item = values.with_unknown(fresh, values.encoded(fresh))
    old_key = values.key_of(instance)
    new_key = {name: item[name] for name in schema.key_names()}
    if new_key == old_key:
        raise KeyRefused(
            f"{schema.name}: move() was given nothing that changes the primary key "
            f"({', '.join(sorted(schema.primary.facets))}); patch() changes the rest.",
            entity=schema.name,
            key=schema.primary.name,
        )
    put_new = Action(
        kind="Put",
        table=schema.table,
        key=new_key,
        item=item,
        condition=guards.absent(schema),
        failure=lambda failed: AlreadyExists(
            f"{schema.name} {values.describe_key(fresh)} exists already; the item was not moved.",
            item=guards.decoded(schema, failed.raw),
            raw=failed.raw,
        ),
    )
    expected = _unchanged(instance, old)
    remove_old = Action(
        kind="Delete",
        table=schema.table,
        key=old_key,
        condition=guards.held(expected),
        failure=guards.failure(instance, expected, must_exist=False),
    )
    after = uniques.of_values(schema, fresh.attribute_values, new_key)
    return Call(
        what=f"move {schema.name}",
        schema=schema,
        actions=[put_new, remove_old, *uniques.exchange(schema, uniques.of_stored(schema, old), after)],
        done=lambda _: values.take(instance, item),
    )


def _unchanged(instance: EntityDefinition, stored: RawItem) -> guards.Expected:
    """That an item is as it was loaded: by its version, or attribute by attribute where it has none."""
    schema = instance.schema
    if schema.version is not None:
        return guards.version_of(instance)
    # What it lacked it must lack still: the new item, made of what was loaded, would lose it.
    names = {*stored, *values.known_names(schema)}
    if len(names) > guards.MOST_GUARDS:
        raise ValueRefused(
            f"{schema.name}: an item of {len(names)} attributes is moved safely only with a version: "
            "declare version: Attr[int | None] = Version()."
        )
    return guards.as_read(stored, sorted(names))
