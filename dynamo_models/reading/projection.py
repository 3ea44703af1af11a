"""What of an item an index has: the attributes that it stores, and those that its keys tell."""

from __future__ import annotations

from dataclasses import dataclass

from dynamo_models.schema.definition import EntitySchema
from dynamo_models.schema.key import BoundKey, PlainHalf


@dataclass(frozen=True)
class Projected:
    """Attributes by their names in Python. stored: what DynamoDB can filter on. known: those, and what keys tell."""

    stored: frozenset[str]
    known: frozenset[str]


def projected(schema: EntitySchema, key: BoundKey | None) -> Projected | None:
    """What the index of a key has of its items; None for all of them."""
    if key is None or key.index is None:
        return None
    projection = schema.table.indexes[key.index].projection
    if projection == "all":
        return None
    there = {attribute.name for attribute in (*schema.primary.attributes, *key.attributes)}
    if not isinstance(projection, str):
        there |= set(projection)
    stored = frozenset(name for name, attr in schema.attributes.items() if attr.attr_name in there)
    return Projected(stored, stored | told_by(schema.primary) | told_by(key))


def told_by(key: BoundKey) -> frozenset[str]:
    """The attributes that a key tells whole."""
    found: set[str] = set()
    for half in (key.pk, key.sk):
        if isinstance(half, PlainHalf):
            found.add(half.name)
        elif half is not None:
            found |= {facet.name for facet in half.template.facets if not half.template.kind(facet).lossy}
    return frozenset(found)


def needs_fetch(schema: EntitySchema, key: BoundKey, only: tuple[str, ...] | None) -> bool:
    """Whether the items have to be read by key for what is to be loaded of them."""
    part = projected(schema, key)
    if part is None:
        return False
    if schema.schema_version > 1:
        return True  # an item of an older version is brought up as a whole
    return not frozenset(schema.attributes if only is None else only) <= part.known


def marker_projected(schema: EntitySchema, key: BoundKey | None) -> bool:
    """Whether what is read has the attribute that names an item's entity."""
    if key is None or key.index is None:
        return True
    projection = schema.table.indexes[key.index].projection
    return projection == "all" or (not isinstance(projection, str) and schema.table.type_attribute in projection)


def expiry_projected(schema: EntitySchema, key: BoundKey | None) -> bool:
    """Whether what is read tells when an item expires; so too where its entity never does."""
    part = projected(schema, key)
    return schema.ttl is None or part is None or schema.ttl in part.stored
