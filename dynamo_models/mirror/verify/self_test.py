"""Tries the verification itself: corruptions of every kind in a scratch copy of some items, each of which it must find.

The copy is a table of its own, which is removed at the end. The rows are held as they were when the copy was made, so
that live writes do not come between.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from dynamo_models import transport
from dynamo_models.errors import RawItem, ValueRefused
from dynamo_models.mirror import fence
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.sync import digest_of
from dynamo_models.mirror.verify.compare import Difference
from dynamo_models.mirror.verify.corruptions import KINDS, RESURRECTED, Corruption, Planter
from dynamo_models.mirror.verify.leads import Leads
from dynamo_models.mirror.verify.looks import Looker
from dynamo_models.mirror.verify.run import siblings
from dynamo_models.mirror.verify.scratch import scratch
from dynamo_models.mirror.verify.settle import Settler
from dynamo_models.mirror.verify.source import Source
from dynamo_models.mirror.verify.target import Target
from dynamo_models.mirror.verify.walks import Walks
from dynamo_models.schema.table import Table
from dynamo_models.writing import guards

ROWS = 200  # of each mirror
COPIED_AS = 1000  # the number that the copies carry


@dataclass(kw_only=True)
class SelfTest:
    """planted and found: by kind. missed: what was planted and not found. false: what was found and not planted.
    without: kinds for which no item had what it takes."""

    planted: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    rows: int = 0

    @property
    def ok(self) -> bool:
        return bool(self.planted) and not self.missed and not self.false


Images = list[tuple[fence.WireKey, RawItem]]


class _Frozen(Source):
    """Rows as they were at one moment, with all that their items are made of, and no log."""

    def __init__(self, using: str, rows: dict[Mirror, dict[str, Images]]) -> None:
        super().__init__(using)
        self._rows = rows

    def keys(self, mirror: Mirror, size: int, after: str | None = None) -> Iterator[list[str]]:
        del after
        keys = list(self._rows.get(mirror, {}))
        return iter([keys[start : start + size] for start in range(0, len(keys), size)])

    def count(self, mirror: Mirror) -> int:
        return len(self._rows.get(mirror, {}))

    def rows(self, mirror: Mirror, keys: Iterable[str]) -> dict[str, Any]:
        held = self._rows.get(mirror, {})
        return {key: held[key] for key in keys if key in held}

    def images(self, mirror: Mirror, row: Any) -> Images:
        del mirror
        return list(row)

    def in_flight(self, mirror: Mirror, keys: Sequence[str]) -> set[str]:
        del mirror, keys
        return set()

    def dead(self, mirror: Mirror, keys: Iterable[str]) -> set[str]:
        del mirror, keys
        return set()

    def remembered(self, digests: Iterable[str]) -> dict[str, set[tuple[str, str]]]:
        del digests
        return {}


def self_test(mirrors: Sequence[Mirror], using: str, *, rows: int = ROWS, seed: int | None = None) -> SelfTest:
    """Plant corruptions of every kind in a copy of some items, verify it, and compare what was found with it."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    chosen = siblings(mirrors)
    tables = list(dict.fromkeys(each.entity.schema.table for each in chosen))
    result = SelfTest()
    with ExitStack() as stack:
        target = Target({table.name: stack.enter_context(scratch(table)) for table in tables})
        there: dict[Mirror, dict[str, Images]] = {}
        planted: dict[str, Corruption] = {}
        for mirror in chosen:
            held = _some(mirror, using, rows)
            chance.shuffle(order := list(held))
            # Some are taken for deleted: their items are in the copy only where they were resurrected.
            gone = (
                {key: held.pop(key) for key in order[: max(1, len(order) // (len(KINDS) + 1))]}
                if len(order) > 1
                else {}
            )
            there[mirror] = held
            result.rows += len(held)
            planted |= _plant(mirror, held, gone, target, chance)
        result.planted = _count(each.kind for each in planted.values())
        result.without = [kind for kind in KINDS if kind not in result.planted]
        differences: list[Difference] = []
        looker = Looker(_Frozen(using, there), target, Leads(tuple(chosen), target, using))
        Walks(Settler(looker), lambda settled: differences.extend(settled.differences), workers=2).full(chosen)
    _judge(result, planted, differences)
    return result


def _judge(result: SelfTest, planted: dict[str, Corruption], differences: list[Difference]) -> None:
    found = {each.digest: each for each in differences}
    for digest, corruption in planted.items():
        difference = found.get(digest)
        if difference is None or difference.kind != corruption.found_as:
            said = "not found" if difference is None else f"found as {difference.kind}"
            result.missed.append(f"{corruption.kind} at {corruption.key}: {said}")
        else:
            result.found[corruption.kind] = result.found.get(corruption.kind, 0) + 1
    result.false = [f"{each.kind} at {each.key}" for digest, each in found.items() if digest not in planted]


def _plant(
    mirror: Mirror, held: dict[str, Images], gone: dict[str, Images], target: Target, chance: random.Random
) -> dict[str, Corruption]:
    table = mirror.entity.schema.table
    planter = Planter(table, chance)
    planted: dict[str, Corruption] = {}
    kinds = [kind for kind in KINDS if kind != RESURRECTED]
    number = 0
    for key, images in held.items():
        owner = {fence.OWNER: {"S": f"{mirror.label}:{key}"}}
        items = [{**raw, **owner, fence.VERSION: {"N": str(COPIED_AS)}} for _, raw in images]
        for item in items:
            _put(table, target, item)
        item = chance.choice(items)
        for turn in range(len(kinds)):
            corruption = planter.make(kinds[(number + turn) % len(kinds)], item, number)
            if corruption is not None:
                _carry_out(table, target, corruption)
                planted[digest_of(table.name, corruption.key)] = corruption
                break
        number += 1
    for key, images in gone.items():
        for _, raw in images:
            owner = {fence.OWNER: {"S": f"{mirror.label}:{key}"}}
            item = {**raw, **owner, fence.VERSION: {"N": str(COPIED_AS - 1)}}
            if (corruption := planter.make(RESURRECTED, item, number)) is not None:
                _carry_out(table, target, corruption)
                planted[digest_of(table.name, corruption.key)] = corruption
    return planted


def _carry_out(table: Table, target: Target, corruption: Corruption) -> None:
    if corruption.delete:
        transport.call(table, "DeleteItem", {"TableName": target.name(table), "Key": corruption.key})
    if corruption.put is not None:
        _put(table, target, corruption.put)


def _put(table: Table, target: Target, item: RawItem) -> None:
    transport.call(table, "PutItem", {"TableName": target.name(table), "Item": item})


def _some(mirror: Mirror, using: str, rows: int) -> dict[str, Images]:
    """What that many rows should be; without those that no item can hold, and those that have expired."""
    source, found = Source(using), {}
    keys = next(source.keys(mirror, rows), [])
    for key, row in source.rows(mirror, keys).items():
        try:
            images = source.images(mirror, row)
        except ValueRefused:
            continue
        if not any(guards.expired(mirror.entity.schema, raw) for _, raw in images):
            found[key] = images
    return found


def _count(kinds: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind in kinds:
        found[kind] = found.get(kind, 0) + 1
    return found
