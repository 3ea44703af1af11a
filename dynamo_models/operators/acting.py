"""Carries out what an operator has confirmed, if it still is what was confirmed."""

from __future__ import annotations

from typing import Literal

from dynamo_models.cutover import moves, watch
from dynamo_models.cutover.moves import GuardRefused, Overtaken
from dynamo_models.cutover.state import State
from dynamo_models.cutover.status import GroupStatus
from dynamo_models.operators.offers import Kind, Offer, offers
from dynamo_models.switch import run as switching
from dynamo_models.tracing import span

Ending = Literal["resume", "abort"]


def offered(status: GroupStatus, stage: str, share: int) -> Offer | None:
    """The move to that place, as far as there is one now."""
    found = (each for each in offers(status) if (str(each.place.stage), each.place.share) == (stage, share))
    return next(found, None)


def move(status: GroupStatus, offer: Offer, *, confirmed: Kind, epoch: int, who: str, reason: str) -> State:
    """Make a move that was confirmed when the group was at ``epoch``.

    A step down waits for nobody: it goes from wherever the group is by now. Anything else is Overtaken where the group
    was changed since. GuardRefused, with what all of them say, where a guard holds it; MoveRefused where there is no
    such move. One that authority moves with takes as long as a switch; NotSwitched says why that was aborted.
    """
    group, using = status.group, status.known.using
    if offer.kind != confirmed:
        raise Overtaken(overtaken(status))
    if offer.kind == "up" and (said := watch.judge(group, using)):
        raise Overtaken(f"{said} The step up was not taken.")
    with span("move", group=group, database=using, to=str(offer.place)):
        planned = moves.plan(group, offer.place.stage, using=using, share=offer.place.share or None)
        if planned.known.row.epoch != epoch and (offer.kind != "down" or offer.switches):
            raise Overtaken(overtaken(status))
        if planned.refused:
            raise GuardRefused(f"{group} stays at {planned.before}: a guard holds the step.", planned.findings)
        function = switching.switch if planned.in_steps else moves.carry_out
        return function(planned, who=who, reason=reason)


def overtaken(status: GroupStatus) -> str:
    """Who was first, and where the group is."""
    last = next(iter(moves.history(status.group, status.known.using, 1)), None)
    said = f" {last.who} was first, at {last.at:%H:%M:%S} ({last.action})." if last is not None else ""
    return f"{status.group} is at {status.place} now.{said} Nothing was done: look again before you go on."


def end_switch(status: GroupStatus, how: Ending, *, who: str, reason: str) -> State:
    """Go on with a switch whose process is gone, or give it up. MoveRefused where there is none, a process is at it, or
    it is too late to give it up."""
    if how == "resume":
        return switching.resume(status.group, status.known.using)
    return switching.abort(status.group, status.known.using, reason=f"{who}: {reason}")
