"""Writes a group's SQL rows to a directory: a file for each table, and the manifest last."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from django.db import connections

from dynamo_models.cutover.state import State, look_again
from dynamo_models.switch.archive import manifest
from dynamo_models.switch.archive.columns import Source, sources
from dynamo_models.switch.archive.errors import ArchiveError
from dynamo_models.switch.archive.manifest import FORMATS, Held, Manifest

_PART = ".part"


def export(
    group: str, using: str, directory: Path, kind: str = "csv", *, told: Callable[[str], None] = lambda _: None
) -> Manifest:
    """Export the tables of a group that is at ``final``, where nobody writes to them. kind: csv or parquet.

    ArchiveError where the group is not there yet, or the directory holds something else; what an export that was broken
    off has left is written anew.
    """
    state = look_again(group, using)
    if not state.place.is_final:
        raise ArchiveError(
            f"{group} is at {state.place}: its SQL rows are an archive from stage final on. Until then they change."
        )
    _prepare(directory)
    held = [_table(source, directory, kind, told) for source in sources(group, using)]
    found = _manifest(state, using, kind, held)
    manifest.write(directory, found)
    return found


def _prepare(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    if (directory / manifest.NAME).exists():
        raise ArchiveError(f"{directory} holds an archive already: name another directory, or look at it with --check.")
    suffixes = {_PART, *(each.SUFFIX for each in FORMATS.values())}
    if strange := sorted(each.name for each in directory.iterdir() if each.suffix not in suffixes):
        raise ArchiveError(f"{directory} is not empty: it has {', '.join(strange[:5])}. Name another directory.")
    for left in directory.iterdir():
        left.unlink()


def _table(source: Source, directory: Path, kind: str, told: Callable[[str], None]) -> Held:
    form = FORMATS[kind]
    path = directory / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', source.table)}{form.SUFFIX}"
    if path.exists():
        raise ArchiveError(f"Two tables of the group would be in {path.name}.")
    part = path.with_name(path.name + _PART)
    rows = form.write(part, source.columns, source.pages())
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    told(f"{source.table}: {rows:,} rows in {path.name}")
    connection = connections[source.using]
    columns = [
        {
            "name": each.name,
            "kind": each.kind,
            "type": each.field.db_type(connection),
            "null": each.field.null,
            "primary_key": each.field in source.model._meta.pk_fields,
        }
        for each in source.columns
    ]
    return Held(
        table=source.table,
        model=source.model._meta.label,
        file=path.name,
        columns=columns,
        rows=rows,
        bytes=path.stat().st_size,
        sha256=manifest.digest(path),
    )


def _manifest(state: State, using: str, kind: str, held: list[Held]) -> Manifest:
    return Manifest(
        version=manifest.VERSION,
        group=state.group,
        stage=str(state.place),
        step=state.step,
        format=kind,
        rules=FORMATS[kind].RULES,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        library=version("dynamo-models"),
        vendor=connections[using].vendor,
        tables=held,
    )
