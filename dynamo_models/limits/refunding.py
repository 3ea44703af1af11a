"""Giving a use back: once, in one transaction of its note, its row and its counters."""

from __future__ import annotations

from typing import Any

from dynamo_models.errors import ConditionFailed, DoesNotExist, TransactionCanceled, ValueRefused
from dynamo_models.limits.declaration import Declaration
from dynamo_models.limits.log import row_of
from dynamo_models.limits.trying import Tries
from dynamo_models.writing import load, patches, puts
from dynamo_models.writing.call import Call


def refund(
    declared: Declaration, tries: Tries, user_id: Any, request_id: str, *, log: bool | None, forget: bool
) -> Any:
    """The note of the use where this call gave it back; None where there is none, or it was given back before.

    forget: the note goes as well.
    """
    uses: Any = declared.uses
    if uses is None:
        raise ValueRefused("A use is given back by its request_id: declare Limiter(uses=...), a UseItem.")
    held = tries.ask(uses.objects.filter(user_id=user_id, request_id=request_id).consistent().first)
    if held is None or held.refunded:
        return None
    logged = declared.log is not None and (held.logged if log is None else log)
    row = tries.ask(lambda: row_of(declared, held)) if logged else None
    gone: set[str] = set()
    while True:
        still = uses.refunded == False  # noqa: E712 - a condition
        note = (
            puts.delete(held, before=None, if_=still) if forget else patches.patch(held, {"refunded": True}, if_=still)
        )
        counters = {name: call for name, call in _counters(declared, held).items() if name not in gone}
        calls = [
            note,
            *counters.values(),
            *([puts.delete(row, before=load.for_uniques(row))] if row is not None else []),
        ]
        try:
            tries.carry_out(calls, once=True)
        except TransactionCanceled as canceled:
            if isinstance(canceled.causes[0], ConditionFailed | DoesNotExist):
                return None
            names = [None, *counters, *([None] if row is not None else [])]
            met = zip(names, canceled.causes, strict=True)
            missing = {name for name, cause in met if name and isinstance(cause, ConditionFailed | DoesNotExist)}
            if not missing:
                raise
            gone |= missing  # its time has passed, or it counts less than this use: there is nothing to take off
        else:
            _forget(declared, held)
            return held


def _counters(declared: Declaration, held: Any) -> dict[str, Call]:
    """By window, of those that counted the use."""
    calls = {}
    for window in declared.windows:
        if window.name in held.windows:
            counter: Any = window.counter
            facets = window.facets(held.user_id, held.action, window.span(held.at, held.zone))
            off = [counter.n.add(-held.cost)]
            calls[window.name] = patches.patch(counter.objects.ref(**facets), {}, off, if_=counter.n >= held.cost)
    return calls


def _forget(declared: Declaration, held: Any) -> None:
    for window in declared.windows:
        span = window.span(held.at, held.zone)
        declared.refusals.forget((window.name, held.user_id, held.action, span.start))
