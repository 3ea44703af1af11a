"""Changes to part of an item: patch, which never creates, and upsert, which says that it may.

Whatever a change touches, the index keys that depend on it are made again, both halves together, from facets that are
given in the call, or known from the loaded item and then held to by a condition. Where one is not known, the call is
refused by name and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Action as UpdateAction
from pynamodb.expressions.update import AddAction, RemoveAction, SetAction

from dynamo_models import wire
from dynamo_models.errors import ConditionFailed, DynamoModelsError, KeyRefused, RawItem, StaleWrite, ValueRefused
from dynamo_models.schema.deferred import defer
from dynamo_models.schema.definition import SCHEMA_VERSION, EntityDefinition, EntitySchema
from dynamo_models.schema.key import BoundKey, BoundUnique
from dynamo_models.writing import puts, uniques, values
from dynamo_models.writing.call import Action, Call, WireKey, all_of, as_stored, path, removed, set_to


@dataclass
class _Changes:
    """What a call changes: values that are known, and actions whose result only DynamoDB knows."""

    schema: EntitySchema
    known: dict[str, Any] = field(default_factory=dict)
    wires: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    opaque: dict[str, list[UpdateAction]] = field(default_factory=dict)

    @property
    def touched(self) -> frozenset[str]:
        return frozenset(self.known) | frozenset(self.opaque)

    def set(self, name: str, value: Any) -> None:
        """Set a value, None to remove it. ValueRefused where the attribute cannot hold it."""
        if name in self.known or name in self.opaque:
            raise ValueRefused(f"{self.schema.name}: {name} is changed twice in one call; DynamoDB takes one change of it.")
        encoded = values.encode_value(self.schema, name, value)
        self.wires[name] = encoded
        # As it will be read back: what keys are made of.
        self.known[name] = None if encoded is None else self.schema.attributes[name].deserialize(next(iter(encoded.values())))

    def act(self, action: UpdateAction) -> None:
        """Take an update action of PynamoDB's: ``Problem.hits.add(1)``."""
        if not isinstance(action, UpdateAction):
            raise ValueRefused(f"{self.schema.name}: {action!r} is not an update action such as Problem.hits.add(1).")
        target: Path = action.values[0]
        head, nested = target.path[0].partition("[")[0], len(target.path) > 1 or "[" in target.path[0]
        name = self.schema.python_names.get(head)
        if name is None:
            values.refuse_names(self.schema, [head])
            raise ValueRefused(f"{self.schema.name} has no attribute that is stored as {head!r}.")
        if name == self.schema.version:
            raise ValueRefused(f"{self.schema.name}: {name} is counted up by each write; it is not changed by hand.")
        if not nested and isinstance(action, RemoveAction):
            self.set(name, None)
        elif not nested and isinstance(action, SetAction) and isinstance(action.values[1], Value):
            ((kind, held),) = action.values[1].value.items()
            self.set(name, None if kind == "NULL" or held is None else self.schema.attributes[name].deserialize(held))
        else:
            if name in self.known:
                raise ValueRefused(f"{self.schema.name}: {name} is changed twice in one call.")
            self.opaque.setdefault(name, []).append(action)

    def actions(self) -> list[UpdateAction]:
        found = [action for actions in self.opaque.values() for action in actions]
        for name, encoded in self.wires.items():
            stored = self.schema.stored(name)
            found.append(removed(stored) if encoded is None else set_to(stored, encoded))
        return found


def patch(
    instance: EntityDefinition,
    changes: Mapping[str, Any],
    actions: Sequence[UpdateAction] = (),
    *,
    if_: Condition | None = None,
    add_version_condition: bool = True,
) -> Call:
    """Change part of an item that exists. DoesNotExist where it does not; StaleWrite where what the new index keys
    were made of is no longer as it was loaded; ConditionFailed where ``if_`` does not hold."""
    schema = instance.schema
    gathered = _gather(instance, changes, actions)
    before = instance._stored
    guards: dict[str, dict[str, Any] | None] = {}
    updates = gathered.actions()
    if before is not None and schema.schema_version > 1:
        _carry_upgrade(instance, gathered, updates, guards)
    known = _Known(instance, gathered, guards)
    updates += _index_keys(schema, gathered, known)
    extra = _unique_actions(instance, gathered, known)
    condition: Condition | None = path(schema.table.pk.name).exists()
    if schema.version is not None:
        updates.append(AddAction(path(schema.stored(schema.version)), Value({"N": "1"})))
        if add_version_condition and before is not None:
            condition = all_of(condition, puts.version_guard(instance))
    if before is None and schema.schema_version > 1:
        # What an older item would become is known only once it is loaded.
        guards[SCHEMA_VERSION] = {"N": str(schema.schema_version)}
    held = [as_stored(name, value) for name, value in guards.items()]
    main = Action(
        kind="Update",
        table=schema.table,
        key=values.key_of(instance),
        updates=updates,
        condition=all_of(condition, *held, if_),
        failure=_failure(instance, guards, add_version_condition=add_version_condition),
    )
    dirty = [name for name in values.changes(instance) if name not in gathered.touched] if before is not None else []

    def done(returned: RawItem | None) -> None:
        _after(instance, gathered, returned, dirty)

    return Call(what=f"patch {schema.name}", schema=schema, actions=[main, *extra], done=done)


