"""What the conditions of a read say about one attribute, as a key can use it: values, ends, a prefix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from dynamo_models.keys.facets import DateFacet, FacetKind, IntFacet, TimeFacet
from dynamo_models.keys.predicate import Condition, Lookup
from dynamo_models.reading import lookups

# More partitions, or more queries, than this for one read, and it is refused: it would be a scan by another name.
MAX_FAN_OUT = 100


@dataclass
class Fact:
    """All that is asked of one attribute.

    values: it is one of these, each of which all that is asked holds for. lower, upper: (end, whether it is inclusive).
    The leaves are the conditions that each was gathered from.
    """

    name: str
    values: list[Any] | None = None
    lower: tuple[Any, bool] | None = None
    upper: tuple[Any, bool] | None = None
    prefix: str | bytes | None = None
    present: bool = False  # it is not absent
    leaves: list[Lookup] = field(default_factory=list)
    range_leaves: list[Lookup] = field(default_factory=list)
    prefix_leaves: list[Lookup] = field(default_factory=list)

    def add(self, leaf: Lookup) -> None:
        self.leaves.append(leaf)
        self.present = self.present or not (leaf.op == "isnull" and leaf.value)
        if leaf.op in ("exact", "in"):
            if self.values is None:
                self.values = [leaf.value] if leaf.op == "exact" else _different(leaf.value)
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

    def settle(self) -> None:
        if self.values is not None:
            self.values = [value for value in self.values if lookups.all_hold(tuple(self.leaves), {self.name: value})]

    @property
    def single(self) -> bool:
        """Whether it can have one value at most."""
        return self.values is not None and len(self.values) <= 1

    @property
    def ranged(self) -> bool:
        return self.lower is not None or self.upper is not None


def gather(conditions: Iterable[Condition]) -> dict[str, Fact]:
    """The facts of conditions that all hold; what is joined by OR or negated says nothing to a key."""
    facts: dict[str, Fact] = {}
    for leaf in conditions:
        if isinstance(leaf, Lookup) and not leaf.path:
            facts.setdefault(leaf.name, Fact(leaf.name)).add(leaf)
    for fact in facts.values():
        fact.settle()
    return facts


def _different(values: Iterable[Any]) -> list[Any]:
    try:
        return list(dict.fromkeys(values))
    except TypeError:  # lists, maps and sets have no hash
        found: list[Any] = []
        for value in values:
            if value not in found:
                found.append(value)
        return found


def spread(kind: FacetKind, fact: Fact) -> tuple[list[Any], bool] | None:
    """Every value between two ends, of a facet that takes equality only: each day of a range of days.

    And whether they are just what the range asks for. None where there are too many, or an end is missing.
    """
    if fact.lower is None or fact.upper is None:
        return None
    (low, low_in), (high, high_in) = fact.lower, fact.upper
    if isinstance(kind, IntFacet):
        low, high = low + (not low_in), high - (not high_in)
        if kind.width is not None:
            low, high = max(low, 0), min(high, 10**kind.width - 1)
        return (list(range(low, high + 1)), True) if high - low < MAX_FAN_OUT else None
    if isinstance(kind, DateFacet):
        days = range(low.toordinal() + (not low_in), high.toordinal() + high_in)
        return ([low.fromordinal(day) for day in days], True) if len(days) <= MAX_FAN_OUT else None
    if isinstance(kind, TimeFacet) and kind.lossy:
        found: list[Any] = []
        low, high = nearest(fact.lower, 1), nearest(fact.upper, -1)
        part: datetime | None = kind.decode(kind.encode(low))
        while part is not None and part <= high:
            found.append(part)
            if len(found) > MAX_FAN_OUT:
                return None
            part = _next_part(part, kind.width)
        return found, False
    return None


def nearest(end: tuple[datetime, bool], direction: int) -> datetime:
    """The time nearest to an end that belongs to the range: before midnight is still the day before."""
    value, inclusive = end
    try:
        # In UTC: beside a change of a zone's clocks, the next microsecond there is another.
        return value if inclusive else value.astimezone(UTC) + timedelta(microseconds=direction)
    except OverflowError:
        return value


def _next_part(value: datetime, width: int) -> datetime | None:
    try:
        if width == 4:  # noqa: PLR2004 - a year's four digits
            return value.replace(year=value.year + 1)
        if width == 7:  # noqa: PLR2004 - a year and a month
            return (value.replace(day=28) + timedelta(days=4)).replace(day=1, tzinfo=UTC)
        steps = {10: timedelta(days=1), 13: timedelta(hours=1), 16: timedelta(minutes=1)}
        return value + steps[width]
    except (OverflowError, ValueError):
        return None  # the last of all years
