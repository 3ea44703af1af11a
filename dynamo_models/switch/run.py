"""Carries a switch out, or the end of the way back; resumes what a crash has left, or aborts it before its journal."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import DatabaseError
from django.db.models.functions import Now
from django.utils import timezone

from dynamo_models import conf
from dynamo_models.cutover import moves
from dynamo_models.cutover.moves import GuardRefused, MoveRefused, Overtaken, Plan
from dynamo_models.cutover.stages import COMPLETE as COMPLETE_PLACE
from dynamo_models.cutover.stages import DYNAMODB, GOING_BACK, GOING_THERE, Place, Stage, reading
from dynamo_models.cutover.stages import FINAL as FINAL_PLACE
from dynamo_models.cutover.state import State, look_again, of_row
from dynamo_models.errors import DynamoModelsError
from dynamo_models.mirror.registration import mirrors
from dynamo_models.mirror.transactions import writing
from dynamo_models.switch import complete, final, gate, journal, recorder
from dynamo_models.switch.journal import Superseded
from dynamo_models.switch.records import ABORTED, BACK, COMPLETE, DONE, FINAL, RUNNING, THERE, Switch
from dynamo_models.switch.steps import JOURNAL, STEPS, Going, NotSwitched, Step, thaw
from dynamo_models.tracing import span

logger = logging.getLogger(__name__)

Told = Callable[[str], None]

_DIRECTIONS = {DYNAMODB: THERE, FINAL_PLACE: FINAL, COMPLETE_PLACE: COMPLETE}
_VIA = {THERE: GOING_THERE, BACK: GOING_BACK}  # DynamoDB has authority and keeps it: the others stay where they are
_LOOK = 0.2  # seconds


def switch(planned: Plan, *, who: str = "", reason: str = "", told: Told = lambda _: None) -> State:
    """Move authority as a plan says, or end the way back. GuardRefused and Overtaken as for any move; NotSwitched where
    a step could not be done: then everything is as it was."""
    if planned.refused:
        said = "; ".join(f"{each.guard}: {each.said}" for each in planned.refused)
        raise GuardRefused(f"{planned.known.group} stays at {planned.before}. {said}", planned.refused)
    direction = _DIRECTIONS.get(planned.after, BACK)
    going = _begin(planned, direction, who=who or moves.operator(), reason=reason)
    return _go_on(Going(going, planned.known.using, told))


def resume(group: str, using: str, *, told: Told = lambda _: None) -> State:
    """Go on with a switch that no process is at any more: to its end, or, where its pause has lasted too long, to its
    abort. MoveRefused where there is none, or a process is at it."""
    found = _running(group, using)
    going = Going(journal.take_over(found, using), using, told)
    if found.journalled_at is None and found.frozen_at is not None and going.until < time.monotonic():
        _undo(going, "Its pause had lasted too long when it was resumed.")
        raise NotSwitched(f"The pause of {group} had lasted too long: the switch is aborted, and can be begun again.")
    return _go_on(going)


def abort(group: str, using: str, *, reason: str = "") -> State:
    """Give up a switch that no process is at any more, as long as its journal is not written. MoveRefused afterwards:
    the other store has authority then, and ``resume`` is the way."""
    found = _running(group, using)
    if found.journalled_at is not None:
        raise MoveRefused(
            f"The switch of {group} is journalled: it has happened. manage.py dynamo_cutover {group} --resume ends it."
        )
    _undo(Going(journal.take_over(found, using), using), reason or "Aborted by hand.")
    return look_again(group, using)


def end_left(group: str, to: Stage, using: str, *, told: Told = lambda _: None) -> State | None:
    """For who asks for ``final`` or ``complete`` after a crash at just that: end what is left of it, where that has
    happened; else give it up, so that it can be begun anew. None where there is nothing to end (any more).

    Waits for the lease of the process that is gone. MoveRefused where a process is at it.
    """
    found = journal.running(group, using)
    if found is None or found.direction != _DIRECTIONS.get(Place(stage=to)):
        return None
    until = time.monotonic() + journal.LEASE.total_seconds() + 1
    while journal.is_held(found) and time.monotonic() < until:
        time.sleep(_LOOK)
        found.refresh_from_db(using=using)
        if found.status != RUNNING:
            return look_again(group, using) if found.status == DONE else None
    if found.journalled_at is not None:
        return resume(group, using, told=told)
    abort(group, using, reason="The process that carried it out was gone; it is begun anew.")
    return None


def look_after(using: str) -> list[str]:
    """End what crashes have left, as a relay does now and then: abort before the journal, go on after it. A sentence
    for each."""
    done = []
    for found in Switch.objects.using(using).filter(status=RUNNING, held_until__lte=timezone.now()):
        if not mirrors(found.group) or (found.direction == COMPLETE and found.journalled_at is not None):
            continue  # what is left to remove is in nobody's way, and takes longer than a relay has
        try:
            if found.journalled_at is None:
                _undo(Going(journal.take_over(found, using), using), "The process that carried it out was gone.")
                done.append(f"The switch of {found.group} was given up: the process that carried it out was gone.")
            else:
                resume(found.group, using)
                done.append(f"The switch of {found.group} was ended: the process that carried it out was gone.")
        except MoveRefused:
            continue  # another was first
    done += _left_closed(using)
    _stop_recorder(using, seconds=5.0)
    return done


def look_after_quietly(using: str) -> list[str]:
    """The same, as nobody's failure: what cannot be done now is looked at again the next time."""
    try:
        return look_after(using)
    except (DatabaseError, DynamoModelsError) as error:
        logger.warning("What a switch has left could not be ended: %s", error)
        return []


