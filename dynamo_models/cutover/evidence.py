"""What is known of a group: read from what runs, the log and processes have written down, and never from its tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from dynamo_models.cutover import tallies
from dynamo_models.cutover.fingerprint import fingerprint
from dynamo_models.cutover.in_flight import sources_of
from dynamo_models.cutover.records import GroupState, ReadMismatch
from dynamo_models.cutover.stages import COMPLETE
from dynamo_models.cutover.state import State, of_row
from dynamo_models.cutover.tallies import Tally
from dynamo_models.mirror.backfill import latest
from dynamo_models.mirror.capture import installed, plan
from dynamo_models.mirror.capture.installed import Found
from dynamo_models.mirror.log.models import Change, Failure
from dynamo_models.mirror.log.runs import BackfillRun, Mismatch, VerifyRun
from dynamo_models.mirror.log.unseen import Unseen
from dynamo_models.mirror.registration import Mirror, mirrors
from dynamo_models.mirror.watch import alarms

# So many full verifications are looked through for the last one of a group.
_LOOKED_THROUGH = 200
RECENT = 2  # minutes, and the current one: what errors and latencies are judged by


@dataclass(frozen=True)
class Evidence:
    """What is known of one group in one database; each thing is read once, when it is asked for.

    archive: the directory that is said to hold its SQL side, for who asks to complete it.
    """

    group: str
    using: str
    archive: Path | None = None

    @cached_property
    def mirrors(self) -> list[Mirror]:
        return mirrors(self.group)

    @cached_property
    def row(self) -> GroupState:
        """Where it stands; a row that is not saved for a group that nobody has moved."""
        return GroupState.objects.using(self.using).filter(group=self.group).first() or GroupState(group=self.group)

    @cached_property
    def state(self) -> State:
        return of_row(vars(self.row))

    @cached_property
    def triggers(self) -> Found:
        """The triggers that the models want, beside those that the database has; at ``complete`` they want none."""
        capturing = self.mirrors if self.state.place != COMPLETE else []
        wanted = [
            index.trigger for mirror in capturing if mirror.capture == "triggers" for index in plan.triggers(mirror)
        ]
        return installed.look(self.using, wanted)

    @cached_property
    def mapping(self) -> str:
        return fingerprint(self.group)

    @cached_property
    def backfills(self) -> dict[str, BackfillRun | None]:
        """By mirror, its last run."""
        return {mirror.label: latest(mirror, self.using) for mirror in self.mirrors}

    @cached_property
    def verify(self) -> VerifyRun | None:
        """The last full verification of every mirror of the group that came to its end."""
        labels = {mirror.label for mirror in self.mirrors}
        ended = VerifyRun.objects.using(self.using).filter(scope="full", status="completed").order_by("-pk")
        return next((run for run in ended[:_LOOKED_THROUGH] if labels <= set(json.loads(run.sources))), None)

    @cached_property
    def found_since(self) -> int:
        """Mismatches that later verifications of any kind have found, and nobody has repaired."""
        after = self.verify.pk if self.verify is not None else 0
        rows = Mismatch.objects.using(self.using).filter(run__gt=after, repaired_at=None)
        return rows.filter(source__in=[mirror.label for mirror in self.mirrors]).count()

    @cached_property
    def last_mismatch(self) -> ReadMismatch | None:
        """The last read that the stores answered differently."""
        return ReadMismatch.objects.using(self.using).filter(group=self.group).order_by("-pk").first()

    @cached_property
    def lag(self) -> float:
        """Seconds since which the oldest change waits that a relay is to mirror; dead letters are not counted."""
        dead = Failure.objects.filter(source=OuterRef("source"), row_key=OuterRef("row_key"), dead=True)
        changes = Change.objects.using(self.using).filter(~Exists(dead), source__in=sources_of(self.group))
        oldest: datetime | None = changes.order_by("seq").values_list("at", flat=True).first()
        return 0.0 if oldest is None else max(0.0, (timezone.now() - oldest).total_seconds())

    @cached_property
    def dead(self) -> int:
        """Rows that cannot be mirrored as they are."""
        failures = Failure.objects.using(self.using).filter(dead=True, source__in=sources_of(self.group))
        return failures.count()

    @property
    def alarms(self) -> QuerySet[Unseen]:
        """Statements that wrote past the mirror, and that no full verification has settled."""
        about = alarms.about(mirror.label for mirror in self.mirrors)
        return Unseen.objects.using(self.using).filter(about, settled_at=None)

    @cached_property
    def unseen(self) -> int:
        """How many of these there are."""
        return self.alarms.count()

    @cached_property
    def reads(self) -> Tally:
        """Reads since the group came to its place."""
        return tallies.read(self.group, self.state.step, self.using)

    @cached_property
    def recent(self) -> Tally:
        """Reads of the last minutes."""
        return tallies.read(self.group, self.state.step, self.using, minutes=RECENT)

    def as_dict(self) -> dict[str, Any]:
        """What a step leaves in the history, as far as it was asked for."""
        found: dict[str, Any] = {}
        known = vars(self)
        if "verify" in known and self.verify is not None:
            found["verify_run"] = self.verify.pk
        if "backfills" in known:
            found["backfill_runs"] = {label: run.pk for label, run in self.backfills.items() if run is not None}
        if "lag" in known:
            found["lag_seconds"] = round(self.lag, 3)
        if "dead" in known:
            found["dead_letters"] = self.dead
        for name in ("reads", "recent"):
            if name in known:
                tally: Tally = getattr(self, name)
                latencies = {store: each.summary() for store, each in tally.latencies.items()}
                found[name] = {**tally.counts, "latency": latencies}
        return found
