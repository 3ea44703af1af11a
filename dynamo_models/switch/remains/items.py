"""The mirror's bookkeeping on items, and its tombstones: found by a scan, and cleared beside live writers.

Each is cleared on the condition that its bookkeeping is as it was read, and nothing else of an item is touched; what a
writer has changed meanwhile is left to the next pass.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from dynamo_models.errors import ConditionFailed, RawItem, Throttled
from dynamo_models.mirror import fence
from dynamo_models.mirror.registration import mirrors
from dynamo_models.mirror.side_by_side import side_by_side
from dynamo_models.mirror.verify.leads import Leads
from dynamo_models.mirror.verify.target import Target
from dynamo_models.schema.table import Table
from dynamo_models.transport import call
from dynamo_models.writing.call import WireKey

PAGE = 500  # items that are read at once, and gone over again after a crash
FIRST_WAIT, LONGEST_WAIT, MOST_TRIES = 0.1, 20.0, 12  # seconds, doubled with each try that is throttled
_NAMES = {"#v": fence.VERSION, "#r": fence.OWNER}


@dataclass(kw_only=True)
class Place:
    """How far a clearance is. passes: that are done. table, start: the pages behind that key of that table are left.
    found: what this pass has come upon."""

    passes: int = 0
    table: str | None = None
    start: WireKey | None = None
    found: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def count(group: str, using: str) -> dict[str, int]:
    """How many tombstones and items with bookkeeping a group has, by a scan of its tables: tombstones, items."""
    found: Counter[str] = Counter(tombstones=0, items=0)
    mine = _Mine(group, using)
    for table in mine.tables:
        for page, _ in _pages(mine, table, None):
            for raw in page:
                found["tombstones" if fence.is_tombstone(table, raw) else "items"] += 1
    return dict(found)


def clear(group: str, using: str, place: Place, *, saved: Callable[[Place], None]) -> int:
    """Go over what is left of a pass; how many were found in it. ``saved`` is called after each page."""
    mine = _Mine(group, using)
    names = [table.name for table in mine.tables]
    for table in mine.tables[names.index(place.table) if place.table in names else 0 :]:
        start = place.start if place.table == table.name else None
        for page, last in _pages(mine, table, start):
            for answer in side_by_side(lambda raw, table=table: _cleared(table, raw), page):  # type: ignore[misc]
                if isinstance(answer, Exception):
                    raise answer
            place.found += len(page)
            place.table, place.start = table.name, last
            if last is not None:
                saved(place)
        place.table, place.start = _next(names, table.name), None
        saved(place)
    return place.found


def _next(names: list[str], name: str) -> str | None:
    return next(iter(names[names.index(name) + 1 :]), None)


class _Mine:
    """Tells a group's items from others' in the same table."""

    def __init__(self, group: str, using: str) -> None:
        chosen = mirrors(group)
        self.tables = list(dict.fromkeys(mirror.entity.schema.table for mirror in chosen))
        self._labels = {mirror.label for mirror in chosen}
        self._others = {mirror.label for mirror in mirrors()} - self._labels
        self._shared = {mirror.entity.schema.table for mirror in mirrors() if mirror.label in self._others}
        self._leads = Leads(tuple(chosen), Target(), using)

    def has(self, table: Table, raw: RawItem) -> bool:
        label = fence.owner_of(raw).partition(":")[0]
        if label in self._labels | self._others:
            return label in self._labels
        if fence.is_tombstone(table, raw):  # it says of no row that there is
            return table not in self._shared
        return self._leads.mirror_of(table, raw) is not None


def _pages(mine: _Mine, table: Table, start: WireKey | None) -> Iterator[tuple[list[RawItem], WireKey | None]]:
    """What a page has to clear, and the key to go on behind; None at the end."""
    request: dict[str, Any] = {
        "TableName": table.endpoint_name,
        "ConsistentRead": True,
        "Limit": PAGE,
        "FilterExpression": "attribute_exists(#v) OR attribute_exists(#r) OR #t = :tombstone",
        "ExpressionAttributeNames": _NAMES | {"#t": table.type_attribute},
        "ExpressionAttributeValues": {":tombstone": {"S": fence.TOMBSTONE}},
    }
    while True:
        if start is not None:
            request["ExclusiveStartKey"] = start
        answer = _patiently(table, "Scan", request)
        start = answer.get("LastEvaluatedKey") or None
        yield [raw for raw in answer.get("Items", []) if mine.has(table, raw)], start
        if start is None:
            return


def _cleared(table: Table, raw: RawItem) -> bool:
    """Clear one; whether it was as it was read."""
    key = {each.name: dict(raw[each.name]) for each in table.key_pair() if each is not None}
    as_read = ["#t = :t" if table.type_attribute in raw else "attribute_not_exists(#t)"]
    values = {":t": dict(raw[table.type_attribute])} if table.type_attribute in raw else {}
    for name, stored in _NAMES.items():
        if stored in raw:
            as_read.append(f"{name} = :{name[1:]}")
            values[f":{name[1:]}"] = dict(raw[stored])
        else:
            as_read.append(f"attribute_not_exists({name})")
    request: dict[str, Any] = {
        "TableName": table.endpoint_name,
        "Key": key,
        "ConditionExpression": " AND ".join(as_read),
        "ExpressionAttributeNames": _NAMES | {"#t": table.type_attribute},
        "ExpressionAttributeValues": values,
    }
    tombstone = fence.is_tombstone(table, raw)
    if not tombstone:
        # An item that is gone is not to be made again.
        request["ConditionExpression"] += " AND attribute_exists(#pk)"
        request["ExpressionAttributeNames"] |= {"#pk": table.pk.name}
        request["UpdateExpression"] = "REMOVE #v, #r"
    try:
        _patiently(table, "DeleteItem" if tombstone else "UpdateItem", request)
    except ConditionFailed:
        return False
    return True


def _patiently(table: Table, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Send it, and again while DynamoDB says that it is too much. Throttled where it goes on saying so."""
    for number in range(MOST_TRIES):
        try:
            return call(table, operation, request)
        except Throttled:
            if number + 1 == MOST_TRIES:
                raise
            ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2**number)
            time.sleep(random.uniform(ceiling / 2, ceiling))  # noqa: S311 - not for secrets
    raise AssertionError("unreachable")
