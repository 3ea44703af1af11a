"""What DynamoDB should have for a ``Table``: its definition in DynamoDB's own words. Nothing here asks an endpoint."""

from __future__ import annotations

from collections.abc import Iterator

from dynamo_models.errors import DefinitionError
from dynamo_models.schema.table import (
    STREAM_VIEWS,
    Capacity,
    Index,
    KeyAttribute,
    LocalIndex,
    OnDemand,
    Provisioned,
    Table,
)
from dynamo_models.tables.state import (
    READ,
    WRITE,
    IndexState,
    Keys,
    ScalingPlace,
    ScalingRange,
    TableState,
    Units,
    projected,
)

_PROJECTIONS = {"all": "ALL", "keys": "KEYS_ONLY"}


def desired(table: Table) -> TableState:
    """The state that the definition asks for, under the table's name at the endpoint.

    Raises DefinitionError where an index is billed otherwise than its table: DynamoDB knows one way for both.
    """
    options = table.options
    indexes = {name: _index(table, index) for name, index in table.indexes.items()}
    return TableState(
        name=table.endpoint_name,
        keys=_keys(table.pk, table.sk),
        indexes=indexes,
        units=_units(options.capacity),
        scaling=dict(_scaling(table)),
        ttl=options.ttl,
        recovery=options.recovery,
        encryption=options.encryption,
        stream=None if options.stream is None else STREAM_VIEWS[options.stream],
        tags=dict(options.tags),
        deletion_protection=options.deletion_protection,
    )


def _keys(pk: KeyAttribute, sk: KeyAttribute | None) -> Keys:
    return tuple((key.name, key.type) for key in (pk, sk) if key is not None)


def _units(capacity: Capacity) -> Units | None:
    return Units(capacity.base_read, capacity.base_write) if isinstance(capacity, Provisioned) else None


def _index(table: Table, index: Index | LocalIndex) -> IndexState:
    keys = _keys(table.index_pk(index), index.sk)
    key_names = frozenset(name for name, _ in (*keys, *_keys(table.pk, table.sk)))
    if isinstance(index.projection, str):
        projection, attributes = _PROJECTIONS[index.projection], frozenset[str]()
    else:
        projection, attributes = projected("INCLUDE", frozenset(index.projection), key_names)
    units = None if isinstance(index, LocalIndex) else _units(_index_capacity(table, index))
    return IndexState(index.name, keys, projection, attributes, index.local, units)


def _index_capacity(table: Table, index: Index) -> Capacity:
    """The index's own capacity, or the table's where it gives none."""
    capacity = index.capacity or table.options.capacity
    if isinstance(capacity, OnDemand) != isinstance(table.options.capacity, OnDemand):
        raise DefinitionError(
            f"Table {table.name} is {_billing(table.options.capacity)} and its index {index.name} is "
            f"{_billing(capacity)}; DynamoDB bills both in one way. Leave out the index's capacity, or change "
            "the table's."
        )
    return capacity


def _billing(capacity: Capacity) -> str:
    return "OnDemand" if isinstance(capacity, OnDemand) else "Provisioned"


def _scaling(table: Table) -> Iterator[tuple[ScalingPlace, ScalingRange]]:
    yield from _ranges("", table.options.capacity)
    for index in table.indexes.values():
        if isinstance(index, Index):
            yield from _ranges(index.name, _index_capacity(table, index))


def _ranges(index: str, capacity: Capacity) -> Iterator[tuple[ScalingPlace, ScalingRange]]:
    if isinstance(capacity, OnDemand):
        return
    if not isinstance(capacity.read, int):
        yield ScalingPlace(index, READ), ScalingRange(*capacity.read, float(capacity.target))
    if not isinstance(capacity.write, int):
        yield ScalingPlace(index, WRITE), ScalingRange(*capacity.write, float(capacity.target))
