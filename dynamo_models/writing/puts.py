"""Whole items: create, which never overwrites; put, which replaces; delete."""

# ruff: noqa: SLF001 - what an instance knows of its stored item is this library's own, and nobody else's

from __future__ import annotations

from typing import Any

from pynamodb.expressions.condition import Condition

from dynamo_models.errors import AlreadyExists, ConditionFailed, DynamoModelsError, KeyRefused, RawItem
from dynamo_models.schema.definition import EntityDefinition, EntitySchema
from dynamo_models.writing import guards, uniques, values
from dynamo_models.writing.call import Action, Call, all_of


def create(instance: EntityDefinition, *, if_: Condition | None = None) -> Call:
    """Write an item that is not there. AlreadyExists, with the item, where it is. An expired one counts as gone."""
    schema = instance.schema
    stamp(instance, new=True)
    item = encoded_at(instance, 1)
    key = {name: item[name] for name in schema.key_names()}

    def failure(failed: ConditionFailed) -> DynamoModelsError:
        what = f"{schema.name} {values.describe_key(instance)}"
        if if_ is not None and (failed.raw is None or guards.expired(schema, failed.raw)):
            return ConditionFailed(f"{what}: the condition did not hold; nothing was written.", raw=failed.raw)
        return AlreadyExists(
            f"{what} exists already; nothing was written.",
            item=guards.decoded(schema, failed.raw),
            raw=failed.raw,
        )

    main = Action(
        kind="Put",
        table=schema.table,
        key=key,
        item=item,
        condition=all_of(guards.absent(schema), if_),
        failure=failure,
    )
    claimed = uniques.of_values(schema, instance.attribute_values, key)
    return Call(
        what=f"create {schema.name}",
        schema=schema,
        actions=[main, *uniques.exchange(schema, {}, claimed)],
        done=lambda _: _stored_as(instance, item, 1),
    )


def put(instance: EntityDefinition, *, before: RawItem | None, if_: Condition | None = None) -> Call:
    """Write an item in place of what is there, if anything is; what the class does not know of it is kept.

    ``before`` is the item as it is stored, where its unique items have to be known; the write is held to that.
    """
    schema = instance.schema
    stamp(instance, new=instance._stored is None)
    expected = guards.version_of(instance) | _unique_facets(schema, before)
    number = (instance.attribute_values.get(schema.version) or 0) + 1 if schema.version is not None else 0
    item = values.with_unknown(instance, encoded_at(instance, number))
    key = {name: item[name] for name in schema.key_names()}
    if instance._stored is not None and key != values.key_of(instance):
        raise moved(schema, instance)
    claimed = uniques.of_values(schema, instance.attribute_values, key)
    main = Action(
        kind="Put",
        table=schema.table,
        key=key,
        item=item,
        condition=all_of(guards.held(expected), if_),
        failure=guards.failure(instance, expected, must_exist=False),
    )
    return Call(
        what=f"put {schema.name}",
        schema=schema,
        actions=[main, *uniques.exchange(schema, uniques.of_stored(schema, before), claimed)],
        done=lambda _: _stored_as(instance, item, number),
    )


def delete(
    instance: EntityDefinition,
    *,
    before: RawItem | None,
    if_: Condition | None = None,
    add_version_condition: bool = True,
) -> Call:
    """Remove an item, and its unique items. Removing what is not there is done already."""
    schema = instance.schema
    expected = _unique_facets(schema, before)
    if add_version_condition and instance._stored is not None:
        expected |= guards.version_of(instance)
    main = Action(
        kind="Delete",
        table=schema.table,
        key=values.key_of(instance),
        condition=all_of(guards.held(expected), if_),
        failure=guards.failure(instance, expected, must_exist=False),
    )

    def done(_: RawItem | None) -> None:
        instance._stored = None
        if schema.version is not None:
            instance.attribute_values[schema.version] = None

    return Call(
        what=f"delete {schema.name}",
        schema=schema,
        actions=[main, *uniques.exchange(schema, uniques.of_stored(schema, before), {})],
        done=done,
    )


def _unique_facets(schema: EntitySchema, before: RawItem | None) -> guards.Expected:
    # Where no item is known to be there, one without these facets has no unique items either.
    return guards.as_read(before, sorted(schema.stored(name) for name in uniques.depends(schema)))


def encoded_at(instance: EntityDefinition, version: int) -> dict[str, dict[str, Any]]:
    """The item with the version that it will have; the instance has it only once the item is written."""
    name = instance.schema.version
    if name is None:
        return values.encoded(instance)
    before = instance.attribute_values.get(name)
    instance.attribute_values[name] = version
    try:
        return values.encoded(instance)
    finally:
        instance.attribute_values[name] = before


def stamp(instance: EntityDefinition, *, new: bool) -> None:
    """Set what sets itself: the times that say when the item was written."""
    for name, attr in instance.schema.attributes.items():
        if getattr(attr, "auto_now", False):
            moment = attr.now(new=new)  # type: ignore[attr-defined]
            if moment is not None:
                instance.attribute_values[name] = moment


def _stored_as(instance: EntityDefinition, item: RawItem, version: int) -> None:
    if instance.schema.version is not None:
        instance.attribute_values[instance.schema.version] = version
    instance._stored = item


def moved(schema: EntitySchema, instance: EntityDefinition) -> KeyRefused:
    """The refusal of a write whose instance was given another primary key than it was loaded from."""
    changed = [
        name for name, value in values.facet_values(instance).items() if instance.attribute_values.get(name) != value
    ]
    return KeyRefused(
        f"{schema.name}: {', '.join(sorted(changed)) or 'a facet'} is part of the primary key and was changed; "
        "the item would become another. move() changes it, in one transaction.",
        entity=schema.name,
        key=schema.primary.name,
        facet=", ".join(sorted(changed)),
    )
