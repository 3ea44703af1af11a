"""Moves of a group: one rung up past its guards, any rung down at once; each leaves a row of history.

Who moves up has looked at the guards before, and may be late: the row is locked, and the move refused where anything
has changed since. A step down is carried out from wherever the group stands by then, as long as that is higher.
"""

from __future__ import annotations

import getpass
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from dynamo_models import conf
from dynamo_models.cutover import guards
from dynamo_models.cutover.evidence import Evidence
from dynamo_models.cutover.guards import Finding
from dynamo_models.cutover.records import GroupState, GroupStep
from dynamo_models.cutover.stages import MIRROR, OFF, Place, Stage, above, below, crosses, reading
from dynamo_models.cutover.state import State, learn, of_row
from dynamo_models.errors import DynamoModelsError
from dynamo_models.mirror.registration import mirrors
from dynamo_models.mirror.transactions import writing


class MoveRefused(DynamoModelsError):  # noqa: N818 - named for its outcome, as all of them are
    """There is no such move; the message says which there are."""


class GuardRefused(MoveRefused):
    """A guard holds the step up; ``findings`` has what each said."""

    def __init__(self, message: str, findings: Sequence[Finding]) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class Overtaken(MoveRefused):
    """Somebody else was first; the message says who, and where the group is now."""


@dataclass(kw_only=True)
class Plan:
    """A move that has not been carried out. findings: what the guards of a step up say."""

    known: Evidence
    before: Place
    after: Place
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_up(self) -> bool:
        return self.after.rank > self.before.rank

    @property
    def crosses(self) -> bool:
        """Whether authority changes with it: then it is carried out by a switch."""
        return crosses(self.before, self.after)

    @property
    def in_steps(self) -> bool:
        """Whether it is carried out in steps, by ``dynamo_models.switch.run``: where authority changes, or the way back
        ends."""
        return self.crosses or (self.is_up and self.after.is_final)

    @property
    def refused(self) -> list[Finding]:
        return [each for each in self.findings if not each.ok]

    @property
    def renews(self) -> bool:
        """Whether a backfill that was made before holds no more: writes are seen from now on, or mapped otherwise."""
        return self.after == MIRROR and (self.before == OFF or self.known.row.mapping != self.known.mapping)


def plan(
    group: str,
    to: Stage,
    *,
    using: str,
    share: int | None = None,
    probing: bool = True,
    archive: Path | None = None,
) -> Plan:
    """What a move would be, and what its guards say. MoveRefused for one that there is not.

    share: of reads, for ``reading``; the next rung where none is given. probing: False leaves out guards that try a
    write. archive: for ``complete``, the directory that the SQL side was exported to.
    """
    if not mirrors(group):
        known = sorted({each.group for each in mirrors()})
        raise MoveRefused(f"There is no group {group!r}. Registered are: {', '.join(known) or 'none'}.")
    evidence = Evidence(group, using, archive)
    before = evidence.state.place
    if before.stage is Stage.SWITCHING:
        raise MoveRefused(f"{group} is at {before}: manage.py dynamo_status {group} names what ends that.")
    found = Plan(known=evidence, before=before, after=_wanted(before, to, share))
    if found.after == before and not found.renews:
        raise MoveRefused(f"{group} is at {before} already.")
    highest = above(before, conf.cutover_settings().shares)
    if found.is_up:
        if highest is None or found.after.rank > highest.rank:
            raise MoveRefused(
                f"{group} is at {before}: one step up at a time, and the next is {highest}."
                if highest
                else f"{group} is at {before}, and there is no higher place."
            )
    elif before.authority == "dynamodb":
        back = below(before, conf.cutover_settings().shares)
        if found.after not in back:
            said = f"goes back to {back[0]}, by a switch" if back else "has no way back"
            raise MoveRefused(f"{group} is at {before}: DynamoDB has authority, and the group {said}.")
    if found.is_up or found.crosses:
        found.findings = guards.check(evidence, found.after, probing=probing)
    return found


def carry_out(planned: Plan, *, who: str = "", reason: str = "") -> State:
    """Make a planned move, but for one that is made in steps: ``dynamo_models.switch.run`` makes that. GuardRefused
    where a guard holds it, Overtaken where somebody else was first."""
    if planned.in_steps:
        raise MoveRefused(f"From {planned.before} to {planned.after} it takes a switch.")
    if planned.refused:
        said = "; ".join(f"{each.guard}: {each.said}" for each in planned.refused)
        raise GuardRefused(f"{planned.known.group} stays at {planned.before}. {said}", planned.refused)
    evidence = planned.known.as_dict() | {"guards": {each.guard: each.said for each in planned.findings}}
    return _move(planned, who=who or operator(), reason=reason, evidence=evidence)


