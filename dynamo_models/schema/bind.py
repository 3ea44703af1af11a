"""Binds declared keys to the attributes of their entity; what does not fit becomes a finding of the system checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute, VersionAttribute
from pynamodb.attributes import BooleanAttribute as PynamoBoolean
from pynamodb.constants import MAP, STRING

from dynamo_models.errors import ValueRefused
from dynamo_models.keys import predicate
from dynamo_models.keys.facets import BoolFacet, FacetKind, TextFacet, TimeFacet
from dynamo_models.keys.template import Facet, Literal, Segment, Template, TemplateError, facet_id, parse_template
from dynamo_models.schema.attribute import Attr, NotAFacet
from dynamo_models.schema.key import (
    MAX_PARTITION_KEY_BYTES,
    MAX_SORT_KEY_BYTES,
    UNIQUE,
    BoundKey,
    BoundUnique,
    Half,
    Key,
    PlainHalf,
    TemplateHalf,
    Unique,
)
from dynamo_models.schema.table import KeyAttribute, Table

# The id that each finding has among the system checks; dynamo_models.checks has the list with what each means.
UNKNOWN_FACET = "dynamo_models.E001"
NUMBER_WITHOUT_WIDTH = "dynamo_models.E002"
NULLABLE_IN_PRIMARY = "dynamo_models.E003"
NO_SUCH_INDEX = "dynamo_models.E005"
BAD_TEMPLATE = "dynamo_models.E008"
NOT_A_FACET = "dynamo_models.E009"
NO_PRIMARY = "dynamo_models.E010"
WRONG_HALVES = "dynamo_models.E011"
LOSSY_PRIMARY = "dynamo_models.E012"
BAD_NAME = "dynamo_models.E013"
BAD_WHEN = "dynamo_models.E014"
BAD_SHARDS = "dynamo_models.E015"
BAD_UNIQUE = "dynamo_models.E016"
BAD_EXPIRY = "dynamo_models.E017"
WRONG_KEY_TYPE = "dynamo_models.E018"
BAD_UPGRADES = "dynamo_models.E019"
UNDECLARED = "dynamo_models.E024"

MIN_SHARDS, MAX_SHARDS = 2, 100


@dataclass(frozen=True)
class Finding:
    """Something wrong with a definition: the check's id, what it is, and what to do."""

    id: str
    message: str
    hint: str
    fatal: bool = True


