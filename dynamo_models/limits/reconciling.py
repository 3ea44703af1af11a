"""Counters beside their log: put right where they differ, made where they are missing.

A counter is set only if nobody has written it since it was read, by its version: its number alone may be the same
again after a use and a refund, and the log that was counted in between another one. The log is counted after the
counter was read. With a row for each use in the use's own transaction, an unchanged counter means an unchanged log.

Where the row comes after the counter, a counter that is above the log may be that of a use whose row is on its way. It
is lowered only if it was last written longer ago than ``settled_after``; a use whose row would come later than half of
that is not admitted, and its row not written. A process that stands still for all of that time in the midst of the
write itself is the gap that is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

from dynamo_models.errors import AlreadyExists, Conflict, DoesNotExist, StaleWrite, ValueRefused
from dynamo_models.limits.declaration import Declaration
from dynamo_models.limits.log import counted
from dynamo_models.limits.windows import Span, Window
from dynamo_models.writing.run import pause

# How often another writer may come between.
TURNS = 20

Outcome = Literal["equal", "set", "made", "unsettled"]


@dataclass(frozen=True, kw_only=True)
class Reconciled:
    """One window: the counter as it was (None where there was none), what the log has (None where it was not
    counted), and what was done."""

    window: str
    counter: int | None
    log: int | None
    outcome: Outcome


def reconcile(
    declared: Declaration,
    user_id: Any,
    action: str,
    *,
    at: datetime,
    zone: str,
    rows: Callable[[], int] | None,
    only_missing: bool,
) -> list[Reconciled]:
    """Every window that can be counted again; see ``Limiter.reconcile`` and ``Limiter.seed``."""
    tries = declared.trying()
    found = []
    for window in declared.windows:
        span = window.span(at, zone)
        facets = window.facets(user_id, action, span)
        if rows is not None and len(declared.windows) > 1:
            raise ValueRefused("rows= tells the number of one window, and the limiter has several.")
        settles = rows is not None or not declared.atomic_log
        if settles and "counted_at" not in window.counter.schema.attributes:
            raise ValueRefused(f"{window.counter.__name__} needs counted_at, as CounterItem has it, to be put right.")
        count = rows or partial(tries.ask, partial(counted, declared, user_id, action, window, span))
        found.append(_window(declared, window, span, facets, count, settles=settles, only_missing=only_missing))
        declared.refusals.forget((window.name, user_id, action, span.start))
    return found


def _window(
    declared: Declaration,
    window: Window,
    span: Span,
    facets: dict[str, Any],
    count: Callable[[], int],
    *,
    settles: bool,
    only_missing: bool,
) -> Reconciled:
    counter: Any = window.counter
    for turn in range(TURNS):
        held = counter.objects.filter(**facets).consistent().first()
        if held is not None and only_missing:
            return Reconciled(window=window.name, counter=held.n, log=None, outcome="equal")
        before = None if held is None else held.n
        rows = count()
        try:
            outcome = _put_right(declared, counter, held, rows, facets | declared.expiry(window, span), settles=settles)
        except (StaleWrite, AlreadyExists, DoesNotExist):
            pause(turn)
            continue
        return Reconciled(window=window.name, counter=before, log=rows, outcome=outcome)
    raise Conflict(f"{counter.__name__} {facets} was written {TURNS} times while it was compared; try again later.")


def _put_right(
    declared: Declaration, counter: Any, held: Any, rows: int, given: dict[str, Any], *, settles: bool
) -> Outcome:
    if held is None:
        if rows:
            counter.objects.create(**given, n=rows)
        return "made" if rows else "equal"
    if held.n == rows:
        as_read = held.version
        if held.refresh().version != as_read:
            raise StaleWrite(f"{counter.__name__} was written while its log was counted.")
        return "equal"
    # The time of the machine that wrote it, against this one's: settled_after is far longer than clocks differ.
    if settles and rows < held.n and _written_since(held, declared.clock() - declared.settled_after):
        return "unsettled"
    held.patch(n=rows)
    return "set"


def _written_since(held: Any, at: datetime) -> bool:
    # A counter of before there was such a time was not written by a limiter.
    return held.counted_at is not None and held.counted_at > at
