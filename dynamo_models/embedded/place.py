"""The data folder: which file in it means what, who uses the server and which server it is.

::

    lock          held while it is decided to start a server, to use the one that runs, or to stop it
    leases/       one file for each user, locked for as long as the user lives
    keeper        locked by the keeper for its life; holds its process id
    server        locked by the server for its life (it inherits the lock); holds its process id
    state.json    which server runs; written and removed by whoever holds ``keeper``
    engines/      programs that were fetched
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from dynamo_models.embedded import locks

LOG_TAIL = 8  # lines that an error shows
KEEPER_LOG_SIZE = 256 * 1024  # bytes


@dataclass(frozen=True, kw_only=True)
class State:
    """The server that runs: what ``state.json`` holds."""

    pid: int
    keeper: int
    url: str
    engine: str
    version: str
    started: str


class Place:
    """One data folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.lock = self.directory / "lock"
        self.leases = self.directory / "leases"
        self.keeper = self.directory / "keeper"
        self.server = self.directory / "server"
        self.state_file = self.directory / "state.json"
        self.keeper_log = self.directory / "keeper.log"

    def create(self) -> None:
        """Make the folder. One that this makes is hidden from git; one that was there is the user's own affair."""
        if not self.directory.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            (self.directory / ".gitignore").write_text("*\n")
        self.leases.mkdir(exist_ok=True)

    # --- who uses the server

    def take_lease(self) -> int:
        """A lease on the server, held until the file that this gives is closed. Call it with ``lock`` held."""
        self.clear_leases()
        file = locks.take(self.leases / f"{os.getpid()}-{secrets.token_hex(4)}")
        assert file is not None  # noqa: S101 - the name is new, so that nobody else has it
        return file

    def users(self) -> list[int]:
        """Process ids of those that took a lease that is still held."""
        return [int(path.name.split("-")[0]) for path in self._lease_files() if locks.held(path)]

    def in_use(self) -> bool:
        """Whether any lease is held."""
        return any(locks.held(path) for path in self._lease_files())

    def clear_leases(self) -> None:
        """Remove what users left behind. Call it with ``lock`` held: a lease being taken must not vanish."""
        for path in self._lease_files():
            if not locks.held(path):
                path.unlink(missing_ok=True)

    def _lease_files(self) -> list[Path]:
        return sorted(self.leases.iterdir()) if self.leases.is_dir() else []

    # --- which server runs

    def keeper_lives(self) -> bool:
        return locks.held(self.keeper)

    def server_lives(self) -> bool:
        return locks.held(self.server)

    def read_state(self) -> State | None:
        """What ``state.json`` says, whether or not it is still true."""
        try:
            return State(**json.loads(self.state_file.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            # Written by another version of this library. Who holds the locks is known without it.
            return None

    def running(self) -> State | None:
        """The server that runs, whoever keeps it."""
        state = self.read_state()
        return state if state is not None and self.server_lives() else None

    def write_state(self, state: State) -> None:
        """Write ``state.json`` in one step: a reader sees the whole of it or nothing."""
        fresh = self.state_file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(state), indent=2) + "\n")
        fresh.replace(self.state_file)

    def remove_state(self) -> None:
        self.state_file.unlink(missing_ok=True)

    @staticmethod
    def read_pid(path: Path) -> int | None:
        """The process id in ``keeper`` or ``server``: true for as long as that file's lock is held."""
        try:
            return int(path.read_text())
        except (FileNotFoundError, ValueError):
            return None

    # --- logs

    def log(self, engine: str) -> Path:
        return self.directory / f"{engine}.log"

    def open_keeper_log(self) -> IO[bytes]:
        """The keeper's log, to be added to; one that has grown old starts again."""
        if self.keeper_log.exists() and self.keeper_log.stat().st_size > KEEPER_LOG_SIZE:
            self.keeper_log.unlink()
        return self.keeper_log.open("ab")

    def log_tail(self, engine: str) -> str:
        """The last lines of a server's log, for an error to show."""
        return self.tail(self.log(engine))

    @staticmethod
    def tail(path: Path) -> str:
        """The last lines of a log, introduced."""
        try:
            lines = path.read_text(errors="replace").strip().splitlines()
        except FileNotFoundError:
            lines = []
        shown = "\n".join(f"  {line}" for line in lines[-LOG_TAIL:])
        return f"The last lines of {path}:\n{shown}" if shown else f"Its log, {path}, is empty."
