"""Parquet, by pyarrow, which the extra ``parquet`` brings. JSON and UUIDs are text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings

from dynamo_models.switch.archive.columns import Column
from dynamo_models.switch.archive.errors import ArchiveError

SUFFIX = ".parquet"
RULES = {"json": "text", "uuid": "text"}
_MOST_DIGITS = 38  # of a decimal of 128 bits


def write(path: Path, columns: list[Column], pages: Iterable[list[tuple[Any, ...]]]) -> int:
    """Write the file, a row group for each page; how many rows it has. ArchiveError where a value is not of its
    column's type, as SQLite lets it be."""
    arrow, parquet = _library()
    schema = arrow.schema([arrow.field(each.name, _type(arrow, each), each.field.null) for each in columns])
    rows = 0
    with parquet.ParquetWriter(path, schema) as writer:
        for page in pages:
            values = [[_plain(each, row[at]) for row in page] for at, each in enumerate(columns)]
            try:
                arrays = [arrow.array(held, type=field.type) for held, field in zip(values, schema, strict=True)]
            except (arrow.ArrowException, OverflowError) as error:
                raise ArchiveError(f"{path.stem}: {error} Mend the row, or export as CSV.") from error
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            rows += len(page)
    return rows


def count(path: Path) -> int:
    """How many rows a file has."""
    arrow, parquet = _library()
    try:
        return int(parquet.ParquetFile(path).metadata.num_rows)
    except arrow.ArrowException as error:
        raise ArchiveError(f"{path.name} is no Parquet file: {error}") from error


def _library() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ArchiveError(
            "Parquet takes pyarrow, which is not installed: pip install 'dynamo-models[parquet]', or export as CSV."
        ) from error


def _plain(column: Column, value: Any) -> Any:
    if value is None or column.kind not in {"uuid", "binary", "text"}:
        return value
    return bytes(value) if column.kind == "binary" else str(value)


def _type(arrow: Any, column: Column) -> Any:
    if column.kind == "decimal":
        digits, places = column.digits
        return (arrow.decimal128 if digits <= _MOST_DIGITS else arrow.decimal256)(digits, places)
    return _TYPES[column.kind](arrow)


_TYPES: dict[str, Callable[[Any], Any]] = {
    "boolean": lambda arrow: arrow.bool_(),
    "integer": lambda arrow: arrow.int64(),
    "float": lambda arrow: arrow.float64(),
    "datetime": lambda arrow: arrow.timestamp("us", tz="UTC" if settings.USE_TZ else None),
    "date": lambda arrow: arrow.date32(),
    "time": lambda arrow: arrow.time64("us"),
    "duration": lambda arrow: arrow.duration("us"),
    "binary": lambda arrow: arrow.binary(),
    "uuid": lambda arrow: arrow.string(),
    "json": lambda arrow: arrow.string(),
    "text": lambda arrow: arrow.string(),
}
