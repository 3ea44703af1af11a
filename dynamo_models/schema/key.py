"""Keys as they are declared on an entity, and as they are once bound to its attributes and its table."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from dynamo_models.errors import KeyRefused, ValueRefused
from dynamo_models.keys import predicate
from dynamo_models.keys.facets import FacetRefused
from dynamo_models.keys.template import Template
from dynamo_models.schema.table import KeyAttribute

MAX_PARTITION_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024

# What the partition keys of unique items begin with, and what their sort key is.
UNIQUE = "UNIQUE"


@dataclass(frozen=True)
class Key:
    """An access pattern: ``Key("PLATFORM#{platform}", "{created_at}", index="GSI1", when=Q(is_deleted=False))``.

    pk, sk: templates of its two halves. Between two delimiters stands a literal, or exactly one facet.
    index: the index that it is the key of; None for the table's own.
    when: an item is in the index only while this holds. It is data, so that what it depends on is known.
    shards: spreads one hot partition over so many, by a stable hash of the item's identity; reads merge them in order.
    """

    pk: str
    sk: str | None = None
    index: str | None = field(default=None, kw_only=True)
    when: Q | None = field(default=None, kw_only=True)
    shards: int = field(default=0, kw_only=True)


@dataclass(frozen=True)
class Unique:
    """An identity other than the primary key: ``Unique("{google_id}")``.

    A small item at ``UNIQUE#{entity}#{name}#…`` is written in the same transaction. It makes the value unique among the
    items of its entity, and one strongly consistent read of it says where the item is. Absent facets make no item.
    """

    value: str


@dataclass(frozen=True)
class TemplateHalf:
    """One half of a key that is made of facets."""

    attribute: KeyAttribute
    template: Template
    limit: int

    @property
    def names(self) -> tuple[str, ...]:
        return self.template.names

    def wire(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {"S": _within(self.limit, self.template.render(values))}


@dataclass(frozen=True)
class PlainHalf:
    """One half of a key that is an attribute itself, under its own stored name and with its own type."""

    attribute: KeyAttribute
    name: str
    attr: Any  # the Attr; it is the one that encodes the value
    limit: int

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def wire(self, values: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {self.attribute.type: _within(self.limit, self.stored(values.get(self.name)))}
        except FacetRefused as refused:
            refused.facet = self.name
            raise

    def stored(self, value: Any) -> Any:
        """A value as it is stored. FacetRefused where it cannot be a key."""
        if value is None or value in ("", b""):
            raise FacetRefused("it is not given" if value is None else "it is empty")
        try:
            return self.attr.serialize(value)
        except ValueRefused as refused:
            raise FacetRefused(str(refused).rstrip(".")) from refused


def _within(limit: int, held: str | bytes) -> str | bytes:
    try:
        size = len(held.encode() if isinstance(held, str) else held)
    except UnicodeEncodeError:
        raise FacetRefused(f"{held!r} holds half of a surrogate pair, which is no Unicode text") from None
    if size > limit:
        raise FacetRefused(f"the key is {size:,} bytes and DynamoDB takes {limit:,}")
    return held


Half = TemplateHalf | PlainHalf


def shard_of(identity: str, shards: int) -> int:
    """The shard of an item; CRC-32 of its primary key, so that every process and release agrees."""
    return zlib.crc32(identity.encode()) % shards


@dataclass(frozen=True)
class BoundKey:
    """A key of an entity: its halves with their kinds, and the condition under which it is there."""

    entity: str
    name: str
    index: str | None
    pk: Half
    sk: Half | None
    when: predicate.Condition
    shards: int
    local: bool
    primary: BoundKey | None  # whose text is the identity that shards are counted by; None for the primary itself

    @property
    def facets(self) -> frozenset[str]:
        """The attributes that the key is made of."""
        return frozenset(self.pk.names) | frozenset(self.sk.names if self.sk else ())

    @property
    def depends(self) -> frozenset[str]:
        """The attributes that decide whether the key is there and what it is."""
        return self.facets | predicate.names_of(self.when)

    @property
    def is_plain(self) -> bool:
        """Whether both halves are attributes themselves: then there is nothing to keep true."""
        return isinstance(self.pk, PlainHalf) and (self.sk is None or isinstance(self.sk, PlainHalf))

    @property
    def attributes(self) -> list[KeyAttribute]:
        return [self.pk.attribute, *([self.sk.attribute] if self.sk else [])]

    @property
    def computed(self) -> list[str]:
        """The stored names of the halves that are the key's own: made of facets, and not the primary key's as well, as
        the partition key of a local index is."""
        taken = {attribute.name for attribute in self.primary.attributes} if self.primary else set()
        made = [half.attribute.name for half in (self.pk, self.sk) if isinstance(half, TemplateHalf)]
        return [name for name in made if name not in taken]

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether an item with these values has the key: its condition holds and no facet is absent."""
        return self.when.holds(values) and all(values.get(name) is not None for name in self.facets)

    def wire(self, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The key's attributes for these values. KeyRefused names the facet that is in the way."""
        try:
            item = {half.attribute.name: half.wire(values) for half in (self.pk, self.sk) if half is not None}
            if self.shards:
                assert self.primary is not None  # noqa: S101 - a sharded key is never the primary one
                shard = shard_of(self.primary.identity(values), self.shards)
                name = self.pk.attribute.name
                item[name] = {"S": _within(self.pk.limit, self.sharded(item[name]["S"], shard))}
        except FacetRefused as refused:
            raise self.refusal(refused.facet, str(refused)) from refused
        return item

    def sharded(self, text: str, shard: int) -> str:
        """The partition key of one shard, of the partition key without its number."""
        assert isinstance(self.pk, TemplateHalf)  # noqa: S101 - only templates are sharded
        return f"{text}{self.pk.template.delimiter}{shard}"

    def identity(self, values: Mapping[str, Any]) -> str:
        """The primary key as one text."""
        return "\x00".join(str(next(iter(value.values()))) for value in self.wire(values).values())

    def refusal(self, facet: str, reason: str) -> KeyRefused:
        """The error for a key that cannot be made of some values."""
        return _refusal(
            self.entity, self.name, f"key {self.name!r}{f' of {self.index}' if self.index else ''}", facet, reason
        )

    def read_back(self, item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
        """The facets of a stored item's key; None where it has no such key or it is another entity's."""
        values: dict[str, Any] = {}
        partial: list[tuple[Template, str]] = []
        for half in (self.pk, self.sk):
            if half is None:
                continue
            held = item.get(half.attribute.name)
            if held is None or half.attribute.type not in held:
                return None
            if isinstance(half, PlainHalf):
                found = _plain_value(half, held[half.attribute.type])
            else:
                text = held["S"]
                if self.shards and half is self.pk:
                    text, _, shard = text.rpartition(half.template.delimiter)
                    if shard not in map(str, range(self.shards)):
                        return None
                found = half.template.parse(text)
                partial += [(half.template, text)] if half.template.lossy else []
            if found is None or any(values.setdefault(name, value) != value for name, value in found.items()):
                return None
        # A part of a time may contradict the time, which stands beside it or in the other half.
        if any(values.keys() >= set(template.names) and template.render(values) != text for template, text in partial):
            return None
        return values


@dataclass(frozen=True)
class BoundUnique:
    """A unique identity of an entity: the template of the small item's key."""

    entity: str
    name: str
    template: Template
    table_pk: KeyAttribute
    table_sk: KeyAttribute | None

    @property
    def facets(self) -> frozenset[str]:
        return frozenset(self.template.names)

    def holds(self, values: Mapping[str, Any]) -> bool:
        return all(values.get(name) is not None for name in self.facets)

    def key(self, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The primary key of the small item. KeyRefused names the facet that is in the way."""
        try:
            text = _within(MAX_PARTITION_KEY_BYTES, self.template.render(values))
        except FacetRefused as refused:
            raise _refusal(self.entity, self.name, f"unique {self.name!r}", refused.facet, str(refused)) from refused
        key = {self.table_pk.name: {"S": text}}
        if self.table_sk is not None:
            key[self.table_sk.name] = {"S": UNIQUE}
        return key


def _plain_value(half: PlainHalf, held: Any) -> dict[str, Any] | None:
    try:
        return {half.name: half.attr.deserialize(held)}
    except (ValueError, TypeError):
        return None  # another entity's, whose attribute of that name is of another type


def _refusal(entity: str, name: str, what: str, facet: str, reason: str) -> KeyRefused:
    subject = f"facet {facet!r}: {reason}" if facet else reason
    return KeyRefused(
        f"{entity}: {what} cannot be made: {subject}.", entity=entity, key=f"{entity}.{name}", facet=facet
    )
