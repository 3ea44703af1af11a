"""Sort-key conditions: from what is asked of the facets to the narrowest range of keys that holds every match.

A leading part of the facets becomes ``begins_with`` that ends at a delimiter; a range on the next one becomes
``BETWEEN`` with the right ends. Where the range of keys holds more than was asked, the condition stays a filter. What
no stored key can be has no range: nothing is sent for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dynamo_models.errors import ValueRefused
from dynamo_models.keys.facets import FacetKind, FacetRefused, IntFacet
from dynamo_models.keys.predicate import Lookup
from dynamo_models.keys.template import Facet, Literal
from dynamo_models.reading import lookups
from dynamo_models.reading.facts import Fact, nearest
from dynamo_models.schema.key import MAX_SORT_KEY_BYTES, PlainHalf, TemplateHalf


@dataclass(frozen=True)
class SortCondition:
    """A condition on a sort key: one of = begins_with BETWEEN < <= > >=, and its operands as stored."""

    operator: str
    operands: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        shown = [shown_value(operand) for operand in self.operands]
        if self.operator == "BETWEEN":
            return f"BETWEEN {shown[0]} AND {shown[1]}"
        return f"{self.operator} {shown[0]}"


def shown_value(held: dict[str, Any]) -> str:
    """A stored key as a message shows it: text in quotes, a number without."""
    ((kind, value),) = held.items()
    return value if kind == "N" else repr(value)


@dataclass(frozen=True)
class SortRange:
    """One stretch of sort keys.

    prefix: how much of each key is the same in this stretch, in characters. stem: how much is the same in all
    stretches of the read. used: the conditions that the stretch answers whole. fanned: the segments that differ between
    stretches; at: the first that differs within one. A plain sort key has one segment, number 0.
    """

    condition: SortCondition | None
    prefix: int = 0
    stem: int = 0
    fanned: tuple[int, ...] = ()
    at: int = 0
    used: tuple[Lookup, ...] = ()


class _Nothing(Exception):  # noqa: N818 - an answer, and not an error
    """No key lies in the range."""


def plain_ranges(half: PlainHalf, fact: Fact, most: int) -> list[SortRange]:
    """The ranges of a sort key that is an attribute itself. ``most``: how many there may be."""
    if fact.values is not None and len(fact.values) <= most:
        held = [_operand(half, value) for value in fact.values]
        fanned = (0,) if len(fact.values) > 1 else ()
        return [
            SortRange(SortCondition("=", (each,)), fanned=fanned, at=1, used=tuple(fact.leaves))
            for each in held
            if each is not None
        ]
    try:
        if fact.ranged:
            return [_plain_between(half, fact)]
        if fact.prefix:
            prefix: dict[str, Any] = {half.attribute.type: fact.prefix}
            if not within(prefix, MAX_SORT_KEY_BYTES):
                return []
            return [SortRange(SortCondition("begins_with", (prefix,)), used=tuple(fact.prefix_leaves))]
    except _Nothing:
        return []
    return [SortRange(None)]


def _plain_between(half: PlainHalf, fact: Fact) -> SortRange:
    low, low_in = fact.lower or (None, True)
    high, high_in = fact.upper or (None, True)
    if low in ("", b""):
        low, low_in = None, True  # no key is empty
    if high in ("", b""):
        raise _Nothing
    if low is not None and high is not None:
        # BETWEEN holds both its ends: an end that does not belong is moved to the value next to it, where there is one.
        if not low_in and (up := lookups.step(half.attr, low, 1)) is not None:
            low, low_in = up, True
        if not high_in and (down := lookups.step(half.attr, high, -1)) is not None:
            high, high_in = down, True
        if low > high:
            raise _Nothing
    ends = [None if end is None else _operand(half, end) for end in (low, high)]
    exact = all(given is None or held is not None for given, held in zip((low, high), ends, strict=True))
    used = tuple(fact.range_leaves)
    if ends[0] is not None and ends[1] is not None:
        condition = SortCondition("BETWEEN", (ends[0], ends[1]))
        return SortRange(condition, used=used if low_in and high_in else ())
    if ends[0] is not None:
        return SortRange(SortCondition(">=" if low_in else ">", (ends[0],)), used=used if exact else ())
    if ends[1] is not None:
        return SortRange(SortCondition("<=" if high_in else "<", (ends[1],)), used=used if exact else ())
    return SortRange(None, used=used if exact else ())


def _operand(half: PlainHalf, value: Any) -> dict[str, Any] | None:
    """A value of a plain key as stored; None for one that no key can be."""
    try:
        held = lookups.stored(half.attr, value)
    except ValueRefused:
        return None
    return held if held is not None and within(held, MAX_SORT_KEY_BYTES) else None


def within(held: dict[str, Any], limit: int) -> bool:
    """Whether DynamoDB takes a value as (a part of) a key: it is not empty, is Unicode text, and is not too long."""
    (value,) = held.values()
    if "N" in held:
        return True
    try:
        return 0 < len(value if isinstance(value, bytes) else value.encode()) <= limit
    except UnicodeEncodeError:
        return False


def template_ranges(half: TemplateHalf, facts: dict[str, Fact], fan_out: frozenset[str], most: int) -> list[SortRange]:
    """The ranges of a sort key that is made of facets, no more than ``most``.

    ``fan_out`` names facets that are not given, to go through value by value.
    """
    walker = _Walker(half, facts, fan_out, most)
    walker.walk(0, [], _Path())
    return walker.found


@dataclass(frozen=True)
class _Path:
    """What has been decided on the way to a stretch."""

    stem: int | None = None
    fanned: tuple[int, ...] = ()
    used: tuple[Lookup, ...] = ()
    width: int = 1  # how many stretches there are beside this one, itself counted


class _Walker:
    def __init__(self, half: TemplateHalf, facts: dict[str, Fact], fan_out: frozenset[str], most: int) -> None:
        self.template = half.template
        # The character next to the delimiter stands behind every key that goes on at a delimiter.
        self.after = chr(ord(half.template.delimiter) + 1)
        self.facts = facts
        self.fan_out = fan_out
        self.most = most
        self.found: list[SortRange] = []

    def walk(self, at: int, texts: list[str], way: _Path) -> None:
        segments = self.template.segments
        while at < len(segments):
            segment = segments[at]
            if isinstance(segment, Literal):
                texts = [*texts, segment.text]
                at += 1
                continue
            kind = self.template.kind(segment)
            fact = self.facts.get(segment.name)
            options = self.options(segment, kind, fact)
            if options is None or (len(options) > 1 and len(options) * way.width > self.most):
                self.stop(at, texts, way)
                return
            answered = fact is not None and fact.values is not None and not kind.lossy
            if len(options) > 1:
                stem = sum(len(text) + 1 for text in texts) if way.stem is None else way.stem
                way = replace(way, stem=stem, fanned=(*way.fanned, at), width=way.width * len(options))
            if answered and fact is not None:
                way = replace(way, used=(*way.used, *fact.leaves))
            for text in options:
                self.walk(at + 1, [*texts, text], way)
            return
        whole = self.template.delimiter.join(texts)
        if within({"S": whole}, MAX_SORT_KEY_BYTES):
            self.found.append(self.range(SortCondition("=", ({"S": whole},)), len(whole), at, way))

    def options(self, segment: Facet, kind: FacetKind, fact: Fact | None) -> list[str] | None:
        """The texts that the facet can have in what is asked; None where they are not few and known."""
        if fact is not None and fact.values is not None:
            # Two times of one day are one text of a day.
            return list(dict.fromkeys(text for value in fact.values for text in _encoded(kind, value)))
        if kind.lossy and fact is not None and fact.lower and fact.upper:
            ends = {*_encoded(kind, nearest(fact.lower, 1)), *_encoded(kind, nearest(fact.upper, -1))}
            return list(ends) if len(ends) == 1 else None
        return kind.texts() if segment.name in self.fan_out else None

    def stop(self, at: int, texts: list[str], way: _Path) -> None:
        """The range that begins with ``texts``, narrowed by what is asked of the facet that follows."""
        segment = self.template.segments[at]
        assert isinstance(segment, Facet)  # noqa: S101 - a literal does not stop the walk
        prefix = "".join(text + self.template.delimiter for text in texts)
        kind = self.template.kind(segment)
        fact = self.facts.get(segment.name)
        more: tuple[Lookup, ...] = ()
        try:
            if fact is not None and fact.ranged and kind.ordered:
                condition, more = self.between(prefix, kind, fact, last=at == len(self.template.segments) - 1)
                if condition is not None:
                    self.found.append(self.range(condition, len(prefix), at, way, more))
                    return
            elif fact is not None and fact.prefix and kind.family == "text" and kind.ordered:
                assert isinstance(fact.prefix, str)  # noqa: S101 - checked with the look-up
                if self.template.delimiter in fact.prefix:
                    return  # no facet holds it
                more = tuple(fact.prefix_leaves)
                self.begin(prefix, fact.prefix, at, way, more)
                return
        except _Nothing:
            return
        if prefix:
            self.begin(prefix, "", at, way, more)
        else:
            self.found.append(self.range(None, 0, at, way, more))

    def begin(self, prefix: str, more_text: str, at: int, way: _Path, more: tuple[Lookup, ...]) -> None:
        held = {"S": prefix + more_text}
        if within(held, MAX_SORT_KEY_BYTES):
            self.found.append(self.range(SortCondition("begins_with", (held,)), len(prefix), at, way, more))

    def range(
        self, condition: SortCondition | None, prefix: int, at: int, way: _Path, more: tuple[Lookup, ...] = ()
    ) -> SortRange:
        stem = prefix if way.stem is None else way.stem
        return SortRange(condition, prefix, stem, way.fanned, at, (*way.used, *more))

    def between(
        self, prefix: str, kind: FacetKind, fact: Fact, *, last: bool
    ) -> tuple[SortCondition | None, tuple[Lookup, ...]]:
        """The condition for a range of a facet, and the conditions that it answers whole."""
        low, high, exact = self.ends(prefix, kind, fact, last=last)
        for end in (low, high):
            if end is not None and not within({"S": end}, MAX_SORT_KEY_BYTES):
                # Longer than any key: which keys lie before it, the filter has to tell.
                return None, ()
        used = tuple(fact.range_leaves) if exact else ()
        if low is None and high is None:
            return None, used
        if not prefix and (low is None or high is None):
            operand = low if high is None else high
            return SortCondition(">=" if high is None else "<=", ({"S": operand},)), used
        low = prefix if low is None else low
        high = prefix[:-1] + self.after if high is None else high
        if low > high:
            raise _Nothing
        return SortCondition("BETWEEN", ({"S": low}, {"S": high})), used

    def ends(self, prefix: str, kind: FacetKind, fact: Fact, *, last: bool) -> tuple[str | None, str | None, bool]:
        """(lowest key, highest key, whether all keys between them are in the range)."""
        # Behind a text of any length stands a delimiter, and characters below it sort before it: the upper end of
        # such a facet cannot be told by the key, and the lower end only roughly.
        rough = not last and not kind.fixed
        exact = not rough and not kind.lossy
        low = high = None
        if fact.lower is not None:
            text, inclusive = _end(kind, *fact.lower, up=True)
            if text is None:
                exact = exact and inclusive
            else:
                beyond = "" if inclusive or not exact else "\x00" if last else self.after
                low = prefix + text + beyond
        if fact.upper is not None:
            text, inclusive = _end(kind, *fact.upper, up=False)
            exact = exact and inclusive
            if text is not None and not rough:
                high = prefix + text + ("" if last else self.after)
        return low, high, exact


def _encoded(kind: FacetKind, value: Any) -> list[str]:
    """The text of a value; none for a value that no stored key can have, which therefore matches nothing."""
    try:
        return [kind.encode(value)]
    except FacetRefused:
        return []


def _end(kind: FacetKind, value: Any, inclusive: bool, *, up: bool) -> tuple[str | None, bool]:
    """The text of an end, and whether it belongs to the range. None where every key lies within that end."""
    if kind.family == "text":
        # Compared as it is: an end may be what no facet can be, such as one that holds the delimiter.
        if value:
            return value, inclusive
        if up:
            return None, True
        raise _Nothing
    if isinstance(kind, IntFacet):
        return _int_end(kind, value if inclusive else value + (1 if up else -1), up=up)
    if kind.lossy:
        value = nearest((value, inclusive), 1 if up else -1)
    elif not inclusive:
        moved = kind.step(value, 1 if up else -1)
        if moved is not None:
            value, inclusive = moved, True
    try:
        return kind.encode(value), inclusive
    except FacetRefused:
        # A time beyond the years that keys hold, once it is in UTC.
        return None, False


def _int_end(kind: IntFacet, value: int, *, up: bool) -> tuple[str | None, bool]:
    assert kind.width is not None  # noqa: S101 - a number without one has no order
    beneath, beyond = value < 0, value >= 10**kind.width
    if beyond if up else beneath:
        raise _Nothing
    return (None if beneath or beyond else kind.encode(value)), True
