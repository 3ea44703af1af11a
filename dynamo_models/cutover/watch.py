"""Takes groups down by itself: on mismatches, errors, latency or lag past their bounds, or where the mirror cannot be
relied on. Authority is never its business: up to here SQL has it, and every read can go there at once.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connections
from django.utils import timezone

from dynamo_models import conf
from dynamo_models.cutover import moves, tallies
from dynamo_models.cutover.evidence import Evidence
from dynamo_models.cutover.guards import VERIFIED_WITHIN, unhealthy
from dynamo_models.cutover.records import GroupState
from dynamo_models.cutover.stages import BACKFILLED, MIRROR, OFF, SHADOW, VERIFIED, Place, Stage, reading
from dynamo_models.mirror.capture import installed
from dynamo_models.mirror.log.runs import Mismatch
from dynamo_models.mirror.registration import mirrors

logger = logging.getLogger(__name__)

PERIOD = 5.0  # seconds between two looks
MERGE_PERIOD = 60.0
_NOT_SOONER = 1.0  # seconds between two looks after errors: they come in swarms

_judged: dict[tuple[str, str], float] = {}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Where a group has to go, and why."""

    to: Place
    reason: str


class Watch:
    """Looks at every group now and then, for a program that runs until it is told to end: ``turn()`` in its loop."""

    def __init__(self, using: str) -> None:
        self.using = using
        self._looked_at = self._merged_at = float("-inf")

    def turn(self) -> list[str]:
        """Look, if it is time; what was done, a sentence for each group."""
        now = time.monotonic()
        if now - self._looked_at < PERIOD:
            return []
        self._looked_at = now
        done = look(self.using)
        if now - self._merged_at >= MERGE_PERIOD:
            self._merged_at = now
            tallies.merge(self.using)
        return done


def look(using: str) -> list[str]:
    """Judge every group that has been moved; what was done, a sentence for each."""
    rows = GroupState.objects.using(using).exclude(stage=Stage.OFF).order_by("group")
    done = [judge(group, using) for group in rows.values_list("group", flat=True) if mirrors(group)]
    return [each for each in done if each]


def judge(group: str, using: str) -> str:
    """Take a group down where it has to go; what was done, as a sentence, or nothing."""
    known = Evidence(group, using)
    before = known.state.place
    verdict = of(known)
    if verdict is None:
        return ""
    state = moves.step_down(group, verdict.to, using=using, reason=verdict.reason, evidence=known.as_dict())
    if state is None:
        return ""
    said = f"{group} went from {before} to {state.place} by itself: {verdict.reason}"
    logger.error("%s", said)
    return said


def judge_now(group: str, using: str, *, swarm: bool = False) -> None:
    """The same at once, of what this process has just counted. swarm: not oftener than once a second."""
    now = time.monotonic()
    if swarm and now - _judged.get((group, using), float("-inf")) < _NOT_SOONER:
        return
    _judged[group, using] = now
    tallies.flush()
    judge(group, using)


def of(known: Evidence) -> Verdict | None:
    """Where a group has to go by what is known of it; None where it may stay."""
    place = known.state.place
    # Authority never falls back by itself, and a switch has its own way out.
    if place == OFF or place.authority == "dynamodb" or place.stage is Stage.SWITCHING:
        return None
    verdict = _capture(known)
    if verdict is None and place.rank >= VERIFIED.rank:
        verdict = _differs(known)
    if verdict is None and place.stage is Stage.READING:
        verdict = _reading(known)
    return verdict


def before_triggers_return(sender: Any, using: str, **_: Any) -> None:
    """After a migrate, before the mirror puts triggers back: while one was missing, writes may have passed by."""
    table = GroupState._meta.db_table
    if sender.name != "dynamo_models" or table not in connections[using].introspection.table_names():
        return
    labels = {trigger.source.partition("/")[0] for trigger in installed.look(using).wrong}
    for group in sorted({mirror.group for mirror in mirrors() if mirror.label in labels}):
        moves.step_down(
            group, OFF, using=using, reason="A migration has dropped triggers: writes may have been missed."
        )


def watch_quietly(watch: Watch) -> list[str]:
    """A turn that is nobody's failure: what the database refuses now is looked at again the next time."""
    try:
        return watch.turn()
    except DatabaseError as error:
        logger.warning("The groups could not be looked at: %s", error)
        return []


def _capture(known: Evidence) -> Verdict | None:
    """Whether every write is seen, and mapped as it was."""
    wrong = [trigger.name for trigger in known.triggers.wrong]
    if wrong:
        return Verdict(to=OFF, reason=f"Triggers are missing or altered: {', '.join(wrong)}.")
    if unseen := installed.unseen(known.using):
        return Verdict(to=OFF, reason=" ".join(unseen))
    if known.row.mapping != known.mapping:
        return Verdict(to=MIRROR, reason="The mapping has changed: every item has to be made again.")
    return None


def _differs(known: Evidence) -> Verdict | None:
    """Whether the stores are known to differ, or may."""
    different, most = known.reads.counts["different"], conf.cutover_settings().mismatches
    if different > most:
        return Verdict(to=BACKFILLED, reason=f"{different} reads were answered differently; {most} are the most.")
    labels = [mirror.label for mirror in known.mirrors]
    last = known.verify.pk if known.verify is not None else 0
    found = Mismatch.objects.using(known.using).filter(run__gte=last, repaired_at=None, source__in=labels).count()
    if found:
        return Verdict(to=BACKFILLED, reason=f"A verification found {found} differences that are not repaired.")
    if known.unseen:
        return Verdict(to=BACKFILLED, reason=f"{known.unseen} statements wrote past the mirror.")
    return None


def _reading(known: Evidence) -> Verdict | None:
    """Whether DynamoDB answers well enough for people to wait for it."""
    most = conf.cutover_settings().lag
    if known.lag > most:
        return Verdict(to=SHADOW, reason=f"The mirror is {known.lag:,.1f} s behind; {most:g} s are the most.")
    if said := unhealthy(known):
        return Verdict(to=SHADOW, reason=said)
    lowest = reading(conf.cutover_settings().shares[0])
    if known.state.place.rank > lowest.rank and any(mirror.capture == "orm" for mirror in known.mirrors):
        run = known.verify
        if run is None or run.mismatches or timezone.now() - run.started_at > VERIFIED_WITHIN:
            reason = f"Writes are seen by the ORM alone: past {lowest} that wants a full verification a day."
            return Verdict(to=lowest, reason=reason)
    return None
