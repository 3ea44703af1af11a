"""What a read asks for, before anything is decided: conditions, order, and how it may be answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Q
from pynamodb.attributes import UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition as PynamoCondition

from dynamo_models.errors import QueryRefused
from dynamo_models.keys import predicate
from dynamo_models.keys.predicate import EMPTY, Condition, Junction, Lookup, Negation, PredicateError
from dynamo_models.reading import lookups
from dynamo_models.schema.definition import EntitySchema


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How much a read may cost: requests, and read units as the endpoint reports them."""

    requests: int | None = None
    read_units: float | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """A read of one entity. Each method gives another; nothing is changed in place."""

    schema: EntitySchema
    conditions: tuple[Condition, ...] = ()
    expressions: tuple[PynamoCondition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()  # (attribute, descending)
    key: str | None = None
    only: tuple[str, ...] | None = None
    consistent: bool = False
    expired: bool = False
    scan: int = 0  # segments; 0 is no scan
    budget: Budget = Budget()

    def narrowed(self, args: Iterable[Any], asked: Mapping[str, Any], *, negated: bool = False) -> Question:
        """With these conditions too. QueryRefused names what is not understood."""
        found: list[Condition] = []
        expressions: list[PynamoCondition] = []
        for arg in args:
            if isinstance(arg, Q):
                found.append(self.parse(arg))
            elif isinstance(arg, PynamoCondition):
                expressions.append(arg)
            else:
                raise QueryRefused(f"{self.schema.name}: filter() takes Q, conditions and look-ups, not {arg!r}.")
        found += [self.lookup(text, value) for text, value in asked.items()]
        whole = predicate.both(*found)
        if negated:
            if expressions and whole != EMPTY:
                raise QueryRefused(
                    f"{self.schema.name}: exclude() takes look-ups or PynamoDB's conditions, and not both in one call."
                )
            expressions = [~reduce(and_, expressions)] if expressions else []
            whole = self.opposite(whole)
        leaves = [leaf for leaf in predicate.conjuncts(whole) if leaf != EMPTY]
        return replace(self, conditions=(*self.conditions, *leaves), expressions=(*self.expressions, *expressions))

    def parse(self, q: Q) -> Condition:
        """A ``Q`` as a condition. What is empty in it asks for nothing, as in Django."""
        parts: list[Condition] = []
        for child in q.children:
            if isinstance(child, Q):
                parts.append(self.parse(child))
            elif isinstance(child, tuple) and len(child) == 2:  # noqa: PLR2004 - (look-up, value), as Django has it
                parts.append(self.lookup(*child))
            else:
                raise QueryRefused(f"{self.schema.name}: {child!r} is not a look-up; give attribute__lookup=value.")
        parts = [part for part in parts if part != EMPTY]
        if q.connector not in ("AND", "OR"):
            raise QueryRefused(f"{self.schema.name}: Q objects joined by {q.connector} are not understood; use & | ~.")
        if not parts:
            return EMPTY
        joined = self.joined(q.connector, parts)
        return self.opposite(joined) if q.negated else joined

    def joined(self, connector: str, parts: list[Condition]) -> Condition:
        """One condition or several, joined by "AND" or "OR", in the form that says most to a key."""
        return parts[0] if len(parts) == 1 else _any_of(connector, parts) or Junction(connector, tuple(parts))

    def holding(self, *conditions: Condition) -> Question:
        """With these conditions too, which have been made and not written down as look-ups; ``checked`` has looked at
        the values of each look-up in them."""
        leaves = [leaf for condition in conditions for leaf in predicate.conjuncts(condition) if leaf != EMPTY]
        return replace(self, conditions=(*self.conditions, *leaves))

    def opposite(self, condition: Condition) -> Condition:
        """What holds where a condition does not, in the form that says most to a key."""
        if condition == EMPTY:
            return condition
        if isinstance(condition, Negation):
            return condition.part
        if isinstance(condition, Lookup) and condition.op == "isnull":
            return replace(condition, value=not condition.value)
        if isinstance(condition, Lookup) and condition.op == "exact" and isinstance(condition.value, bool):
            attr = self.schema.attributes[condition.name]
            if attr.attr_type == "BOOL" and not attr.null:
                return replace(condition, value=not condition.value)
        return Negation(condition)

    def lookup(self, text: str, value: Any) -> Condition:
        """One keyword of ``filter``, its values checked against the attribute's type."""
        names = self.schema.attributes
        if text.endswith("__date") and text.removesuffix("__date") in names:
            return self.day(text.removesuffix("__date"), value)
        try:
            found = predicate.parse_lookup(text, value, names)
        except PredicateError as error:
            raise QueryRefused(f"{self.schema.name}: {error}") from error
        assert isinstance(found, Lookup)  # noqa: S101 - that is what a keyword becomes
        return lookups.checked(self.schema, found)

    def day(self, name: str, value: Any) -> Condition:
        """A day of a time, in UTC: from its first microsecond to its last."""
        if not isinstance(self.schema.attributes[name], UTCDateTimeAttribute):
            raise QueryRefused(f"{self.schema.name}: {name}__date is for a Timestamp, which {name} is not.")
        if not isinstance(value, date) or isinstance(value, datetime):
            raise QueryRefused(f"{self.schema.name}: {name}__date takes a date, not {value!r}.")
        first, last = (datetime.combine(value, end, UTC) for end in (time.min, time.max))
        return Junction("AND", (Lookup(name, "gte", first), Lookup(name, "lte", last)))

    def ordered(self, names: Iterable[str]) -> Question:
        """In this order: attribute names, with a minus for the highest first."""
        order = []
        for text in names:
            name = text.removeprefix("-")
            if name not in self.schema.attributes:
                raise QueryRefused(
                    f"{self.schema.name}: order_by({text!r}): there is no such attribute; "
                    f"there are {', '.join(self.schema.attributes)}."
                )
            order.append((name, text.startswith("-")))
        return replace(self, order=tuple(order))

    def loaded(self, names: Iterable[str]) -> Question:
        """With only these attributes, and those of the keys, loaded."""
        names = tuple(names)
        unknown = [name for name in names if name not in self.schema.attributes]
        if unknown:
            raise QueryRefused(
                f"{self.schema.name} has no attribute {unknown[0]!r}; it has {', '.join(self.schema.attributes)}."
            )
        needed = [name for name in (self.schema.version, self.schema.ttl) if name is not None]
        return replace(self, only=tuple(dict.fromkeys((*names, *needed))))

    def limited(self, budget: Budget) -> Question:
        """Within this budget."""
        if (budget.requests is not None and budget.requests < 1) or (
            budget.read_units is not None and budget.read_units <= 0
        ):
            raise QueryRefused(f"{self.schema.name}: a budget is of 1 request or more, and of read units above 0.")
        return replace(self, budget=budget)

    def __str__(self) -> str:
        parts = [str(condition) for condition in self.conditions] + [str(each) for each in self.expressions]
        text = f"{self.schema.name}.filter({', '.join(parts)})"
        if self.order:
            text += ".order_by(" + ", ".join(repr(f"{'-' if down else ''}{name}") for name, down in self.order) + ")"
        return text


def _any_of(connector: str, parts: list[Condition]) -> Condition | None:
    """Equal to one or to another value of one attribute is ``__in``, which a key can serve."""
    first = parts[0]
    if connector != "OR" or not isinstance(first, Lookup):
        return None
    values: list[Any] = []
    for part in parts:
        if not isinstance(part, Lookup) or (part.name, part.path) != (first.name, first.path):
            return None
        if part.op not in ("exact", "in"):
            return None
        values += part.value if part.op == "in" else [part.value]
    return Lookup(first.name, "in", tuple(values), first.path)
