"""``manage.py dynamo_relay``: works the change log off, and shows what it could not."""

from __future__ import annotations

import json
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from dynamo_models.cutover import watch
from dynamo_models.management.signals import until_signalled
from dynamo_models.mirror import dead_letters, relay
from dynamo_models.mirror.registration import mirrors
from dynamo_models.mirror.watch import alarms
from dynamo_models.switch.returning.keeper import Returning

IDLE = 0.5  # seconds between two looks at a log that had nothing due
LOST = 5.0  # seconds until the database is tried again
USAGE = 2


class Command(BaseCommand):
    help = (
        "Mirrors what was written to SQL, and brings back what is written to DynamoDB where that has authority; ends "
        "what a switch has left whose process is gone. run: until SIGTERM or Ctrl-C; several may run at once. --once: "
        "until nothing is due. status: how far behind the mirror is, and what it has not seen. dead: what cannot be "
        "mirrored, with its reason. retry, drop: all of that, or the rows that --keys names; what is dropped is "
        "mirrored again when it next changes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", nargs="?", choices=("run", "status", "dead", "retry", "drop"), default="run")
        parser.add_argument("--once", action="store_true", help="run: end when nothing is due")
        parser.add_argument("--database", default="default", help="the alias of the database whose log it is")
        parser.add_argument("--batch", type=int, default=relay.BATCH, help="rows claimed at a time")
        parser.add_argument("--keys", default="", help="retry, drop: LABEL:KEY,LABEL:KEY; all where nothing is given")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="drop: do not ask")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *_args: Any, action: str, database: str, **options: Any) -> None:
        if database not in connections:
            raise CommandError(f"There is no database {database!r} in the settings.", returncode=USAGE)
        if options["batch"] < 1:
            raise CommandError("--batch takes 1 or more.", returncode=USAGE)
        self.as_json = options["format"] == "json"
        if action == "run":
            self._run(database, once=options["once"], batch=options["batch"])
        elif action in {"retry", "drop"}:
            self._settle(action, database, options["keys"], noinput=options["noinput"])
        else:
            self._show(action, database)

    def _run(self, using: str, *, once: bool, batch: int) -> None:
        if not mirrors():
            raise CommandError("No model is registered: put @dual_write(Entity) above one.")
        ended = threading.Event()
        with until_signalled(ended):
            total = self._work(using, ended, once=once, batch=batch)
        self._ended(using, total)

    def _work(self, using: str, ended: threading.Event, *, once: bool, batch: int) -> relay.Worked:
        total = relay.Worked()
        looking, returning = watch.Watch(using), Returning(using)
        while not ended.is_set():
            try:
                worked = relay.work(using, batch=batch, stopped=ended.is_set)
            except DatabaseError as error:
                if once:
                    raise
                self.stderr.write(f"The database does not answer: {error}. It is tried again in {LOST:g} s.")
                connections[using].close()
                ended.wait(LOST)
                continue
            total += worked
            idle = returning.turn(stopped=ended.is_set)
            if not once:
                for said in (*watch.watch_quietly(looking), *returning.look_after()):
                    self.stderr.write(said)
            if not worked.claimed and idle:
                if once:
                    break
                ended.wait(IDLE)
        return total

    def _ended(self, using: str, total: relay.Worked) -> None:
        left = relay.lag(using)
        found = {"mirrored": total.done, "failed": total.failed, "dead": left.dead, "waiting": left.waiting}
        if self.as_json:
            self.stdout.write(json.dumps({"ok": not left.dead, **found}))
        else:
            self.stdout.write(
                f"Mirrored {total.done:,} rows; {total.failed:,} attempts failed; {left.waiting:,} rows wait, "
                f"{left.dead:,} of them for a person (dynamo_relay dead)."
            )

    def _show(self, action: str, using: str) -> None:
        lag = relay.lag(using)
        dead = dead_letters.listed(using)
        seen = alarms.sight(using)
        if self.as_json:
            found: dict[str, Any] = {"waiting": lag.waiting, "lag_seconds": round(lag.seconds, 3), "dead": lag.dead}
            if action == "dead":
                found["rows"] = [each.as_dict() for each in dead]
            else:
                found["unseen"] = seen.as_dict()
            self.stdout.write(json.dumps(found))
            return
        if action == "status":
            self.stdout.write(f"{lag.waiting:,} rows wait, the oldest for {lag.seconds:,.1f} s; {lag.dead:,} are dead.")
            for reason in seen.reasons:
                self.stdout.write(reason)
            return
        for each in dead:
            self.stdout.write(f"{each.source}:{each.row_key}  {each.attempts} attempts  {each.reason}")
        if not dead:
            self.stdout.write("Nothing is dead.")

    def _settle(self, action: str, using: str, keys: str, *, noinput: bool) -> None:
        said = [each.strip().partition(":") for each in keys.split(",") if each.strip()]
        chosen = [(source, key) for source, _, key in said]
        if any(not source or not key for source, key in chosen):
            raise CommandError("--keys takes LABEL:KEY,LABEL:KEY, as `dynamo_relay dead` shows them.", returncode=USAGE)
        if action == "drop" and not noinput:
            answer = input("What is dropped is not mirrored until it next changes. Type `drop` to go on: ")
            if answer != "drop":
                raise CommandError("Nothing was dropped.", returncode=USAGE)
        function = dead_letters.retry if action == "retry" else dead_letters.drop
        settled = function(using, chosen or None)
        if chosen and settled < len(chosen):
            raise CommandError(f"{settled} of {len(chosen)} were found; the rest is not dead.")
        done = "put back into the log" if action == "retry" else "dropped"
        self.stdout.write(json.dumps({action: settled}) if self.as_json else f"{settled:,} rows {done}.")
