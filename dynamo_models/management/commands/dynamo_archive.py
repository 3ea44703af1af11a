"""``manage.py dynamo_archive``: exports a group's SQL rows, checks an export, and lists what is left of a mirror."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.errors import DynamoModelsError
from dynamo_models.management.mirroring import ERROR, MISMATCHES, USAGE
from dynamo_models.mirror.registration import mirrors
from dynamo_models.switch import archive, remains
from dynamo_models.switch.archive.columns import sources
from dynamo_models.switch.archive.manifest import FORMATS
from dynamo_models.switch.remains import items

_HELP = """Of a group at stage final: --to exports the rows of its SQL tables to a directory, a file for each table in
the order of primary keys, with a manifest of columns, rows and checksums; --check compares such a directory with its
manifest and with the tables. --residue lists what is left of the group's mirror, rows of the library's tables and
triggers; with --scan also items with its bookkeeping and tombstones, which reads every item of the group's tables. Exit
codes: 0 done, 1 error, 2 usage, 3 differences, or something is left."""


class Command(BaseCommand):
    help = _HELP
    as_json = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("group", metavar="GROUP", help="The group, as dynamo_status lists it.")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--to", type=Path, metavar="DIRECTORY", help="Export to it; it is made, or has to be empty.")
        what.add_argument(
            "--check", type=Path, metavar="DIRECTORY", help="Compare it with its manifest and the tables."
        )
        what.add_argument("--residue", action="store_true", help="List what is left of the mirror.")
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv", help="Of --to. Default: csv.")
        parser.add_argument("--scan", action="store_true", help="Of --residue: look at every item as well.")
        parser.add_argument("--dry-run", action="store_true", help="Of --to: say what would be exported.")
        parser.add_argument(
            "--database", metavar="ALIAS", help="The SQL side. Default: what the alias of DynamoDB names."
        )
        parser.add_argument("--json", action="store_true", help="One object on stdout.")

    def handle(self, *_args: Any, group: str, **options: Any) -> None:
        self.as_json = options["json"]
        using: str = options["database"] or sql_alias()
        if using not in connections:
            raise self._failure(f"There is no database {using!r} in the settings.", USAGE)
        if not mirrors(group):
            known = sorted({each.group for each in mirrors()})
            raise self._failure(f"There is no group {group!r}. Registered are: {', '.join(known) or 'none'}.", USAGE)
        try:
            if options["to"] is not None:
                self._export(group, using, options)
            elif options["check"] is not None:
                self._check(group, using, options["check"])
            else:
                self._residue(group, using, scan=options["scan"])
        except (DynamoModelsError, DatabaseError, OSError) as error:
            raise self._failure(str(error), ERROR) from error

    def _export(self, group: str, using: str, options: dict[str, Any]) -> None:
        directory: Path = options["to"]
        if options["dry_run"]:
            rows = {source.table: source.count() for source in sources(group, using)}
            said = "\n".join(f"{table}: {count:,} rows would be exported" for table, count in rows.items())
            self._answer(said, {"group": group, "dry_run": True, "tables": rows})
            return
        told = (lambda _: None) if self.as_json else self.stdout.write
        found = archive.export(group, using, directory, options["format"], told=told)
        total = sum(each.rows for each in found.tables)
        self._answer(
            f"{group}: {total:,} rows of {len(found.tables)} tables are in {directory}.", {"manifest": found.as_dict()}
        )

    def _check(self, group: str, using: str, directory: Path) -> None:
        differences = archive.check(group, using, directory)
        if differences:
            raise self._failure("\n".join(differences), MISMATCHES, differences=differences)
        self._answer(f"The archive in {directory} is as it was written, and as the tables are.", {"differences": []})

    def _residue(self, group: str, using: str, *, scan: bool) -> None:
        rows = remains.rows(group, using)
        triggers = [each.name for each in remains.triggers(group, using)]
        found: dict[str, Any] = {"rows": rows, "triggers": triggers}
        lines = [f"{count:>10,} rows of {table}" for table, count in rows.items()]
        lines += [f"           trigger {name}" for name in triggers]
        if scan:
            found["items"] = items.count(group, using)
            lines += [f"{count:>10,} {_WHAT[name]}" for name, count in found["items"].items() if count]
        if lines:
            raise self._failure("\n".join(["This is left:", *lines]), MISMATCHES, residue=found)
        self._answer(f"Nothing is left of the mirror of {group}.", {"residue": found})

    def _answer(self, said: str, answer: dict[str, Any]) -> None:
        self.stdout.write(json.dumps({"ok": True, **answer}) if self.as_json else said)

    def _failure(self, message: str, code: int, **answer: Any) -> CommandError:
        if self.as_json:
            self.stdout.write(json.dumps({"ok": False, "error": message, **answer}))
        return CommandError(message, returncode=code)


_WHAT = {"tombstones": "tombstones", "items": "items with the mirror's bookkeeping"}
