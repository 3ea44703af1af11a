"""Changes to part of an item that exists: patch, which never creates.

Whatever a change touches, the index keys that depend on it are made again, both halves together, from facets that are
given in the call, or known from the loaded item and then held to by a condition. Where one is not known, the call is
refused by name and nothing is sent.
"""

# ruff: noqa: SLF001 - what an instance knows of its stored item is this library's own, and nobody else's

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Value
from pynamodb.expressions.update import Action as UpdateAction
from pynamodb.expressions.update import AddAction

from dynamo_models import wire
from dynamo_models.errors import KeyRefused, RawItem, ValueRefused
from dynamo_models.schema.deferred import defer
from dynamo_models.schema.definition import SCHEMA_VERSION, EntityDefinition, EntitySchema
from dynamo_models.writing import facets, guards, uniques, values
from dynamo_models.writing.call import Action, Call, all_of, path, removed, set_to
from dynamo_models.writing.changes import Changes, applied
from dynamo_models.writing.facets import KnownFacets


def patch(
    instance: EntityDefinition,
    given: Mapping[str, Any],
    actions: Sequence[UpdateAction] = (),
    *,
    if_: Condition | None = None,
    add_version_condition: bool = True,
) -> Call:
    """Change part of an item that exists. DoesNotExist where it does not; StaleWrite where what the new index keys
    were made of is no longer as it was loaded; ConditionFailed where ``if_`` does not hold."""
    schema = instance.schema
    changes = _gather(instance, given, actions)
    before = instance._stored
    fresh = values.current(instance)
    expected: guards.Expected = {}
    upgraded = before is not None and fresh is not None and fresh is not before
    if not changes.touched and not upgraded:
        raise ValueRefused(f"{schema.name}: patch() was given nothing to change.")
    stamp(changes)
    updates = changes.actions()
    if upgraded:
        updates += _carried(instance, fresh or {}, changes, expected)
    elif schema.schema_version > 1 and (before is None or instance._deferred):
        # What an upgrade would make of an older item is known only of a whole one.
        expected[SCHEMA_VERSION] = {"N": str(schema.schema_version)}
    known = KnownFacets(instance, changes, expected, fresh)
    updates += facets.index_keys(known, every=upgraded)
    extra = _unique_actions(known, every=upgraded)
    held_to_version = add_version_condition and before is not None
    if schema.version is not None:
        updates.append(count_up(schema))
        if held_to_version:
            expected |= guards.version_of(instance)
    alive = before is None or not guards.expired(schema, before)
    changes.check_size()
    main = Action(
        kind="Update",
        table=schema.table,
        key=values.key_of(instance),
        updates=updates,
        # One that was loaded although it had expired is known to have: it can still be changed.
        condition=all_of(
            guards.present(schema) if alive else path(schema.table.pk.name).exists(), guards.held(expected), if_
        ),
        failure=guards.failure(instance, expected, must_exist=True),
        known=applied(before or {}, updates),
    )
    unsaved = [name for name in values.assigned(instance) if name not in changes.touched] if before is not None else []

    def done(returned: RawItem | None) -> None:
        if returned is not None:
            values.take(instance, returned, keep=unsaved)
        else:
            _assume(instance, changes, main, held_to_version=held_to_version)

    return Call(what=f"patch {schema.name}", schema=schema, actions=[main, *extra], done=done)


def count_up(schema: EntitySchema) -> UpdateAction:
    """The action that makes the version one more, or 1 where there was none."""
    assert schema.version is not None  # noqa: S101 - the callers looked
    return AddAction(path(schema.stored(schema.version)), Value({"N": "1"}))


def _gather(instance: EntityDefinition, given: Mapping[str, Any], actions: Sequence[UpdateAction]) -> Changes:
    schema = instance.schema
    values.refuse_names(schema, given)
    values.refuse_version(schema, given)
    changes = Changes(schema)
    current = values.facet_values(instance)
    for name, value in given.items():
        if name not in schema.primary.facets:
            changes.set(name, value)
        elif value is None or not wire.same_value(
            values.encode_value(schema, name, value), values.encode_value(schema, name, current.get(name))
        ):
            raise _primary_refused(schema, name)
    for action in actions:
        changes.act(action)
    primary = changes.touched & schema.primary.facets
    if primary:
        raise _primary_refused(schema, min(primary))
    return changes


