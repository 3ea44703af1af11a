"""The command that prints the table of access patterns."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from algoitny.catalogue import table


class Command(BaseCommand):
    help = (
        "Prints every access pattern that an installed app lists: pattern, operation, key, requests and units, planned "
        "from the definitions on a small sample. Nothing is sent to DynamoDB."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["markdown", "json"], default="markdown", help="json: one list")
        parser.add_argument("--system", help="the patterns of this system alone")

    def handle(self, *_args: Any, format: str, system: str | None, **_options: Any) -> None:  # noqa: A002 - the option's name
        patterns = table.patterns()
        known = list(dict.fromkeys(each.system for each in patterns))
        if system is not None and system not in known:
            raise CommandError(f"There is no system {system!r}; there are {', '.join(known) or 'none'}.")
        rows = [table.row(each) for each in patterns if system in (None, each.system)]
        if format == "json":
            self.stdout.write(json.dumps(rows))
            return
        for line in table.markdown(rows):
            self.stdout.write(line)
