"""``manage.py dynamo_streams``: tells handlers of what was written to DynamoDB."""

from __future__ import annotations

import json
import logging
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dynamo_models.errors import DynamoModelsError
from dynamo_models.management.signals import until_signalled
from dynamo_models.streams import Consumed, consume
from dynamo_models.streams.handlers import tables
from dynamo_models.streams.reading import RecordsLost

logger = logging.getLogger(__name__)

IDLE = 0.5  # seconds between two looks at streams that had nothing new
FAILED = 5.0  # seconds until a handler that keeps failing, or an endpoint that is away, is tried again


class Command(BaseCommand):
    help = (
        "Tells the functions under @on_change() of every change of their entities, from where they left off. Until "
        "SIGTERM or Ctrl-C, or with --once until there is nothing new. One at a time: two would tell twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when nothing is new")
        parser.add_argument("--database", default="default", help="the alias of the database that keeps the positions")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *_args: Any, once: bool, database: str, format: str, **_options: Any) -> None:  # noqa: A002 - the option's name
        if not tables():
            raise CommandError("No function is under @on_change(): there is nobody to tell.")
        total = Consumed()
        ended = threading.Event()
        with until_signalled(ended):
            while not ended.is_set():
                found = self._consume(database, ended, once=once)
                total += found
                if not found.records:
                    if once:
                        break
                    ended.wait(IDLE)
        if format == "json":
            self.stdout.write(json.dumps({"ok": True, "records": total.records, "told": total.told}))
        else:
            self.stdout.write(f"Read {total.records:,} records; handlers were told {total.told:,} times.")

    def _consume(self, using: str, ended: threading.Event, *, once: bool) -> Consumed:
        found = Consumed()
        try:
            for table in tables():
                found += consume(table, using=using, stopped=ended.is_set)
        except RecordsLost as error:
            raise CommandError(str(error)) from error
        except Exception as error:
            if once and isinstance(error, DynamoModelsError):
                raise CommandError(str(error)) from error
            if once:
                raise
            logger.exception("A stream cannot be read on. It is tried again in %g s.", FAILED)
            ended.wait(FAILED)
        return found
