"""What is true of a query or a connection around the choice of store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models.sql import Query
from django.db.models.sql.where import WhereNode

from dynamo_models.backend.asking import Asked, understand
from dynamo_models.backend.columns import canonical
from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.whitelist import refuse_unknown
from dynamo_models.cutover.stages import Store
from dynamo_models.cutover.state import state_of
from dynamo_models.errors import RawItem
from dynamo_models.keys.predicate import Condition, Junction, Lookup, Negation
from dynamo_models.mirror import fence
from dynamo_models.mirror.registration import Mirror
from dynamo_models.writing import guards


def in_block(connection: Any) -> bool:
    """Whether an atomic block of the alias, or of the SQL alias, is open. The one around each test is none."""
    return any(open_blocks(each) for each in (connection, connection.sql))


def open_blocks(connection: Any) -> int:
    """How many atomic blocks of the application's are open on a connection."""
    blocks = [block for block in connection.atomic_blocks if not block._from_testcase]  # noqa: SLF001 - Django's mark
    if connection.in_atomic_block and not connection.atomic_blocks:
        return 1  # autocommit is off
    return len(blocks)


def authority(mirror: Mirror, connection: Any) -> Store:
    """Which store's word is the truth, and is written to."""
    return state_of(mirror.group, connection.sql_alias).place.authority


def gone(mirror: Mirror, raw: RawItem) -> bool:
    """Whether what is stored at a key is no item any more: a tombstone, or one whose time has passed."""
    schema = mirror.entity.schema
    return fence.is_tombstone(schema.table, raw) or guards.expired(schema, raw)


def totally_ordered(asked: Asked) -> bool:
    """Whether no two rows can have the same rank."""
    names = {name for name, _ in asked.order}
    model = asked.mirror.model
    carried = {path: name for path, name in asked.columns.attributes.items() if name in names}
    return any(
        path in carried and (field.unique and not field.null) for path, field in asked.columns.own.items()
    ) or any(
        all(carried.get(canonical([model._meta.get_field(each)])) for each in group)  # type: ignore[list-item]
        for group in model._meta.unique_together
    )


def unbound(query: Query, alias: str) -> None:
    """Let subqueries that name this alias go along to the other."""
    for inner in _subqueries(query.where):
        if getattr(inner, "_db", None) == alias:
            inner._db = None  # type: ignore[attr-defined]  # noqa: SLF001 - where Django keeps the alias of a subquery
        unbound(inner, alias)


def _subqueries(node: Any) -> Iterator[Query]:
    if isinstance(node, WhereNode):
        for child in node.children:
            yield from _subqueries(child)
    elif isinstance(getattr(node, "rhs", None), Query):
        yield node.rhs


def described(query: Query, mirror: Mirror) -> str:
    """What a query asks, without its values, as far as it is understood."""
    name = mirror.model._meta.object_name
    try:
        refuse_unknown(query)
        asked = understand(getattr(query, "inner_query", query), mirror)
    except (NotServed, EmptyResultSet):
        return f"{name}: {type(query).__name__}"
    conditions = ", ".join(sorted(_shape(each) for each in (*(asked.conditions or ()), *asked.kept)))
    order = ", ".join(repr(("-" if down else "") + each) for each, down in asked.order)
    return f"{name}.filter({conditions})" + (f".order_by({order})" if order else "") + ("[:]" if asked.sliced else "")


def _shape(condition: Condition) -> str:
    if isinstance(condition, Negation):
        return f"NOT {_shape(condition.part)}"
    if isinstance(condition, Junction):
        return "(" + f" {condition.connector} ".join(map(_shape, condition.parts)) + ")"
    return _looked_up(condition)


def _looked_up(leaf: Lookup) -> str:
    name = "__".join((leaf.name, *leaf.path))
    return f"{name}=…" if leaf.op == "exact" else f"{name}__{leaf.op}=…"
