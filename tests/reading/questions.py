"""Random questions for the planner, and a naive oracle that answers them by looking at every item.

The oracle has its own idea of each look-up, and shares nothing with the library but the items' attributes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q
from hypothesis import strategies as st

SCALE = float(os.environ.get("DYNAMO_FUZZ_SCALE", "1"))


@dataclass(frozen=True)
class Leaf:
    """``name__op=value``, ``path`` leading into a map."""

    name: str
    op: str
    value: Any
    path: tuple[str, ...] = ()

    def q(self):
        parts = (self.name, *self.path) if self.op == "exact" else (self.name, *self.path, self.op)
        return Q(**{"__".join(parts): self.value})

    def holds(self, item):
        found = getattr(item, self.name)
        for step in self.path:
            found = found.get(step) if isinstance(found, dict) else None
        if self.op == "isnull":
            return (found is None) == self.value
        return found is not None and self.compare(found)

    def compare(self, found):  # noqa: PLR0911 - one for each look-up
        value = self.value
        match self.op:
            case "exact":
                return type(found) in (type(value), *_LIKE.get(type(value), ())) and found == value
            case "in":
                return any(Leaf(self.name, "exact", each).compare(found) for each in value)
            case "startswith":
                return isinstance(found, str) and found.startswith(value)
            case "contains":
                return isinstance(found, str | list | set) and value in found
            case "range":
                return value[0] <= found <= value[1]
            case "date":
                return found.astimezone(UTC).date() == value
        if isinstance(found, str) != isinstance(value, str):
            return False  # nothing is more or less than a thing of another type
        return {"lt": found < value, "lte": found <= value, "gt": found > value, "gte": found >= value}[self.op]


_LIKE = {int: (float,), float: (int,)}


@dataclass(frozen=True)
class Tree:
    """Leaves joined by "AND" or "OR", perhaps negated."""

    connector: str
    parts: tuple[Any, ...]
    negated: bool = False

    def q(self):
        found = Q()
        for part in self.parts:
            found = found & part.q() if self.connector == "AND" else found | part.q()
        return ~found if self.negated else found

    def holds(self, item):
        found = (all if self.connector == "AND" else any)(part.holds(item) for part in self.parts)
        return found is not self.negated


@dataclass(frozen=True)
class Asked:
    """A question: conditions that all hold, and how it is to be answered."""

    conditions: tuple[Any, ...]
    order: tuple[str, ...] = ()
    key: str | None = None
    start: int = 0
    stop: int | None = None
    page: int = 5
    only: tuple[str, ...] | None = None

    def queryset(self, entity):
        found = entity.objects.all()
        for condition in self.conditions:
            found = found.filter(condition.q())
        if self.key:
            found = found.using(self.key)
        if self.order:
            found = found.order_by(*self.order)
        if self.only is not None:
            found = found.only(*self.only)
        return found

    def matches(self, world):
        return [
            item
            for item in world.items
            if (not self.key or world.in_key(self.key, item)) and all(each.holds(item) for each in self.conditions)
        ]


@dataclass
class World:
    """An entity with its data: the pools that values come from, and which items are in which key."""

    entity: Any
    pools: Mapping[str, list[Any]]  # by attribute: values that items have, and some that none has
    items: list[Any] = field(default_factory=list)
    sparse: Mapping[str, Any] = field(default_factory=dict)  # by key: whether an item is in it

    def in_key(self, name, item):
        return self.sparse.get(name, lambda _: True)(item)


ORDERED = ("lt", "lte", "gt", "gte", "range")


def ops_of(value):
    if isinstance(value, bool):
        return ("exact", "in", "isnull")
    if isinstance(value, str):
        return ("exact", "in", "isnull", "startswith", "contains", *ORDERED)
    if isinstance(value, datetime):
        return ("exact", "in", "isnull", "date", *ORDERED)
    if isinstance(value, dict):
        return ("exact", "isnull", "path")
    if isinstance(value, list | set):
        return ("exact", "in", "isnull", "contains")
    return ("exact", "in", "isnull", *ORDERED)


@st.composite
def leaves(draw, world, name, ops=None):  # noqa: PLR0911 - one for each look-up
    pool = world.pools[name]
    some = next(value for value in pool if value is not None)
    values = st.sampled_from([value for value in pool if value is not None])
    op = draw(st.sampled_from(ops or ops_of(some)))
    if op == "isnull":
        return Leaf(name, op, draw(st.booleans()))
    if op == "in":
        return Leaf(name, op, draw(st.lists(values, min_size=0 if draw(st.integers(0, 9)) == 0 else 1, max_size=4)))
    if op == "range":
        low, high = draw(values), draw(values)
        if draw(st.integers(0, 9)) and low > high:
            low, high = high, low
        return Leaf(name, op, (low, high))
    if op == "startswith":
        value = draw(values)
        return Leaf(name, op, value[: draw(st.integers(0, len(value)))])
    if op == "contains" and isinstance(some, list | set):
        return Leaf(name, op, draw(st.sampled_from(sorted(each for value in pool if value for each in value))))
    if op == "date":
        return Leaf(name, op, draw(values).astimezone(UTC).date() + timedelta(days=draw(st.integers(-1, 1))))
    if op == "path":
        found = draw(st.sampled_from(["level", "deep", "none"]))
        if found == "deep":
            return Leaf(name, draw(st.sampled_from(["exact", "isnull"])), draw(st.booleans()), ("deep", "on"))
        inner = draw(st.sampled_from(["exact", "gt", "lte", "startswith"]))
        value = draw(st.sampled_from(["a", "ab"] if inner == "startswith" else [1, 2, 3, "a", "ab"]))
        return Leaf(name, inner, value, (found,))
    return Leaf(name, op, draw(values))


@st.composite
def trees(draw, world, names, depth=2):
    if depth == 0 or draw(st.integers(0, 2)):
        return draw(leaves(world, draw(st.sampled_from(names))))
    parts = draw(st.lists(trees(world, names, depth - 1), min_size=1, max_size=3))
    return Tree(draw(st.sampled_from(["AND", "OR"])), tuple(parts), draw(st.booleans()))


@st.composite
def asked(draw, world):
    """A question that has what some key needs, more often than not, and much besides."""
    schema = world.entity.schema
    names = [name for name in world.pools if any(value is not None for value in world.pools[name])]
    conditions = []
    aimed = draw(st.sampled_from([*schema.keys.values(), None]))
    if aimed is not None:
        for name in aimed.pk.names:
            equal = draw(st.integers(0, 9))
            value = next(value for value in world.pools[name] if value is not None)
            spread = ("range", "in", "exact") if isinstance(value, date) else ("in", "exact")
            conditions.append(draw(leaves(world, name, ("exact",) if equal < 6 else spread)))
        for name in aimed.sk.names if aimed.sk else ():
            choice = draw(st.integers(0, 3))
            if choice == 0:
                break
            kinds = None if choice == 1 else ("exact", "in")
            conditions.append(draw(leaves(world, name, kinds)))
        if name_of_condition := {"by_flag": "hidden"}.get(aimed.name):
            conditions += [Leaf(name_of_condition, "exact", value=False)] if draw(st.booleans()) else []
        if draw(st.integers(0, 2)) == 0:
            conditions += [Leaf(name, "isnull", value=False) for name in sorted(aimed.facets)]
    conditions += draw(st.lists(trees(world, names), max_size=2))
    order = ()
    if draw(st.booleans()):
        facets = list(aimed.sk.names) if aimed is not None and aimed.sk else names
        first = draw(st.integers(0, len(facets) - 1))
        chosen = list(dict.fromkeys(facets[first : first + draw(st.integers(1, 3))]))
        down = draw(st.booleans())
        order = tuple(("-" if down else "") + name for name in chosen)
    start = draw(st.sampled_from([0, 0, 0, 1, 5]))
    return Asked(
        tuple(draw(st.permutations(conditions))),
        order=order,
        key=aimed.name if aimed is not None and draw(st.booleans()) else None,
        start=start,
        stop=draw(st.sampled_from([None, None, start, start + 1, start + 3, start + 30])),
        page=draw(st.sampled_from([1, 2, 3, 7, 20, 100])),
        only=tuple(draw(st.lists(st.sampled_from(names), max_size=3))) if draw(st.integers(0, 3)) == 0 else None,
    )