def step_down(
    group: str, to: Place, *, using: str, reason: str, evidence: dict[str, Any] | None = None
) -> State | None:
    """Take a group down by itself, and say so; None where it is as low already."""
    known = Evidence(group, using)
    planned = Plan(known=known, before=known.state.place, after=to)
    if planned.before.authority == "dynamodb" or planned.before.stage is Stage.SWITCHING:
        return None  # authority never falls back by itself
    if planned.is_up or (planned.after == planned.before and not planned.renews):
        return None
    try:
        return _move(planned, who=process(), reason=reason, evidence=evidence or {}, automatic=True)
    except Overtaken:
        return None


def operator() -> str:
    """Who runs a command."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def process() -> str:
    """Who acts where nobody asked for it."""
    return f"dynamo_models@{socket.gethostname()}"


def history(group: str, using: str, limit: int = 20) -> list[GroupStep]:
    """What was done to a group, the latest first."""
    return list(GroupStep.objects.using(using).filter(group=group).order_by("-pk")[:limit])


def note(
    row: GroupState,
    action: str,
    after: Place,
    *,
    using: str,
    who: str,
    reason: str,
    evidence: dict[str, Any],
    automatic: bool = False,
) -> GroupStep:
    """Add to the history what is about to be done to a row that is locked."""
    return GroupStep.objects.using(using).create(
        group=row.group,
        action=action,
        from_stage=row.stage,
        from_share=row.share,
        to_stage=after.stage,
        to_share=after.share,
        who=who[:255],
        automatic=automatic,
        reason=reason,
        evidence=json.dumps(evidence, default=str),
    )


@contextmanager
def locked(group: str, using: str) -> Iterator[GroupState]:
    """The row of a group, locked for the transaction that the block is; made where there is none."""
    rows = GroupState.objects.using(using)
    # Before, in a transaction of its own: two that insert the same and then lock it are a deadlock to InnoDB.
    rows.get_or_create(group=group)
    with writing(using):
        yield rows.select_for_update().get(group=group)


def put(row: GroupState, using: str, **fields: Any) -> State:
    """Change a locked row; what it is then is in force in this process with the commit."""
    rows = GroupState.objects.using(using).filter(pk=row.pk, epoch=row.epoch)
    if not rows.update(epoch=row.epoch + 1, **fields):
        raise Overtaken(f"{row.group} was changed by somebody else meanwhile.")
    row.refresh_from_db(using=using)
    state = of_row(vars(row))
    transaction.on_commit(lambda: learn(state, using), using=using)
    return state


def _wanted(before: Place, to: Stage, share: int | None) -> Place:
    if to is Stage.SWITCHING:
        raise MoveRefused("No group is sent to switching: --to dynamodb leads through it, and --to reading back.")
    if to is Stage.READING and before.authority == "dynamodb" and share is None:
        return reading(conf.cutover_settings().shares[-1])
    if to is not Stage.READING:
        if share is not None:
            raise MoveRefused(f"--share is of stage reading; {to} has none.")
        return Place(stage=to)
    if share is not None and not 1 <= share <= 100:  # noqa: PLR2004 - per cent
        raise MoveRefused(f"A share is a whole number from 1 to 100, not {share}.")
    if share is None:
        shares = conf.cutover_settings().shares
        share = next((each for each in shares if before.stage is not Stage.READING or each > before.share), shares[-1])
    return Place(stage=to, share=share)


def _move(planned: Plan, *, who: str, reason: str, evidence: dict[str, Any], automatic: bool = False) -> State:
    group, using, after = planned.known.group, planned.known.using, planned.after
    with locked(group, using) as row:
        now = of_row(vars(row)).place
        if crosses(now, after) or now.stage is Stage.SWITCHING:
            raise Overtaken(_overtaken(group, using, now))  # it takes a switch
        down = after.rank < now.rank
        if row.epoch != planned.known.row.epoch and not (down and after.rank < planned.before.rank):
            raise Overtaken(_overtaken(group, using, now))
        if not down and not planned.is_up and not planned.renews:
            raise Overtaken(_overtaken(group, using, now))
        action = "renew" if after == now else "move"
        step = note(row, action, after, using=using, who=who, reason=reason, evidence=evidence, automatic=automatic)
        fields: dict[str, Any] = {"stage": after.stage, "share": after.share, "step": step.pk, "since": Now()}
        if after == MIRROR and (now == OFF or row.mapping != planned.known.mapping):
            fields |= {"mapping": planned.known.mapping, "captured_at": Now()}
        return put(row, using, **fields)


def _overtaken(group: str, using: str, now: Place) -> str:
    last = next(iter(history(group, using, 1)), None)
    said = f"; {last.who} was first, at {last.at:%H:%M:%S} ({last.action})" if last is not None else ""
    return f"{group} is at {now} now{said}. Nothing was done."
