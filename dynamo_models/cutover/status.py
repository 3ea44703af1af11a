"""All that an operator looks at, of each group: one object for the command, the admin page and metrics.

It is made of what the mirror, runs and processes have written down: nothing scans a table for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, QuerySet, Sum

from dynamo_models import conf
from dynamo_models.cutover import guards, moves, tallies
from dynamo_models.cutover.aliases import other_alias
from dynamo_models.cutover.evidence import Evidence
from dynamo_models.cutover.guards import Finding
from dynamo_models.cutover.in_flight import sources_of
from dynamo_models.cutover.records import GroupStep, ReadMismatch, UnservedRead
from dynamo_models.cutover.stages import MIRROR, Place, above, below, ladder
from dynamo_models.cutover.tallies import Tally
from dynamo_models.mirror.capture import installed
from dynamo_models.mirror.log.models import Change, Failure
from dynamo_models.mirror.log.runs import BackfillRun
from dynamo_models.mirror.registration import mirrors

MOST_WAITING = 10_000  # changes that are counted
SHOWN = 10


@dataclass(frozen=True)
class GroupStatus:
    """One group in one database. Each property is looked up once, when it is asked for."""

    known: Evidence

    @property
    def group(self) -> str:
        return self.known.group

    @property
    def place(self) -> Place:
        return self.known.state.place

    @property
    def next_place(self) -> Place | None:
        """The next rung; None at the top of what there is."""
        return above(self.place, conf.cutover_settings().shares)

    @property
    def ladder(self) -> list[Place]:
        """Every place that there is, from below."""
        return list(ladder(conf.cutover_settings().shares))

    @property
    def lower_places(self) -> list[Place]:
        """Where the group may go down to at once, nearest first."""
        return below(self.place, conf.cutover_settings().shares)

    @property
    def renews(self) -> bool:
        """Whether the group can be mirrored anew where it stands, as what its items are made of has changed."""
        return self.place == MIRROR and self.known.row.mapping != self.known.mapping

    def findings(self) -> list[Finding]:
        """What the guards of the next rung say, but for those that try a write."""
        return self._found

    @cached_property
    def _found(self) -> list[Finding]:
        return [] if self.next_place is None else guards.check(self.known, self.next_place, probing=False)

    def command(self, to: Place) -> str:
        """The command that makes a move."""
        share = f" --share {to.share}" if to.share else ""
        database = "" if self.known.using == DEFAULT_DB_ALIAS else f" --database {self.known.using}"
        return f"manage.py dynamo_cutover {self.group} --to {to.stage}{share}{database}"

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON takes it."""
        return {
            "group": self.group,
            "database": self.known.using,
            "mirrors": [mirror.label for mirror in self.known.mirrors],
            "alias": other_alias(),
            **self._place(),
            "next": self._next(),
            "down": [str(each) for each in self.lower_places],
            "backfill": [_backfill(label, run) for label, run in self.known.backfills.items()],
            "lag": self._lag(),
            "verify": self._verify(),
            "reads": _reads(self.known.reads),
            "recent_reads": _reads(self.known.recent),
            "earlier_reads": self._earlier(),
            "mismatches": self._mismatches(),
            "unserved": self._unserved(),
            "unseen": self._unseen(),
            **{name: said(self) for name, said in _also.items()},
            "history": [shown(each) for each in moves.history(self.group, self.known.using)],
        }

    def _place(self) -> dict[str, Any]:
        state = self.known.state
        return {
            "stage": str(state.place.stage),
            "share": state.place.share,
            "authority": state.place.authority,
            "since": self.known.row.since.isoformat() if self.known.row.pk else None,
            "killed": state.killed,
            "allow": sorted(state.allow),
            "deny": sorted(state.deny),
        }

    def _next(self) -> dict[str, Any] | None:
        place = self.next_place
        if place is None:
            return None
        findings = self.findings()
        return {
            "stage": str(place.stage),
            "share": place.share,
            "ready": all(each.ok for each in findings),
            "guards": [each.as_dict() for each in findings],
            "command": self.command(place),
        }

    def _lag(self) -> dict[str, Any]:
        changes = Change.objects.using(self.known.using).filter(source__in=sources_of(self.group)).order_by()
        waiting = changes[: MOST_WAITING + 1].count()
        return {
            "waiting": min(waiting, MOST_WAITING),
            "or_more": waiting > MOST_WAITING,
            "seconds": round(self.known.lag, 3),
            "dead": self.known.dead,
            "dead_letters": list(self._dead_letters()),
        }

    def _dead_letters(self) -> Iterator[dict[str, Any]]:
        """The oldest of what cannot be mirrored."""
        rows = Failure.objects.using(self.known.using).filter(dead=True, source__in=sources_of(self.group))
        for row in rows.order_by("first_at", "pk")[:SHOWN]:
            yield {
                "source": row.source,
                "row_key": row.row_key,
                "attempts": row.attempts,
                "reason": row.reason,
                "since": row.first_at.isoformat(),
            }

    def _verify(self) -> dict[str, Any] | None:
        run = self.known.verify
        if run is None:
            return None
        return {
            "run": run.pk,
            "started_at": run.started_at.isoformat(),
            "rows": run.rows,
            "items": run.items,
            "mismatches": run.mismatches,
            "unsettled": run.unsettled,
            "found_since": self.known.found_since,
        }

    def _steps(self) -> QuerySet[GroupStep]:
        return GroupStep.objects.using(self.known.using).filter(group=self.group, action="move").order_by("-pk")

    def _earlier(self) -> list[dict[str, Any]]:
        """Reads at the places before this one, the latest first."""
        steps = self._steps().exclude(pk=self.known.state.step)[:SHOWN]
        read = [(step, tallies.read(self.group, step.pk, self.known.using)) for step in steps]
        return [
            {"stage": step.to_stage, "share": step.to_share, "step": step.pk, **_reads(tally)}
            for step, tally in read
            if tally.counts
        ]

    def _mismatches(self) -> list[dict[str, Any]]:
        rows = ReadMismatch.objects.using(self.known.using).filter(group=self.group).order_by("-pk")[:SHOWN]
        return [
            {
                "id": row.pk,
                "at": row.at.isoformat(),
                "mirror": row.source,
                "what": row.what,
                "served_by": row.served_by,
                "sql": row.sql,
                "dynamodb": row.dynamodb,
            }
            for row in rows
        ]

    def _unserved(self) -> dict[str, Any]:
        rows = UnservedRead.objects.using(self.known.using).filter(group=self.group)
        columns = ("source", "place", "reason", "count")
        return {
            "count": rows.aggregate(count=Sum("count"))["count"] or 0,
            "most": list(rows.order_by("-count").values(*columns)[:SHOWN]),
        }

    def _unseen(self) -> dict[str, Any]:
        """Writes that passed the mirror by, and foreign keys by which the database may write unseen."""
        tables = {trigger.table for trigger in self.known.triggers.wrong}
        rows = self.known.alarms.order_by().values("source", "table", "verb", "place").annotate(count=Count("pk"))
        return {
            "count": self.known.unseen,
            "alarms": list(rows.order_by("-count")[:SHOWN]),
            "tables_without_triggers": sorted(tables),
            "foreign_keys": installed.unseen(self.known.using),
        }


