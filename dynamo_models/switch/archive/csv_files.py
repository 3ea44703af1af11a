"""CSV: UTF-8, a line of names first, commas, quotes doubled, lines ended by CR and LF.

A NULL is ``\\N``, and nothing else is: a value that begins with a backslash is written with one more. So an empty field
is an empty text.
"""

from __future__ import annotations

import base64
import csv
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.utils.duration import duration_iso_string

from dynamo_models.switch.archive.columns import Column

SUFFIX = ".csv"
RULES = {
    "encoding": "utf-8",
    "null": "\\N",
    "escape": "a value that begins with a backslash is written with one more",
    "binary": "base64",
}
_NULL = "\\N"


def text(column: Column, value: Any) -> str:
    """A value as a field of the file."""
    if value is None:
        return _NULL
    said = _TEXTS.get(column.kind, str)(value)
    return f"\\{said}" if said.startswith("\\") else said


def value_of(field: str) -> str | None:
    """The text that a field of the file stands for; None for NULL."""
    if field == _NULL:
        return None
    return field.removeprefix("\\")


def write(path: Path, columns: list[Column], pages: Iterable[list[tuple[Any, ...]]]) -> int:
    """Write the file; how many rows it has."""
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([each.name for each in columns])
        for page in pages:
            writer.writerows([[text(*each) for each in zip(columns, row, strict=True)] for row in page])
            rows += len(page)
    return rows


def count(path: Path) -> int:
    """How many rows a file has."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return max(0, sum(1 for _ in csv.reader(file, strict=True)) - 1)
    finally:
        csv.field_size_limit(before)


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_TEXTS: dict[str, Callable[[Any], str]] = {
    "boolean": lambda value: "true" if value else "false",
    "binary": lambda value: base64.b64encode(bytes(value)).decode(),
    "datetime": lambda value: str(value.isoformat()),
    "date": lambda value: str(value.isoformat()),
    "time": lambda value: str(value.isoformat()),
    "duration": duration_iso_string,
    "float": repr,
    "json": _json,
}
