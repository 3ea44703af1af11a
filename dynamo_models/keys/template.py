"""Key templates: ``PROBLEM#{platform}#{problem_id}`` and what it makes of facets, and facets again of keys.

A template is a row of segments between delimiters, each a literal or one facet. A facet's text never holds the
delimiter and is never empty, so two different sets of facets never make the same key, and a key is read back exactly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dynamo_models.keys.facets import FacetKind, FacetRefused, may_share_text

_FACET = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::([^{}]*))?\}")


class TemplateError(ValueError):
    """A template that cannot be read; the message says what to write."""


class FacetMissing(FacetRefused):
    """A key was asked for, and one of its facets was not given."""


@dataclass(frozen=True)
class Literal:
    """A segment that is the same in every key."""

    text: str


@dataclass(frozen=True)
class Facet:
    """A segment that holds an attribute, in the form that ``spec`` names."""

    name: str
    spec: str = ""


Segment = Literal | Facet


def parse_template(text: str, delimiter: str) -> tuple[Segment, ...]:
    """The segments of a template. TemplateError where one is neither a literal nor exactly one facet."""
    if not text:
        raise TemplateError("it is empty")
    segments: list[Segment] = []
    for part in text.split(delimiter):
        match = _FACET.fullmatch(part)
        if match:
            segments.append(Facet(match[1], match[2] or ""))
        elif "{" in part or "}" in part:
            raise TemplateError(
                f"{part!r} is not one facet alone: put {delimiter!r} between a facet and what stands beside it"
            )
        else:
            segments.append(Literal(part))
    return tuple(segments)


@dataclass(frozen=True)
class Template:
    """A template whose facets have their kinds."""

    text: str
    segments: tuple[Segment, ...]
    kinds: Mapping[str, FacetKind]  # by "name" or "name:spec"
    delimiter: str

    def kind(self, facet: Facet) -> FacetKind:
        return self.kinds[facet_id(facet)]

    @property
    def facets(self) -> tuple[Facet, ...]:
        return tuple(segment for segment in self.segments if isinstance(segment, Facet))

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes that the key is made of, each once, in order."""
        return tuple(dict.fromkeys(facet.name for facet in self.facets))

    @property
    def lossy(self) -> bool:
        """Whether it holds a part of a value."""
        return any(self.kind(facet).lossy for facet in self.facets)

    @property
    def literal_prefix(self) -> str:
        """What every key begins with, up to and with the delimiter before the first facet; the whole where none is."""
        texts: list[str] = []
        for segment in self.segments:
            if isinstance(segment, Facet):
                return "".join(text + self.delimiter for text in texts)
            texts.append(segment.text)
        return self.delimiter.join(texts)

    def render(self, values: Mapping[str, Any]) -> str:
        """The key of these facets. FacetMissing or FacetRefused, whose ``facet`` names the one that is in the way."""
        parts: list[str] = []
        for segment in self.segments:
            if isinstance(segment, Literal):
                parts.append(segment.text)
                continue
            value = values.get(segment.name)
            try:
                if value is None:
                    raise FacetMissing("it is not given")
                parts.append(self.kind(segment).encode(value))
            except FacetRefused as refused:
                refused.facet = segment.name
                raise
        return self.delimiter.join(parts)

    def parse(self, text: str) -> dict[str, Any] | None:
        """The facets of a key of this template, parts of a value left out; None for a key of another template."""
        parts = text.split(self.delimiter)
        if len(parts) != len(self.segments):
            return None
        values: dict[str, Any] = {}
        for segment, part in zip(self.segments, parts, strict=True):
            if isinstance(segment, Literal):
                if part != segment.text:
                    return None
                continue
            kind = self.kind(segment)
            if not kind.may_be(part):
                return None
            if not kind.lossy:
                value = kind.decode(part)
                if values.setdefault(segment.name, value) != value:
                    return None
        return values


def facet_id(facet: Facet) -> str:
    """What tells two uses of one attribute in different forms apart."""
    return f"{facet.name}:{facet.spec}" if facet.spec else facet.name


def may_overlap(a: Sequence[Segment | str], b: Sequence[Segment | str], one: Template, other: Template) -> bool:
    """Whether a key that begins with the segments ``a`` of one template may be a key of ``b`` of the other.

    The shorter is taken as a prefix that ends at a delimiter; a plain string is a segment whose text is known.
    """
    return all(_segments_may_match(left, right, one, other) for left, right in zip(a, b, strict=False))


def _segments_may_match(left: Segment | str, right: Segment | str, one: Template, other: Template) -> bool:
    left_text = left if isinstance(left, str) else left.text if isinstance(left, Literal) else None
    right_text = right if isinstance(right, str) else right.text if isinstance(right, Literal) else None
    if left_text is not None and right_text is not None:
        return left_text == right_text
    if left_text is not None:
        assert isinstance(right, Facet)  # noqa: S101 - narrowed above
        return other.kind(right).may_be(left_text)
    assert isinstance(left, Facet)  # noqa: S101
    if right_text is not None:
        return one.kind(left).may_be(right_text)
    assert isinstance(right, Facet)  # noqa: S101
    return may_share_text(one.kind(left), other.kind(right))
