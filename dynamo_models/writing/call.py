"""What a write is before it is sent: one call of the user's, the actions it takes, and what each failure means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from pynamodb.expressions.condition import Comparison, Condition
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Action as UpdateAction
from pynamodb.expressions.update import RemoveAction, SetAction, Update

from dynamo_models.errors import ConditionFailed, DynamoModelsError, RawItem
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.schema.table import Table

Kind = Literal["Put", "Update", "Delete", "ConditionCheck"]
Failure = Callable[[ConditionFailed], DynamoModelsError]
WireKey = dict[str, dict[str, Any]]


def key_identity(key: Mapping[str, Mapping[str, Any]]) -> str:
    """A key as one text, the same for the same item: DynamoDB writes a number in a form of its own."""
    parts = []
    for name, value in sorted(key.items()):
        ((kind, held),) = value.items()
        parts.append((name, kind, str(Decimal(held).normalize()) if kind == "N" else held))
    return repr(parts)


@dataclass(kw_only=True)
class Action:
    """One item's part of a write: what becomes one entry of a transaction, or a request of its own.

    failure: what a failed condition means. known: what is known of the item after an update, to
    say why it is too large.
    """

    kind: Kind
    table: Table
    key: WireKey
    item: RawItem | None = None
    updates: Sequence[UpdateAction] = ()
    condition: Condition | None = None
    failure: Failure = field(default=lambda failed: failed)
    known: RawItem = field(default_factory=dict)

    def request(self) -> dict[str, Any]:
        """The action in botocore's words, without its kind."""
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        request: dict[str, Any] = {"TableName": self.table.endpoint_name}
        if self.kind == "Put":
            request["Item"] = self.item
        else:
            request["Key"] = self.key
        if self.kind == "Update":
            expression = Update(*self.updates).serialize(names, values)
            if expression:
                request["UpdateExpression"] = expression
        if self.condition is not None:
            request["ConditionExpression"] = self.condition.serialize(names, values)
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if names:
            # PynamoDB counts the other way round: it maps an attribute's name to its placeholder.
            request["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in names.items()}
        if values:
            request["ExpressionAttributeValues"] = values
        return request

    @property
    def identity(self) -> tuple[str, str]:
        """What tells two actions on one item: DynamoDB takes one action on an item in a transaction."""
        return self.table.name, key_identity(self.key)


@dataclass(kw_only=True)
class Call:
    """One call of the user's: ``what`` it is in words, its actions, and what it leaves in the instance once done.

    ``done`` is given the attributes that DynamoDB returned, or None where it returns none (in a transaction).
    """

    what: str
    schema: EntitySchema
    actions: list[Action]
    done: Callable[[RawItem | None], Any] = field(default=lambda _: None)


def path(stored: str) -> Path:
    """A path to one attribute, whatever marks are in its name."""
    return Path([stored])


def set_to(stored: str, value: Mapping[str, Any]) -> UpdateAction:
    return SetAction(path(stored), Value(value))


def removed(stored: str) -> UpdateAction:
    return RemoveAction(path(stored))


def as_stored(stored: str, value: Mapping[str, Any] | None) -> Condition:
    """The condition that an attribute still is what it was: this value, or absent."""
    if value is None:
        return path(stored).does_not_exist()
    return Comparison("=", path(stored), Value(value))  # type: ignore[no-untyped-call]


def all_of(*conditions: Condition | None) -> Condition | None:
    """All of these conditions that are there; None where none is."""
    found: Condition | None = None
    for condition in conditions:
        if condition is not None:
            found = condition if found is None else found & condition
    return found
