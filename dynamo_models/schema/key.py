"""Keys as they are declared on an entity, and as they are once bound to its attributes and its table."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from dynamo_models.errors import KeyRefused
from dynamo_models.keys import predicate
from dynamo_models.keys.facets import FacetRefused
from dynamo_models.keys.template import Template
from dynamo_models.schema.table import KeyAttribute

MAX_PARTITION_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024


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
        text = self.template.render(values)
        if len(text.encode()) > self.limit:
            raise FacetRefused(f"the key is {len(text.encode())} bytes and DynamoDB takes {self.limit}")
        return {"S": text}


@dataclass(frozen=True)
class PlainHalf:
    """One half of a key that is an attribute itself, under its own stored name and with its own type."""

    attribute: KeyAttribute
    name: str
    attr: Any  # the Attr; it is the one that encodes the value

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def wire(self, values: Mapping[str, Any]) -> dict[str, Any]:
        value = values.get(self.name)
        if value is None or value in ("", b""):
            refused = FacetRefused("it is not given" if value is None else "it is empty")
            refused.facet = self.name  # type: ignore[attr-defined]
            raise refused
        return {self.attribute.type: self.attr.serialize(value)}


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
        """The stored names of the halves that are the key's own: made of facets, and not a local index's partition key."""
        halves = (self.sk,) if self.local else (self.pk, self.sk)
        return [half.attribute.name for half in halves if isinstance(half, TemplateHalf)]

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether an item with these values has the key: its condition holds and no facet is absent."""
        return self.when.holds(values) and all(values.get(name) is not None for name in self.facets)

    def wire(self, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The key's attributes for these values. KeyRefused names the facet that is in the way."""
        item: dict[str, dict[str, Any]] = {}
        for half in (self.pk, self.sk):
            if half is None:
                continue
            try:
                item[half.attribute.name] = half.wire(values)
            except FacetRefused as refused:
                raise self.refusal(getattr(refused, "facet", ""), str(refused)) from refused
        if self.shards:
            assert self.primary is not None  # noqa: S101 - a sharded key is never the primary one
            item[self.pk.attribute.name] = {
                "S": self.sharded(item[self.pk.attribute.name]["S"], shard_of(self.primary.identity(values), self.shards))
            }
        return item

    def sharded(self, text: str, shard: int) -> str:
        assert isinstance(self.pk, TemplateHalf)  # noqa: S101 - only templates are sharded
        return f"{text}{self.pk.template.delimiter}{shard}"

    def identity(self, values: Mapping[str, Any]) -> str:
        """The primary key as one text."""
        return "\x00".join(str(next(iter(value.values()))) for value in self.wire(values).values())

    def refusal(self, facet: str, reason: str) -> KeyRefused:
        place = f"{self.entity}.{self.name}"
        where = f" of {self.index}" if self.index else ""
        subject = f"facet {facet!r}" if facet else "the key"
        return KeyRefused(
            f"{self.entity}: key {self.name!r}{where} cannot be made: {subject}: {reason}.",
            entity=self.entity,
            key=place,
            facet=facet,
        )

    def read_back(self, item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
        """The facets of a stored item's key; None where it has no such key or it is another entity's."""
        values: dict[str, Any] = {}
        for half in (self.pk, self.sk):
            if half is None:
                continue
            held = item.get(half.attribute.name)
            if held is None or half.attribute.type not in held:
                return None
            if isinstance(half, PlainHalf):
                found: dict[str, Any] | None = {half.name: half.attr.deserialize(held[half.attribute.type])}
            else:
                text = held["S"]
                if self.shards and half is self.pk:
                    text, _, shard = text.rpartition(half.template.delimiter)
                    if not shard.isdigit() or int(shard) >= self.shards:
                        return None
                found = half.template.parse(text)
            if found is None or any(values.setdefault(name, value) != value for name, value in found.items()):
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
            text = self.template.render(values)
        except FacetRefused as refused:
            facet = getattr(refused, "facet", "")
            raise KeyRefused(
                f"{self.entity}: unique {self.name!r} cannot be made: facet {facet!r}: {refused}.",
                entity=self.entity,
                key=f"{self.entity}.{self.name}",
                facet=facet,
            ) from refused
        key = {self.table_pk.name: {"S": text}}
        if self.table_sk is not None:
            key[self.table_sk.name] = {"S": "UNIQUE"}
        return key
