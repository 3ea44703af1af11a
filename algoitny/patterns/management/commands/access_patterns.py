"""The command that asks all access patterns of the data that is there."""

import json
import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from algoitny import endpoint, store
from algoitny.patterns.catalogue import PATTERNS
from algoitny.patterns.pattern import Pattern
from algoitny.patterns.report import Report
from algoitny.patterns.running import run
from algoitny.patterns.sample import NothingThereError, Sample, pick
from algoitny.progress import Progress
from algoitny.store import STORES, Store
from dynamo_models import DynamoModelsError

_MAKE_SQL = "manage.py migrate; manage.py import_problems humaneval; manage.py seed_activity"
_MAKE_DYNAMODB = (
    f"{_MAKE_SQL}; manage.py dynamo_tables apply; manage.py dynamo_backfill; manage.py dynamo_streams --once"
)


def _numbers(text: str) -> frozenset[int]:
    known = {pattern.number for pattern in PATTERNS}
    try:
        numbers = frozenset(int(part) for part in text.split(","))
    except ValueError:
        numbers = frozenset()
    if not numbers or not numbers <= known:
        raise ArgumentTypeError(f"{text!r} is no list of patterns: give numbers from 1 to {max(known)}, as 7,8")
    return numbers


class Command(BaseCommand):
    help = (
        "Asks the 33 access patterns of the data that is there, through the application's own functions, and says what "
        "each costs; with both stores, whether their answers are equal. Patterns that write do so on rows of their "
        "own, which are taken away again. Exit code 1 where answers differ, something fails, or a pattern scans that "
        "may not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", choices=[*STORES, "both"], default="both", help="which is asked; both")
        parser.add_argument("--only", type=_numbers, metavar="N,N", help="these patterns alone, by their numbers")
        parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one object on stdout")

    def handle(self, *_args: Any, store: str, only: frozenset[int] | None, format: str, **_options: Any) -> None:  # noqa: A002 - the option's name
        stores = STORES if store == "both" else tuple(each for each in STORES if each == store)
        chosen = [pattern for pattern in PATTERNS if only is None or pattern.number in only]
        try:
            report = self.report(stores, chosen)
        except DynamoModelsError as error:
            raise CommandError(f"{error} What makes tables and data: {_MAKE_DYNAMODB}") from error
        except DatabaseError as error:
            raise CommandError(f"The SQL database: {error}. What makes tables and data: {_MAKE_SQL}") from error
        if format == "json":
            self.stdout.write(json.dumps(report.as_dict()))
        else:
            for line in filter(None, (report.database and f"SQL: {report.database}", report.endpoint)):
                self.stdout.write(line)
            for line in report.lines():
                self.stdout.write(line)
        if not report.ok:
            bad = ", ".join(row.pattern.title for row in report.rows if row.faults)
            raise CommandError(f"Not as they should be: {bad}")

    def report(self, stores: tuple[Store, ...], patterns: list[Pattern]) -> Report:
        started = time.monotonic()
        where = endpoint.ready() if "dynamodb" in stores else None
        sample = self.sample(stores[0])
        progress = Progress("asking", self.stderr)
        rows = []
        for done, pattern in enumerate(patterns, 1):
            rows.append(run(pattern, sample, stores))
            progress(done, len(patterns))
        progress.clear()
        return Report(
            store="both" if len(stores) > 1 else stores[0],
            database=connection.vendor if "sql" in stores else None,
            endpoint=where,
            rows=rows,
            seconds=round(time.monotonic() - started, 3),
        )

    def sample(self, which: Store) -> Sample:
        """What is asked about, as that store has it."""
        try:
            with store.serving(which):
                return pick()
        except NothingThereError as error:
            made = _MAKE_SQL if which == "sql" else _MAKE_DYNAMODB
            raise CommandError(f"The store {which!r} has no {error} to ask about. What makes some: {made}") from error
