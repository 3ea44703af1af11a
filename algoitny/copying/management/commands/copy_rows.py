"""The command that makes DynamoDB's items what the rows say."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from algoitny.copying import endpoint
from algoitny.copying.compare import Comparison, compare_all
from algoitny.copying.copy import copy_all
from algoitny.progress import Progress
from dynamo_models import DynamoModelsError, capture

MOST_SHOWN = 10


class Command(BaseCommand):
    help = (
        "Copies all rows of the SQL database to DynamoDB, for a time in which nobody writes: puts what is missing or "
        "different there, removes what no row stands for. The same again changes nothing. The tables have to be there: "
        "manage.py dynamo_tables apply."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--compare", action="store_true", help="then compare everything; exit code 1 where something differs"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one object on stdout")

    def handle(self, *_args: Any, compare: bool, format: str, **_options: Any) -> None:  # noqa: A002 - the option's name
        try:
            report, found = self.copy(compare=compare)
        except DynamoModelsError as error:
            raise CommandError(str(error)) from error
        if format == "json":
            self.stdout.write(json.dumps(report))
        else:
            self.say(report)
        if found is not None and not found.equal:
            raise CommandError("The stores differ; the report says where.")

    def copy(self, *, compare: bool) -> tuple[dict[str, Any], Comparison | None]:
        """What was done, and what was found to differ afterwards; None where that was not asked."""
        where = endpoint.ready()
        started = time.monotonic()
        progress = Progress("copying to DynamoDB", self.stderr)
        try:
            with capture() as usage:
                copied = copy_all(progress)
        finally:
            progress.clear()
        seconds = time.monotonic() - started
        found = compare_all() if compare else None
        report = {
            "ok": found is None or found.equal,
            "endpoint": where,
            "put": copied.put,
            "written": copied.written,
            "unchanged": copied.unchanged,
            "removed": copied.removed,
            "requests": len(usage),
            "read_units": usage.read_units,
            "write_units": usage.write_units,
            "seconds": round(seconds, 3),
            "differences": None if found is None else [*found.missing, *found.extra, *found.different],
        }
        return report, found

    def say(self, report: dict[str, Any]) -> None:
        self.stdout.write(report["endpoint"])
        for name, count in report["put"].items():
            self.stdout.write(f"{name:<20}{count:>10,} put")
        self.stdout.write(
            f"{report['written']:,} items put, {report['unchanged']:,} were right already, "
            f"{report['removed']:,} removed; {report['requests']:,} requests, {report['write_units']:,g} write units, "
            f"{report['seconds']:.1f} s"
        )
        differences = report["differences"]
        if differences is None:
            return
        for line in differences[:MOST_SHOWN]:
            self.stdout.write(f"different: {line}")
        if len(differences) > MOST_SHOWN:
            self.stdout.write(f"… and {len(differences) - MOST_SHOWN} more; --format json has all")
        self.stdout.write("The stores DIFFER." if differences else "Compared item by item: nothing is different.")
