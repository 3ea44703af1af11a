"""Compares an archive with its manifest, and with the tables that it was made of."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from dynamo_models.switch.archive import manifest
from dynamo_models.switch.archive.columns import Source, sources
from dynamo_models.switch.archive.errors import ArchiveError
from dynamo_models.switch.archive.manifest import FORMATS, Held, Manifest


def check(group: str, using: str, directory: Path) -> list[str]:
    """What is not as the manifest says, a sentence each; none where files and tables are. ArchiveError where there is
    no archive that can be read, or it is another group's."""
    found = manifest.read(directory)
    if found.group != group:
        raise ArchiveError(f"The archive in {directory} is of group {found.group}, not of {group}.")
    return list(_differences(found, using, directory))


def _differences(found: Manifest, using: str, directory: Path) -> Iterator[str]:
    tables = {source.table: source for source in sources(found.group, using)}
    held = {each.table: each for each in found.tables}
    for table in tables.keys() - held.keys():
        yield f"{table} is not in the archive."
    for each in found.tables:
        yield from _file(each, directory / each.file, found)
        if each.table not in tables:
            yield f"{each.table} is no table of {found.group}."
        else:
            yield from _table(each, tables[each.table])


def _file(held: Held, path: Path, found: Manifest) -> Iterator[str]:
    if not path.is_file():
        yield f"{path.name} is missing."
        return
    if (size := path.stat().st_size) != held.bytes:
        yield f"{path.name} has {size:,} bytes, and {held.bytes:,} were written."
    if manifest.digest(path) != held.sha256:
        yield f"{path.name} is not as it was written: its checksum differs."
        return
    try:
        rows = FORMATS[found.format].count(path)
    except (csv.Error, UnicodeDecodeError) as error:
        yield f"{path.name} cannot be read: {error}"
        return
    if rows != held.rows:
        yield f"{path.name} has {rows:,} rows, and the manifest says {held.rows:,}."


def _table(held: Held, source: Source) -> Iterator[str]:
    rows = source.count()
    if rows != held.rows:
        yield f"{held.table} has {rows:,} rows, and {held.rows:,} are in the archive."
    names = [each["name"] for each in held.columns]
    if now := sorted({each.name for each in source.columns} ^ set(names)):
        yield f"{held.table} has other columns than the archive: {', '.join(now)}."
