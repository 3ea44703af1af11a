"""Tables as code: what ``manage.py dynamo_tables`` compares and applies, for programs and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dynamo_models.errors import DynamoModelsError
from dynamo_models.schema.table import Table, registered_tables
from dynamo_models.tables.carry_out import CarryOut, Event, TableResult
from dynamo_models.tables.endpoint import endpoint
from dynamo_models.tables.report import Extra, Refusal, TablePlan, Unknown
from dynamo_models.tables.steps import Step
from dynamo_models.tables.waiting import NotReady, Patience

__all__ = [
    "Event",
    "Extra",
    "NotReady",
    "Patience",
    "PlanRefused",
    "Refusal",
    "Step",
    "TablePlan",
    "TableResult",
    "Unknown",
    "apply",
    "ensure",
    "plan",
]


class PlanRefused(DynamoModelsError):  # noqa: N818 - an outcome, named as those of ``errors``
    """A table cannot be made what its definition says, or not without a flag. Nothing was changed."""


def plan(tables: Iterable[Table] | None = None, *, drop: bool = False, unprotect: bool = False) -> list[TablePlan]:
    """What ``apply`` would do for each table, from what is there now. Changes nothing.

    tables: every table that has been defined where none are given. drop: indexes, streams and tags that a definition
    does not have are taken away, and indexes whose keys or projection have changed are replaced; else they are left.
    unprotect: deletion protection, point-in-time recovery and a KMS key are turned off where a definition has them off.
    Raises EndpointError and the like where the endpoint cannot be asked.
    """
    return [work.look() for work in _works(tables, drop=drop, unprotect=unprotect)]


def apply(
    tables: Iterable[Table] | None = None,
    *,
    drop: bool = False,
    unprotect: bool = False,
    patience: Patience | None = None,
    told: Callable[[Event], None] | None = None,
) -> list[TableResult]:
    """Make each table what its definition says, one change at a time, waiting for each. A second run changes nothing.

    Where the plan of any table has refusals, nothing is changed in any. An error of one table is in its result, and the
    tables after it are still applied. ``told`` hears of each step as it starts, waits and is done.
    The rest is as in ``plan``.
    """
    works = _works(tables, drop=drop, unprotect=unprotect, patience=patience, told=told)
    plans = [work.look() for work in works]
    if any(found.refusals for found in plans):
        return [_held_back(found) for found in plans]
    return [work.run(found) for work, found in zip(works, plans, strict=True)]


def ensure(*tables: Table) -> None:
    """Make the tables what they are defined as, for a test or a demo: looks often, waits a minute at most.

    Raises PlanRefused where one cannot be, and what stopped it otherwise.
    """
    for result in apply(tables, patience=Patience(timeout=60.0, first=0.02, longest=0.5)):
        if result.state == "refused":
            raise PlanRefused("\n".join(result.plan.lines()))
        if result.error is not None:
            raise result.error


def _works(
    tables: Iterable[Table] | None,
    *,
    drop: bool,
    unprotect: bool,
    patience: Patience | None = None,
    told: Callable[[Event], None] | None = None,
) -> list[CarryOut]:
    chosen = registered_tables() if tables is None else list(tables)
    return [
        CarryOut(table, endpoint(table), drop=drop, unprotect=unprotect, patience=patience, told=told)
        for table in chosen
    ]


def _held_back(found: TablePlan) -> TableResult:
    return TableResult(plan=found, state="refused" if found.refusals else "not started", unknowns=list(found.unknowns))