def stamp(changes: Changes) -> None:
    """Set what sets itself: the times that say when the item was written."""
    for name, attr in changes.schema.attributes.items():
        if getattr(attr, "auto_now", False) and name not in changes.touched:
            changes.set(name, attr.now(new=False))  # type: ignore[attr-defined]


def _primary_refused(schema: EntitySchema, name: str) -> KeyRefused:
    return KeyRefused(
        f"{schema.name}: {name} is a facet of the primary key {schema.primary.name!r}; changing it makes another item. "
        f"move({name}=...) does that in one transaction.",
        entity=schema.name,
        key=schema.primary.name,
        facet=name,
    )


def _carried(
    instance: EntityDefinition, fresh: RawItem, changes: Changes, expected: guards.Expected
) -> list[UpdateAction]:
    """What an upgrade made of an older item, written along with the first change of it and not made twice.

    It was made of the whole item, and the write is held to that: to the version, or to each attribute.
    """
    schema = instance.schema
    stored = instance._stored or {}
    different = {name for name in {*fresh, *stored} if not wire.same_value(fresh.get(name), stored.get(name))}
    for name in changes.opaque:
        if schema.stored(name) in different:
            raise ValueRefused(
                f"{schema.name}: the item is stored in an older schema version, whose upgrade changes {name}, and so "
                "does the action. save() the item first: that writes the upgrade."
            )
    whole = len(stored) <= guards.MOST_GUARDS and schema.version is None
    expected |= guards.as_read(stored, {SCHEMA_VERSION, *(stored if whole else different)})
    written = {schema.stored(name) for name in changes.touched} | facets.computed_names(schema)
    return [
        set_to(name, fresh[name]) if name in fresh else removed(name)
        for name in sorted(different - written - set(schema.key_names()))
    ]


def _unique_actions(known: KnownFacets, *, every: bool) -> list[Action]:
    """The writes of the unique items that the changes touch, or of ``every`` one that is not as it should be."""
    instance, changes = known.instance, known.changes
    schema = instance.schema
    depends = uniques.depends(schema)
    touched = depends & changes.touched
    if not touched and not every:
        return []
    if instance._stored is None or depends & instance._deferred:
        names = ", ".join(schema.uniques)
        raise KeyRefused(
            f"{schema.name}: changing {', '.join(sorted(touched))} changes unique {names}, and what it was is not "
            "known. Get the item first; nothing was written.",
            entity=schema.name,
            key=f"{schema.name}.{next(iter(schema.uniques))}",
            facet=", ".join(sorted(touched)),
        )
    after: dict[str, Any] = {}
    for unique in schema.uniques.values():
        after |= known.values(unique, unique.facets, touched)
    if schema.ttl is not None:
        after |= known.values(next(iter(schema.uniques.values())), [schema.ttl], touched)
    for name in depends - schema.primary.facets:
        known.expect(name)
    return uniques.exchange(
        schema,
        uniques.of_stored(schema, instance._stored),
        uniques.of_values(schema, after, values.key_of(instance)),
    )


def _assume(instance: EntityDefinition, changes: Changes, main: Action, *, held_to_version: bool) -> None:
    """Make the instance what the item is now, as far as that is known: in a transaction DynamoDB returns nothing.

    What only DynamoDB knows raises when it is read, until the item is loaded again.
    """
    schema = instance.schema
    unknown = set(changes.opaque)
    for name, value in changes.known.items():
        instance.attribute_values[name] = value
    stored = applied(instance._stored, main.updates) if instance._stored is not None else None
    if schema.version is not None:
        if held_to_version and stored is not None:
            number = (instance.attribute_values.get(schema.version) or 0) + 1
            instance.attribute_values[schema.version] = number
            stored[schema.stored(schema.version)] = {"N": str(number)}
        else:
            unknown.add(schema.version)
    instance._stored = stored
    if unknown:
        defer(instance, unknown)
