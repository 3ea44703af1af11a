"""The partitions that hold every match of a read: from what is asked of the facets of a partition key."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dynamo_models.errors import ValueRefused
from dynamo_models.keys.facets import DateFacet, FacetKind, FacetRefused, IntFacet
from dynamo_models.keys.predicate import Condition
from dynamo_models.reading.facts import MAX_FAN_OUT, Fact, spread
from dynamo_models.reading.plan import NotServed
from dynamo_models.reading.ranges import within
from dynamo_models.schema.attributes import DateAttribute, IntAttribute
from dynamo_models.schema.key import MAX_PARTITION_KEY_BYTES, BoundKey, Half, TemplateHalf


@dataclass(frozen=True)
class Partitions:
    """keys: the partition keys as stored; none where nothing can match. used: the conditions that they answer whole."""

    keys: tuple[dict[str, Any], ...]
    used: tuple[Condition, ...]


@dataclass(frozen=True)
class _Choice:
    values: list[Any]
    used: tuple[Condition, ...]


def partitions(key: BoundKey, facts: Mapping[str, Fact]) -> Partitions:
    """Every partition of a key that a match can be in. NotServed where they are not known, or too many."""
    choices: dict[str, _Choice] = {}
    missing: list[str] = []
    for name, kind in _facets(key.pk):
        found = _choice(key.pk, kind, facts.get(name))
        if found is None:
            missing.append(name)
        else:
            choices[name] = found
    if missing:
        raise NotServed(f"its partition needs {', '.join(missing)}, each equal to a value")
    _few(math.prod(len(choice.values) for choice in choices.values()) * max(1, key.shards))
    keys: list[dict[str, Any]] = []
    for combination in itertools.product(*(choice.values for choice in choices.values())):
        for each in _keys(key, dict(zip(choices, combination, strict=True))):
            if each not in keys:  # two times of one day are in one partition of days
                keys.append(each)
    used = tuple(leaf for choice in choices.values() for leaf in choice.used)
    return Partitions(tuple(keys), used)


def _few(count: int) -> None:
    if count > MAX_FAN_OUT:
        raise NotServed(f"it would be {count} partitions, and {MAX_FAN_OUT} are the most")


def _facets(half: Half) -> Iterable[tuple[str, FacetKind | None]]:
    """Each facet once: of one that stands there in several forms, the one that tells most."""
    if not isinstance(half, TemplateHalf):
        # A range of a plain day or number can be gone through as that of a facet.
        if isinstance(half.attr, DateAttribute):
            return [(half.name, DateFacet())]
        return [(half.name, IntFacet() if isinstance(half.attr, IntAttribute) else None)]
    found: dict[str, FacetKind] = {}
    for facet in half.template.facets:
        kind = half.template.kind(facet)
        known = found.get(facet.name)
        if known is None or (not kind.lossy, kind.width or 0) > (not known.lossy, known.width or 0):
            found[facet.name] = kind
    return found.items()


def _choice(half: Half, kind: FacetKind | None, fact: Fact | None) -> _Choice | None:
    lossy = kind is not None and kind.lossy
    if fact is not None and fact.values is not None:
        return _Choice(fact.values, () if lossy else tuple(fact.leaves))
    if fact is not None and kind is not None and (found := spread(kind, fact)) is not None:
        values, exact = found
        return _Choice(values, tuple(fact.range_leaves) if exact else ())
    if isinstance(half, TemplateHalf):
        declared = kind.values if kind is not None else None
    else:
        declared = getattr(half.attr, "choices", None)
    return None if declared is None else _Choice(list(declared), ())


def _keys(key: BoundKey, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        wire = key.pk.wire(values)
    except (FacetRefused, ValueRefused):
        return []  # no stored key can have this value: it matches nothing
    if not within(wire, MAX_PARTITION_KEY_BYTES):
        return []
    if not key.shards:
        return [wire]
    return [{"S": key.sharded(wire["S"], shard)} for shard in range(key.shards)]
