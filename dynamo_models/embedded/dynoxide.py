"""dynoxide, the engine of first choice: one small binary on SQLite, fetched through npm where it is not installed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from dynamo_models.embedded import tools
from dynamo_models.embedded.engine import HOST, Announce, Engine
from dynamo_models.embedded.tools import Unavailable
from dynamo_models.errors import EndpointError

VERSION = "1.2.1"
PACKAGE = "@dynoxide/linux-x64"
BINARY_VARIABLE = "DYNOXIDE_BINARY"


class Dynoxide(Engine):
    name = "dynoxide"
    description = "a small server on SQLite; no point-in-time recovery or backups, and it never sweeps expired items"
    keeps_data = True

    @property
    def home(self) -> Path:
        return self.engines / f"dynoxide-{VERSION}"

    @property
    def fetched(self) -> Path:
        return self.home / "node_modules" / PACKAGE / "dynoxide"

    def find(self) -> None:
        named = os.environ.get(BINARY_VARIABLE)
        if named and not os.access(named, os.X_OK):
            # Somebody chose this binary: another engine in its place would be a surprise.
            raise EndpointError(
                f"{BINARY_VARIABLE} names {named!r}, and no program is there that can be run. "
                f"Name dynoxide's binary, or unset {BINARY_VARIABLE}."
            )
        binary = named or tools.on_path("dynoxide") or (str(self.fetched) if self.fetched.is_file() else None)
        if binary is None:
            raise Unavailable("no dynoxide on PATH, and none fetched yet")
        # Running it is the proof that it runs on this machine; it answers "dynoxide 1.2.1".
        said = tools.run((binary, "--version"), timeout=30)
        self.program = (binary,)
        self.version = said.split()[-1] if said.split() else ""

    def fetch(self, announce: Announce) -> None:
        if not tools.is_linux_x64():
            raise Unavailable("its binary is published for Linux on x86-64 only; elsewhere put a dynoxide on PATH")
        npm = tools.npm()
        if npm is None:
            raise Unavailable("neither npm nor uvx was found to fetch it with")
        announce(f"Fetching dynoxide {VERSION} (8 MB) through {'npm' if len(npm) == 1 else 'uvx and npm'}.")
        self.engines.mkdir(parents=True, exist_ok=True)
        # Into a folder of its own first: a fetch that is cut off, or a second one beside it, leaves nothing half done.
        with tempfile.TemporaryDirectory(dir=self.engines, prefix=".fetch-", ignore_cleanup_errors=True) as folder:
            # Without a network npm would go on trying for minutes; the next engine is the better answer.
            options = (
                "--no-audit",
                "--no-fund",
                "--no-save",
                "--ignore-scripts",
                "--loglevel=error",
                "--fetch-retries=0",
            )
            tools.run((*npm, "install", *options, "--prefix", folder, f"{PACKAGE}@{VERSION}"), directory=Path(folder))
            if not self.fetched.is_file():
                shutil.rmtree(self.home, ignore_errors=True)
                try:
                    os.rename(folder, self.home)  # noqa: PTH104 - the folder is a string here
                except OSError as error:
                    if not self.fetched.is_file():
                        raise Unavailable(f"what npm fetched could not be put in place: {error}") from error
        self.find()

    def command(self, port: int, directory: Path) -> tuple[str, ...]:
        database = str(self.data(directory))
        return (*self.program, "serve", "--host", HOST, "--port", str(port), "--db-path", database)

    def data(self, directory: Path) -> Path:
        return directory / "dynoxide.db"
