"""What says what the files of an archive are: ``manifest.json`` beside them. It is there once all of them are."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dynamo_models.switch.archive import csv_files, parquet_files
from dynamo_models.switch.archive.errors import ArchiveError

NAME = "manifest.json"
FORMATS: dict[str, Any] = {"csv": csv_files, "parquet": parquet_files}
VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Held:
    """A table in an archive. columns: name, kind, type (the database's own), null, primary_key of each."""

    table: str
    model: str
    file: str
    columns: list[dict[str, Any]]
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """step: of the group's history, that led to the stage it was exported at. made_at: ISO 8601, UTC."""

    version: int
    group: str
    stage: str
    step: int
    format: str
    rules: dict[str, str]
    made_at: str
    library: str
    vendor: str
    tables: list[Held]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def read(directory: Path) -> Manifest:
    """The manifest of an archive. ArchiveError where there is none that can be read."""
    path = directory / NAME
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        version = held["version"]
        if version != VERSION:
            raise ArchiveError(f"{path} is of version {version}, and this library reads version {VERSION}.")
        tables = [Held(**each) for each in held.pop("tables")]
        found = Manifest(**held, tables=tables)
    except FileNotFoundError as error:
        raise ArchiveError(f"{directory} holds no archive: there is no {NAME}.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveError(f"{path} cannot be read: {type(error).__name__}: {error}") from error
    if found.format not in FORMATS:
        raise ArchiveError(f"{path}: there is no format {found.format!r}.")
    return found


def write(directory: Path, manifest: Manifest) -> None:
    """Put it there, whole or not at all."""
    part = directory / f"{NAME}.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump(manifest.as_dict(), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    part.replace(directory / NAME)


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
