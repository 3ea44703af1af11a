"""Sort-key conditions: from what is asked of the facets to the narrowest range of keys that holds every match.

A leading part of the facets becomes ``begins_with`` that ends at a delimiter; a range on the next one becomes
``BETWEEN`` with the right ends. Where the range of keys holds more than was asked, the condition stays a filter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dynamo_models.errors import QueryRefused
from dynamo_models.keys.facets import FacetKind, FacetRefused
from dynamo_models.keys.predicate import Lookup
from dynamo_models.keys.template import Facet, Literal
from dynamo_models.reading.facts import Fact
from dynamo_models.schema.key import PlainHalf, TemplateHalf


@dataclass(frozen=True)
class SortCondition:
    """A condition on a sort key: one of = begins_with BETWEEN < <= > >=, and its operands as stored."""

    operator: str
    operands: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        shown = [repr(next(iter(operand.values()))) for operand in self.operands]
        if self.operator == "BETWEEN":
            return f"BETWEEN {shown[0]} AND {shown[1]}"
        return f"{self.operator} {shown[0]}"


@dataclass(frozen=True)
class SortRange:
    """One stretch of sort keys.

    prefix: how much of each key is the same in this stretch, in characters. stem: how much is the same in all
    stretches of the read. fanned: the facets that differ between stretches. fixed: the facets that have one value in
    it. left: those after them, in the key's order. used: the conditions that the stretch answers whole.
    """

    condition: SortCondition | None
    prefix: int = 0
    stem: int = 0
    fanned: tuple[Facet, ...] = ()
    fixed: frozenset[str] = frozenset()
    left: tuple[Facet, ...] = ()
    used: tuple[Lookup, ...] = field(default=())


def plain_ranges(half: PlainHalf, fact: Fact | None) -> Iterator[SortRange]:
    """The ranges of a sort key that is an attribute itself."""
    kind = half.attribute.type
    facet = Facet(half.name)
    if fact is None:
        yield SortRange(None, left=(facet,))
        return

    def wire(value: Any) -> dict[str, Any]:
        return {kind: half.attr.serialize(value)}

    if fact.values is not None:
        for value in fact.values:
            yield SortRange(
                SortCondition("=", (wire(value),)),
                fanned=(facet,) if len(fact.values) > 1 else (),
                fixed=frozenset((half.name,)),
                used=tuple(fact.value_leaves),
            )
        return
    if fact.lower and fact.upper:
        exact = fact.lower[1] and fact.upper[1]
        ends = (wire(fact.lower[0]), wire(fact.upper[0]))
        used = tuple(fact.range_leaves) if exact else ()
        yield SortRange(SortCondition("BETWEEN", ends), left=(facet,), used=used)
    elif fact.lower or fact.upper:
        end = fact.lower or fact.upper
        assert end is not None  # noqa: S101 - one of them is there
        operator = (">" if fact.lower else "<") + ("=" if end[1] else "")
        yield SortRange(SortCondition(operator, (wire(end[0]),)), left=(facet,), used=tuple(fact.range_leaves))
    elif fact.prefix and kind == "S":
        condition = SortCondition("begins_with", ({"S": fact.prefix},))
        yield SortRange(condition, left=(facet,), used=tuple(fact.prefix_leaves))
    else:
        yield SortRange(None, left=(facet,))


def template_ranges(half: TemplateHalf, facts: dict[str, Fact], fan_out: frozenset[str]) -> list[SortRange]:
    """The ranges of a sort key that is made of facets. ``fan_out`` names facets to go through value by value."""
    walker = _Walker(half, facts, fan_out)
    walker.walk(0, [], _Path())
    return walker.found


@dataclass(frozen=True)
class _Path:
    """What has been decided on the way to a stretch."""

    stem: int | None = None
    fanned: tuple[Facet, ...] = ()
    fixed: frozenset[str] = frozenset()
    used: tuple[Lookup, ...] = ()


class _Walker:
    def __init__(self, half: TemplateHalf, facts: dict[str, Fact], fan_out: frozenset[str]) -> None:
        self.template = half.template
        self.facts = facts
        self.fan_out = fan_out
        self.found: list[SortRange] = []

    def walk(self, at: int, texts: list[str], way: _Path) -> None:
        segments = self.template.segments
        delimiter = self.template.delimiter
        while at < len(segments):
            segment = segments[at]
            if isinstance(segment, Literal):
                texts = [*texts, segment.text]
                at += 1
                continue
            kind = self.template.kind(segment)
            fact = self.facts.get(segment.name)
            options = self.options(segment, kind, fact)
            if options is None:
                self.stop(at, texts, way)
                return
            leaves = tuple(fact.value_leaves) if fact and fact.values is not None and not kind.lossy else ()
            stem = sum(len(text) + 1 for text in texts) if way.stem is None and len(options) > 1 else way.stem
            way = _Path(
                stem=stem,
                fanned=(*way.fanned, segment) if len(options) > 1 else way.fanned,
                fixed=way.fixed | {segment.name},
                used=(*way.used, *leaves),
            )
            for text in options:
                self.walk(at + 1, [*texts, text], way)
            return
        whole = delimiter.join(texts)
        self.add(SortCondition("=", ({"S": whole},)), len(whole), (), way)

    def add(
        self,
        condition: SortCondition | None,
        prefix: int,
        left: tuple[Facet, ...],
        way: _Path,
        more: tuple[Lookup, ...] = (),
    ) -> None:
        stem = prefix if way.stem is None else way.stem
        self.found.append(SortRange(condition, prefix, stem, way.fanned, way.fixed, left, (*way.used, *more)))

    def options(self, segment: Facet, kind: FacetKind, fact: Fact | None) -> list[str] | None:
        """The texts that the facet can have in what is asked; None where they are not few and known."""
        if fact is not None and fact.values is not None:
            return [text for value in fact.values for text in _encoded(kind, value)]
        if kind.lossy and fact is not None and fact.lower and fact.upper:
            ends = {*_encoded(kind, fact.lower[0]), *_encoded(kind, fact.upper[0])}
            return list(ends) if len(ends) == 1 else None
        if segment.name in self.fan_out and kind.values is not None:
            return [kind.encode(value) for value in kind.values]
        return None

    def stop(self, at: int, texts: list[str], way: _Path) -> None:
        """The range that begins with ``texts``, narrowed by what is asked of the facet that follows."""
        delimiter = self.template.delimiter
        segment = self.template.segments[at]
        assert isinstance(segment, Facet)  # noqa: S101 - a literal does not stop the walk
        prefix = "".join(text + delimiter for text in texts)
        last = at == len(self.template.segments) - 1
        left = tuple(each for each in self.template.segments[at:] if isinstance(each, Facet))
        kind = self.template.kind(segment)
        fact = self.facts.get(segment.name)
        condition: SortCondition | None = None
        more: tuple[Lookup, ...] = ()
        if fact is not None and fact.ranged and kind.ordered:
            condition, more = self.between(prefix, kind, fact, last=last)
        elif fact is not None and fact.prefix and kind.family == "text" and kind.ordered:
            if delimiter not in fact.prefix:
                condition, more = SortCondition("begins_with", ({"S": prefix + fact.prefix},)), tuple(fact.prefix_leaves)
        if condition is None and prefix:
            condition = SortCondition("begins_with", ({"S": prefix},))
        self.add(condition, len(prefix), left, way, more)

    def between(
        self, prefix: str, kind: FacetKind, fact: Fact, *, last: bool
    ) -> tuple[SortCondition | None, tuple[Lookup, ...]]:
        delimiter = self.template.delimiter
        after = chr(ord(delimiter) + 1)
        # Behind a text of any length stands a delimiter, and characters below it sort before it: the upper end of
        # such a facet cannot be told by the key, and the lower end only roughly.
        rough = not last and not kind.fixed
        exact = not rough and not kind.lossy
        low = high = None
        if fact.lower is not None:
            value, inclusive = fact.lower
            text = _end(kind, value)
            if kind.lossy or inclusive or rough:
                low = prefix + text
                exact = exact and inclusive
            else:
                low = prefix + text + ("\x00" if last else after)
        if fact.upper is not None and not rough:
            value, inclusive = fact.upper
            if not inclusive and not kind.lossy:
                stepped = kind.step(value, -1)
                if stepped is None:
                    exact = False
                else:
                    value = stepped
            text = _end(kind, value)
            high = prefix + text + ("" if last else after)
        if low is None and high is None:
            return None, ()
        used = tuple(fact.range_leaves) if exact else ()
        if low is None:
            if not prefix:
                assert high is not None  # noqa: S101 - one of them is there
                return SortCondition("<=", ({"S": high},)), used
            low = prefix
        if high is None:
            if not prefix:
                return SortCondition(">=", ({"S": low},)), used
            high = prefix[:-1] + after
        if low > high:
            # Nothing lies between; DynamoDB refuses such a range, and an empty one is what was asked for.
            high = low
        return SortCondition("BETWEEN", ({"S": low}, {"S": high})), used


def _encoded(kind: FacetKind, value: Any) -> list[str]:
    """The text of a value; none for a value that no stored key can have, which therefore matches nothing."""
    try:
        return [kind.encode(value)]
    except FacetRefused:
        return []


def _end(kind: FacetKind, value: Any) -> str:
    try:
        return kind.encode(value)
    except FacetRefused as refused:
        raise QueryRefused(f"{value!r} cannot be an end of a range of keys: {refused}.") from refused
