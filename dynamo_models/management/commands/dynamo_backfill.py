"""``manage.py dynamo_backfill``: brings the rows that were there before the mirror into it."""

from __future__ import annotations

import json
import sys
import threading
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError

from dynamo_models.errors import DynamoModelsError
from dynamo_models.management.mirroring import ERROR, MISMATCHES, REFUSED, STOPPED, MirrorCommand
from dynamo_models.management.signals import until_signalled
from dynamo_models.mirror import backfill
from dynamo_models.mirror.backfill.ranges import totals
from dynamo_models.mirror.backfill.statuses import ENDED, is_stuck
from dynamo_models.mirror.log.models import Failure
from dynamo_models.mirror.log.runs import BackfillRun
from dynamo_models.mirror.progress import Progress
from dynamo_models.mirror.registration import Mirror

# Write units a second that --dry-run reckons with where none are given.
RATE = 1000.0
MOST_SHOWN = 20

_HELP = """Brings every row into the mirror, as a run that outlives this process: one for each model. It can go on
beside live writes: a row is put into the change log and mirrored from there, so a newer write or a deletion always
wins. SIGTERM and Ctrl-C finish the batch and save how far it is (exit code 130); --resume goes on there, after a kill
too. Exit codes: 0 done, 1 error, 2 usage, 3 rows that cannot be mirrored (dynamo_relay dead), 4 not now, 130
stopped."""


def _positive(kind: type[float]) -> Any:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = kind(0)
        if not 0 < value < float("inf"):
            raise ArgumentTypeError(f"{text!r} is not a number above 0")
        return value

    return read


