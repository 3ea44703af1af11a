"""``manage.py dynamo_verify``: compares SQL and DynamoDB in both directions, and repairs what differs if asked to."""

from __future__ import annotations

import json
import re
import threading
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError

from dynamo_models.errors import DynamoModelsError
from dynamo_models.management.mirroring import ERROR, MISMATCHES, REFUSED, STOPPED, USAGE, MirrorCommand
from dynamo_models.management.signals import until_signalled
from dynamo_models.mirror import verify
from dynamo_models.mirror.log.runs import Mismatch, VerifyRun
from dynamo_models.mirror.progress import Progress
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.verify.report import shown

_HELP = """Looks at every row and at every item, attribute by attribute, with keys computed anew; or at some of them. A
key that a change is on its way for is looked at again and never reported: a mismatch is one that two looks agree on,
with nothing in the change log and an item that was not written in between. Nothing is written but the report, unless
--repair is given. Exit codes: 0 all is the same, 1 error, 2 usage, 3 mismatches, 4 none, but not all could be judged
(a change in flight at every look, or a dead letter), 130 stopped."""


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


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
        what.add_argument("--since", type=_whole, metavar="RUN", help="What was written since that verification began.")
        what.add_argument("--self-test", action="store_true", help="Plant corruptions in a scratch copy, and find all.")
        parser.add_argument("--repair", action="store_true", help="Mirror again what differs, and look at it again.")
        parser.add_argument("--workers", type=_whole, default=2, metavar="N", help="Threads. Default 2.")
        parser.add_argument("--limit-shown", type=_whole, default=20, metavar="N", help="Mismatches. Default 20.")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="Nothing is asked anyway.")

    def handle(self, **options: Any) -> None:
        self.as_json = options["format"] == "json"
        self.answer: dict[str, Any] = {"ok": False}
        chosen = self.chosen(options)
        using: str = options["database"]
        if (options["keys"] or options["item"]) and len(chosen) != 1:
            raise self.failure({}, "--keys and --item are of one model: name it.", USAGE)
        try:
            if options["self_test"]:
                self._self_test(chosen, using)
            else:
                self._verify(chosen, using, options)
        except (DynamoModelsError, DatabaseError) as error:
            raise self.failure(self.answer, f"{type(error).__name__}: {error}", ERROR) from error

    def _verify(self, chosen: list[Mirror], using: str, options: dict[str, Any]) -> None:
        since = None
        if options["since"] is not None:
            earlier = VerifyRun.objects.using(using).filter(pk=options["since"]).first()
            if earlier is None:
                raise self.failure({}, f"There is no verification {options['since']}.", USAGE)
            since = earlier.seq
        asked = verify.Options(
            sample=options["sample"],
            keys=tuple(options["keys"] or ()),
            items=(options["item"],) if options["item"] else (),
            since=since,
            workers=options["workers"],
        )
        progress = Progress("verify")
        ended = threading.Event()
        with until_signalled(ended):
            try:
                found = verify.verify(chosen, using, asked, stopped=ended.is_set, told=progress)
            finally:
                progress.clear()
        left = found.run.mismatches
        self._tell(found, using, options["limit_shown"])
        if ended.is_set():
            raise self.failure(self.answer, "Stopped before all was looked at.", STOPPED)
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

    def _tell(self, found: verify.Verified, using: str, limit: int) -> None:
        run = found.run
        rows = [shown(each, using) for each in Mismatch.objects.using(using).filter(run=run).order_by("pk")[:limit]]
        self.answer |= {
            "run": run.pk,
            "scope": run.scope,
            "status": run.status,
            "mirrors": json.loads(run.sources),
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
