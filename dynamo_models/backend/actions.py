"""A slot as one action of a transaction: claimed, changed, handed over or given up, each on its condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Value
from pynamodb.expressions.update import Action as UpdateAction
from pynamodb.expressions.update import AddAction

from dynamo_models import wire
from dynamo_models.backend.intents import Intent
from dynamo_models.backend.slots import Slot, carrying, derived, feeding, is_kept, owner_of
from dynamo_models.errors import AlreadyExists, ConditionFailed, DynamoModelsError, RawItem, StaleWrite
from dynamo_models.mirror import fence
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.writing import guards
from dynamo_models.writing.call import Action, all_of, as_stored, path, removed, set_to
from dynamo_models.writing.facets import computed_names
from dynamo_models.writing.uniques import OWNER
from dynamo_models.writing.values import known_names


class LockLost(ConditionFailed):
    """A row that was locked is no longer as it was read."""


class InTheWay(StaleWrite):
    """A tombstone, or an item whose time has passed, is where an item shall be: it may be replaced as it is."""


def action_of(slot: Slot, obstacle: RawItem | None, *, native_uuid: bool) -> Action | None:
    """What makes of a slot what it shall be; None where it is that already. obstacle: what was in the way before."""
    if slot.after is None:
        return _given_up(slot) if slot.before is not None else None
    assert slot.came is not None  # noqa: S101 - what is after has come from a row
    owner = {fence.OWNER: {"S": owner_of(slot.came, native_uuid=native_uuid)}} if is_kept(slot.came) else {}
    if slot.before is None:
        return _claimed(slot, {**slot.after, **owner}, obstacle)
    if slot.left is slot.came and slot.left_main and slot.came_main:
        return _changed(slot, slot.came, {**slot.after, **owner})
    if slot.left is slot.came and wire.same_value({"M": slot.before}, {"M": slot.after}):
        return None  # a unique item that leads where it led
    return _put(slot, {**slot.after, **owner, **_number(slot)}, _still_there(slot))


def locked(intent: Intent) -> Action:
    """That a row which was locked, and is not written, is as it was read."""
    schema = intent.mirror.entity.schema
    key = {name: dict((intent.locked or {})[name]) for name in schema.key_names()}
    return Action(
        kind="ConditionCheck",
        table=schema.table,
        key=key,
        condition=_as_locked(intent),
        failure=lambda failed: _lost(intent, failed),
    )


def _claimed(slot: Slot, item: RawItem, obstacle: RawItem | None) -> Action:
    schema = _schema(slot.came)
    if schema.version is not None and slot.came_main:
        item = {**item, schema.stored(schema.version): {"N": "1"}}
    if obstacle is None:
        return _put(slot, item, path(slot.table.pk.name).does_not_exist())
    number = {fence.VERSION: obstacle[fence.VERSION]} if fence.VERSION in obstacle and is_kept(slot.came) else {}
    expected = guards.as_read(obstacle, [name for name in obstacle if name not in slot.key])
    as_it_is = all_of(path(slot.table.pk.name).exists(), guards.held(expected))
    assert as_it_is is not None  # noqa: S101 - that it is there is one condition
    return _put(slot, {**item, **number}, as_it_is)


def _put(slot: Slot, item: RawItem, condition: Condition) -> Action:
    def failure(failed: ConditionFailed) -> DynamoModelsError:
        raw = failed.raw
        if raw is None or slot.before is not None:
            return StaleWrite(f"{slot.identity} is no longer what it was.", raw=raw)
        if fence.is_tombstone(slot.table, raw) or guards.expired(_schema(slot.came), raw):
            return InTheWay(f"{slot.identity} has an item that is gone.", raw=raw)
        return AlreadyExists(f"{_described(slot)} exists already; nothing was written.", raw=raw)

    return Action(kind="Put", table=slot.table, key=slot.key, item=item, condition=condition, failure=failure)


def _changed(slot: Slot, intent: Intent, item: RawItem) -> Action | None:
    before, schema = slot.before or {}, _schema(intent)
    names = known_names(schema) - slot.key.keys()
    if is_kept(intent):
        names |= {fence.OWNER}
    if schema.version is not None:
        names -= {schema.stored(schema.version)}
    different = {name for name in names if not wire.same_value(item.get(name), before.get(name))}
    added = {schema.stored(name): total for name, total in _additions(intent).items()}
    updates: list[UpdateAction] = [
        AddAction(path(name), Value({"N": wire.number_text(total)})) for name, total in added.items()
    ]
    updates += [
        set_to(name, item[name]) if name in item else removed(name) for name in sorted(different - added.keys())
    ]
    if not updates:
        return locked(intent) if intent.locked is not None else None
    if schema.version is not None:
        updates.append(AddAction(path(schema.stored(schema.version)), Value({"N": "1"})))
    wire.check_size(item, f"{schema.name} of {intent.mirror.label} {intent.pk}")
    expected = guards.as_read(before, sorted(_held_to(intent, different)))
    there = _there(slot.table, before)
    # What is added to counts up only where there is a number: NULL stays NULL in SQL.
    counted = all_of(*(path(name).exists() for name in added))
    condition = all_of(there, guards.held(expected), counted, _as_locked(intent))
    return Action(
        kind="Update",
        table=slot.table,
        key=slot.key,
        updates=updates,
        condition=condition,
        failure=lambda failed: _lost(intent, failed),
        known=item,
    )


def _additions(intent: Intent) -> dict[str, Any]:
    """What DynamoDB itself can add, by attribute: numbers that nothing else is made of."""
    found = {}
    made_of = feeding(intent.mirror)
    for name in intent.touched:
        total = intent.sum_of(name)
        attribute = carrying(intent.mirror, name)
        if total and attribute not in made_of and (intent.base or {}).get(name) is not None:
            found[attribute] = total
    return found


def _held_to(intent: Intent, different: set[str]) -> set[str]:
    """The stored attributes that what is written was worked out from."""
    schema = _schema(intent)
    names: set[str] = set()
    made = {schema.stored(name) for name in derived(intent.mirror)} | computed_names(schema)
    if different & made:
        names |= feeding(intent.mirror)
    plainly = _additions(intent)
    for step in intent.steps:
        for column, (kind, operand) in step.items():
            attribute = carrying(intent.mirror, column)
            if kind == "add" and attribute not in plainly:
                names.add(attribute)
            elif kind == "copy":
                names.add(carrying(intent.mirror, operand))
    return {schema.stored(name) for name in names} - set(schema.key_names())


def _given_up(slot: Slot) -> Action:
    """A tombstone where the item has a number of the mirror's, else nothing at all."""
    assert slot.left is not None  # noqa: S101 - what is before was some row's
    intent = slot.left

    def failure(failed: ConditionFailed) -> DynamoModelsError:
        return _lost(intent, failed)

    condition = all_of(_still_there(slot), _as_locked(intent) if slot.left_main else None)
    number = _number(slot)
    if not number:
        return Action(kind="Delete", table=slot.table, key=slot.key, condition=condition, failure=failure)
    owner = {fence.OWNER: intent.raw[fence.OWNER]} if intent.raw and fence.OWNER in intent.raw else {}
    tombstone = {**slot.key, **number, **owner, slot.table.type_attribute: {"S": fence.TOMBSTONE}}
    return Action(kind="Put", table=slot.table, key=slot.key, item=tombstone, condition=condition, failure=failure)