class Command(MirrorCommand):
    help = _HELP

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--workers", type=_positive(int), default=2, metavar="N", help="Threads. Default 2.")
        parser.add_argument("--batch", type=_positive(int), default=100, metavar="N", help="Rows. Default 100.")
        parser.add_argument(
            "--max-write-units", type=_positive(float), metavar="N", help="A second; no bound if not given."
        )
        parser.add_argument(
            "--max-waiting",
            type=_positive(int),
            default=10_000,
            metavar="N",
            help="Wait while more changes than that wait for a relay. Default 10000.",
        )
        does = parser.add_mutually_exclusive_group()
        does.add_argument("--resume", action="store_true", help="Go on with what is paused, failed or was killed.")
        does.add_argument("--pause", action="store_true", help="Tell what runs to stop after its batches.")
        does.add_argument("--cancel", action="store_true", help="Give what is unfinished up; what it mirrored stays.")
        does.add_argument("--status", action="store_true", help="Show the last run of each model.")
        does.add_argument("--dry-run", action="store_true", help="Show rows, bytes, write units, hours and dollars.")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="--cancel: do not ask.")

    def handle(self, **options: Any) -> None:
        self.as_json = options["format"] == "json"
        self.answer: dict[str, Any] = {"ok": False, "runs": []}
        chosen = self.chosen(options)
        using: str = options["database"]
        try:
            if options["dry_run"]:
                self._estimate(chosen, using, options["max_write_units"] or RATE)
            elif options["status"]:
                self._show([run for each in chosen if (run := backfill.latest(each, using))], using)
            elif options["pause"] or options["cancel"]:
                self._steer(chosen, using, options)
            else:
                self._carry_out(chosen, using, options)
        except backfill.NotNow as error:
            raise self.failure(self.answer, str(error), REFUSED) from error
        except (DynamoModelsError, DatabaseError) as error:
            raise self.failure(self.answer, str(error), ERROR) from error

    def _estimate(self, chosen: list[Mirror], using: str, rate: float) -> None:
        found = [backfill.estimate(each, using, rate=rate) for each in chosen]
        if self.as_json:
            self.stdout.write(
                json.dumps({"ok": True, "dry_run": True, "estimates": [each.as_dict() for each in found]})
            )
            return
        for each in found:
            refused = f"; {each.refused} of {each.sampled} sampled rows cannot be items" if each.refused else ""
            self.stdout.write(
                f"{each.label}: {each.rows:,} rows, {each.bytes:,} bytes, {each.write_units:,} write units: "
                f"{each.hours:.2f} h at {each.rate:,.0f} units a second, ${each.dollars:,.2f} on demand{refused}"
            )
        total = sum(each.dollars for each in found)
        self.stdout.write(f"{sum(each.rows for each in found):,} rows, ${total:,.2f}. Nothing was written.")

    def _steer(self, chosen: list[Mirror], using: str, options: dict[str, Any]) -> None:
        unfinished = [each for each in chosen if (run := backfill.latest(each, using)) and run.status not in ENDED]
        if not unfinished:
            raise backfill.NotNow("No backfill of these is unfinished.")
        if options["cancel"] and not options["noinput"]:
            if self.as_json or not sys.stdin.isatty():
                raise backfill.NotNow("Nothing was cancelled: give --noinput to do it without being asked.")
            if input(f"Cancel the backfill of {', '.join(each.label for each in unfinished)}? Type yes: ") != "yes":
                raise backfill.NotNow("Nothing was cancelled.")
        function = backfill.cancel if options["cancel"] else backfill.pause
        self._show([function(each, using) for each in unfinished], using)

    def _carry_out(self, chosen: list[Mirror], using: str, options: dict[str, Any]) -> None:
        latest = {each.label: backfill.latest(each, using) for each in chosen}
        if options["resume"]:
            chosen = [each for each in chosen if (run := latest[each.label]) and run.status not in ENDED]
            if not chosen:
                raise backfill.NotNow("No backfill of these is unfinished: there is nothing to resume.")
        elif busy := [run for run in latest.values() if run and run.status not in ENDED]:
            named = ", ".join(f"{run.source} ({run.status})" for run in busy)
            raise backfill.NotNow(f"Unfinished: {named}. --resume goes on, --cancel gives it up, --status shows it.")
        settings = backfill.Options(
            workers=options["workers"],
            batch=options["batch"],
            max_write_units=options["max_write_units"],
            most_waiting=options["max_waiting"],
        )
        runs: list[BackfillRun] = []
        ended = threading.Event()
        with until_signalled(ended):
            for mirror in chosen:
                if ended.is_set():
                    break
                run = (backfill.resume if options["resume"] else backfill.start)(mirror, using)
                progress = Progress(f"backfill {mirror.label}")
                try:
                    backfill.carry_out(mirror, run, using, settings, stopped=ended.is_set, told=progress)
                finally:
                    progress.clear()
                runs.append(run)
            stopped = ended.is_set()
        self._conclude(runs, using, stopped=stopped, left=len(chosen) - len(runs))

    def _conclude(self, runs: list[BackfillRun], using: str, *, stopped: bool, left: int) -> None:
        found = [self._told(run, using) for run in runs]
        self.answer["runs"] = found
        if stopped:
            if not self.as_json:
                self._lines(found)
            unbegun = f" {left} models were not begun." if left else ""
            raise self.failure(self.answer, f"Stopped after a batch: go on with --resume.{unbegun}", STOPPED)
        dead = sum(each["dead"] for each in found)
        if dead:
            if not self.as_json:
                self._lines(found)
            message = f"{dead:,} rows cannot be mirrored; `manage.py dynamo_relay dead` lists them."
            raise self.failure(self.answer, message, MISMATCHES)
        self._show(runs, using)

    def _show(self, runs: list[BackfillRun], using: str) -> None:
        self.answer["ok"], self.answer["runs"] = True, [self._told(run, using) for run in runs]
        if self.as_json:
            self.stdout.write(json.dumps(self.answer))
            return
        self._lines(self.answer["runs"])
        if not runs:
            self.stdout.write("There has been no backfill.")

    def _lines(self, found: list[dict[str, Any]]) -> None:
        for each in found:
            stuck = " It has not got on for 5 minutes: --resume takes it over." if each["stuck"] else ""
            later = f" {each['put_off']:,} wait in the log for a relay." if each["put_off"] else ""
            self.stdout.write(
                f"{each['label']}: {each['status']}, {each['done']:,} of {each['rows']:,} rows, {each['units']:,.0f} "
                f"write units. {each['sentence']}{stuck}{later}"
            )
            for row in each["dead_rows"]:
                self.stdout.write(f"  {row['row_key']}: {row['reason']}")
            if each["dead"] > len(each["dead_rows"]) > 0:
                self.stdout.write(f"  and {each['dead'] - len(each['dead_rows']):,} more")

    @staticmethod
    def _told(run: BackfillRun, using: str) -> dict[str, Any]:
        sums = totals(run, using)
        dead = Failure.objects.using(using).filter(source=run.source, dead=True).order_by("pk")
        rows = dead.values("row_key", "reason")[:MOST_SHOWN] if sums["dead"] else []
        return {
            "label": run.source,
            "run": run.pk,
            "status": run.status,
            "sentence": run.sentence,
            "stuck": is_stuck(run),
            "rows": run.rows,
            **{name: int(sums[name]) for name in ("done", "put_off", "dead")},
            "units": sums["units"],
            "started_at": run.started_at.isoformat(),
            "ended_at": run.ended_at.isoformat() if run.ended_at else None,
            "dead_rows": list(rows),
        }