def upsert(entity: type[EntityDefinition], given: Mapping[str, Any]) -> Call:
    """Change the given attributes of an item, or make it of them where there is none.

    An index key that the call touches needs all it depends on in the call: what an existing item has is not known.
    Defaults of attributes that no key depends on go into a new item and leave an existing one as it is.
    """
    schema = entity.schema
    values.refuse_names(schema, given)
    primary = {name: given[name] for name in schema.primary.facets if name in given}
    key = values.key_from(schema, primary)
    gathered = _Changes(schema)
    for name, value in given.items():
        gathered.set(name, value)
    for name, attr in schema.attributes.items():
        if getattr(attr, "auto_now", False) and name not in given:
            gathered.set(name, attr.now(new=False))  # type: ignore[attr-defined]
    updates = gathered.actions()
    dependencies = frozenset().union(*(each.depends for each in schema.keys.values()))
    for name, attr in schema.attributes.items():
        default = attr.default_for_new if attr.default_for_new is not None else attr.default
        if name in gathered.known or name == schema.version:
            continue
        if default is None:
            if not attr.null:
                raise ValueRefused(
                    f"{schema.name}: upsert may have to make the item, and {name} is not given and has no default."
                )
        elif name not in dependencies:
            updates.append(_default_action(schema, name, default))
    plain = {half.attribute.name for half in (schema.primary.pk, schema.primary.sk) if half is not None}
    updates = [update for update in updates if update.values[0].path[0] not in plain]
    updates.append(set_to(schema.table.type_attribute, {"S": schema.type_name}))
    if schema.schema_version > 1:
        updates.append(set_to(SCHEMA_VERSION, {"N": str(schema.schema_version)}))
    if schema.version is not None:
        updates.append(AddAction(path(schema.stored(schema.version)), Value({"N": "1"})))
    updates += _upsert_keys(schema, gathered)
    main = Action(kind="Update", table=schema.table, key=key, updates=updates)
    return Call(what=f"upsert {schema.name}", schema=schema, actions=[main])


def _gather(instance: EntityDefinition, changes: Mapping[str, Any], actions: Sequence[UpdateAction]) -> _Changes:
    schema = instance.schema
    values.refuse_names(schema, changes)
    gathered = _Changes(schema)
    current = values.facet_values(instance)
    for name, value in changes.items():
        if name == schema.version:
            raise ValueRefused(f"{schema.name}: {name} is counted up by each write; it is not changed by hand.")
        if name in schema.primary.facets:
            _same_facet(schema, name, current.get(name), value)
            continue
        gathered.set(name, value)
    for action in actions:
        gathered.act(action)
    opaque_or_set = gathered.touched & schema.primary.facets
    if opaque_or_set:
        raise _primary_refused(schema, min(opaque_or_set))
    for name, attr in schema.attributes.items():
        if getattr(attr, "auto_now", False) and name not in gathered.touched and (gathered.touched or not changes):
            gathered.set(name, attr.now(new=False))  # type: ignore[attr-defined]
    return gathered


def _same_facet(schema: EntitySchema, name: str, current: Any, value: Any) -> None:
    if value is None or not wire.same_value(
        values.encode_value(schema, name, value), values.encode_value(schema, name, current)
    ):
        raise _primary_refused(schema, name)


def _primary_refused(schema: EntitySchema, name: str) -> KeyRefused:
    return KeyRefused(
        f"{schema.name}: {name} is a facet of the primary key {schema.primary.name!r}; changing it makes another item. "
        f"move({name}=...) does that in one transaction.",
        entity=schema.name,
        key=schema.primary.name,
        facet=name,
    )