def _still_there(slot: Slot) -> Condition:
    """That what is replaced or given up is what it was: a unique item by where it leads, a row's by what its uniques
    and keys are made of."""
    before, intent = slot.before or {}, slot.left
    if not slot.left_main or intent is None:
        return as_stored(OWNER, before[OWNER])
    schema = _schema(intent)
    names = sorted({schema.stored(name) for name in feeding(intent.mirror)} - set(schema.key_names()))
    if slot.after is not None or _moves(intent):
        # The item is made anew elsewhere, of all that was read.
        names = sorted({*before, *known_names(schema)} - set(schema.key_names()))[: guards.MOST_GUARDS]
    found = all_of(_there(slot.table, before), guards.held(guards.as_read(before, names)))
    assert found is not None  # noqa: S101 - that it is there is one condition
    return found


def _moves(intent: Intent) -> bool:
    return intent.row() is not None


def _there(table: Any, before: RawItem) -> Condition:
    """That there is an item, and no tombstone in its place."""
    held = before.get(table.type_attribute)
    return path(table.pk.name).exists() if held is None else as_stored(table.type_attribute, held)


def _number(slot: Slot) -> dict[str, Any]:
    """The mirror's number of what is before, as long as it is kept; unique items were mirrored along with their
    row's."""
    if slot.left is not None and not is_kept(slot.left):
        return {}
    raw: Mapping[str, Any] = (slot.left.raw if slot.left is not None else None) or {}
    return {fence.VERSION: raw[fence.VERSION]} if fence.VERSION in raw else {}


def _as_locked(intent: Intent) -> Condition | None:
    if intent.locked is None:
        return None
    schema = _schema(intent)
    # Bookkeeping aside, which the stage `complete` takes away while others write.
    names = sorted({*intent.locked, *known_names(schema)} - set(schema.key_names()) - fence.BOOKKEEPING)
    return guards.held(guards.as_read(intent.locked, names))


def _lost(intent: Intent, failed: ConditionFailed) -> DynamoModelsError:
    what = f"{intent.mirror.label} {intent.pk}"
    if intent.locked is not None:
        return LockLost(f"{what} was locked by select_for_update(), and another writer was first.", raw=failed.raw)
    return StaleWrite(f"{what}: another writer was first.", raw=failed.raw)


def _schema(intent: Intent | None) -> EntitySchema:
    assert intent is not None  # noqa: S101 - every slot has a row on one side
    return intent.mirror.entity.schema


def _described(slot: Slot) -> str:
    intent = slot.came
    assert intent is not None  # noqa: S101 - the caller looked
    if slot.came_main:
        return f"{intent.mirror.label} {intent.pk}: an item with the key {_texts(slot.key)}"
    return f"{intent.mirror.label} {intent.pk}: another row with {_texts(slot.key)}"


def _texts(key: Mapping[str, Mapping[str, Any]]) -> str:
    return " / ".join(str(next(iter(value.values()))) for value in key.values())