_also: dict[str, Callable[[GroupStatus], Any]] = {}


def also(name: str, said: Callable[[GroupStatus], Any]) -> None:
    """Have every status say something more, as JSON takes it: for what stands above this."""
    _also[name] = said


def status(using: str, group: str | None = None) -> list[GroupStatus]:
    """Every group that is registered, or one. KeyError for one that is not."""
    groups = sorted({mirror.group for mirror in mirrors()})
    if group is not None and group not in groups:
        raise KeyError(group)
    return [GroupStatus(Evidence(each, using)) for each in groups if group in {None, each}]


def shown(step: GroupStep) -> dict[str, Any]:
    """A row of history as JSON takes it."""
    return {
        "step": step.pk,
        "at": step.at.isoformat(),
        "who": step.who,
        "automatic": step.automatic,
        "action": step.action,
        "from": {"stage": step.from_stage, "share": step.from_share},
        "to": {"stage": step.to_stage, "share": step.to_share},
        "reason": step.reason,
        "evidence": json.loads(step.evidence),
    }


def _reads(tally: Tally) -> dict[str, Any]:
    counts = tally.counts
    return {
        "served": {
            "sql": counts["served_sql"],
            "dynamodb": counts["served_dynamodb"],
            "in_flight": counts["in_flight"],
        },
        "compared": tally.compared,
        **{name: counts[name] for name in ("same", "different", "unsettled", "dropped", "late")},
        "errors": {"sql": counts["errors_sql"], "dynamodb": counts["errors_dynamodb"]},
        "latency": {"sql": tally.latency("sql").summary(), "dynamodb": tally.latency("dynamodb").summary()},
    }


def _backfill(label: str, run: BackfillRun | None) -> dict[str, Any]:
    if run is None:
        return {"mirror": label, "run": None, "status": "never", "rows": 0, "done": 0, "sentence": ""}
    sums = run.ranges.aggregate(done=Sum("done"), put_off=Sum("put_off"), dead=Sum("dead"))  # type: ignore[attr-defined]
    return {
        "mirror": label,
        "run": run.pk,
        "status": run.status,
        "rows": run.rows,
        "done": sum(int(each or 0) for each in sums.values()),
        "sentence": run.sentence,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
    }