@dataclass
class _Known:
    """Where the facets of a key come from: the call, the identity, or the loaded item, which is then held to."""

    instance: EntityDefinition
    gathered: _Changes
    guards: dict[str, dict[str, Any] | None]

    def values(self, key: BoundKey | BoundUnique, needed: Iterable[str], touched: frozenset[str]) -> dict[str, Any]:
        schema = self.instance.schema
        facets = values.facet_values(self.instance)
        stored = self.instance._stored
        found: dict[str, Any] = {}
        missing: list[str] = []
        for name in sorted(needed):
            if name in self.gathered.opaque:
                raise KeyRefused(
                    f"{schema.name}: key {key.name!r} depends on {name}, and the action on it has a result that only "
                    f"DynamoDB knows. Set {name} to a value instead.",
                    entity=schema.name,
                    key=f"{schema.name}.{key.name}",
                    facet=name,
                )
            if name in self.gathered.known:
                found[name] = self.gathered.known[name]
            elif name in facets:
                found[name] = facets[name]
            elif stored is not None and name not in self.instance._deferred:
                found[name] = values.decode_value(schema, name, schema.upgraded(stored))
                stored_name = schema.stored(name)
                self.guards.setdefault(stored_name, dict(stored[stored_name]) if stored_name in stored else None)
            else:
                missing.append(name)
        if missing:
            by = ", ".join(sorted(touched))
            raise KeyRefused(
                f"{schema.name}: changing {by} changes key {key.name!r}, which also depends on "
                f"{', '.join(missing)}. Give {'it' if len(missing) == 1 else 'them'} in the call too, or get the item "
                "first; nothing was written.",
                entity=schema.name,
                key=f"{schema.name}.{key.name}",
                facet=", ".join(missing),
            )
        return found


def _index_keys(schema: EntitySchema, gathered: _Changes, known: _Known) -> list[UpdateAction]:
    updates: list[UpdateAction] = []
    for key in schema.index_keys:
        touched = key.depends & gathered.touched
        if not touched:
            continue
        if key.is_plain:
            _refuse_empty(schema, key, gathered)
            continue
        found = known.values(key, key.depends, touched)
        updates += _pair(key, found | values.facet_values(known.instance))
    return updates


def _pair(key: BoundKey, found: Mapping[str, Any]) -> list[UpdateAction]:
    """Both halves of a key, or neither."""
    if not key.holds(found):
        return [removed(name) for name in key.computed]
    made = key.wire(found)
    return [set_to(name, made[name]) for name in key.computed]


def _refuse_empty(schema: EntitySchema, key: BoundKey, gathered: _Changes) -> None:
    for name in key.facets & gathered.known.keys():
        if gathered.known[name] in ("", b""):
            raise key.refusal(name, "it is empty, and DynamoDB takes no empty key")


def _upsert_keys(schema: EntitySchema, gathered: _Changes) -> list[UpdateAction]:
    updates: list[UpdateAction] = []
    for key in schema.index_keys:
        if key.is_plain:
            _refuse_empty(schema, key, gathered)
            continue
        missing = key.depends - gathered.known.keys()
        given = key.depends & gathered.known.keys() - schema.primary.facets
        unknown_default = [
            name
            for name in missing
            if (attr := schema.attributes[name]).default is not None or attr.default_for_new is not None
        ]
        if missing and (given or unknown_default):
            raise KeyRefused(
                f"{schema.name}: upsert touches key {key.name!r}, which also depends on {', '.join(sorted(missing))}. "
                "Give all of them in the call; what an existing item has is not known.",
                entity=schema.name,
                key=f"{schema.name}.{key.name}",
                facet=", ".join(sorted(missing)),
            )
        if not missing:
            updates += _pair(key, gathered.known)
    return updates


def _default_action(schema: EntitySchema, name: str, default: Any) -> UpdateAction:
    probe: Any = schema.entity.__new__(schema.entity)
    probe.attribute_values = {}
    setattr(probe, name, default() if callable(default) else default)
    encoded = values.encode_value(schema, name, probe.attribute_values[name])
    where = path(schema.stored(name))
    return SetAction(where, where | Value(encoded))


