"""Whole items: create, which never overwrites; put, which replaces; delete; move, which changes the primary key."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pynamodb.expressions.condition import Comparison, Condition
from pynamodb.expressions.operand import Value

from dynamo_models.codec import codec_of
from dynamo_models.errors import (
    AlreadyExists,
    ConditionFailed,
    DynamoModelsError,
    KeyRefused,
    RawItem,
    StaleWrite,
    ValueRefused,
)
from dynamo_models.schema.definition import EntityDefinition, EntitySchema
from dynamo_models.writing import uniques, values
from dynamo_models.writing.call import Action, Call, WireKey, all_of, as_stored, path

# A move without a version attribute is guarded by every attribute; more than this and it wants a version.
MOST_GUARDS = 100


def create(instance: EntityDefinition, *, if_: Condition | None = None) -> Call:
    """Write an item that is not there. AlreadyExists, with the item, where it is. An expired one counts as gone."""
    schema = instance.schema
    stamp(instance, new=True)
    item = encoded_at(instance, 1)
    key = {name: item[name] for name in schema.key_names()}

    def failure(failed: ConditionFailed) -> DynamoModelsError:
        if failed.raw is None or if_ is not None:
            return failed
        return AlreadyExists(
            f"{schema.name} {values.describe_key(instance)} exists already; nothing was written.",
            item=decoded(schema, failed.raw),
            raw=failed.raw,
        )

    main = Action(
        kind="Put",
        table=schema.table,
        key=key,
        item=item,
        condition=all_of(absent(schema), if_),
        failure=failure,
    )
    claimed = uniques.unique_keys(schema, instance.attribute_values)
    return Call(
        what=f"create {schema.name}",
        schema=schema,
        actions=[main, *uniques.exchange(schema, {}, claimed, key)],
        done=lambda _: stored_as(instance, item, 1),
    )


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


def absent(schema: EntitySchema) -> Condition:
    """That there is no item, or only one that has expired and that DynamoDB has not removed yet."""
    condition: Condition = path(schema.table.pk.name).does_not_exist()
    if schema.ttl is not None:
        expired = Comparison("<=", path(schema.stored(schema.ttl)), Value({"N": str(int(time.time()))}))
        condition = condition | expired
    return condition


def put(instance: EntityDefinition, *, before: RawItem | None, if_: Condition | None = None) -> Call:
    """Write an item in place of what is there, if anything is; what the class does not know of it is kept.

    ``before`` is the item as it is stored, where its unique items have to be known; a condition holds it to that.
    """
    schema = instance.schema
    stamp(instance, new=instance._stored is None)
    guard = version_guard(instance)
    number = (instance.attribute_values.get(schema.version) or 0) + 1 if schema.version is not None else 0
    item = values.with_unknown(instance, encoded_at(instance, number))
    key = {name: item[name] for name in schema.key_names()}
    if instance._stored is not None and key != values.key_of(instance):
        raise moved(schema, instance)
    owned: dict[str, WireKey] = {}
    guards: list[Condition] = []
    if schema.uniques:
        old = {name: values.decode_value(schema, name, before) for name in unique_facets(schema)} if before else {}
        owned = uniques.unique_keys(schema, old) if before else {}
        guards = [as_stored(schema.stored(name), before.get(schema.stored(name)) if before else None) for name in unique_facets(schema)]
    claimed = uniques.unique_keys(schema, instance.attribute_values)
    main = Action(
        kind="Put",
        table=schema.table,
        key=key,
        item=item,
        condition=all_of(guard, if_, *guards),
        failure=stale_or_failed(instance, if_),
    )

    return Call(
        what=f"put {schema.name}",
        schema=schema,
        actions=[main, *uniques.exchange(schema, owned, claimed, key)],
        done=lambda _: stored_as(instance, item, number),
    )


def delete(instance: EntityDefinition, *, before: RawItem | None, if_: Condition | None = None) -> Call:
    """Remove an item, and its unique items. Removing what is not there is done already."""
    schema = instance.schema
    key = values.key_of(instance)
    guards: list[Condition] = []
    owned: dict[str, WireKey] = {}
    if schema.uniques and before is not None:
        old = {name: values.decode_value(schema, name, before) for name in unique_facets(schema)}
        owned = uniques.unique_keys(schema, old)
        guards = [as_stored(schema.stored(name), before.get(schema.stored(name))) for name in unique_facets(schema)]
    main = Action(
        kind="Delete",
        table=schema.table,
        key=key,
        condition=all_of(version_guard(instance) if instance._stored is not None else None, if_, *guards),
        failure=stale_or_failed(instance, if_),
    )

    def done(_: RawItem | None) -> None:
        instance._stored = None

    return Call(
        what=f"delete {schema.name}",
        schema=schema,
        actions=[main, *uniques.exchange(schema, owned, {}, key)],
        done=done,
    )


def move(instance: EntityDefinition, changes: Mapping[str, Any]) -> Call:
    """Give an item another primary key: put the new one and remove the old one, in one transaction.

    StaleWrite where the item is no longer as it was loaded, AlreadyExists where the new key is taken.
    """
    schema = instance.schema
    values.refuse_names(schema, changes)
    old = instance._stored
    if old is None:
        raise ValueRefused(f"{schema.name}: only a loaded item can be moved; get it first.")
    if instance._deferred:
        raise ValueRefused(f"{schema.name}: an item loaded in part cannot be moved; get it whole.")
    fresh = codec_of(type(instance)).decode(old)
    fresh.attribute_values |= {name: value for name, value in instance.attribute_values.items() if name != "entity_type"}
    for name, value in changes.items():
        setattr(fresh, name, value)
    stamp(fresh, new=False)
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
        condition=absent(schema),
        failure=lambda failed: AlreadyExists(
            f"{schema.name} {values.describe_key(fresh)} exists already; the item was not moved.",
            item=decoded(schema, failed.raw),
            raw=failed.raw,
        ),
    )
    remove_old = Action(
        kind="Delete",
        table=schema.table,
        key=old_key,
        condition=unchanged(instance, old),
        failure=stale_or_failed(instance, None),
    )
    before = uniques.unique_keys(schema, {name: values.decode_value(schema, name, old) for name in unique_facets(schema)})
    after = uniques.unique_keys(schema, fresh.attribute_values)
    kept = [
        uniques.hand_over(schema, schema.uniques[name], key, old_key, new_key)
        for name, key in after.items()
        if before.get(name) == key
    ]
    released = [uniques.release(schema, key, old_key) for name, key in before.items() if after.get(name) != key]
    claimed = [
        uniques.claim(schema, schema.uniques[name], key, new_key)
        for name, key in after.items()
        if before.get(name) != key
    ]
    return Call(
        what=f"move {schema.name}",
        schema=schema,
        actions=[put_new, remove_old, *kept, *released, *claimed],
        done=lambda _: values.take(instance, item),
    )


def unchanged(instance: EntityDefinition, stored: RawItem) -> Condition | None:
    """That an item is as it was loaded: by its version, or attribute by attribute where it has none."""
    schema = instance.schema
    if schema.version is not None:
        return version_guard(instance)
    if len(stored) > MOST_GUARDS:
        raise ValueRefused(
            f"{schema.name}: an item of {len(stored)} attributes is moved safely only with a version: "
            "declare version: Attr[int | None] = Version()."
        )
    return all_of(*(as_stored(name, value) for name, value in stored.items()))


def unique_facets(schema: EntitySchema) -> list[str]:
    return sorted(frozenset().union(*(unique.facets for unique in schema.uniques.values())))


def version_guard(instance: EntityDefinition) -> Condition | None:
    """That nobody has written the item since: its version is what it was, or it has none yet."""
    schema = instance.schema
    if schema.version is None:
        return None
    stored_name = schema.stored(schema.version)
    number = instance.attribute_values.get(schema.version)
    return as_stored(stored_name, None if number is None else {"N": str(number)})


def stale_or_failed(instance: EntityDefinition, if_: Condition | None) -> Any:
    """What a failed condition of a put or delete means: the caller's own, or that another writer was first."""
    schema = instance.schema

    def failure(failed: ConditionFailed) -> DynamoModelsError:
        item = decoded(schema, failed.raw)
        if if_ is not None and not _guard_failed(instance, failed.raw):
            return ConditionFailed(
                f"{schema.name} {values.describe_key(instance)}: the condition did not hold; nothing was written.",
                item=item,
                raw=failed.raw,
            )
        return StaleWrite(
            f"{schema.name} {values.describe_key(instance)}: another writer changed the item since it was read; "
            "nothing was written. Load it again and decide again.",
            item=item,
            raw=failed.raw,
        )

    return failure


def _guard_failed(instance: EntityDefinition, raw: RawItem | None) -> bool:
    schema = instance.schema
    if schema.version is None:
        return False
    held = (raw or {}).get(schema.stored(schema.version))
    return (int(held["N"]) if held else None) != instance.attribute_values.get(schema.version)


def decoded(schema: EntitySchema, raw: RawItem | None) -> Any:
    """An item that a failed condition gave back, as an instance where it is one of the entity's."""
    return codec_of(schema.entity).decode(raw) if raw is not None and schema.owns(raw) else None


def stamp(instance: EntityDefinition, *, new: bool) -> None:
    """Set what sets itself: the times that say when the item was written."""
    for name, attr in instance.schema.attributes.items():
        if getattr(attr, "auto_now", False):
            moment = attr.now(new=new)  # type: ignore[attr-defined]
            if moment is not None:
                instance.attribute_values[name] = moment


def stored_as(instance: EntityDefinition, item: RawItem, version: int) -> None:
    if instance.schema.version is not None:
        instance.attribute_values[instance.schema.version] = version
    instance._stored = item


def moved(schema: EntitySchema, instance: EntityDefinition) -> KeyRefused:
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
