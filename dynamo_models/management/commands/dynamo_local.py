"""``manage.py dynamo_local``: the embedded DynamoDB endpoint, run by hand, looked at, stopped, emptied or fetched."""

from __future__ import annotations

import json
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dynamo_models import conf, embedded
from dynamo_models.errors import DynamoModelsError, EndpointError

ACTIONS = ("run", "status", "stop", "reset", "fetch")
# Which option belongs to which actions: an option that would do nothing is refused.
BELONGS = {"engine": ("run", "fetch"), "format": ("status",), "force": ("stop",), "noinput": ("reset",)}
USAGE = 2
LOOK = 0.5  # seconds between two looks at whether the server lives


class Command(BaseCommand):
    help = (
        "The embedded DynamoDB endpoint. run: use it until Ctrl-C (commands that need it start it by themselves). "
        "status: say whether it runs. stop: stop it. reset: delete its data. fetch: only fetch its engine."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own way to say: none

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", nargs="?", choices=ACTIONS, default="run")
        parser.add_argument("--engine", help=f"run, fetch: one of {', '.join(embedded.ENGINES)}")
        parser.add_argument("--format", choices=("text", "json"), help="status: json prints one object")
        parser.add_argument("--force", action="store_true", help="stop: even while other processes use it")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="reset: do not ask")

    def handle(self, *_args: Any, **options: Any) -> None:
        action: str = options["action"]
        for option, actions in BELONGS.items():
            if options[option] and action not in actions:
                raise CommandError(
                    f"--{option} goes with {' and '.join(actions)}, not with {action}.", returncode=USAGE
                )
        if options["engine"] and options["engine"] not in embedded.ENGINES:
            names = ", ".join(embedded.ENGINES)
            raise CommandError(f"There is no engine {options['engine']!r}. Choose one of {names}.", returncode=USAGE)
        run: Callable[[dict[str, Any]], None] = getattr(self, f"_{action}")
        try:
            run(options)
        except DynamoModelsError as error:
            raise CommandError(str(error)) from error

    def _run(self, options: dict[str, Any]) -> None:
        ended = threading.Event()

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            ended.set()

        with embedded.endpoint(engine=options["engine"], announce=self.stdout.write) as server:
            before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
            try:
                self.stdout.write(str(server))
                self.stdout.write(
                    f"For other programs: the endpoint URL is {server.url}; any region and credentials do. "
                    "This project's commands find it by themselves.\n"
                    "Ctrl-C ends this; the server stops when nothing uses it any more."
                )
                self.stdout.flush()
                while not ended.wait(LOOK):
                    if embedded.status() != server:
                        log = server.directory / f"{server.engine}.log"
                        raise EndpointError(f"{server.engine} at {server.url} has stopped. Its log is {log}.")
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    def _status(self, options: dict[str, Any]) -> None:
        server = embedded.status()
        if options["format"] != "json":
            self.stdout.write(embedded.describe(server))
            return
        shown: dict[str, Any] = {"running": server is not None, "directory": str(conf.embedded_settings().directory)}
        if server is not None:
            shown |= {
                "url": server.url,
                "engine": server.engine,
                "version": server.version,
                "description": server.description,
                "keeps_data": embedded.ENGINES[server.engine].keeps_data,
                "pid": server.pid,
                "users": embedded.users(),
            }
        self.stdout.write(json.dumps(shown))

    def _stop(self, options: dict[str, Any]) -> None:
        stopped = embedded.stop(force=options["force"])
        self.stdout.write("Stopped." if stopped else "Nothing to stop: it does not run.")

    def _reset(self, options: dict[str, Any]) -> None:
        found = embedded.data()
        if not found:
            self.stdout.write("Nothing to delete.")
            return
        if not options["noinput"] and not self._confirmed(found):
            raise CommandError("Nothing was deleted.")
        for path in embedded.reset():
            self.stdout.write(f"Deleted {path}")

    def _confirmed(self, found: list[Path]) -> bool:
        self.stdout.write("This deletes every table and item of the embedded endpoint:")
        for path in found:
            self.stdout.write(f"  {path}")
        try:
            return input("Type yes to delete them: ").strip() == "yes"
        except EOFError:
            raise CommandError("Nobody is here to say yes; --noinput deletes without asking.") from None

    def _fetch(self, options: dict[str, Any]) -> None:
        engine = embedded.fetch(options["engine"], announce=self.stdout.write)
        self.stdout.write(f"Ready: {engine.name} {engine.version}".rstrip())
