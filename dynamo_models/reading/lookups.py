"""What each type of attribute can be asked, the values of a look-up as DynamoDB has them, and look-ups decided here."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.attributes import (
    Attribute,
    BinaryAttribute,
    JSONAttribute,
    TTLAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from dynamo_models import wire
from dynamo_models.errors import DeferredAttribute, QueryRefused, ValueRefused
from dynamo_models.keys.predicate import Condition, Lookup, Negation
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.attributes import IntAttribute
from dynamo_models.schema.definition import EntitySchema

ORDERED = frozenset({"lt", "lte", "gt", "gte", "range"})
_MANY = frozenset({"in", "range"})
# What Django knows beside these. As the last step of a path they are never the key of a map that somebody meant.
_NOT_HERE = frozenset({"iexact", "icontains", "istartswith", "endswith", "iendswith", "regex", "iregex"})


def checked(schema: EntitySchema, leaf: Lookup) -> Lookup:
    """The look-up with its values as they are compared. QueryRefused where the attribute's type has no such look-up."""
    attr = schema.attributes[leaf.name]
    if leaf.path:
        return _checked_path(schema, leaf, attr)
    if leaf.op == "isnull":
        return leaf
    _fits(schema, leaf, attr)
    if leaf.op in ("startswith", "contains"):
        return leaf
    if leaf.op in _MANY:
        values = tuple(_plain(attr, each, leaf.op, at) for at, each in enumerate(leaf.value))
        leaf = replace(leaf, value=values)
    else:
        leaf = replace(leaf, value=_plain(attr, leaf.value, leaf.op, 0))
    for value in leaf.value if leaf.op in _MANY else (leaf.value,):
        if leaf.op in ("exact", "in") and isinstance(attr, Attr):
            try:
                attr.check_choice(value)
            except ValueRefused as refused:
                raise _refused(schema, leaf, str(refused)) from refused
        operand(schema, leaf, value)
    return leaf


def operand(schema: EntitySchema, leaf: Lookup, value: Any) -> dict[str, Any]:
    """A value that a look-up compares with, as DynamoDB has it."""
    attr = schema.attributes[leaf.name]
    try:
        if leaf.path:
            return wire.to_wire(value)
        if leaf.op == "contains":
            of = getattr(attr, "of", None)
            return wire.to_wire(value) if of is None else {of.attr_type: of.serialize(value)}
        if leaf.op == "startswith":
            return {attr.attr_type: value}
        held = stored(attr, value)
    except (ValueRefused, TypeError, ValueError, AttributeError) as refused:
        raise _refused(schema, leaf, str(refused)) from refused
    if held is None:
        raise _refused(schema, leaf, f"an empty set is stored as no attribute; ask for {leaf.name}__isnull=True")
    return held


def stored(attr: Attribute[Any], value: Any) -> dict[str, Any] | None:
    """A value as an attribute stores it. An end of a range need not be one of the attribute's choices."""
    if isinstance(attr, Attr) and attr.choices is not None:
        free = copy.copy(attr)
        free.choices = None
        attr = free
    held = attr.serialize(value)
    return None if held is None else {attr.attr_type: held}


def holds(condition: Condition, values: Mapping[str, Any]) -> bool:
    """Whether a condition holds for these values, as DynamoDB would say: what cannot be compared does not hold."""
    if isinstance(condition, Negation):
        return not holds(condition.part, values)
    if not isinstance(condition, Lookup):
        return (all if condition.connector == "AND" else any)(holds(part, values) for part in condition.parts)
    try:
        return condition.holds(values)
    except DeferredAttribute:
        raise
    except (TypeError, AttributeError):
        return False


def all_hold(conditions: tuple[Condition, ...], values: Mapping[str, Any]) -> bool:
    return all(holds(condition, values) for condition in conditions)


