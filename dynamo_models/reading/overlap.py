"""Whether a read of one entity can meet items of another: proved from the templates of all entities of the table."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable

from dynamo_models.keys.template import Literal, Segment, may_overlap
from dynamo_models.reading.projection import marker_projected
from dynamo_models.schema.attributes import DateAttribute, UuidAttribute
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.schema.key import BoundKey, Half, PlainHalf, TemplateHalf


def others_in_reach(schema: EntitySchema, key: BoundKey) -> bool:
    """Whether a read by this key can meet items of another entity, so that the marker has to be asked for.

    The templates decide it for all values: what is asked could only narrow it.
    """
    return marker_projected(schema, key) and _others(
        schema, key.name, tuple(dict.fromkeys(schema.table.entities.values()))
    )


@functools.lru_cache(maxsize=1024)
def _others(schema: EntitySchema, key: str, entities: tuple[type, ...]) -> bool:
    # Asked for each read; it changes only when another entity is defined.
    del entities
    return any(True for _ in neighbours(schema, schema.keys[key]))


def neighbours(schema: EntitySchema, key: BoundKey) -> Iterable[tuple[EntitySchema, BoundKey]]:
    """Keys of other entities, in the same index, that a read of this one by this key can meet."""
    for other in dict.fromkeys(schema.table.entities.values()):
        if other is schema.entity:
            continue
        for theirs in other.schema.keys.values():
            if theirs.index == key.index and keys_meet(key, theirs):
                yield other.schema, theirs


def keys_meet(key: BoundKey, other: BoundKey) -> bool:
    """Whether a partition of the one can be a partition of the other, and a read of the one's sort keys meet the
    other's: a read asks at least for the literals that its sort key begins with."""
    return _partitions_meet(key, other) and (
        key.sk is None or other.sk is None or _halves_meet(key.sk, other.sk, whole=False)
    )


def _partitions_meet(key: BoundKey, other: BoundKey) -> bool:
    if bool(key.shards) == bool(other.shards) or not (
        isinstance(key.pk, TemplateHalf) and isinstance(other.pk, TemplateHalf)
    ):
        return _halves_meet(key.pk, other.pk, whole=True)
    # A shard's number is one more segment, which the other may have as a literal or a facet.
    sharded, single = (key, other) if key.shards else (other, key)
    assert isinstance(sharded.pk, TemplateHalf)  # noqa: S101 - both are
    assert isinstance(single.pk, TemplateHalf)  # noqa: S101
    mine, theirs = sharded.pk.template, single.pk.template
    return len(mine.segments) + 1 == len(theirs.segments) and any(
        may_overlap([*mine.segments, str(shard)], list(theirs.segments), mine, theirs)
        for shard in range(sharded.shards)
    )


def _halves_meet(half: Half, other: Half, *, whole: bool) -> bool:
    if isinstance(half, PlainHalf) or isinstance(other, PlainHalf):
        return half.attribute.type == other.attribute.type and not (whole and _apart(half, other))
    theirs: list[Segment | str] = list(other.template.segments)
    mine: list[Segment | str] = list(half.template.segments)
    if whole or not half.template.facets:
        return len(mine) == len(theirs) and may_overlap(mine, theirs, half.template, other.template)
    # A read asks for the literals before the first facet, and the delimiter behind them; with none, for all there is.
    leading: list[Segment | str] = list(itertools.takewhile(lambda segment: isinstance(segment, Literal), mine))
    return not leading or (len(leading) < len(theirs) and may_overlap(leading, theirs, half.template, other.template))


def _apart(half: Half, other: Half) -> bool:
    """Whether of two partition keys one is an attribute whose texts never hold a delimiter, and the other always has
    one: items under a UUID, say, and items under ``TAG#{tag}`` in a table without a sort key."""
    plain, made = (half, other) if isinstance(half, PlainHalf) else (other, half)
    return (
        isinstance(plain, PlainHalf)
        and isinstance(made, TemplateHalf)
        and len(made.template.segments) > 1
        and isinstance(plain.attr, UuidAttribute | DateAttribute)
        and made.template.delimiter != "-"
    )
