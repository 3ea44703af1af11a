"""Which queries DynamoDB cannot serve, and where the application asks them: a line of JSON in a file for each.

The file is named by ``DATABASES[alias]["OPTIONS"]["coverage"]``, or by the environment variable DYNAMO_COVERAGE, which
``manage.py dynamo_coverage --run`` sets for a test suite. Values of a query are not written down. Below stage shadow
the cutover's router sends no query to the alias; put ``coverage.Router`` before it.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connections, models

from dynamo_models.backend.columns import mirror_for

ENVIRONMENT = "DYNAMO_COVERAGE"

_HERE = str(Path(__file__).resolve().parents[1])
_NOT_THE_APPLICATION = tuple(
    {_HERE, *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))}
)

_seen: set[tuple[str, str, str, str]] = set()
_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Unserved:
    """A query that DynamoDB cannot serve.

    place: file and line of the application. query: what is asked, without values. candidates: what could serve it.
    """

    place: str
    model: str
    query: str
    reason: str
    candidates: tuple[str, ...]


class Router:
    """``DATABASE_ROUTERS = ["dynamo_models.backend.coverage.Router", ...]``: while queries are written down, mirrored
    models are read by the alias at every stage, so that it sees them; nothing else changes, SQL answers."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        del hints
        if mirror_for(model) is None:
            return None
        return next((alias for alias, held in connections.settings.items() if _writes_down(held)), None)


def _writes_down(held: Mapping[str, Any]) -> bool:
    return held.get("ENGINE") == "dynamo_models.backend" and file_of(held) is not None


def file_of(settings_dict: Mapping[str, Any]) -> Path | None:
    """Where an alias writes them down; None where it does not."""
    named = os.environ.get(ENVIRONMENT) or settings_dict.get("OPTIONS", {}).get("coverage")
    return Path(named) if named else None


def record(path: Path, found: Unserved) -> None:
    """Write one down, once for each process, place and query."""
    key = (str(path), found.place, found.model, found.query)
    with _lock:
        if key in _seen:
            return
        _seen.add(key)
        # In one write: several processes may be at the same file.
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(found)) + "\n")


def recorded(path: Path) -> list[Unserved]:
    """What is written down, each once, by place."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    held = [json.loads(line) for line in lines if line]
    found = {Unserved(**{**each, "candidates": tuple(each["candidates"])}) for each in held}
    return sorted(found, key=lambda each: (*_numbered(each.place), each.model, each.query))


def place() -> str:
    """File and line of the application's code that is asking: the innermost frame outside of libraries."""
    for file, line in _frames():
        if not file.startswith(_NOT_THE_APPLICATION) and not file.startswith("<"):
            return f"{_relative(file)}:{line}"
    return "unknown"


def _frames() -> Iterator[tuple[str, int]]:
    frame: Any = sys._getframe(1)  # noqa: SLF001 - as the standard library's warnings do
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def _relative(file: str) -> str:
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return file


def _numbered(text: str) -> tuple[str, int]:
    file, _, line = text.rpartition(":")
    return file, int(line) if line.isdecimal() else 0