def step(attr: Attribute[Any], value: Any, direction: int) -> Any | None:
    """The next value up (1) or down (-1) that an attribute can hold; None where there is not exactly one."""
    try:
        if isinstance(attr, TTLAttribute):
            moved: Any = value + timedelta(seconds=direction)
        elif isinstance(value, datetime):
            # In UTC: beside a change of a zone's clocks, the next microsecond there is another.
            moved = value.astimezone(UTC) + timedelta(microseconds=direction)
        elif attr.attr_type == "N":
            moved = value + direction if isinstance(attr, IntAttribute | VersionAttribute) else None
        elif isinstance(attr, UnicodeAttribute | BinaryAttribute):
            after = "\x00" if isinstance(value, str) else b"\x00"
            moved = value + after if direction > 0 else None
        else:
            kind = attr.facet("", "#") if isinstance(attr, Attr) else None
            moved = kind.step(value, direction) if kind is not None else None
        if moved is not None:
            stored(attr, moved)
    except (OverflowError, ValueError, TypeError):
        return None
    return moved


def _fits(schema: EntitySchema, leaf: Lookup, attr: Attribute[Any]) -> None:
    kind = attr.attr_type
    if isinstance(attr, JSONAttribute):
        raise _refused(schema, leaf, f"{leaf.name} is JSON, which DynamoDB holds as text; a Map can be looked into")
    if leaf.op in ORDERED and kind not in ("S", "N", "B"):
        raise _refused(schema, leaf, f"{leaf.name} has no order that DynamoDB knows")
    text = isinstance(attr, UnicodeAttribute)
    if leaf.op == "startswith":
        wanted: type | None = str if text else bytes if isinstance(attr, BinaryAttribute) else None
        if wanted is None or not isinstance(leaf.value, wanted):
            raise _refused(
                schema, leaf, f"__startswith takes {'bytes' if wanted is bytes else 'text'}, of such an attribute"
            )
    if leaf.op == "contains":
        if not (text or kind in ("L", "SS", "NS", "BS")):
            raise _refused(schema, leaf, "__contains is for text, lists and sets")
        if (text or kind == "SS") and not isinstance(leaf.value, str):
            raise _refused(schema, leaf, "__contains takes text here")
        operand(schema, leaf, leaf.value)


def _checked_path(schema: EntitySchema, leaf: Lookup, attr: Attribute[Any]) -> Lookup:
    if attr.attr_type != "M" or leaf.path[-1] in _NOT_HERE:
        raise _refused(
            schema,
            leaf,
            f"there is no look-up {leaf.path[-1]!r}; there are exact, in, lt, lte, gt, gte, range, startswith, "
            "contains, isnull, and date for a Timestamp",
        )
    if leaf.op == "isnull":
        return leaf
    for value in leaf.value if leaf.op in _MANY else (leaf.value,):
        operand(schema, leaf, value)
        if leaf.op in ORDERED and (isinstance(value, bool) or not (isinstance(value, str | bytes) or _number(value))):
            raise _refused(schema, leaf, f"{value!r} has no order that DynamoDB knows")
        if leaf.op == "startswith" and not isinstance(value, str | bytes):
            raise _refused(schema, leaf, "__startswith takes text")
    return leaf


def _number(value: Any) -> bool:
    return "N" in wire.to_wire(value)


def _plain(attr: Attribute[Any], value: Any, op: str, at: int) -> Any:
    """The value as it is compared: what an attribute stores otherwise than it is given is made what it stores."""
    if isinstance(attr, TTLAttribute) and isinstance(value, datetime | timedelta):
        if isinstance(value, timedelta):
            value = datetime.now(UTC) + value
        # Whole seconds are stored: an end between two of them is moved to the one that keeps the answer.
        up = op in ("lt", "gte") or (op == "range" and at == 0)
        if value.tzinfo is not None:
            whole = math.ceil(value.timestamp()) if up else math.floor(value.timestamp())
            return datetime.fromtimestamp(whole, UTC)
    if isinstance(value, tuple) and attr.attr_type == "L":
        return list(value)
    if isinstance(value, str) and type(value) is not str:
        return str.__str__(value)  # a member of an enum is its text
    if isinstance(value, int) and type(value) not in (int, bool):
        return int(value)
    return value


def _refused(schema: EntitySchema, leaf: Lookup, reason: str) -> QueryRefused:
    return QueryRefused(f"{schema.name}: {leaf}: {reason}.")
