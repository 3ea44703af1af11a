"""``manage.py dynamo_tables``: shows how the tables differ from their definitions, and makes them what these say."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dynamo_models import tables
from dynamo_models.errors import DynamoModelsError
from dynamo_models.schema.table import Table, registered_tables

ERROR, USAGE, REFUSED = 1, 2, 4

_HELP = """Compares the tables that the code defines with those at the endpoint (plan), and makes them what the code
says (apply): one change at a time, waiting for each; a second apply changes nothing. No table is ever deleted.
Marks: + added, ~ changed, - taken away, ? not known to this endpoint, = there and not in the definition (left),
! not done. Exit codes: 0 done, 1 error, 2 usage, 4 something cannot be done, or needs a flag."""


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


class Command(BaseCommand):
    help = _HELP
    # Tables are made before there is anything in them to check, and where there is no SQL database.
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own form

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("plan", "apply"), help="plan: show what differs. apply: change it.")
        parser.add_argument(
            "tables", nargs="*", metavar="TABLE", help="Names in the code; all tables if none is given."
        )
        parser.add_argument("--dry-run", action="store_true", help="With apply: show what would be done, and stop.")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="json: one object on stdout.")
        parser.add_argument(
            "--drop",
            action="store_true",
            help="Drop indexes, streams and tags that are not in the definition, and replace indexes whose keys or "
            "projection have changed. Whatever reads a lost index or stream breaks: deploy the code that does without "
            "it first.",
        )
        parser.add_argument(
            "--allow-unprotect",
            action="store_true",
            help="Turn off deletion protection, point-in-time recovery and encryption by a KMS key where the "
            "definition has them off; otherwise they are left on.",
        )
        parser.add_argument("--noinput", "--no-input", action="store_true", help="Do not ask before losing something.")
        parser.add_argument(
            "--timeout", type=_seconds, default=3600.0, metavar="S", help="Seconds to wait for one table. Default 3600."
        )

    def handle(self, **options: Any) -> None:
        as_json: bool = options["format"] == "json"
        answer: dict[str, Any] = {"ok": False, "action": options["action"], "dry_run": options["dry_run"], "tables": []}
        try:
            self._handle(answer, as_json=as_json, options=options)
        except DynamoModelsError as error:
            raise self._failure(answer, str(error), ERROR, as_json=as_json) from error
        if as_json:
            self.stdout.write(json.dumps(answer))

    def _handle(self, answer: dict[str, Any], *, as_json: bool, options: dict[str, Any]) -> None:
        chosen = self._chosen(options["tables"], answer, as_json=as_json)
        flags = {"drop": options["drop"], "unprotect": options["allow_unprotect"]}
        plans = tables.plan(chosen, **flags)
        answer["tables"] = [found.to_json() for found in plans]
        if not as_json:
            self._show(plans)
        refused = [found.table for found in plans if found.refusals]
        if refused:
            message = (
                f"Nothing {'was' if options['action'] == 'apply' else 'would be'} changed: {', '.join(refused)} cannot "
                "be made what the definition says. What to do stands in the lines marked with !."
            )
            raise self._failure(answer, message, REFUSED, as_json=as_json)
        if options["action"] == "apply" and not options["dry_run"]:
            if not options["noinput"]:
                self._ask(plans, answer, as_json=as_json)
            self._apply(chosen, answer, as_json=as_json, timeout=options["timeout"], flags=flags)
        answer["ok"] = True

    def _chosen(self, names: list[str], answer: dict[str, Any], *, as_json: bool) -> list[Table]:
        known = registered_tables()
        if not names:
            return known
        by_name = {table.endpoint_name: table for table in known} | {table.name: table for table in known}
        unknown = [name for name in names if name not in by_name]
        if unknown:
            message = (
                f"No table is defined as {', '.join(unknown)}. Defined are: "
                f"{', '.join(table.name for table in known) or 'none'}. Tables stand in the items modules of "
                "installed apps."
            )
            raise self._failure(answer, message, USAGE, as_json=as_json)
        return list({by_name[name].name: by_name[name] for name in names}.values())

    def _show(self, plans: list[tables.TablePlan]) -> None:
        if not plans:
            self.stdout.write("No tables are defined: they stand in the items modules of installed apps.")
        for found in plans:
            for line in found.lines():
                self.stdout.write(line)
        steps = sum(len(found.steps) for found in plans)
        if plans:
            self.stdout.write(f"{_count(len(plans), 'table')}, {_count(steps, 'change')}.")

    def _ask(self, plans: list[tables.TablePlan], answer: dict[str, Any], *, as_json: bool) -> None:
        """Ask a person before something is lost; where there is none to ask, refuse."""
        losing = [f"{found.table}: {step.text}" for found in plans for step in found.steps if step.loses]
        if not losing:
            return
        if as_json or not sys.stdin.isatty():
            message = f"Nothing was changed: this loses something ({'; '.join(losing)}). Give --noinput to do it."
            raise self._failure(answer, message, REFUSED, as_json=as_json)
        self.stdout.write("This loses something:")
        for line in losing:
            self.stdout.write(f"  {line}")
        if input("Go on? Type yes: ").strip() != "yes":
            raise self._failure(answer, "Nothing was changed.", REFUSED, as_json=as_json)

    def _apply(
        self, chosen: list[Table], answer: dict[str, Any], *, as_json: bool, timeout: float, flags: dict[str, bool]
    ) -> None:
        started = time.monotonic()
        results = tables.apply(
            chosen,
            **flags,
            patience=tables.Patience(timeout=timeout),
            told=None if as_json else self._tell,
        )
        answer["tables"] = [result.to_json() for result in results]
        refused = [result.plan.table for result in results if result.state in ("refused", "not started")]
        failed = [result for result in results if result.error is not None]
        if not as_json:
            self._show_results(results, time.monotonic() - started)
        if failed:
            message = "\n".join(str(result.error) for result in failed)
            raise self._failure(answer, message, ERROR, as_json=as_json) from failed[0].error
        if refused:
            message = f"{', '.join(refused)}: changed by somebody else meanwhile. Run plan, and apply again."
            raise self._failure(answer, message, REFUSED, as_json=as_json)

    def _tell(self, event: tables.Event) -> None:
        named = event.table
        if event.step is not None:
            # The plan above has said the rest of it.
            named += f" {event.step.mark} {event.step.text.partition(';')[0]}"
        words = {"starts": "…", "waits": f": {event.detail}", "done": ": done"}.get(
            event.outcome, f": {event.outcome} ({event.detail})"
        )
        detail = f" {event.detail}" if event.outcome == "done" and event.detail else ""
        self.stdout.write(f"{named}{words}{detail}")
        self.stdout.flush()

    def _show_results(self, results: list[tables.TableResult], seconds: float) -> None:
        done = sum(len(result.done) for result in results)
        unknown = sum(len(result.unknowns) for result in results)
        tail = f"; {unknown} not known to this endpoint" if unknown else ""
        self.stdout.write(f"{_count(done, 'change')} done in {seconds:.1f} s{tail}.")

    def _failure(self, answer: dict[str, Any], message: str, code: int, *, as_json: bool) -> CommandError:
        """The error that ends the command; with --format json the object says it too, once."""
        if as_json:
            self.stdout.write(json.dumps({**answer, "ok": False, "error": message}))
        return CommandError(message, returncode=code)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