def _unique_actions(instance: EntityDefinition, gathered: _Changes, known: _Known) -> list[Action]:
    schema = instance.schema
    actions: list[Action] = []
    for unique in schema.uniques.values():
        touched = unique.facets & gathered.touched
        if not touched:
            continue
        stored = instance._stored
        if stored is None or unique.facets & instance._deferred:
            raise KeyRefused(
                f"{schema.name}: changing {', '.join(sorted(touched))} changes unique {unique.name!r}, and what it was is "
                "not known. Get the item first; nothing was written.",
                entity=schema.name,
                key=f"{schema.name}.{unique.name}",
                facet=", ".join(sorted(touched)),
            )
        old = {name: values.decode_value(schema, name, stored) for name in unique.facets}
        for name in unique.facets:
            stored_name = schema.stored(name)
            known.guards.setdefault(stored_name, dict(stored[stored_name]) if stored_name in stored else None)
        new = known.values(unique, unique.facets, touched)
        owner = values.key_of(instance)
        before: dict[str, WireKey] = {unique.name: unique.key(old)} if unique.holds(old) else {}
        after: dict[str, WireKey] = {unique.name: unique.key(new)} if unique.holds(new) else {}
        actions += uniques.exchange(schema, before, after, owner)
    return actions


def _carry_upgrade(
    instance: EntityDefinition,
    gathered: _Changes,
    updates: list[UpdateAction],
    guards: dict[str, dict[str, Any] | None],
) -> None:
    """Write what an upgrade made of an older item along with the first change of it, so that it is not made twice."""
    schema = instance.schema
    stored = instance._stored
    assert stored is not None  # noqa: S101 - the caller looked
    fresh = schema.upgraded(stored)
    if fresh is stored:
        return
    guards[SCHEMA_VERSION] = dict(stored[SCHEMA_VERSION]) if SCHEMA_VERSION in stored else None
    written = {schema.stored(name) for name in gathered.touched}
    for name in {*fresh, *stored} - written - set(schema.key_names()):
        if not wire.same_value(fresh.get(name), stored.get(name)):
            updates.append(removed(name) if name not in fresh else set_to(name, fresh[name]))
            guards.setdefault(name, dict(stored[name]) if name in stored else None)


def _failure(
    instance: EntityDefinition, guards: Mapping[str, dict[str, Any] | None], *, add_version_condition: bool
) -> Any:
    schema = instance.schema

    def failure(failed: ConditionFailed) -> DynamoModelsError:
        what = f"{schema.name} {values.describe_key(instance)}"
        if failed.raw is None:
            return schema.entity.DoesNotExist(f"{what} does not exist; patch() never creates. Nothing was written.")
        raw = failed.raw
        item = puts.decoded(schema, raw)
        changed = [name for name, value in guards.items() if not wire.same_value(value, raw.get(name))]
        if schema.version is not None and add_version_condition and instance._stored is not None:
            stored_name = schema.stored(schema.version)
            if not wire.same_value(instance._stored.get(stored_name), raw.get(stored_name)):
                changed.append(stored_name)
        if changed:
            return StaleWrite(
                f"{what}: another writer changed {', '.join(changed)} since the item was read; nothing was written. "
                "Load it again and decide again.",
                item=item,
                raw=raw,
            )
        return ConditionFailed(f"{what}: the condition did not hold; nothing was written.", item=item, raw=raw)

    return failure


def _after(instance: EntityDefinition, gathered: _Changes, returned: RawItem | None, dirty: Sequence[str]) -> None:
    schema = instance.schema
    if returned is not None:
        values.take(instance, returned, keep=dirty)
        return
    for name, value in gathered.known.items():
        instance.attribute_values[name] = value
    # In a transaction DynamoDB returns nothing: what only it knows raises until the item is loaded again.
    unknown = set(gathered.opaque)
    if instance._stored is not None:
        instance._stored = _patched(schema, instance._stored, gathered)
    if schema.version is not None:
        number = instance.attribute_values.get(schema.version) if instance._stored is not None else None
        if number is None:
            unknown.add(schema.version)
        else:
            instance.attribute_values[schema.version] = number + 1
            instance._stored = {**(instance._stored or {}), schema.stored(schema.version): {"N": str(number + 1)}}
    if unknown:
        defer(instance, unknown)


def _patched(schema: EntitySchema, stored: RawItem, gathered: _Changes) -> RawItem:
    item = {name: value for name, value in stored.items()}
    for name, encoded in gathered.wires.items():
        if encoded is None:
            item.pop(schema.stored(name), None)
        else:
            item[schema.stored(name)] = encoded
    return item
