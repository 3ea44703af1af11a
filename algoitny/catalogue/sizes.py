"""What stored items cost to read and to write, and which of them a stretch of a key holds."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from dynamo_models import Table
from dynamo_models.schema.key import BoundKey
from dynamo_models.wire import item_size

RawItem = Mapping[str, Mapping[str, Any]]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge
}  # fmt: skip


def kilobytes(item: RawItem) -> int:
    """The write units of an item in its table."""
    return max(1, math.ceil(item_size(item) / 1024))


def read_units(items: Iterable[RawItem], *, consistent: bool) -> float:
    """The read units of items that one request reads together; of none, the least there are."""
    size = sum(item_size(item) for item in items)
    return max(1, math.ceil(size / 4096)) * (1.0 if consistent else 0.5)


def index_units(table: Table, old: RawItem | None, new: RawItem | None) -> float:
    """What a write costs in the table's indexes: an entry that changes its key is removed and put."""
    total = 0
    for index in table.indexes.values():
        before, after = (None if each is None else _held(table, index, each) for each in (old, new))
        if before == after:
            continue
        keys = [attribute.name for attribute in (table.index_pk(index), index.sk) if attribute is not None]
        if before is not None and after is not None and all(before[key] == after[key] for key in keys):
            total += max(kilobytes(before), kilobytes(after))
        else:
            total += sum(kilobytes(each) for each in (before, after) if each is not None)
    return float(total)


def entry(table: Table, index: str | None, item: RawItem) -> RawItem:
    """What a read by an index, or by the table's own key, finds of an item that is in it."""
    return item if index is None else _held(table, table.indexes[index], item) or {}


def _held(table: Table, index: Any, item: RawItem) -> RawItem | None:
    keys = [attribute.name for attribute in (table.index_pk(index), index.sk) if attribute is not None]
    if not all(key in item for key in keys):
        return None
    if index.projection == "all":
        return item
    has = {*keys, *(key.name for key in (table.pk, table.sk) if key is not None)}
    has |= set() if index.projection == "keys" else set(index.projection)
    return {name: value for name, value in item.items() if name in has}


def in_range(item: RawItem, key: BoundKey | None, stretch: Any) -> bool:
    """Whether a read of this stretch of a key meets the item; None is all of an index or of the table."""
    if key is None or any(attribute.name not in item for attribute in key.attributes):
        return key is None
    if stretch is None:
        return True
    if item[key.pk.attribute.name] != stretch.pk:
        return False
    return stretch.sort is None or key.sk is None or _meets(item[key.sk.attribute.name], stretch.sort)


def _meets(held: Mapping[str, Any], sort: Any) -> bool:
    value, *operands = (_value(each) for each in (held, *sort.operands))
    if sort.operator == "begins_with":
        return bool(value.startswith(operands[0]))
    if sort.operator == "BETWEEN":
        return bool(operands[0] <= value <= operands[1])
    return _COMPARE[sort.operator](value, operands[0])


def _value(held: Mapping[str, Any]) -> Any:
    ((kind, value),) = held.items()
    return Decimal(value) if kind == "N" else value.encode() if kind == "S" else value