class Binder:
    """Binds the keys of one entity. ``findings`` collects what does not fit.

    type_name: what its items are marked with. The keys of its unique items hold it, and so outlive a new class name.
    """

    def __init__(self, entity: str, type_name: str, table: Table, attributes: Mapping[str, Attribute[Any]]) -> None:
        self.entity = entity
        self.type_name = type_name
        self.table = table
        self.attributes = attributes
        self.findings: list[Finding] = []

    def find(self, id_: str, message: str, hint: str, *, fatal: bool = True) -> None:
        self.findings.append(Finding(id_, f"{self.entity}: {message}", hint, fatal))

    def key(self, name: str, key: Key, primary: BoundKey | None) -> BoundKey | None:
        """The bound key, or None where a finding says why it cannot be bound."""
        if key.index is not None and key.index not in self.table.indexes:
            have = ", ".join(self.table.indexes) or "none"
            self.find(
                NO_SUCH_INDEX,
                f"key {name!r} is on index {key.index!r}, which table {self.table.name} lacks (it has {have}).",
                f"Add Index({key.index!r}) to the table, or name one of its own.",
            )
            return None
        pk_attribute, sk_attribute = self.table.key_pair(key.index)
        if (key.sk is None) != (sk_attribute is None):
            place = key.index or f"table {self.table.name}"
            self.find(
                WRONG_HALVES,
                f"key {name!r} has {'no' if key.sk is None else 'a'} sort key and {place} "
                f"has {'none' if sk_attribute is None else 'one'}.",
                "Give the key the halves that its table or index has.",
            )
            return None
        pk = self.half(name, key.pk, pk_attribute, sort=False, primary=key.index is None)
        sk = self.half(name, key.sk, sk_attribute, sort=True, primary=key.index is None) if sk_attribute else None
        when = self.condition(name, key)
        if pk is None or (sk is None) != (sk_attribute is None) or when is None:
            return None
        local = key.index is not None and self.table.indexes[key.index].local
        bound = BoundKey(self.entity, name, key.index, pk, sk, when, key.shards, local, primary if key.index else None)
        return bound if self.fits(name, key, bound) else None

    def fits(self, name: str, key: Key, bound: BoundKey) -> bool:
        """Whether a bound key can be kept true: by its condition, its shards, and the primary key beside it."""
        count = len(self.findings)
        self.shards_fit(name, key, bound)
        if key.index is None:
            self.primary_holds(name, bound)
            return len(self.findings) == count
        differing = " and ".join(half.attribute.name for half in self.differing(bound))
        if differing:
            self.find(
                WRONG_HALVES,
                f"key {name!r} on {key.index} makes {differing} otherwise than the primary key does, and an item has "
                "it once.",
                f"Give it the primary key's own template for {differing}.",
            )
        if key.when is not None and not bound.computed:
            self.find(
                BAD_WHEN,
                f"key {name!r} has a condition, and its halves are attributes that stay whether it holds or not.",
                "Leave out when=, or key the index by an attribute of its own.",
            )
        return len(self.findings) == count

    def differing(self, bound: BoundKey) -> list[Half]:
        """The halves of an index key that stand in an attribute of the primary key (all local indexes have one, and an
        index that turns the primary key round has two) and differ from what stands there."""
        primary = bound.primary
        mine = {half.attribute: half for half in (primary.pk, primary.sk) if half} if primary else {}
        return [half for half in (bound.pk, bound.sk) if half and not _same(mine.get(half.attribute, half), half)]

    def half(self, name: str, text: str | None, attribute: KeyAttribute, *, sort: bool, primary: bool) -> Half | None:
        part = f"key {name!r}, {'sort' if sort else 'partition'} key {text!r}"
        try:
            segments = parse_template(text or "", self.table.delimiter)
        except TemplateError as error:
            self.find(BAD_TEMPLATE, f"{part}: {error}.", "A template reads like PROBLEM#{platform}#{problem_id}.")
            return None
        if len(segments) == 1 and isinstance(segments[0], Facet) and not segments[0].spec:
            only = segments[0].name
            if only in self.attributes and self.attributes[only].attr_name == attribute.name:
                return self.plain(part, only, attribute, sort=sort)
        if attribute.type != "S":
            self.find(
                WRONG_KEY_TYPE,
                f"{part}: {attribute.name} holds {attribute.type}, and a template makes text.",
                f"Name an attribute whose stored name is {attribute.name!r}, alone: {{name}}.",
            )
            return None
        kinds = self.kinds(part, segments, sort=sort, primary=primary)
        if kinds is None:
            return None
        template = Template(text or "", segments, kinds, self.table.delimiter)
        return TemplateHalf(attribute, template, MAX_SORT_KEY_BYTES if sort else MAX_PARTITION_KEY_BYTES)

    def plain(self, part: str, only: str, attribute: KeyAttribute, *, sort: bool) -> Half | None:
        attr = self.attributes[only]
        if attr.attr_type != attribute.type:
            self.find(
                WRONG_KEY_TYPE,
                f"{part}: {only} is stored as {attr.attr_type}, and the key attribute "
                f"{attribute.name} holds {attribute.type}.",
                "Give both one type: numeric('name') is a key attribute that holds a number.",
            )
            return None
        if isinstance(attr, NumberAttribute) and not isinstance(attr, VersionAttribute):
            self.find(NOT_A_FACET, f"{part}: {only}: a float never is a key.", "Use Int, or Number for exact decimals.")
            return None
        return PlainHalf(attribute, only, attr, MAX_SORT_KEY_BYTES if sort else MAX_PARTITION_KEY_BYTES)

    def kinds(
        self, part: str, segments: tuple[Segment, ...], *, sort: bool, primary: bool
    ) -> dict[str, FacetKind] | None:
        kinds: dict[str, FacetKind] = {}
        count = len(self.findings)
        for facet in segments:
            if isinstance(facet, Literal):
                continue
            attr = self.attributes.get(facet.name)
            if attr is None:
                self.find(
                    UNKNOWN_FACET,
                    f"{part}: there is no attribute {facet.name!r}.",
                    f"Declare it, or name one of {', '.join(self.attributes)}.",
                )
                continue
            try:
                kind = facet_kind(attr, facet.spec, self.table.delimiter)
            except NotAFacet as error:
                self.find(NOT_A_FACET, f"{part}: {facet.name}: {error}.", error.hint)
                continue
            if sort and kind.family == "int" and not kind.fixed:
                self.find(
                    NUMBER_WITHOUT_WIDTH,
                    f"{part}: {facet.name} is a number without a width, and 10 would sort before 2.",
                    f"Write the digits it has room for: {{{facet.name}:06d}}.",
                )
            if primary and attr.null:
                self.find(
                    NULLABLE_IN_PRIMARY,
                    f"{part}: {facet.name} may be absent, and the primary key may not.",
                    f"Leave out null=True on {facet.name}, or take another attribute.",
                )
            kinds[facet_id(facet)] = kind
        return kinds if len(self.findings) == count else None

    def condition(self, name: str, key: Key) -> predicate.Condition | None:
        if key.when is None:
            return predicate.EMPTY
        if key.index is None:
            self.find(BAD_WHEN, f"key {name!r} is the primary one and has a condition.", "Leave out when=.")
            return None
        try:
            condition = predicate.parse(key.when, self.attributes)
            for leaf in predicate.lookups(condition):
                self.comparable(leaf)
        except (predicate.PredicateError, ValueRefused) as error:
            self.find(BAD_WHEN, f"key {name!r}: when: {error}", "Write it on this entity's own attributes and types.")
            return None
        return condition

    def comparable(self, leaf: predicate.Lookup) -> None:
        """PredicateError or ValueRefused for a look-up that never holds: of a type that the attribute never has."""
        attr = self.attributes[leaf.name]
        if not isinstance(attr, Attr):
            return
        if leaf.path:
            if attr.attr_type != MAP:
                raise predicate.PredicateError(f"{leaf}: {leaf.name} is no Map, and there is no such look-up on it.")
        elif leaf.op in ("exact", "lt", "lte", "gt", "gte"):
            attr.check(leaf.value)
        elif leaf.op in ("in", "range"):
            for value in leaf.value:
                attr.check(value)
        elif leaf.op == "startswith" and attr.attr_type != STRING:
            raise predicate.PredicateError(f"{leaf}: {leaf.name} is no text.")

    def shards_fit(self, name: str, key: Key, bound: BoundKey) -> None:
        if key.shards and not (
            bound.pk.attribute.name in bound.computed
            and key.index is not None
            and MIN_SHARDS <= key.shards <= MAX_SHARDS
        ):
            self.find(
                BAD_SHARDS,
                f"key {name!r}: shards={key.shards}: only the partition key of a global index that is made of a "
                f"template is sharded, over {MIN_SHARDS} to {MAX_SHARDS}.",
                "Leave out shards=, or move the key to a global index.",
            )

    def primary_holds(self, name: str, bound: BoundKey) -> None:
        whole: set[str] = set()
        partial: set[str] = set()
        for half in (bound.pk, bound.sk):
            if isinstance(half, PlainHalf):
                whole.add(half.name)
                if half.attr.null:
                    self.find(
                        NULLABLE_IN_PRIMARY,
                        f"key {name!r}: {half.name} may be absent, and the primary key may not.",
                        f"Leave out null=True on {half.name}.",
                    )
            elif half is not None:
                for facet in half.template.facets:
                    (partial if half.template.kind(facet).lossy else whole).add(facet.name)
        for facet_name in sorted(partial - whole):
            self.find(
                LOSSY_PRIMARY,
                f"key {name!r}: of {facet_name} only a part is in the primary key, so two items that differ in the "
                "rest would be one.",
                f"Put {{{facet_name}}} itself behind it, or a date of its own in its place.",
            )

    def unique(self, name: str, unique: Unique) -> BoundUnique | None:
        text = self.table.delimiter.join((UNIQUE, self.type_name, name, unique.value))
        part = f"unique {name!r}, {unique.value!r}"
        try:
            segments = parse_template(text, self.table.delimiter)
        except TemplateError as error:
            self.find(BAD_TEMPLATE, f"{part}: {error}.", "It reads like {google_id}, or {platform}#{number}.")
            return None
        kinds = self.kinds(part, segments, sort=False, primary=False)
        if kinds is None:
            return None
        template = Template(text, segments, kinds, self.table.delimiter)
        textual = all(key is None or key.type == "S" for key in (self.table.pk, self.table.sk))
        if not template.facets or not textual or any(kinds[facet_id(facet)].lossy for facet in template.facets):
            self.find(
                BAD_UNIQUE,
                f"{part}: it needs a facet, each whole, and a table whose keys are text.",
                "Write the attributes that are unique together: {google_id}.",
            )
            return None
        return BoundUnique(self.entity, name, template, self.table.pk, self.table.sk)


def _same(half: Half, other: Half) -> bool:
    # By name, not by attribute: to compare two of PynamoDB's attributes is to make a condition, which is always true.
    if isinstance(half, TemplateHalf) and isinstance(other, TemplateHalf):
        return half.template == other.template
    return isinstance(half, PlainHalf) and isinstance(other, PlainHalf) and half.name == other.name


def facet_kind(attr: Attribute[Any], spec: str, delimiter: str) -> FacetKind:
    """The form of an attribute in a key, PynamoDB's own attributes included. NotAFacet where it has none."""
    if isinstance(attr, Attr):
        return attr.facet(spec, delimiter)
    if not spec:
        if type(attr) is UnicodeAttribute:
            return TextFacet(delimiter=delimiter)
        if type(attr) is PynamoBoolean:
            return BoolFacet()
        if type(attr) is UTCDateTimeAttribute and delimiter not in ":-.TZ":
            return TimeFacet()
    if isinstance(attr, NumberAttribute):
        raise NotAFacet("a float never is a facet", "Use Int.")
    raise NotAFacet(f"{type(attr).__name__} cannot stand in a key", "Use Text, Int, Bool, Timestamp, Date or Uuid.")
