"""manage.py dynamo_coverage: queries seen that DynamoDB cannot serve, where they are asked, what could serve them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from dynamo_models.backend.coverage import ENVIRONMENT, Unserved, file_of, recorded

UNSERVED = 3
"""The exit code where there is a query that DynamoDB cannot serve."""


class Command(BaseCommand):
    """Of what the alias has written down, or of a test suite that is run for it."""

    help = (
        "Lists the queries on the DynamoDB alias that no key serves, with file and line. While SQL has authority they "
        "are answered by SQL; after the switch they would be refused. Exit codes: 0 none, 1 error, 3 there are some."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--run", metavar="COMMAND", help='run this first, a test suite say: --run "pytest -q"')
        parser.add_argument("--file", type=Path, help="the file that they are written down in")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["run"]:
            path = options["file"] or Path(tempfile.mkdtemp()) / "coverage.jsonl"
            self.run(options["run"], path)
        else:
            path = options["file"] or self.named()
        found = recorded(path)
        if options["format"] == "json":
            self.stdout.write(json.dumps([asdict(each) for each in found], indent=2))
        else:
            self.stdout.write(_text(found))
        if found:
            raise CommandError(f"{len(found)} queries that DynamoDB cannot serve.", returncode=UNSERVED)

    def run(self, command: str, path: Path) -> None:
        """Run a command whose queries are written down. CommandError where it cannot be run, or fails."""
        words = shlex.split(command)
        environment = {**os.environ, ENVIRONMENT: str(path.resolve())}
        try:
            done = subprocess.run(words, env=environment, check=False)  # noqa: S603 - the user's own command
        except OSError as error:
            raise CommandError(f"{command!r} cannot be run: {error}.") from error
        if done.returncode:
            raise CommandError(f"{command!r} ended with code {done.returncode}; what it asked is in {path}.")

    def named(self) -> Path:
        """The file that the settings name."""
        for held in connections.settings.values():
            if held.get("ENGINE") == "dynamo_models.backend" and (path := file_of(held)) is not None:
                return path
        raise CommandError(
            "Nothing is written down. Name a file in settings, DATABASES[alias]['OPTIONS'] = {'coverage': FILE}, or "
            'run your tests by --run "pytest".'
        )


def _text(found: Sequence[Unserved]) -> str:
    lines = []
    for each in found:
        lines += [each.place, f"  {each.query}", f"  {each.reason}", *(f"    {key}" for key in each.candidates)]
    return "\n".join(lines) if lines else "DynamoDB can serve every query that was seen."
