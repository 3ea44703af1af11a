"""What a backfill would write, told from some of the real items, before anything is written."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from dynamo_models import wire
from dynamo_models.errors import RawItem, ValueRefused
from dynamo_models.mirror import fence
from dynamo_models.mirror.backfill.keyset import between, key_at
from dynamo_models.mirror.registration import Mirror
from dynamo_models.schema.table import Index, LocalIndex, Table

# Of us-east-1, on demand, Standard class, since November 2024; read in November 2026.
# https://aws.amazon.com/dynamodb/pricing/on-demand/
DOLLARS_PER_MILLION_WRITE_UNITS = 0.625
BYTES_PER_WRITE_UNIT = 1024

PLACES, ROWS_AT_EACH = 10, 50


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """rows: counted. The rest is told from ``sampled`` of them: bytes of all items with the unique ones, write units
    with those of indexes, hours at ``rate`` write units a second, dollars on demand. refused: of the sampled, those
    that no item can hold."""

    label: str
    rows: int
    sampled: int
    refused: int
    bytes: int
    write_units: int
    rate: float
    hours: float
    dollars: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def estimate(mirror: Mirror, using: str, *, rate: float) -> Estimate:
    """Count the rows and look at some from all over the table; nothing is written anywhere."""
    rows = mirror.model._base_manager.using(using).count()
    sampled = refused = size = units = 0
    for row in _sample(mirror, using, rows):
        sampled += 1
        try:
            images = [raw for _, raw in fence.images(mirror.item(row))]
        except ValueRefused:
            refused += 1
            continue
        table = mirror.entity.schema.table
        size += sum(wire.item_size(raw) for raw in images)
        units += sum(write_units(table, raw) for raw in images)
    share = rows / sampled if sampled else 0.0
    total = math.ceil(units * share)
    return Estimate(
        label=mirror.label,
        rows=rows,
        sampled=sampled,
        refused=refused,
        bytes=math.ceil(size * share),
        write_units=total,
        rate=rate,
        hours=total / rate / 3600,
        dollars=total / 1_000_000 * DOLLARS_PER_MILLION_WRITE_UNITS,
    )


def write_units(table: Table, raw: RawItem) -> int:
    """The write units of a first write of an item: its own, and those of each index that it is in."""
    raw = {**raw, fence.VERSION: {"N": "9" * 19}}
    total = _units(raw)
    for index in table.indexes.values():
        keys = [key.name for key in table.key_pair(index.name) if key is not None]
        if all(name in raw for name in keys):
            total += _units(_projected(table, index, keys, raw))
    return total


def _projected(table: Table, index: Index | LocalIndex, keys: list[str], raw: RawItem) -> RawItem:
    if index.projection == "all":
        return raw
    kept = {*keys, *(key.name for key in table.key_pair() if key is not None)}
    if index.projection != "keys":
        kept |= set(index.projection)
    return {name: value for name, value in raw.items() if name in kept}


def _units(raw: RawItem) -> int:
    return math.ceil(wire.item_size(raw) / BYTES_PER_WRITE_UNIT)


def _sample(mirror: Mirror, using: str, rows: int) -> list[Any]:
    """Up to PLACES times ROWS_AT_EACH rows, from places that are spread evenly over the table."""
    if rows <= PLACES * ROWS_AT_EACH:
        return list(mirror.rows(using))
    found: list[Any] = []
    for place in range(PLACES):
        low = key_at(between(mirror, using, None, None), place * rows // PLACES)
        if low is not None:
            found += mirror.rows(using).filter(pk__gte=low)[:ROWS_AT_EACH]
    return found
