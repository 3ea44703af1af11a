"""What the commands of the mirror have in common: which mirrors, how to stop, how to say what came of it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from dynamo_models.mirror.registration import Mirror, mirrors

ERROR, USAGE, MISMATCHES, REFUSED, STOPPED = 1, 2, 3, 4, 130


class MirrorCommand(BaseCommand):
    """A command on some mirrors of one database."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("labels", nargs="*", metavar="LABEL", help="Models, as app.model; all if none is given.")
        parser.add_argument("--group", metavar="G", help="All mirrors of a group.")
        parser.add_argument("--database", default="default", metavar="ALIAS", help="The SQL side. Default: default.")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="json: one object on stdout.")

    def chosen(self, options: dict[str, Any]) -> list[Mirror]:
        """The mirrors that are named; an error of usage where there are none."""
        if options["database"] not in connections:
            raise self.failure({}, f"There is no database {options['database']!r} in the settings.", USAGE)
        known = {each.label: each for each in mirrors(options["group"])}
        names = [name.lower() for name in options["labels"]]
        unknown = [name for name in names if name not in known]
        if unknown or not known:
            within = f" of group {options['group']}" if options["group"] else ""
            said = f"{', '.join(unknown)}: no such mirror{within}" if unknown else f"There are no mirrors{within}"
            raise self.failure({}, f"{said}. Registered are: {', '.join(known) or 'none'}.", USAGE)
        return [known[name] for name in dict.fromkeys(names)] or list(known.values())

    def failure(self, answer: dict[str, Any], message: str, code: int) -> CommandError:
        """The error that ends the command; with --format json the object says it too, once."""
        if self.as_json:
            self.stdout.write(json.dumps({**answer, "ok": False, "error": message}))
        return CommandError(message, returncode=code)

    as_json = False
