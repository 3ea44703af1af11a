"""Plans of requests: which operation, by which key, for how many units, of querysets and items; nothing is sent.

Units are those that AWS bills for the items that a sample holds: an index is written once for each kilobyte of an item
that enters, leaves or changes in it, and what a transaction writes to a table (not to its indexes) counts double.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from algoitny.catalogue.keys import sort_text, text_of
from algoitny.catalogue.sizes import RawItem, entry, in_range, index_units, kilobytes, read_units
from dynamo_models import Entity, QuerySet, Table

E = TypeVar("E", bound=Entity)
T = TypeVar("T")

_GETS, _WRITES = 100, 25  # of a batch


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One request. key: its key condition, in words. indexed: how many of the write units are those of indexes."""

    operation: str
    tables: tuple[Table, ...]
    index: str | None = None
    key: str
    read_units: float = 0.0
    write_units: float = 0.0
    indexed: float = 0.0


def read(asked: QuerySet[Any], there: Iterable[Entity]) -> list[Planned]:
    """The requests of a queryset, where these items are all there are: one for each stretch of a key that it reads.

    Of a page it tells the first: give a sample that fits into one.
    """
    plan = asked.plan
    table = plan.schema.table
    explained = asked.explain()
    stored = [item.serialize() for item in there if item.schema.table is table]
    consistent = explained.consistent
    if plan.operation in ("GetItem", "Unique"):
        return list(_gets(plan, stored, consistent=consistent))
    found = []
    fetched: list[RawItem] = []
    for stretch in plan.streams:
        items = [item for item in stored if in_range(item, plan.key, stretch)]
        fetched += [item for item in items if plan.fetch and plan.schema.owns(item)]
        sort = None if stretch is None or stretch.sort is None else sort_text(plan.key, stretch.sort)
        found.append(
            Planned(
                operation=plan.operation,
                tables=(table,),
                index=plan.index,
                key=text_of(plan.key, sort) if plan.operation == "Query" else "all",
                read_units=read_units((entry(table, plan.index, item) for item in items), consistent=consistent),
            )
        )
    return found + (_batches(plan.schema, fetched) if fetched else [])


def _gets(plan: Any, stored: Sequence[RawItem], *, consistent: bool) -> Iterator[Planned]:
    if plan.item_key is None:
        return
    schema = plan.schema
    wanted = plan.item_key
    if plan.operation == "Unique":
        unique = f"{plan.unique.table_pk.name} = {plan.unique.template.text}"
        yield Planned(operation="GetItem", tables=(schema.table,), key=unique, read_units=1.0)
        if plan.key_is_enough:
            return
        values = {name: schema.attributes[name] for name in plan.values}
        wanted = {attr.attr_name: {attr.attr_type: attr.serialize(plan.values[name])} for name, attr in values.items()}
    found = [item for item in stored if schema.owns(item) and wanted.items() <= item.items()]
    units = read_units(found[:1], consistent=consistent)
    yield Planned(operation="GetItem", tables=(schema.table,), key=text_of(schema.primary), read_units=units)


def get_many(items: Sequence[Entity], *, absent: int = 0, consistent: bool = False) -> list[Planned]:
    """The requests of ``objects.get_many()`` for the keys of these items, and of so many that are not there."""
    schema = items[0].schema
    return _batches(schema, [*(item.serialize() for item in items), *({} for _ in range(absent))], consistent)


def _batches(schema: Any, items: Sequence[RawItem], consistent: bool = False) -> list[Planned]:
    units = [read_units([item], consistent=consistent) for item in items]
    return [
        Planned(operation="BatchGetItem", tables=(schema.table,), key=text_of(schema.primary), read_units=sum(each))
        for each in _cut(units, _GETS)
    ]


def _cut(items: Sequence[T], most: int) -> list[Sequence[T]]:
    return [items[start : start + most] for start in range(0, len(items), most)]


def create(item: Entity) -> Planned:
    """A new item, or one that is put where none is."""
    return _write("PutItem", None, item)


def put(item: Entity, *, over: Entity) -> Planned:
    """An item in place of another."""
    return _write("PutItem", over, item)


def patch(item: Entity, after: Entity) -> Planned:
    """A change to part of an item: ``patch(item, changed(item, status="active"))``."""
    return _write("UpdateItem", item, after)


def delete(item: Entity) -> Planned:
    """The removal of an item."""
    return _write("DeleteItem", item, None)


def require(item: Entity) -> Planned:
    """A condition on an item that a transaction does not write."""
    return replace(_write("ConditionCheck", item, item), write_units=kilobytes(item.serialize()), indexed=0.0)


def batch(*writes: Planned) -> list[Planned]:
    """Creates, puts and deletes of one table in batches, as they are cut to size."""
    return [_together("BatchWriteItem", each, table_units=1) for each in _cut(writes, _WRITES)]


def transaction(*writes: Planned) -> Planned:
    """Writes that are carried out together."""
    return _together("TransactWriteItems", writes, table_units=2)


def changed(item: E, **changes: Any) -> E:
    """A new instance with the item's attributes, some of them changed."""
    return type(item)(**{name: getattr(item, name) for name in item.schema.attributes} | changes)


def _write(operation: str, before: Entity | None, after: Entity | None) -> Planned:
    item = after or before
    assert item is not None  # noqa: S101 - one of them is there
    schema = item.schema
    old, new = (None if each is None else each.serialize() for each in (before, after))
    indexed = index_units(schema.table, old, new)
    return Planned(
        operation=operation,
        tables=(schema.table,),
        key=text_of(schema.primary),
        write_units=max(kilobytes(each) for each in (old, new) if each is not None) + indexed,
        indexed=indexed,
    )


def _together(operation: str, writes: Sequence[Planned], *, table_units: int) -> Planned:
    indexed = sum(each.indexed for each in writes)
    tables = tuple(dict.fromkeys(table for each in writes for table in each.tables))
    keys = dict.fromkeys(each.key for each in writes)
    return Planned(
        operation=operation,
        tables=tables,
        key=", ".join(keys),
        write_units=table_units * sum(each.write_units - each.indexed for each in writes) + indexed,
        indexed=indexed,
    )
