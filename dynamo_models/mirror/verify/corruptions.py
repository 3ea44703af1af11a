"""Ten ways in which an item goes wrong: planted where a verification has to find each and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dynamo_models.errors import RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.verify.compare import index_names
from dynamo_models.schema.table import Table


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """kind: by its name. found_as: the kinds of difference that say it. put: what to write without any fence; delete:
    the key of what to remove."""

    kind: str
    found_as: str
    key: fence.WireKey
    put: RawItem | None = None
    delete: bool = False


@dataclass(frozen=True)
class Planter:
    """Makes corruptions of the items of one table. ``number`` makes what is planted unlike anything else."""

    table: Table
    chance: random.Random = field(default_factory=random.SystemRandom)

    def make(self, kind: str, item: RawItem, number: int) -> Corruption | None:
        """A corruption of that kind of an item as it is stored; None where the item has nothing for it.

        For ``resurrected`` the item is that of a row that is gone.
        """
        return KINDS[kind](self, kind, item, number)

    def key(self, item: RawItem) -> fence.WireKey:
        return {each.name: dict(item[each.name]) for each in self.table.key_pair() if each is not None}

    def attributes(self, item: RawItem, *kinds: str) -> list[str]:
        """The attributes of these of DynamoDB's types, or of any, that are no part of a key and not the marker."""
        keys = {each.name for each in self.table.key_attributes()}
        apart = keys | fence.BOOKKEEPING | {self.table.type_attribute}
        return sorted(
            name for name, value in item.items() if name not in apart and (not kinds or next(iter(value)) in kinds)
        )

    def change(self, kind: str, item: RawItem, changes: Mapping[str, Any], found_as: str = "different") -> Corruption:
        changed = {name: value for name, value in {**item, **changes}.items() if value is not None}
        return Corruption(kind=kind, found_as=found_as, key=self.key(item), put=changed)


def _missing(planter: Planter, kind: str, item: RawItem, number: int) -> Corruption:
    del number
    return Corruption(kind=kind, found_as="missing", key=planter.key(item), delete=True)


def _extra(planter: Planter, kind: str, item: RawItem, number: int) -> Corruption | None:
    pk = planter.table.pk
    if pk.type != "S":
        return None
    moved = {**item, pk.name: {"S": f"{item[pk.name]['S']}-planted-{number}"}}
    return Corruption(kind=kind, found_as="extra", key=planter.key(moved), put=moved)


def _text(planter: Planter, kind: str, item: RawItem, change: Callable[[str], str]) -> Corruption | None:
    names = [name for name in planter.attributes(item, "S") if len(item[name]["S"]) > 1]
    if not names:
        return None
    name = planter.chance.choice(names)
    return planter.change(kind, item, {name: {"S": change(item[name]["S"])}})


def _changed(planter: Planter, kind: str, item: RawItem, number: int) -> Corruption | None:
    return _text(planter, kind, item, lambda text: f"{text} {number}")


def _truncated(planter: Planter, kind: str, item: RawItem, number: int) -> Corruption | None:
    del number
    return _text(planter, kind, item, lambda text: text[:-1])


def _lost(planter: Planter, kind: str, item: RawItem, number: int) -> Corruption | None:
    del number
    names = planter.attributes(item)
    return planter.change(kind, item, {planter.chance.choice(names): None}) if names else None


def _added(planter: Planter, kind: str, item: RawItem, number: int) -> Corruption:
    return planter.change(kind, item, {"Planted": {"N": str(number)}})


def _number(planter: Planter, kind: str, item: RawItem, number: int) -> Corruption | None:
    del number
    names = planter.attributes(item, "N")
    if not names:
        return None
    name = planter.chance.choice(names)
    return planter.change(kind, item, {name: {"N": str(Decimal(item[name]["N"]) + 1)}})


def _index(planter: Planter, kind: str, item: RawItem, number: int) -> Corruption | None:
    names = [name for name in sorted(index_names(planter.table)) if "S" in item.get(name, {})]
    if not names:
        return None
    name = planter.chance.choice(names)
    return planter.change(kind, item, {name: {"S": f"{item[name]['S']}{number}"}}, "index")


def _stale(planter: Planter, kind: str, item: RawItem, number: int) -> Corruption | None:
    older = _changed(planter, kind, item, number) or _number(planter, kind, item, number)
    if older is None or older.put is None:
        return None
    version = (fence.version_of(item) or 1) - 1
    return planter.change(kind, older.put, {fence.VERSION: {"N": str(version)}})


def _resurrected(planter: Planter, kind: str, item: RawItem, number: int) -> Corruption:
    del number
    return Corruption(kind=kind, found_as="extra", key=planter.key(item), put=item)


RESURRECTED = "deleted item resurrected"
KINDS: dict[str, Callable[[Planter, str, RawItem, int], Corruption | None]] = {
    "missing item": _missing,
    "extra item": _extra,
    "changed value": _changed,
    "lost attribute": _lost,
    "extra attribute": _added,
    "number off by one": _number,
    "truncated text": _truncated,
    "drifted index key": _index,
    "stale older version": _stale,
    RESURRECTED: _resurrected,
}
