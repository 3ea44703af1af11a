"""The table of all patterns: found in the installed apps, planned, and written for a person or a program."""

import itertools
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from algoitny.catalogue.pattern import AccessPattern
from algoitny.catalogue.planned import Planned

MODULE = "patterns"
_COLUMNS = ("system", "pattern", "operation", "key", "requests", "units")


def patterns() -> list[AccessPattern]:
    """What the installed apps list, app by app. TypeError where a ``PATTERNS`` holds something else."""
    found: list[AccessPattern] = []
    for app in apps.get_app_configs():
        if app.module is None or not module_has_submodule(app.module, MODULE):
            continue
        listed = import_module(f"{app.name}.{MODULE}").PATTERNS
        for each in listed:
            if not isinstance(each, AccessPattern):
                raise TypeError(
                    f"{app.name}.{MODULE}.PATTERNS holds {each!r}; it takes algoitny.catalogue.AccessPattern."
                )
        found += listed
    return found


def row(pattern: AccessPattern) -> dict[str, Any]:
    """One line. ``key`` names the table, and the index where one serves."""
    sent = pattern.planned()
    return {
        "system": pattern.system,
        "pattern": pattern.name,
        "operation": _counted([each.operation for each in sent]),
        "key": "; ".join(dict.fromkeys(_place(each) for each in sent)),
        "requests": len(sent),
        "read_units": sum(each.read_units for each in sent),
        "write_units": sum(each.write_units for each in sent),
    }


def _counted(operations: Sequence[str]) -> str:
    runs = [(operation, len(list(run))) for operation, run in itertools.groupby(operations)]
    return " + ".join(operation if count == 1 else f"{count} {operation}" for operation, count in runs) or "none"


def _place(sent: Planned) -> str:
    where = "+".join(table.name for table in sent.tables)
    return f"{where}{f'.{sent.index}' if sent.index else ''}: {sent.key}"


def markdown(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"| {' | '.join('---' for _ in _COLUMNS)} |"
    for each in rows:
        shown = {**each, "key": f"`{each['key']}`", "units": _units(each)}
        yield f"| {' | '.join(str(shown[name]).replace('|', chr(92) + '|') for name in _COLUMNS)} |"


def _units(each: dict[str, Any]) -> str:
    parts = [f"{each[f'{what}_units']:g} {what}" for what in ("read", "write") if each[f"{what}_units"]]
    return ", ".join(parts) or "0"
