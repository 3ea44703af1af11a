"""How a table's capacity differs from its definition, and the one request that mends it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from dynamo_models.tables.report import Unknown
from dynamo_models.tables.state import (
    INDEX_CAPACITY,
    READ,
    WRITE,
    Dimension,
    LiveTable,
    ScalingPlace,
    TableState,
    Units,
)
from dynamo_models.tables.steps import UpdateCapacity


def capacity_changes(
    wanted: TableState, live: LiveTable, state: TableState, *, replaced: AbstractSet[str]
) -> tuple[list[UpdateCapacity], list[Unknown]]:
    """At most one step, and the indexes whose capacity the endpoint does not change.

    replaced: indexes that are dropped anyway; they are given capacity only where DynamoDB asks for all of them.
    """
    if wanted.units is None:
        return ([] if state.units is None else [UpdateCapacity(mode="PAY_PER_REQUEST")]), []
    if state.units is None:
        # DynamoDB wants the capacity of each index that is there, the ones that the definition lacks among them.
        indexes = tuple((index.name, _wanted_units(wanted, index.name)) for index in state.global_indexes())
        return [UpdateCapacity(mode="PROVISIONED", units=wanted.units, indexes=indexes)], []
    units = _within(wanted, "", wanted.units, state.units)
    changes: list[tuple[str, Units]] = []
    unknowns: list[Unknown] = []
    for index in state.global_indexes():
        if index.name not in wanted.indexes or index.name in replaced or index.units is None:
            continue
        better = _within(wanted, index.name, _wanted_units(wanted, index.name), index.units)
        if better == index.units:
            continue
        if INDEX_CAPACITY in live.fixed:
            reason = f"it has {index.units}, and {live.fixed[INDEX_CAPACITY]}"
            unknowns.append(Unknown(aspect=f"capacity of index {index.name}", wanted=str(better), reason=reason))
        else:
            changes.append((index.name, better))
    if units == state.units and not changes:
        return [], unknowns
    return [UpdateCapacity(units=None if units == state.units else units, indexes=tuple(changes))], unknowns


def _wanted_units(wanted: TableState, name: str) -> Units:
    index = wanted.indexes.get(name)
    found = index.units if index is not None else None
    return found or wanted.units or Units(1, 1)


def _within(wanted: TableState, index: str, units: Units, now: Units) -> Units:
    """The units to have: what auto scaling has moved within its range is as it should be."""

    def one(dimension: Dimension, base: int, current: int) -> int:
        scaling = wanted.scaling.get(ScalingPlace(index, dimension))
        return base if scaling is None else max(scaling.lowest, min(current, scaling.highest))

    return Units(one(READ, units.read, now.read), one(WRITE, units.write, now.write))
