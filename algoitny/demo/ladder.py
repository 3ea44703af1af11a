"""Groups of models taken up the stages, past their guards, and their authority switched there and back."""

import time
from dataclasses import dataclass, field
from typing import Any

from algoitny.demo import mirroring
from algoitny.demo.board import Board
from dynamo_models.cutover import moves
from dynamo_models.cutover.moves import MoveRefused, Plan
from dynamo_models.cutover.stages import OFF, Stage
from dynamo_models.cutover.state import look_again
from dynamo_models.mirror.registration import mirrors
from dynamo_models.models import GroupStep
from dynamo_models.switch import journal, run
from dynamo_models.switch.shown import pause
from dynamo_models.switch.steps import NotSwitched

USING = "default"
WHO = "demo"
# As the guards want it: a group switches after those whose foreign keys point into it.
ORDER = ("activity", "jobs", "problems", "accounts")
PATIENCE = 600.0  # seconds that a guard is waited for
TRIES = 5  # of a switch that was given up
_LOOK = 0.25
# What traffic, time and another verification provide (one under writes may have to leave keys unjudged); anything else
# that a guard says is a fault.
_PROVIDED = {"reads", "lag", "health", "verify", "handlers"}


class HeldError(Exception):
    """A group does not go where it should; the message says what holds it."""


@dataclass(kw_only=True)
class Switched:
    """One switch. pause: seconds in which nobody could write. aborted: how often it was given up before."""

    group: str
    to: str
    pause: float
    seconds: dict[str, float] = field(default_factory=dict)
    aborted: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "group": self.group,
            "to": self.to,
            "pause_seconds": self.pause,
            "seconds": self.seconds,
            "aborted": self.aborted,
        }


def groups() -> list[str]:
    """All groups, in the order in which they switch."""
    known = {mirror.group for mirror in mirrors()}
    return [*(each for each in ORDER if each in known), *sorted(known - set(ORDER))]


def from_the_start() -> int:
    """Every group to ``off``; the number of the last step that was made before. HeldError where an earlier run has
    ended in the middle."""
    for group in reversed(groups()):
        state = look_again(group, USING)
        if state.place == OFF:
            continue
        if state.place.authority == "dynamodb" or state.place.stage is Stage.SWITCHING:
            raise HeldError(
                f"{group} is at {state.place}: an earlier run was broken off. Beside manage.py dynamo_relay, "
                f"manage.py dynamo_cutover {group} --to reading leads back, and the same of the others in the order "
                f"{', '.join(reversed(groups()))}; manage.py dynamo_status {group} says what holds it. Or give "
                "--database one that is empty."
            )
        moves.carry_out(moves.plan(group, Stage.OFF, using=USING), who=WHO)
    last = GroupStep.objects.using(USING).order_by("pk").last()
    return 0 if last is None else last.pk


def up(group: str, stage: Stage, share: int | None = None) -> None:
    """A step up, as soon as its guards let it. HeldError where one holds it for good."""
    moves.carry_out(_allowed(group, stage, share), who=WHO)


def switch(group: str, to: Stage, board: Board) -> Switched:
    """Authority moved; a switch that is given up is tried again."""
    aborted: list[str] = []
    while True:
        planned = _allowed(group, to, None)
        try:
            run.switch(planned, who=WHO, told=lambda said: board.begins(f"{group} to {to}: {said}"))
            break
        except NotSwitched as error:
            aborted.append(str(error))
            if len(aborted) == TRIES:
                raise HeldError(f"{group} was not switched to {to} in {TRIES} attempts: {error}") from error
    found = journal.latest(group, USING)
    assert found is not None  # noqa: S101 - it has just ended
    return Switched(
        group=group, to=str(to), pause=pause(found) or 0.0, seconds=journal.seconds_of(found), aborted=aborted
    )


def _allowed(group: str, stage: Stage, share: int | None) -> Plan:
    """A move that no guard holds."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            planned = moves.plan(group, stage, using=USING, share=share)
        except MoveRefused as error:
            raise HeldError(f"{error} {_history(group)}") from error
        held = planned.refused
        if not held:
            return planned
        said = "; ".join(f"{each.guard}: {each.said}" for each in held)
        guards = {each.guard for each in held}
        if guards - _PROVIDED or time.monotonic() > until:
            raise HeldError(f"{group} stays at {planned.before}. {said}")
        if "verify" in guards and mirroring.compare(lambda _: None).kinds:
            raise HeldError(
                f"{group} stays at {planned.before}: the stores differ. manage.py dynamo_verify says where."
            )
        time.sleep(_LOOK)


def _history(group: str) -> str:
    """What was done to a group by itself, where that is why."""
    return " ".join(each.reason for each in moves.history(group, USING, limit=3) if each.automatic)
