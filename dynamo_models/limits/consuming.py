"""The decision: in one transaction with the log's row, or on the counter first and the row after it.

Whichever it is, nothing is admitted but by a conditional write to the counter, so no order of events lets more through
than the limit. With ``atomic_log=False`` what is between the two writes is counted and not yet logged.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from dynamo_models.errors import AlreadyExists, ConditionFailed, Conflict, TransactionCanceled
from dynamo_models.limits.asked import Asked
from dynamo_models.limits.decision import Decision
from dynamo_models.limits.log import counted
from dynamo_models.limits.trying import PASSING, Tries
from dynamo_models.writing import patches
from dynamo_models.writing.call import Call

# A counter that somebody else makes first is there from then on, so that the second turn adds to it.
_TURNS = 3


class Refused(Exception):  # noqa: N818 - an outcome
    """A write was refused: ``decision`` is the answer."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason)
        self.decision = decision


def decide(asked: Asked, tries: Tries, *, values: Mapping[str, Any], log: bool, look: bool) -> Decision:
    """The answer, and everything written that belongs to it."""
    hopeless = [part for part in asked.parts if not part.fits(0, asked.cost)]
    if hopeless:
        return asked.refused(hopeless)
    refusals = asked.declared.refusals
    for part in asked.parts:
        used = refusals.used(asked.key(part), asked.at)
        if used is not None:
            asked.used[part.window.name] = used
    try:
        if full := asked.full():
            return _told_before(asked, tries) or asked.refused(full)
        asked.used.clear()
        return _carried_out(asked, tries, values=values, log=log, look=look)
    except Refused as refused:
        return refused.decision
    except PASSING:
        return asked.decision("unavailable", allowed=asked.declared.on_unavailable == "allow")


def _carried_out(asked: Asked, tries: Tries, *, values: Mapping[str, Any], log: bool, look: bool) -> Decision:
    declared = asked.declared
    row = [asked.row(values)] if log else []
    if look:
        _look(asked, tries)
    # A request that is told again would be counted, and be given back; mostly it is seen before.
    if not declared.atomic_log and (before := _told_before(asked, tries)):
        return before
    begun = time.monotonic()
    for _ in range(_TURNS):
        by_the_log = declared.decide_by == "log"
        counters = _by_the_log(asked, tries) if by_the_log else [asked.count(part) for part in asked.parts]
        beside = [asked.note(logged=log), row] if declared.atomic_log else [[], []]
        if _write(asked, tries, [*beside[0], *counters, *beside[1]], counters):
            break
    else:
        raise Conflict("The counter is made and goes again; nothing was written.")
    if not declared.atomic_log:
        _write_row(asked, tries, [*asked.note(logged=log), *row], begun)
    return asked.decision("admitted", allowed=True)


def _write(asked: Asked, tries: Tries, calls: list[Call], counters: list[Call]) -> bool:
    """Carry out what counts the use; False where a counter was to be made and is there by now.

    Refused with the answer where the use is not admitted now.
    """
    try:
        item = tries.carry_out(calls)
    except (TransactionCanceled, ConditionFailed) as error:
        answer = _answer(asked, calls, counters, error)
        if answer is None:
            return False
        raise Refused(answer) from error
    if item is not None:
        part = asked.parts[0]
        number = item[part.window.counter.schema.stored("n")]["N"]
        asked.used[part.window.name] = int(number)
    else:
        for part in asked.parts:
            if part.window.name in asked.used:
                asked.used[part.window.name] += asked.cost
    return True


def _answer(
    asked: Asked, calls: list[Call], counters: list[Call], error: TransactionCanceled | ConditionFailed
) -> Decision | None:
    """What a refused write means for the use; None where only a counter was made by somebody else meanwhile.

    Raises the error where it is none of ours: a row of that key that is there already, say.
    """
    causes = error.causes if isinstance(error, TransactionCanceled) else [error]
    met = [(call, cause) for call, cause in zip(calls, causes, strict=True) if cause is not None]
    for call, cause in met:
        if isinstance(cause, AlreadyExists) and call not in counters:
            uses = asked.declared.uses
            if uses is None or not isinstance(cause.item, uses):
                raise error
            return _again(asked, cause.item)
    refusing = []
    for call, cause in met:
        if call in counters and type(cause) is ConditionFailed:
            part = asked.parts[counters.index(call)]
            asked.used[part.window.name] = cause.item.n
            refusing.append(part)
    if refusing:
        return asked.refused(refusing)
    if any(isinstance(cause, AlreadyExists) for _, cause in met):
        return None
    raise error


def _write_row(asked: Asked, tries: Tries, calls: list[Call], begun: float) -> None:
    """Write down what was counted. A request that somebody else was quicker with is given back.

    What comes so late that a reconciliation may have taken the use for one without a row is not written any more: the
    use stays counted, and is not admitted.
    """
    if not calls:
        return
    if time.monotonic() - begun > asked.declared.settled_after.total_seconds() / 2:
        raise Conflict("The process stood still between the counter and the log's row; nothing more was written.")
    try:
        tries.carry_out(calls)
    except (TransactionCanceled, AlreadyExists) as error:
        causes = error.causes if isinstance(error, TransactionCanceled) else [error]
        met = causes[0]
        uses = asked.declared.uses
        if uses is None or not isinstance(met, AlreadyExists) or not isinstance(met.item, uses):
            raise
        tries.carry_out(give_back(asked), once=True)
        raise Refused(_again(asked, met.item)) from error


def give_back(asked: Asked) -> list[Call]:
    """What takes the use off its counters again."""
    calls = []
    for part in asked.parts:
        counter: Any = part.window.counter
        ref = counter.objects.ref(**part.facets)
        calls.append(patches.patch(ref, {}, [counter.n.add(-asked.cost)], if_=counter.n >= asked.cost))
    return calls


def _told_before(asked: Asked, tries: Tries) -> Decision | None:
    uses: Any = asked.declared.uses
    if asked.request_id is None:
        return None
    found = uses.objects.filter(user_id=asked.user_id, request_id=asked.request_id).consistent()
    held = tries.ask(found.first)
    return None if held is None else _again(asked, held)


def _again(asked: Asked, held: Any) -> Decision:
    """What a request is answered that was admitted before: the same, unless its use was given back."""
    asked.used.clear()
    return asked.decision("refunded" if held.refunded else "repeated", allowed=not held.refunded)


def _look(asked: Asked, tries: Tries) -> None:
    for part in asked.parts:
        held = tries.ask(part.read)
        asked.used[part.window.name] = 0 if held is None else held.n
    _refuse_full(asked, tries)


def _refuse_full(asked: Asked, tries: Tries) -> None:
    if full := asked.full():
        used = dict(asked.used)
        before = _told_before(asked, tries)
        asked.used = used if before is None else {}
        raise Refused(before or asked.refused(full))


def _by_the_log(asked: Asked, tries: Tries) -> list[Call]:
    """The log decides; the counters are written beside it, and made of it where they are not there."""
    calls = []
    for part in asked.parts:
        held = tries.ask(part.read)
        used = tries.ask(partial(counted, asked.declared, asked.user_id, asked.action, part.window, part.span))
        asked.used[part.window.name] = used
        calls.append(asked.count(part) if held is not None else asked.begin(part, used))
    _refuse_full(asked, tries)
    return calls
