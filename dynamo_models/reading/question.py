"""What a read asks for, before anything is decided: conditions, order, and how it may be answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from pynamodb.expressions.condition import Condition as PynamoCondition

from dynamo_models.errors import QueryRefused, ValueRefused
from dynamo_models.keys import predicate
from dynamo_models.keys.predicate import Condition, Junction, Lookup, Negation, PredicateError
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.attributes import TimestampAttribute
from dynamo_models.schema.definition import EntitySchema

_TYPED = frozenset({"exact", "lt", "lte", "gt", "gte"})


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

    def narrowed(self, args: Iterable[Any], lookups: Mapping[str, Any], *, negated: bool = False) -> Question:
        """With these conditions too. QueryRefused or ValueRefused names what is not understood."""
        found: list[Condition] = []
        expressions: list[PynamoCondition] = []
        for arg in args:
            if isinstance(arg, Q):
                found.append(self.parse(arg))
            elif isinstance(arg, PynamoCondition):
                expressions.append(~arg if negated else arg)
            else:
                raise QueryRefused(f"{self.schema.name}: filter() takes Q, conditions and look-ups, not {arg!r}.")
        found += [self.lookup(text, value) for text, value in lookups.items()]
        if negated and found:
            found = [Negation(predicate.both(*found))]
        leaves = [leaf for condition in found for leaf in predicate.conjuncts(condition)]
        return replace(
            self, conditions=(*self.conditions, *leaves), expressions=(*self.expressions, *expressions)
        )

    def parse(self, q: Q) -> Condition:
        parts = [
            self.parse(child) if isinstance(child, Q) else self.lookup(child[0], child[1]) for child in q.children
        ]
        if q.connector not in ("AND", "OR"):
            raise QueryRefused(f"{self.schema.name}: Q objects joined by {q.connector} are not understood; use & | ~.")
        joined: Condition = parts[0] if len(parts) == 1 else Junction(q.connector, tuple(parts))
        return Negation(joined) if q.negated else joined

    def lookup(self, text: str, value: Any) -> Condition:
        """One keyword of ``filter``, its values checked against the attribute's type."""
        names = self.schema.attributes
        try:
            if text.endswith("__date") and text.removesuffix("__date") in names:
                return self.day(text.removesuffix("__date"), value)
            found = predicate.parse_lookup(text, value, names)
        except PredicateError as error:
            raise QueryRefused(f"{self.schema.name}: {error}") from error
        for leaf in found.parts if isinstance(found, Junction) else (found,):
            assert isinstance(leaf, Lookup)  # noqa: S101 - that is what a keyword becomes
            self.check(leaf)
        return found

    def check(self, leaf: Lookup) -> None:
        attr = self.schema.attributes[leaf.name]
        if leaf.path or not isinstance(attr, Attr):
            return
        values = [leaf.value] if leaf.op in _TYPED else list(leaf.value) if leaf.op in ("in", "range") else []
        for value in values:
            try:
                attr.check(value)
            except ValueRefused as refused:
                raise QueryRefused(f"{self.schema.name}: {leaf}: {refused}") from refused
        if leaf.op == "startswith" and not isinstance(leaf.value, str):
            raise QueryRefused(f"{self.schema.name}: {leaf}: __startswith takes text.")

    def day(self, name: str, value: Any) -> Condition:
        """A day of a time, in UTC: from its first microsecond to its last."""
        if not isinstance(self.schema.attributes[name], TimestampAttribute):
            raise QueryRefused(f"{self.schema.name}: {name}__date is for a Timestamp, which {name} is not.")
        if not isinstance(value, date) or isinstance(value, datetime):
            raise QueryRefused(f"{self.schema.name}: {name}__date takes a date, not {value!r}.")
        start = datetime.combine(value, time(), UTC)
        return Junction(
            "AND",
            (
                Lookup(name, "gte", start),
                Lookup(name, "lte", start + timedelta(days=1) - timedelta(microseconds=1)),
            ),
        )

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
            raise QueryRefused(f"{self.schema.name} has no attribute {unknown[0]!r}.")
        needed = [name for name in (self.schema.version, self.schema.ttl) if name is not None]
        return replace(self, only=tuple(dict.fromkeys((*names, *needed))))

    def __str__(self) -> str:
        parts = [str(condition) for condition in self.conditions] + [str(each) for each in self.expressions]
        text = f"{self.schema.name}.filter({', '.join(parts)})"
        if self.order:
            text += ".order_by(" + ", ".join(f"{'-' if down else ''}{name}" for name, down in self.order) + ")"
        return text
