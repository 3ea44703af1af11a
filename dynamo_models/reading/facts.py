"""What the conditions of a read say about one attribute, as a key can use it: values, ends, a prefix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dynamo_models.keys.facets import DateFacet, FacetKind, IntFacet, TimeFacet
from dynamo_models.keys.predicate import Condition, Lookup

# More partitions than this for one read, and it is refused: it would be a scan by another name.
MAX_FAN_OUT = 100


@dataclass
class Fact:
    """All that is asked of one attribute. ``leaves`` are the conditions that it was gathered from."""

    name: str
    values: list[Any] | None = None  # it is one of these
    lower: tuple[Any, bool] | None = None  # (end, inclusive)
    upper: tuple[Any, bool] | None = None
    prefix: str | None = None
    value_leaves: list[Lookup] = field(default_factory=list)
    range_leaves: list[Lookup] = field(default_factory=list)
    prefix_leaves: list[Lookup] = field(default_factory=list)
    present: bool = False  # it is not absent

    def add(self, leaf: Lookup) -> None:
        self.present = self.present or not (leaf.op == "isnull" and leaf.value)
        if leaf.op in ("exact", "in"):
            values = [leaf.value] if leaf.op == "exact" else list(dict.fromkeys(leaf.value))
            self.values = values if self.values is None else [value for value in self.values if value in values]
            self.value_leaves.append(leaf)
        elif leaf.op in ("gt", "gte"):
            self.raise_lower(leaf.value, inclusive=leaf.op == "gte")
            self.range_leaves.append(leaf)
        elif leaf.op in ("lt", "lte"):
            self.drop_upper(leaf.value, inclusive=leaf.op == "lte")
            self.range_leaves.append(leaf)
        elif leaf.op == "range":
            self.raise_lower(leaf.value[0], inclusive=True)
            self.drop_upper(leaf.value[1], inclusive=True)
            self.range_leaves.append(leaf)
        elif leaf.op == "startswith" and self.prefix is None:
            self.prefix = leaf.value
            self.prefix_leaves.append(leaf)

    def raise_lower(self, value: Any, *, inclusive: bool) -> None:
        if self.lower is None or value > self.lower[0] or (value == self.lower[0] and not inclusive):
            self.lower = (value, inclusive)

    def drop_upper(self, value: Any, *, inclusive: bool) -> None:
        if self.upper is None or value < self.upper[0] or (value == self.upper[0] and not inclusive):
            self.upper = (value, inclusive)

    @property
    def ranged(self) -> bool:
        return self.lower is not None or self.upper is not None


def gather(conditions: Iterable[Condition]) -> dict[str, Fact]:
    """The facts of conditions that all hold; what is joined by OR or negated says nothing to a key."""
    facts: dict[str, Fact] = {}
    for leaf in conditions:
        if isinstance(leaf, Lookup) and not leaf.path:
            facts.setdefault(leaf.name, Fact(leaf.name)).add(leaf)
    return facts


def spread(kind: FacetKind, fact: Fact) -> list[Any] | None:
    """Every value between two ends, of a facet that takes equality only: each day of a range of days. None where there
    are too many, or an end is missing."""
    if fact.lower is None or fact.upper is None:
        return None
    low, high = fact.lower[0], fact.upper[0]
    found: list[Any] = []
    if isinstance(kind, DateFacet) or (isinstance(kind, IntFacet)):
        value = low
        while value is not None and value <= high and len(found) <= MAX_FAN_OUT:
            found.append(value)
            value = kind.step(value, 1)
    elif isinstance(kind, TimeFacet) and kind.lossy:
        step = kind.decode(kind.encode(low))
        while step <= high and len(found) <= MAX_FAN_OUT:
            found.append(step)
            step = _next_part(step, kind.width)
    else:
        return None
    return found if len(found) <= MAX_FAN_OUT else None


def _next_part(value: datetime, width: int) -> datetime:
    if width == 4:  # noqa: PLR2004 - a year's four digits
        return value.replace(year=value.year + 1)
    if width == 7:  # noqa: PLR2004 - a year and a month
        after = date(value.year, value.month, 28) + timedelta(days=4)
        return datetime.combine(after.replace(day=1), time(), UTC)
    steps = {10: timedelta(days=1), 13: timedelta(hours=1), 16: timedelta(minutes=1)}
    return value + steps[width]
