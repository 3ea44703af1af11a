"""The lines of generated code that write an entity's keys, from values that are encoded already.

The key itself (``BoundKey.wire``) is what they stand for. It is asked instead wherever a facet is not inlined, is of a
kind that is not known here, or has a value that the key would refuse: it says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import Attribute

from dynamo_models.codec.inline import Inline
from dynamo_models.keys import predicate
from dynamo_models.keys.facets import BoolFacet, DateFacet, FacetKind, IntFacet, TextFacet, TimeFacet, UuidFacet
from dynamo_models.keys.template import Literal
from dynamo_models.schema.key import BoundKey, PlainHalf, TemplateHalf, shard_of

# Below this many characters no key is near DynamoDB's 1,024 bytes, whatever the characters.
SHORT_KEY = 256

NAMES: dict[str, Any] = {"BOOLEANS": {True: "true", False: "false"}, "shard_of": shard_of}


class KeyWriter:
    """Writes the lines for each key of one entity.

    In them ``d`` has the instance's values, ``v3`` the checked value of attribute number 3 (None where it is absent),
    ``i3`` its text where it is a time, ``K1`` is key number 1, ``out`` the item.
    """

    def __init__(
        self, attributes: Mapping[str, Attribute[Any]], inlines: Mapping[str, Inline | None], primary: BoundKey
    ) -> None:
        self.attributes = attributes
        self.inlines = inlines
        self.primary = primary
        self.number = {name: n for n, name in enumerate(attributes)}
        self.names: dict[str, Any] = {}
        # What the primary key has found in order, no other key needs to look at.
        self.tested: set[str] = set()

    def lines(self, key: BoundKey, label: str) -> list[str]:
        """The lines that put a key into the item, where it is there."""
        self.names[label] = key
        conditions = [] if key.index is None else self.conditions(key, label)
        written = [f"out.update({label}.wire(d))"] if self.is_unusual(key) else self.halves(key, label)
        if not written or not conditions:
            return written
        return [f"if {' and '.join(conditions)}:", *(f"    {line}" for line in written)]

    def is_unusual(self, key: BoundKey) -> bool:
        """Whether a facet is of a kind that is not known here, or is no inlined attribute."""
        known = (TextFacet, BoolFacet, IntFacet, TimeFacet, DateFacet, UuidFacet)
        halves = [half for half in (key.pk, key.sk) if isinstance(half, TemplateHalf)]
        kinds = [kind for half in halves for kind in half.template.kinds.values()]
        return any(type(kind) not in known for kind in kinds) or any(self.inlines[name] is None for name in key.facets)

    def conditions(self, key: BoundKey, label: str) -> list[str]:
        """The tests of whether the key is there: its condition holds, and no facet is absent."""
        found: list[str] = []
        known: set[str] = set()
        for leaf in predicate.conjuncts(key.when):
            if (
                isinstance(leaf, predicate.Lookup)
                and leaf.op == "exact"
                and isinstance(leaf.value, bool)
                and not leaf.path
                and self.inlines[leaf.name] is not None
                and self.attributes[leaf.name].attr_type == "BOOL"
            ):
                found.append(f"v{self.number[leaf.name]} is {leaf.value}")
                known.add(leaf.name)
            elif leaf != predicate.EMPTY:
                found, known = [f"{label}.when.holds(d)"], set()
                break
        absent = (name for name in sorted(key.facets - known) if self.attributes[name].null)
        return found + [f"v{self.number[name]} is not None" for name in absent]

    def halves(self, key: BoundKey, label: str) -> list[str]:
        """The lines for a key that is there."""
        lines: list[str] = []
        tests: list[str] = []
        long: list[str] = []
        for n, half in enumerate((key.pk, key.sk)):
            if isinstance(half, PlainHalf):
                tests += self.plain(half)
            elif half is not None:
                text, refused = self.text(half)
                tests += refused
                lines.append(f"t{n} = {text}")
                long += [f"len(t{n}) > {SHORT_KEY}"] if half.template.facets else []
                if key.shards and n == 0:
                    lines.append(
                        f"t0 += {half.template.delimiter + '%d'!r} % shard_of({self.identity()}, {key.shards})"
                    )
                lines.append(f"out[{half.attribute.name!r}] = {{'S': t{n}}}")
        if long:
            lines.append(f"if {' or '.join(long)}: {label}.wire(d)")
        tests = [test for test in dict.fromkeys(tests) if test not in self.tested]
        if key.index is None:
            self.tested.update(tests)
        # What fails a test the key refuses, and says why; or finds in order (of text beyond ASCII, nearly all).
        return ([f"if {' or '.join(tests)}: {label}.wire(d)"] if tests else []) + lines

    def plain(self, half: PlainHalf) -> list[str]:
        """The tests of a half that is an attribute itself: it is in the item by then, as it is stored."""
        stored = f"out[{half.attribute.name!r}][{half.attribute.type!r}]"
        if half.attribute.type == "N":
            return []
        tests = [f"not {stored}", f"len({stored}) > {SHORT_KEY}"]
        return tests if half.attribute.type == "B" else [*tests, f"not {stored}.isascii()"]

    def identity(self) -> str:
        """The expression of ``BoundKey.identity`` of the primary key, which is in the item by then."""
        return " + '\\x00' + ".join(
            f"str(out[{attribute.name!r}][{attribute.type!r}])" for attribute in self.primary.attributes
        )

    def text(self, half: TemplateHalf) -> tuple[str, list[str]]:
        """The expression of a key's text, and the tests of what the key has to look at itself."""
        parts: list[str] = []
        refused: list[str] = []
        for segment in half.template.segments:
            if isinstance(segment, Literal):
                parts.append(segment.text.replace("{", "{{").replace("}", "}}"))
                continue
            part, tests = self.facet(self.number[segment.name], half.template.kind(segment), half.template.delimiter)
            parts.append(part)
            refused += tests
        # No part has a quote or a backslash of its own, so that what repr() escapes is the literals alone.
        return f"f{half.template.delimiter.join(parts)!r}", refused

    def facet(self, n: int, kind: FacetKind, delimiter: str) -> tuple[str, list[str]]:  # noqa: PLR0911 - one return for each kind
        v = f"v{n}"
        if isinstance(kind, TextFacet):
            if kind.escape:
                self.names[f"F{n}"] = kind
                return f"{{F{n}.encode({v})}}", [f"not {v}", f"not {v}.isascii()"]
            return f"{{{v}}}", [f"not {v}", f"{delimiter!r} in {v}", f"not {v}.isascii()"]
        if isinstance(kind, BoolFacet):
            return f"{{BOOLEANS[{v}]}}", []
        if isinstance(kind, IntFacet) and kind.width:
            return f"{{{v}:0{kind.width}d}}", [f"not 0 <= {v} < {10**kind.width}"]
        if isinstance(kind, TimeFacet):
            return (f"{{i{n}[:{kind.width}]}}" if kind.lossy else f"{{i{n}}}Z"), []
        if isinstance(kind, DateFacet):
            return f"{{{v}.isoformat()}}", []
        return f"{{{v}}}", []