def _begin(planned: Plan, direction: str, *, who: str, reason: str) -> Switch:
    group, using = planned.known.group, planned.known.using
    via = _VIA.get(direction)
    evidence = planned.known.as_dict() | {"guards": {each.guard: each.said for each in planned.findings}}
    with moves.locked(group, using) as row:
        if row.epoch != planned.known.row.epoch:
            raise Overtaken(f"{group} is at {of_row(vars(row)).place} now. Nothing was done.")
        made = journal.begin(group, direction, using, who=who, reason=reason)
        if via is not None:
            step = moves.note(row, "move", via, using=using, who=who, reason=reason, evidence=evidence)
            moves.put(row, using, stage=via.stage, share=via.share, step=step.pk, since=Now())
    return made


def _steps(direction: str) -> list[tuple[str, Step]]:
    return {**STEPS, FINAL: final.STEPS, COMPLETE: complete.STEPS}[direction]


def _go_on(going: Going) -> State:
    switch, using = going.switch, going.using
    names = [name for name, _ in _steps(switch.direction)]
    first = names.index(switch.step) + 1 if switch.step else 0
    try:
        with journal.held(switch, using):
            for name, step in _steps(switch.direction)[first:]:
                reached(f"before {name}")
                began = time.monotonic()
                with span("switch", group=going.group, direction=switch.direction, step=name, database=using):
                    step(going)
                seconds = journal.seconds_of(switch) | {name: round(time.monotonic() - began, 3)}
                reached(f"after {name}")
                journal.write(switch, using, step=name, seconds=json.dumps(seconds))
    except Superseded:
        raise
    except KeyboardInterrupt:
        if switch.journalled_at is None:
            _undo(going, "Broken off by hand.")
        raise
    except Exception as error:
        if switch.journalled_at is None:
            _undo(going, f"{type(error).__name__}: {error}")
            raise NotSwitched(f"{going.group} stays at {_origin(switch)}: {error}") from error
        Switch.objects.using(using).filter(pk=switch.pk).update(error=str(error), held_until=timezone.now())
        raise
    Switch.objects.using(using).filter(pk=switch.pk).update(
        status=DONE, running=None, ended_at=timezone.now(), error=""
    )
    switch.refresh_from_db(using=using)
    return look_again(going.group, using)


def _undo(going: Going, error: str) -> None:
    """Everything as it was before: gates open, writers on their way, the stage that the group came from."""
    switch, using = going.switch, going.using
    before = _origin(switch)
    if switch.direction == THERE:
        gate.open_up(going.group, using, until=time.monotonic() + 30)
    with writing(using):
        with moves.locked(going.group, using) as row:
            journal.locked(switch, using)
            step = moves.note(
                row, "abort", before, using=using, who=switch.who, reason=error, evidence={"switch": switch.pk}
            )
            moves.put(row, using, stage=before.stage, share=before.share, frozen=False, step=step.pk, since=Now())
        thawed: dict[str, Any] = {"thawed_at": timezone.now()} if switch.frozen_at else {}
        Switch.objects.using(using).filter(pk=switch.pk).update(
            status=ABORTED, running=None, ended_at=timezone.now(), error=error, **thawed
        )
    switch.refresh_from_db(using=using)
    going.told(f"aborted: {error}")
    # It harms nobody, and what kept the switch from its end may keep this from it: then a relay looks after it.
    with suppress(gate.NotDrained):
        _stop_recorder(using, seconds=1.0)


def _stop_recorder(using: str, *, seconds: float) -> None:
    if recorder.is_there(using) and not Switch.objects.using(using).filter(status=RUNNING, direction=THERE).exists():
        recorder.stop(using, until=time.monotonic() + seconds)


def _left_closed(using: str) -> list[str]:
    """Gates that one has closed who was taken for dead: SQL has authority, and nobody is switching."""
    done = []
    for group in sorted({mirror.group for mirror in mirrors()}):
        last = journal.latest(group, using)
        if last is None or last.status == RUNNING or look_again(group, using).place.authority == "dynamodb":
            continue
        if gate.closed(group, using):
            gate.open_up(group, using, until=time.monotonic() + 30)
            done.append(f"The gates of {group} were closed, and are open.")
    return done


def _origin(switch: Switch) -> Place:
    if switch.direction == THERE:
        return reading(conf.cutover_settings().shares[-1])
    return FINAL_PLACE if switch.direction == COMPLETE else DYNAMODB


def _running(group: str, using: str) -> Switch:
    found = journal.running(group, using)
    if found is None:
        raise MoveRefused(f"{group} is not being switched.")
    return found


def reached(where: str) -> None:
    """Called before and after each step; tests crash here."""
    logger.debug("switch: %s", where)


__all__ = ["JOURNAL", "abort", "end_left", "look_after", "look_after_quietly", "reached", "resume", "switch", "thaw"]
