"""What a call changes: values that are known, and actions whose result only DynamoDB knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Action as UpdateAction
from pynamodb.expressions.update import RemoveAction, SetAction

from dynamo_models import wire
from dynamo_models.errors import RawItem, ValueRefused
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.writing import values
from dynamo_models.writing.call import removed, set_to


@dataclass
class Changes:
    """The changes of one call, by attribute.

    known: values as they will be read back: what keys are made of. wires: the same as they are stored, None for what is
    removed. opaque: actions that count, append, or reach into a value.
    """

    schema: EntitySchema
    known: dict[str, Any] = field(default_factory=dict)
    wires: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    opaque: dict[str, list[UpdateAction]] = field(default_factory=dict)

    @property
    def touched(self) -> frozenset[str]:
        return frozenset(self.known) | frozenset(self.opaque)

    def set(self, name: str, value: Any) -> None:
        """Set a value, None to remove it. ValueRefused where the attribute cannot hold it."""
        if name in self.touched:
            raise self._twice(name)
        encoded = values.encode_value(self.schema, name, value)
        self.wires[name] = encoded
        self.known[name] = None if encoded is None else self._decoded(name, next(iter(encoded.values())))

    def act(self, action: Any) -> None:
        """Take an update action of PynamoDB's: ``Problem.hits.add(1)``."""
        if not isinstance(action, UpdateAction):
            raise ValueRefused(f"{self.schema.name}: {action!r} is not an update action such as Problem.hits.add(1).")
        stored, nested = place(action)
        name = self.schema.python_names.get(stored)
        if name is None:
            values.refuse_names(self.schema, [stored])
            raise ValueRefused(f"{self.schema.name} has no attribute that is stored as {stored!r}.")
        values.refuse_version(self.schema, [name])
        operand = action.values[1] if isinstance(action, SetAction) else None
        if not nested and isinstance(action, RemoveAction):
            self.set(name, None)
        elif not nested and isinstance(operand, Value):
            self.set(name, self._given(name, operand))
        elif name in self.known or (name in self.opaque and not nested):
            raise self._twice(name)
        else:
            self.opaque.setdefault(name, []).append(action)

    def _given(self, name: str, operand: Value) -> Any:
        ((kind, held),) = operand.value.items()
        if kind == "NULL" or held is None:
            return None
        wanted = self.schema.attributes[name].attr_type
        if kind != wanted:
            raise ValueRefused(
                f"{self.schema.name}: {name} is stored as {wanted}, and the action sets {kind} {held!r}."
            )
        return self._decoded(name, held)

    def _decoded(self, name: str, held: Any) -> Any:
        try:
            return self.schema.attributes[name].deserialize(held)
        except (TypeError, ValueError, KeyError) as error:
            raise ValueRefused(f"{self.schema.name}: {name} cannot be {held!r}: {error}.") from error

    def _twice(self, name: str) -> ValueRefused:
        return ValueRefused(
            f"{self.schema.name}: {name} is changed twice in one call; DynamoDB takes one change of it."
        )

    def check_size(self) -> None:
        """ItemTooLarge where the new values alone are more than an item holds."""
        new = {self.schema.stored(name): value for name, value in self.wires.items() if value is not None}
        wire.check_size(new, f"A change of {self.schema.name}")

    def actions(self) -> list[UpdateAction]:
        """The update actions of these changes, without keys and marks."""
        found = [action for actions in self.opaque.values() for action in actions]
        for name, encoded in self.wires.items():
            stored = self.schema.stored(name)
            found.append(removed(stored) if encoded is None else set_to(stored, encoded))
        return found


def place(action: UpdateAction) -> tuple[str, bool]:
    """The stored name of the attribute that an action changes, and whether it reaches into its value."""
    target = action.values[0]
    assert isinstance(target, Path)  # noqa: S101 - what PynamoDB's actions are made of
    head, bracket, _ = target.path[0].partition("[")
    return head, bool(bracket) or len(target.path) > 1


def applied(item: RawItem, updates: Iterable[UpdateAction]) -> dict[str, dict[str, Any]]:
    """A stored item after these updates, without the attributes whose value only DynamoDB knows."""
    after = {name: dict(value) for name, value in item.items()}
    for update in updates:
        stored, nested = place(update)
        if not nested and isinstance(update, SetAction) and isinstance(update.values[1], Value):
            after[stored] = dict(update.values[1].value)
        else:
            after.pop(stored, None)
    return after
