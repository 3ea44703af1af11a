"""One look at some keys of both stores: what differs, and whether a change was on its way meanwhile.

The order of the reads is what makes it count: the log, the rows, the items, the log again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dynamo_models.errors import RawItem, ValueRefused
from dynamo_models.mirror import fence
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.sync import digest_of
from dynamo_models.mirror.verify.compare import Difference, compare
from dynamo_models.mirror.verify.leads import Leads
from dynamo_models.mirror.verify.source import Source
from dynamo_models.mirror.verify.target import Target
from dynamo_models.schema.table import Table
from dynamo_models.writing import guards


@dataclass(frozen=True, kw_only=True)
class Extra:
    """An item that no row was found to want. row_key: of the row that it leads to, as far as that can be told."""

    mirror: Mirror
    digest: str
    key: fence.WireKey
    row_key: str | None
    seq: int | None = None


@dataclass(kw_only=True)
class Look:
    """What one look found at a row, or at an extra item. in_flight: it says nothing, as a change was on its way."""

    in_flight: bool = False
    differences: list[Difference] = field(default_factory=list)

    def same_as(self, other: Look) -> bool:
        return len(self.differences) == len(other.differences) and all(
            a.same_as(b) for a, b in zip(self.differences, other.differences, strict=True)
        )


@dataclass
class Looker:
    """Looks at both stores."""

    source: Source
    target: Target
    leads: Leads

    def compared(self, mirror: Mirror, keys: Sequence[str]) -> tuple[dict[str, list[Difference]], set[str]]:
        """The differences of each of these rows, those without any left out, and the digests of all that they want."""
        table = mirror.entity.schema.table
        differences: dict[str, list[Difference]] = {}
        images: dict[str, tuple[str, fence.WireKey, RawItem]] = {}
        several: list[tuple[str, str, fence.WireKey, RawItem]] = []
        for row_key, row in self.source.rows(mirror, keys).items():
            try:
                made = self.source.images(mirror, row)
            except Exception as error:  # noqa: BLE001 - whatever it is, there is no item to compare with
                differences.setdefault(row_key, []).append(_refused(mirror, row_key, error))
                continue
            for key, raw in made:
                digest = digest_of(table.name, key)
                images[digest] = (row_key, key, raw)
                several.append((row_key, digest, key, raw))
        held = self.target.get(table, (key for _, key, _ in images.values()))
        for row_key, digest, key, raw in several:
            found = compare(mirror, row_key, key, wanted=raw, found=held.get(digest))
            if found is not None:
                differences.setdefault(row_key, []).append(found)
        return differences, set(images)

    def rows(self, mirror: Mirror, keys: Sequence[str]) -> dict[str, Look]:
        """A look at each of these rows, guarded by the log on both sides."""
        before = self.source.in_flight(mirror, keys)
        differences, _ = self.compared(mirror, keys)
        moving = before | self.source.in_flight(mirror, keys)
        return {key: Look(in_flight=key in moving, differences=differences.get(key, [])) for key in keys}

    def extras(self, table: Table, extras: Sequence[Extra]) -> dict[str, Look]:
        """A look at each of these items of one table: is it still there, and does still no row want it?"""
        keys = [each.key for each in extras]
        first = self.target.get(table, keys)
        rows = self._rows_of(table, extras, first)
        moving = self._moving(rows)
        wanted = {digest for mirror, found in _by_mirror(rows.values()) for digest in self.wanted(mirror, found)}
        second = self.target.get(table, keys)
        moving |= self._moving(rows)
        found: dict[str, Look] = {}
        for extra in extras:
            raw, digest = first.get(extra.digest), extra.digest
            changed = raw != second.get(digest)
            there = raw is not None and self._counts(table, extra.mirror, raw)
            if not changed and (not there or digest in wanted):
                found[digest] = Look()
            elif changed or moving & rows[digest]:
                found[digest] = Look(in_flight=True)
            else:
                found[digest] = Look(differences=[_extra(extra, raw or {}, rows[digest])])
        return found

    def _counts(self, table: Table, mirror: Mirror, raw: RawItem) -> bool:
        """Whether an item is one that some row should want: no tombstone, not expired, and of a mirrored entity."""
        if fence.is_tombstone(table, raw) or self.leads.mirror_of(table, raw) is None:
            return False
        return not guards.expired(mirror.entity.schema, raw)

    def _rows_of(
        self, table: Table, extras: Sequence[Extra], held: dict[str, RawItem]
    ) -> dict[str, set[tuple[Mirror, str]]]:
        """For each, the rows that could want it: the one it leads to now or led to before, and those remembered."""
        labels = {each.label: each for each in self.leads.mirrors}
        found: dict[str, set[tuple[Mirror, str]]] = {each.digest: set() for each in extras}
        for extra in extras:
            if extra.row_key is not None:
                found[extra.digest].add((extra.mirror, extra.row_key))
        there = [
            (digest, mirror, raw)
            for digest, raw in held.items()
            if (mirror := self.leads.mirror_of(table, raw)) is not None
        ]
        keys = self.leads.row_keys(table, [(mirror, raw) for _, mirror, raw in there])
        for (digest, mirror, _), row_key in zip(there, keys, strict=True):
            if row_key is not None:
                found[digest].add((mirror, row_key))
        for digest, owners in self.source.remembered(found).items():
            found[digest] |= {(labels[label], row_key) for label, row_key in owners if label in labels}
        return found

    def _moving(self, rows: dict[str, set[tuple[Mirror, str]]]) -> set[tuple[Mirror, str]]:
        return {
            (mirror, key)
            for mirror, keys in _by_mirror(rows.values())
            for key in self.source.in_flight(mirror, sorted(keys))
        }

    def wanted(self, mirror: Mirror, keys: Iterable[str]) -> set[str]:
        """The digests of all keys that these rows want."""
        found: set[str] = set()
        name = mirror.entity.schema.table.name
        for row in self.source.rows(mirror, keys).values():
            try:
                found |= {digest_of(name, key) for key, _ in self.source.images(mirror, row)}
            except ValueRefused:  # no item can hold it, so it wants none; the relay's dead letters say so
                continue
        return found


def _by_mirror(rows: Iterable[set[tuple[Mirror, str]]]) -> list[tuple[Mirror, set[str]]]:
    found: dict[Mirror, set[str]] = {}
    for each in rows:
        for mirror, key in each:
            found.setdefault(mirror, set()).add(key)
    return list(found.items())


def _extra(extra: Extra, raw: RawItem, rows: set[tuple[Mirror, str]]) -> Difference:
    others: Any = sorted((mirror.label, key, mirror) for mirror, key in rows) if extra.row_key is None else []
    mirror, row_key = (others[0][2], others[0][1]) if others else (extra.mirror, extra.row_key or "")
    return Difference(
        kind="extra",
        mirror=mirror,
        row_key=row_key,
        digest=extra.digest,
        key=extra.key,
        old={},
        new=raw,
        seq=fence.version_of(raw),
    )


def _refused(mirror: Mirror, row_key: str, error: Exception) -> Difference:
    reason = {"reason": {"S": f"{type(error).__name__}: {error}"}}
    return Difference(kind="refused", mirror=mirror, row_key=row_key, digest="", key={}, old=reason, new={}, seq=None)
