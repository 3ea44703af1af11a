"""``manage.py dynamo_verify``: compares SQL and DynamoDB in both directions, and repairs what differs if asked to."""

from __future__ import annotations

import json
import re
import threading
from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError
from django.utils.timezone import make_aware

from dynamo_models.errors import DynamoModelsError
from dynamo_models.management.mirroring import ERROR, MISMATCHES, REFUSED, STOPPED, USAGE, MirrorCommand
from dynamo_models.management.signals import until_signalled
from dynamo_models.mirror import verify
from dynamo_models.mirror.backfill import NotNow
from dynamo_models.mirror.direction import back
from dynamo_models.mirror.log.runs import Mismatch, VerifyRun
from dynamo_models.mirror.progress import Progress
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.verify.report import shown

_HELP = """Looks at every row and at every item, attribute by attribute, with keys computed anew; or at some of them. A
key that a change is on its way for is looked at again and never reported: a mismatch is one that two looks agree on,
with nothing in the change log and an item that was not written in between. Nothing is written but the report, unless
--repair is given. Exit codes: 0 all is the same, 1 error, 2 usage, 3 mismatches, 4 none, but not all could be judged
(a change in flight at every look, or a dead letter), or there is nothing to go on from, 130 stopped."""


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _since(text: str) -> int | datetime:
    if text.isdecimal():
        return _whole(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is neither the number of a verification nor a time in ISO 8601") from None
    return found if found.tzinfo else make_aware(found)


def _keys(text: str) -> list[str]:
    r"""Keys between commas; a comma of a key's own stands behind a backslash."""
    return [part.replace("\\,", ",") for part in re.split(r"(?<!\\),", text) if part]


def _item(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ArgumentTypeError(f"{text!r} is not a key as DynamoDB has it in JSON")
    return found


class Command(MirrorCommand):
    help = _HELP

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--sample", type=_whole, metavar="N", help="N rows of each model, with what that says of all."
        )
        what.add_argument("--keys", type=_keys, metavar="K1,K2", help=r"These rows of one model; \, is a key's comma.")
        what.add_argument("--item", type=_item, metavar="JSON", help="The item at this key, of one model's entity.")
        what.add_argument(
            "--since",
            type=_since,
            metavar="RUN|TIME",
            help="What was written since that verification began, or since the last one that began before a time (ISO "
            "8601). Reads every item's number, a read unit for each 4 KB, and of SQL only what has changed.",
        )
        what.add_argument(
            "--continuous",
            action="store_true",
            help="What has changed since the last full verification, then every --every seconds what has changed "
            "since, until SIGTERM or Ctrl-C. As --since, but nothing is read where nothing was written.",
        )
        what.add_argument(
            "--resume",
            action="store_true",
            help="Go on with the last full verification, which was stopped, killed or failed, from where it was saved.",
        )
        what.add_argument("--self-test", action="store_true", help="Plant corruptions in a scratch copy, and find all.")
        parser.add_argument("--repair", action="store_true", help="Mirror again what differs, and look at it again.")
        parser.add_argument("--workers", type=_whole, default=2, metavar="N", help="Threads. Default 2.")
        parser.add_argument("--every", type=_whole, default=60, metavar="SECONDS", help="--continuous. Default 60.")
        parser.add_argument("--limit-shown", type=_whole, default=20, metavar="N", help="Mismatches. Default 20.")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="Nothing is asked anyway.")

    def handle(self, **options: Any) -> None:
        self.as_json = options["format"] == "json"
        self.answer: dict[str, Any] = {"ok": False}
        chosen = self.chosen(options)
        using: str = options["database"]
        self._archives = {each.group for each in chosen if back().is_archive(each, using)}
        if (options["keys"] or options["item"]) and len(chosen) != 1:
            raise self.failure({}, "--keys and --item are of one model: name it.", USAGE)
        if options["resume"] and (options["labels"] or options["group"]):
            raise self.failure({}, "--resume goes on with the models of the run: name none.", USAGE)
        if options["continuous"] and options["repair"]:
            raise self.failure({}, "--continuous reports; give --repair to a verification of its own.", USAGE)
        try:
            if options["self_test"]:
                self._self_test(chosen, using)
            elif options["continuous"]:
                self._continuous(chosen, using, options)
            else:
                self._verify(chosen, using, options)
        except NotNow as error:
            raise self.failure(self.answer, str(error), REFUSED) from error
        except (DynamoModelsError, DatabaseError) as error:
            raise self.failure(self.answer, f"{type(error).__name__}: {error}", ERROR) from error

    def _verify(self, chosen: list[Mirror], using: str, options: dict[str, Any]) -> None:
        asked = verify.Options(
            sample=options["sample"],
            keys=tuple(options["keys"] or ()),
            items=(options["item"],) if options["item"] else (),
            since=self._number(options["since"], using),
            workers=options["workers"],
        )
        progress = Progress("verify")
        ended = threading.Event()
        with until_signalled(ended):
            try:
                if options["resume"]:
                    found = verify.resume(using, stopped=ended.is_set, told=progress)
                else:
                    found = verify.verify(chosen, using, asked, stopped=ended.is_set, told=progress)
            finally:
                progress.clear()
        left = found.run.mismatches
        self._tell(found, using, options["limit_shown"])
        if ended.is_set():
            on = ": go on with --resume" if found.run.scope == "full" else ""
            raise self.failure(self.answer, f"Stopped before all was looked at{on}.", STOPPED)
        if options["repair"] and left:
            left = self._repair(found, using)
        if left:
            raise self.failure(self.answer, f"{left:,} mismatches.", MISMATCHES)
        unjudged = found.run.unsettled + found.dead
        if unjudged:
            message = (
                f"{unjudged:,} rows or items could not be judged; let dynamo_relay work the log off, and verify again."
            )
            raise self.failure(self.answer, message, REFUSED)
        self.answer["ok"] = True
        if self.as_json:
            self.stdout.write(json.dumps(self.answer))

    def _number(self, since: int | datetime | None, using: str) -> int | None:
        if since is None:
            return None
        if isinstance(since, datetime):
            return verify.seq_at(since, using)
        earlier = VerifyRun.objects.using(using).filter(pk=since).first()
        if earlier is None:
            raise self.failure({}, f"There is no verification {since}.", USAGE)
        return earlier.seq

    def _continuous(self, chosen: list[Mirror], using: str, options: dict[str, Any]) -> None:
        """One round after the other; with --format json a line for each that looked at something."""
        ended = threading.Event()
        mismatches = 0
        with until_signalled(ended):
            rounds = verify.follow(chosen, using, workers=options["workers"], every=options["every"], ended=ended)
            for found in rounds:
                self.answer = {"ok": not found.run.mismatches}
                mismatches += found.run.mismatches
                self._tell(found, using, options["limit_shown"])
                if self.as_json:
                    self.stdout.write(json.dumps(self.answer))
                self.stdout.flush()
        self.answer = {"mismatches": mismatches}
        if mismatches:
            raise self.failure(self.answer, f"{mismatches:,} mismatches.", MISMATCHES)
        raise self.failure(self.answer, "Stopped, with no mismatch found.", STOPPED)

    def _tell(self, found: verify.Verified, using: str, limit: int) -> None:
        run = found.run
        rows = [shown(each, using) for each in Mismatch.objects.using(using).filter(run=run).order_by("pk")[:limit]]
        self.answer |= {
            "run": run.pk,
            "scope": run.scope,
            "status": run.status,
            "mirrors": json.loads(run.sources),
            "archives": sorted(self._archives),
            "rows": run.rows,
            "items": run.items,
            "mismatches": run.mismatches,
            "kinds": found.kinds,
            "dead": found.dead,
            "unsettled": run.unsettled,
            "unsettled_keys": found.unsettled_keys,
            "bounds": found.bounds,
            "found": rows,
        }
        if self.as_json:
            return
        self.stdout.write(f"Verification {run.pk} ({run.scope}): {run.rows:,} rows and {run.items:,} items looked at.")
        for group in sorted(self._archives):
            self.stdout.write(f"{group} is left out: its rows in SQL are an archive.")
        for each in rows:
            names = f" {', '.join(each['attributes'])}" if each["attributes"] else ""
            self.stdout.write(f"{each['kind']}: {each['mirror']} {each['row_key'] or json.dumps(each['key'])}{names}")
            if each["attributes"]:
                self.stdout.write(f"  SQL {json.dumps(each['old'])}, DynamoDB {json.dumps(each['new'])}")
            self.stdout.write(f"  {each['reproduce']}")
        if run.mismatches > len(rows):
            self.stdout.write(f"and {run.mismatches - len(rows):,} more")
        for label, bound in found.bounds.items():
            self.stdout.write(
                f"{label}: at 95 % confidence at most {bound:.3%} of its rows differ; extra items are not looked for."
            )
        if run.unsettled:
            self.stdout.write(
                f"{run.unsettled:,} keys had a change in flight at every look, and are not judged: "
                f"{', '.join(found.unsettled_keys[:5])}. Is dynamo_relay running?"
            )
        if found.dead:
            self.stdout.write(f"{found.dead:,} rows are dead letters, and are not judged: dynamo_relay dead.")
        self.stdout.write(f"{run.mismatches:,} mismatches.")

    def _repair(self, found: verify.Verified, using: str) -> int:
        """Repair, and say how many are left."""
        repaired = verify.repair(found.run, using)
        left = found.run.mismatches - repaired.repaired
        self.answer["repair"] = {"tried": repaired.tried, "repaired": repaired.repaired, "left": left}
        if not self.as_json:
            more = (
                " Verify again for those that were not written down." if repaired.tried < found.run.mismatches else ""
            )
            self.stdout.write(f"{repaired.repaired:,} of {found.run.mismatches:,} repaired, and verified again.{more}")
        return left

    def _self_test(self, chosen: list[Mirror], using: str) -> None:
        tested = verify.self_test(chosen, using)
        self.answer |= {
            "rows": tested.rows,
            "planted": tested.planted,
            "found": tested.found,
            "missed": tested.missed,
            "false": tested.false,
            "without": tested.without,
        }
        if not self.as_json:
            for kind, count in tested.planted.items():
                self.stdout.write(f"{kind}: {tested.found.get(kind, 0)} of {count} found")
            for kind in tested.without:
                self.stdout.write(f"{kind}: no item has what it takes")
            for each in tested.false:
                self.stdout.write(f"false alarm: {each}")
        if not tested.ok:
            why = f"{len(tested.missed)} missed, {len(tested.false)} false alarms"
            raise self.failure(self.answer, why if tested.planted else "There are no rows to test with.", ERROR)
        self.answer["ok"] = True
        if self.as_json:
            self.stdout.write(json.dumps(self.answer))
        else:
            self.stdout.write(f"All {sum(tested.planted.values())} corruptions were found, and nothing else.")
