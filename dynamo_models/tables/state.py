"""The words in which a table is described on both sides, so that what is wanted and what is there can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

# What a table can be asked about. An endpoint that does not know one of them is named with these words.
CAPACITY = "capacity"
INDEX_CAPACITY = "index capacity"
TTL = "time to live"
RECOVERY = "point-in-time recovery"
ENCRYPTION = "encryption"
ENCRYPTION_KEY = "encryption key"
STREAM = "stream"
TAGS = "tags"
PROTECTION = "deletion protection"
SCALING = "auto scaling"

READ: Final = "read"
WRITE: Final = "write"
Dimension = Literal["read", "write"]

# (name, type), the partition key first. A type that the endpoint did not tell is "".
Keys = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Units:
    """Provisioned units per second."""

    read: int
    write: int

    def __str__(self) -> str:
        return f"{self.read} read, {self.write} write"

    def to_json(self) -> dict[str, int]:
        return {"read": self.read, "write": self.write}


@dataclass(frozen=True)
class ScalingRange:
    """Between which units auto scaling moves, and the per cent of use that it aims at."""

    lowest: int
    highest: int
    target: float

    def __str__(self) -> str:
        return f"{self.lowest} to {self.highest} units at {self.target:g} % of use"

    def to_json(self) -> dict[str, float]:
        return {"lowest": self.lowest, "highest": self.highest, "target": self.target}


@dataclass(frozen=True)
class ScalingPlace:
    """What is scaled: the reads or the writes of the table (``index`` is "") or of one index."""

    index: str
    dimension: Dimension

    def __str__(self) -> str:
        return f"{self.dimension} capacity of {f'index {self.index}' if self.index else 'the table'}"

    def to_json(self) -> dict[str, str | None]:
        return {"index": self.index or None, "dimension": self.dimension}


@dataclass(frozen=True)
class IndexState:
    """An index. ``attributes`` are what it projects besides keys; empty unless ``projection`` is INCLUDE."""

    name: str
    keys: Keys
    projection: str
    attributes: frozenset[str] = frozenset()
    local: bool = False
    units: Units | None = None

    def describe(self) -> str:
        """``CityPK (S), CitySK (S), projecting all``"""
        keys = ", ".join(f"{name} ({kind or '?'})" for name, kind in self.keys)
        shown = {"ALL": "all", "KEYS_ONLY": "keys only"}.get(self.projection)
        return f"{keys}, projecting {shown or ', '.join(sorted(self.attributes))}"

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "keys": _keys_json(self.keys),
            "projection": self.projection,
            "attributes": sorted(self.attributes),
            "local": self.local,
            "units": self.units.to_json() if self.units else None,
        }


def _keys_json(keys: Keys) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in keys]


def _nothing() -> Mapping[ScalingPlace, ScalingRange]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class TableState:
    """A table, as wanted or as found.

    units: None where requests are billed one by one.
    encryption: None (DynamoDB's own key), "aws" (the account's managed key) or a KMS key.
    stream: DynamoDB's name of the view, or None.
    policies: the names of the scaling policies that are there; a second one for the same metric would be refused.
    """

    name: str
    keys: Keys
    indexes: Mapping[str, IndexState]
    units: Units | None = None
    scaling: Mapping[ScalingPlace, ScalingRange] = field(default_factory=_nothing)
    policies: Mapping[ScalingPlace, str] = field(default_factory=dict)
    ttl: str | None = None
    recovery: bool = False
    encryption: str | None = None
    stream: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    deletion_protection: bool = False

    def global_indexes(self) -> list[IndexState]:
        return [index for index in self.indexes.values() if not index.local]

    def to_json(self) -> dict[str, Any]:
        """What CreateTable is given; the rest are steps of their own."""
        return {
            "name": self.name,
            "keys": _keys_json(self.keys),
            "indexes": [index.to_json() for index in self.indexes.values()],
            "units": self.units.to_json() if self.units else None,
            "encryption": self.encryption,
            "stream": self.stream,
            "tags": dict(self.tags),
            "deletion_protection": self.deletion_protection,
        }


@dataclass(frozen=True, kw_only=True)
class LiveTable:
    """What the endpoint said.

    state: None where there is no table.
    arn: "" where there is no table.
    unknown: what the endpoint could not be asked about, and why.
    fixed: what it tells and never changes after the table was created, and why.
    busy: what is being changed just now, in words; empty when the table and each index are ACTIVE.
    """

    state: TableState | None
    arn: str = ""
    unknown: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    busy: tuple[str, ...] = ()


def same_keys(one: Keys, other: Keys) -> bool:
    """Whether two key schemas are the same, as far as their types are known."""
    return len(one) == len(other) and all(
        name == other_name and (kind == other_kind or not kind or not other_kind)
        for (name, kind), (other_name, other_kind) in zip(one, other, strict=True)
    )


def projected(projection: str, attributes: frozenset[str], keys: frozenset[str]) -> tuple[str, frozenset[str]]:
    """A projection in its one form: keys are always projected, so that naming them says nothing."""
    if projection != "INCLUDE":
        return projection, frozenset()
    others = attributes - keys
    return ("INCLUDE", others) if others else ("KEYS_ONLY", frozenset())
