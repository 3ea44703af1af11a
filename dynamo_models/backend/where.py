"""A query's conditions, tree for tree, as the mapper's, with SQL's meaning of NULL.

Only what stands in the tables below is translated, by its exact class: a look-up of a project's own may mean anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import lookups as django_lookups
from django.db.models.expressions import Col, ColPairs, Value
from django.db.models.fields import related_lookups
from django.db.models.fields.tuple_lookups import TupleIn
from django.db.models.functions import TruncDate
from django.db.models.sql.where import AND, OR, NothingNode, WhereNode
from django.utils import timezone

from dynamo_models.backend.columns import Columns
from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.paths import Tables
from dynamo_models.backend.texts import OPERATIONS as TEXT_OPERATIONS
from dynamo_models.backend.texts import text_lookup
from dynamo_models.errors import QueryRefused, ValueRefused
from dynamo_models.keys.predicate import EMPTY, Condition, Junction, Lookup, Negation
from dynamo_models.reading import lookups
from dynamo_models.reading.question import Question

NOTHING = Junction("OR", ())  # holds for no item, as EMPTY holds for all

_OPERATIONS: dict[type, str] = {
    django_lookups.Exact: "exact",
    django_lookups.IntegerFieldExact: "exact",
    django_lookups.In: "in",
    django_lookups.IsNull: "isnull",
    django_lookups.GreaterThan: "gt",
    django_lookups.IntegerGreaterThan: "gt",
    django_lookups.GreaterThanOrEqual: "gte",
    django_lookups.IntegerGreaterThanOrEqual: "gte",
    django_lookups.LessThan: "lt",
    django_lookups.IntegerLessThan: "lt",
    django_lookups.LessThanOrEqual: "lte",
    django_lookups.IntegerLessThanOrEqual: "lte",
    django_lookups.Range: "range",
    django_lookups.StartsWith: "startswith",
    django_lookups.Contains: "contains",
    related_lookups.RelatedExact: "exact",
    related_lookups.RelatedIn: "in",
    related_lookups.RelatedIsNull: "isnull",
    related_lookups.RelatedGreaterThan: "gt",
    related_lookups.RelatedGreaterThanOrEqual: "gte",
    related_lookups.RelatedLessThan: "lt",
    related_lookups.RelatedLessThanOrEqual: "lte",
    **TEXT_OPERATIONS,
}


class Where:
    """Translates the conditions of one query. NotServed names what is not understood."""

    def __init__(self, tables: Tables, columns: Columns) -> None:
        self.tables = tables
        self.columns = columns
        self.schema = columns.mirror.entity.schema
        self.question = Question(schema=self.schema)

    def condition(self, node: Any, *, negative: bool = False) -> Condition:
        """The condition of a node. ``negative``: it stands under an odd number of NOTs."""
        if isinstance(node, NothingNode):
            return NOTHING
        if type(node) is WhereNode:
            return self.junction(node, negative=negative)
        if type(node) in _OPERATIONS:
            return self.leaf(node, negative=negative)
        if type(node) is TupleIn and type(node.lhs) is ColPairs:
            return self.tuples(node, negative=negative)
        name = getattr(node, "lookup_name", None) or type(node).__name__
        raise NotServed(f"its condition {name} ({type(node).__name__}) is not one that DynamoDB has")

    def junction(self, node: WhereNode, *, negative: bool) -> Condition:
        if node.connector not in (AND, OR):
            raise NotServed(f"it joins conditions by {node.connector}; only AND and OR are understood")
        negative ^= node.negated
        parts = [self.condition(child, negative=negative) for child in node.children]
        found = self.all_of(parts) if node.connector == AND else self.any_of(parts)
        return self.opposite(found) if node.negated else found

    def all_of(self, parts: Iterable[Condition]) -> Condition:
        """All of these. What says of a value that it is there says nothing new beside a look-up of it."""
        flat: list[Condition] = []
        for part in parts:
            flat += part.parts if isinstance(part, Junction) and part.connector == "AND" else [part]
        if NOTHING in flat:
            return NOTHING
        present = {each.name for each in flat if isinstance(each, Lookup) and each.op == "isnull" and not each.value}
        kept = [_known_present(part, present) for part in flat]
        looked_up = {each.name for each in kept if isinstance(each, Lookup) and each.op != "isnull"}
        kept = [
            each
            for each in kept
            if not (isinstance(each, Lookup) and each.op == "isnull" and not each.value and each.name in looked_up)
        ]
        return self.question.joined("AND", kept) if kept else EMPTY

    def any_of(self, parts: Iterable[Condition]) -> Condition:
        kept = [part for part in parts if part != NOTHING]
        if EMPTY in kept:
            return EMPTY
        return self.question.joined("OR", kept) if kept else NOTHING

    def opposite(self, condition: Condition) -> Condition:
        if condition == EMPTY:
            return NOTHING
        if condition == NOTHING:
            return EMPTY
        if isinstance(condition, Junction) and condition.connector == "OR":
            return self.all_of([self.opposite(part) for part in condition.parts])
        return self.question.opposite(condition)

    def leaf(self, node: Any, *, negative: bool) -> Condition:
        op = _OPERATIONS[type(node)]
        if node.bilateral_transforms:
            raise NotServed(f"its look-up {node.lookup_name} is of a transformed value")
        value = _value(node, op)
        if type(node.lhs) is TruncDate and type(node.lhs.lhs) is Col:
            return self.day(node.lhs, op, value, negative=negative)
        if type(node.lhs) is not Col:
            raise NotServed(
                f"it compares {type(node.lhs).__name__} of a column ({type(node).__name__}); an item holds the column "
                "as it is"
            )
        name = self.attribute(node.lhs)
        if type(node) in TEXT_OPERATIONS:
            found = text_lookup(node.lhs.target, name, op, value)
            return self.or_absent(found, name) if negative else found
        if op == "isnull":
            return Lookup(name, op, bool(value))
        if op == "in":
            value = tuple(each for each in value if each is not None)
        if op == "range" and None in value:
            raise NotServed("an end of its range is None, which compares with nothing")
        return self.checked(Lookup(name, op, value), negative=negative)

    def tuples(self, node: Any, *, negative: bool) -> Condition:
        """Columns that are together one of several: so Django asks for rows by the keys that lead to them."""
        columns = [self.attribute(column) for column in node.lhs.get_cols()]
        if hasattr(node.rhs, "resolve_expression"):
            raise NotServed("it looks values up in another query; read those first, and give them as a list")
        rows = [tuple(map(_direct, row)) for row in node.rhs if None not in row]
        if len(columns) == 1:
            return self.checked(Lookup(columns[0], "in", tuple(row[0] for row in rows)), negative=negative)
        return self.any_of(
            self.all_of(
                self.checked(Lookup(name, "exact", value), negative=negative)
                for name, value in zip(columns, row, strict=True)
            )
            for row in rows
        )

    def attribute(self, column: Col) -> str:
        path = self.tables.path(column)
        name = self.columns.attribute(path)
        if name is None:
            raise NotServed(self.columns.describe(path))
        return name

    def checked(self, leaf: Lookup, *, negative: bool) -> Condition:
        """The look-up as it is compared. Under a NOT what is absent makes it neither true nor false in SQL, so that the
        NOT does not hold either."""
        if leaf.op == "in" and not leaf.value:
            return NOTHING
        try:
            found = lookups.checked(self.schema, leaf)
        except QueryRefused as error:
            if leaf.op == "exact" and isinstance(error.__cause__, ValueRefused):
                # No item can hold this value.
                return self.or_absent(NOTHING, leaf.name) if negative else NOTHING
            raise NotServed(f"{leaf.name} cannot be asked for {leaf.op}", shown=str(error)) from error
        return self.or_absent(found, leaf.name) if negative else found

    def or_absent(self, condition: Condition, name: str) -> Condition:
        if not self.schema.attributes[name].null:
            return condition
        return self.any_of([condition, Lookup(name, "isnull", value=True)])

    def day(self, truncated: Any, op: str, value: Any, *, negative: bool) -> Condition:
        """A day of a time, in the time zone that Django takes days in."""
        name = self.attribute(truncated.lhs)
        if not isinstance(truncated.lhs.target, models.DateTimeField) or op not in _DAYS:
            raise NotServed(f"it asks {op} of a day; exact, lt, lte, gt, gte and range are understood")
        zone = truncated.tzinfo or timezone.get_current_timezone()
        first, last = value if op == "range" else (value, value)
        if not all(isinstance(each, date) for each in (first, last)):
            raise NotServed("a day is compared with what is none")
        ends = {"begin": _midnight(first, zone), "end": _midnight(last + timedelta(days=1), zone)}
        parts = [self.checked(Lookup(name, each, ends[end]), negative=negative) for each, end in _DAYS[op]]
        return self.all_of(parts)


_DAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "exact": (("gte", "begin"), ("lt", "end")),
    "range": (("gte", "begin"), ("lt", "end")),
    "lt": (("lt", "begin"),),
    "lte": (("lt", "end"),),
    "gt": (("gte", "end"),),
    "gte": (("gte", "begin"),),
}


def _midnight(day: date, zone: Any) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _value(node: Any, op: str) -> Any:
    """What a look-up compares with. NotServed where only a database can tell."""
    if op in ("in", "range"):
        if hasattr(node.rhs, "resolve_expression"):
            raise NotServed("it looks values up in another query; read those first, and give them as a list")
        return tuple(_direct(each) for each in node.rhs)
    return _direct(node.rhs)


def _direct(value: Any) -> Any:
    if type(value) is Value:
        return value.value
    if hasattr(value, "resolve_expression") or hasattr(value, "as_sql"):
        raise NotServed(f"it compares with {type(value).__name__}, which only SQL can work out")
    return value


def _known_present(part: Condition, present: set[str]) -> Condition:
    """``x or absent`` beside ``present`` is ``x``."""
    if isinstance(part, Junction) and part.connector == "OR" and len(part.parts) == 2:  # noqa: PLR2004 - x, or absent
        first, absent = part.parts
        if isinstance(absent, Lookup) and absent.op == "isnull" and absent.value and absent.name in present:
            return first
    return part


__all__ = ["EMPTY", "NOTHING", "Negation", "Where"]
