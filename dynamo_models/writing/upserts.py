"""Changes to an item that may not be there: upsert, which makes it then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Value
from pynamodb.expressions.update import Action as UpdateAction
from pynamodb.expressions.update import AddAction, SetAction

from dynamo_models.errors import ConditionFailed, DynamoModelsError, KeyRefused, StaleWrite, ValueRefused
from dynamo_models.schema.definition import SCHEMA_VERSION, EntityDefinition, EntitySchema
from dynamo_models.writing import facets, guards, patches, values
from dynamo_models.writing.call import Action, Call, all_of, as_stored, path, set_to
from dynamo_models.writing.changes import Changes, place


def upsert(
    entity: type[EntityDefinition],
    given: Mapping[str, Any],
    actions: Sequence[UpdateAction] = (),
    *,
    if_: Condition | None = None,
) -> Call:
    """Change the given attributes of an item, or make it of them where there is none.

    An index key that the call touches needs all it depends on in the call: what an existing item has is not known.
    Defaults of attributes that no computed key depends on are given to an item that lacks them. ``actions`` may add:
    a number that is not there counts from 0. ``if_`` is asked of an item that is there; a new one is made regardless.

    StaleWrite for an item that has expired, or is of an older schema version: what it is to become is known only once
    it is loaded. ConditionFailed where ``if_`` does not hold.
    """
    schema = entity.schema
    values.refuse_names(schema, given)
    values.refuse_version(schema, given)
    if schema.uniques:
        raise ValueRefused(
            f"{schema.name} has unique items, and upsert() would have to know those of the item that may be there: "
            "get it, and create() or patch() it."
        )
    key = values.key_from(schema, {name: given[name] for name in schema.primary.facets if name in given})
    changes = Changes(schema)
    for name, value in given.items():
        changes.set(name, value)
    for action in actions:
        changes.act(action)
    _refuse_actions(changes)
    patches.stamp(changes)
    updates = changes.actions() + _defaults(schema, changes) + _keys(schema, changes)
    updates = [update for update in updates if place(update)[0] not in key]
    updates.append(set_to(schema.table.type_attribute, {"S": schema.type_name}))
    condition = None
    if schema.schema_version > 1:
        current = {"N": str(schema.schema_version)}
        updates.append(set_to(SCHEMA_VERSION, current))
        condition = as_stored(SCHEMA_VERSION, current)
    if schema.ttl is not None:
        condition = all_of(condition, guards.present(schema))
    condition = all_of(condition, if_)
    if condition is not None:
        condition = path(schema.table.pk.name).does_not_exist() | condition
    if schema.version is not None:
        updates.append(patches.count_up(schema))
    changes.check_size()

    def failure(failed: ConditionFailed) -> DynamoModelsError:
        raw = failed.raw
        if if_ is not None and raw is not None and not guards.expired(schema, raw) and _is_current(schema, raw):
            return ConditionFailed(
                f"{schema.name}: the condition did not hold for the item that is there; nothing was written.",
                item=guards.decoded(schema, raw),
                raw=raw,
            )
        return StaleWrite(
            f"{schema.name}: the item has expired, or is stored in another schema version than this, "
            f"{schema.schema_version}; nothing was written. Get it, and create() or patch() it.",
            item=guards.decoded(schema, failed.raw),
            raw=failed.raw,
        )

    main = Action(kind="Update", table=schema.table, key=key, updates=updates, condition=condition, failure=failure)
    return Call(what=f"upsert {schema.name}", schema=schema, actions=[main])


def _is_current(schema: EntitySchema, raw: Mapping[str, Any]) -> bool:
    return schema.schema_version == 1 or raw.get(SCHEMA_VERSION) == {"N": str(schema.schema_version)}


def _refuse_actions(changes: Changes) -> None:
    """Only what means the same for a new item: adding to a whole attribute that has no other start than 0."""
    schema = changes.schema
    for name, actions in changes.opaque.items():
        if any(not isinstance(action, AddAction) or place(action)[1] for action in actions):
            raise ValueRefused(
                f"{schema.name}: upsert() may have to make the item, where only add() to the whole of {name} has a "
                "meaning. Get the item, and create() or patch() it."
            )
        default = default_of(schema, name)
        if default is not None and (callable(default) or default != 0):
            raise ValueRefused(
                f"{schema.name}: {name} starts at {default!r}, and DynamoDB adds to 0 where there is nothing. Give it "
                "the default 0, or none."
            )


def _defaults(schema: EntitySchema, changes: Changes) -> list[UpdateAction]:
    decided = frozenset().union(*(key.depends for key in schema.keys.values() if not key.is_plain))
    updates: list[UpdateAction] = []
    for name, attr in schema.attributes.items():
        if name in changes.touched or name == schema.version:
            continue
        default = default_of(schema, name)
        if default is not None:
            # _keys() refuses the call where a key would need it.
            if name not in decided:
                encoded = _encoded_default(schema, name, default)
                where = path(schema.stored(name))
                updates += [SetAction(where, where | Value(encoded))] if encoded is not None else []
        elif not attr.null:
            raise ValueRefused(
                f"{schema.name}: upsert may have to make the item, and {name} is not given and has no default."
            )
    return updates


def default_of(schema: EntitySchema, name: str) -> Any:
    """What a new item has where nothing is given: a value, or what makes it."""
    attr = schema.attributes[name]
    return attr.default_for_new if attr.default_for_new is not None else attr.default


def _encoded_default(schema: EntitySchema, name: str, default: Any) -> dict[str, Any] | None:
    # Set on an instance first, as the constructor does: an attribute's setter may make another value of it.
    probe: Any = schema.entity.__new__(schema.entity)
    probe.attribute_values = {}
    setattr(probe, name, default() if callable(default) else default)
    return values.encode_value(schema, name, probe.attribute_values[name])


def _keys(schema: EntitySchema, changes: Changes) -> list[UpdateAction]:
    updates: list[UpdateAction] = []
    for key in schema.index_keys:
        if key.is_plain:
            facets.refuse_empty(key, changes)
            continue
        counted = sorted(key.depends & changes.opaque.keys())
        if counted:
            raise KeyRefused(
                f"{schema.name}: upsert adds to {', '.join(counted)}, which key {key.name!r} depends on; what it will "
                "be is known to DynamoDB alone. Get the item, and patch() it with the value.",
                entity=schema.name,
                key=f"{schema.name}.{key.name}",
                facet=", ".join(counted),
            )
        missing = sorted(key.depends - changes.known.keys())
        if not missing:
            updates += facets.pair(key, changes.known)
            continue
        given = key.depends & changes.known.keys() - schema.primary.facets
        # Untouched, the key of an item that is there stays true; a new one must not need it either.
        if given or any(default_of(schema, name) is not None for name in missing) or key.holds(changes.known):
            raise KeyRefused(
                f"{schema.name}: upsert touches key {key.name!r}, which also depends on {', '.join(missing)}. "
                "Give all of them in the call; what an existing item has is not known.",
                entity=schema.name,
                key=f"{schema.name}.{key.name}",
                facet=", ".join(missing),
            )
    return updates
