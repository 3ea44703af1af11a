"""A process's use of the server: the server that runs is shared, one is started where none does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dynamo_models.embedded import choice, locks, server
from dynamo_models.embedded.engine import Announce
from dynamo_models.embedded.place import Place, State
from dynamo_models.errors import EndpointError

START_WAIT = 90.0  # seconds; longer than a keeper takes to start a server or to give up


@dataclass(frozen=True, kw_only=True)
class Server:
    """A DynamoDB endpoint on this machine. ``str()`` is the line that says which one it is."""

    url: str
    engine: str
    version: str
    description: str
    directory: Path
    pid: int

    def __str__(self) -> str:
        engine = choice.make(self.engine, self.directory)
        named = f"{self.engine} {self.version}".strip()
        kept = server.data_path(engine, self.directory) if engine.keeps_data else self.description
        return f"DynamoDB endpoint: {named} at {self.url}, {kept}"


def describe_state(place: Place, state: State) -> Server:
    return Server(
        url=state.url,
        engine=state.engine,
        version=state.version,
        description=choice.ENGINES[state.engine].description,
        directory=place.directory,
        pid=state.pid,
    )


class Lease:
    """Held from ``acquire`` to ``release``, or to the end of this process and of the children it forked."""

    def __init__(self, place: Place, file: int, server: Server) -> None:
        self.place = place
        self.server = server
        self._file: int | None = file

    def check(self) -> None:
        """Raises EndpointError where the server that this lease is for has stopped."""
        state = self.place.running()
        if state is None or state.pid != self.server.pid:
            raise EndpointError(
                f"{self.server.engine} at {self.server.url} has stopped while it was in use. "
                f"{self.place.log_tail(self.server.engine)}\nRun the command again: that starts it anew."
            )

    def release(self) -> None:
        """Give up the lease; the keeper stops the server when no lease is left."""
        if self._file is None:
            return
        # Closed, not unlocked: a child that was forked goes on holding it.
        os.close(self._file)
        self._file = None
        if self.place.server_lives() and not self.place.keeper_lives():
            # The keeper was killed, so that the last user has to do its work.
            with locks.holding(self.place.lock):
                if not self.place.in_use() and not self.place.keeper_lives():
                    server.stop_orphan(self.place, server.ORPHAN_GRACE)


def acquire(directory: Path, wanted: str | None, engines: Path, announce: Announce) -> Lease:
    """Take a lease on the server of that folder, having started it where none runs.

    Raises SettingsError for an engine that is none, EndpointError where another engine than ``wanted`` runs, where no
    engine can be had, and where it does not start.
    """
    choice.check_name(wanted)
    place = Place(directory)
    place.create()
    with locks.holding(place.lock):
        file = place.take_lease()
        try:
            state = _running(place) or _start(place, wanted, engines, announce)
            _check_engine(place, state, wanted)
            return Lease(place, file, describe_state(place, state))
        except BaseException:
            os.close(file)
            raise


def _check_engine(place: Place, state: State, wanted: str | None) -> None:
    if wanted is not None and state.engine != wanted:
        raise EndpointError(
            f"Asked for {wanted}, and {state.engine} runs at {state.url} on the data in {place.directory}. "
            "Stop it first (`manage.py dynamo_local stop`), or leave the engine out to use what runs."
        )


def _running(place: Place) -> State | None:
    """The server that runs and has a keeper. Call it with ``lock`` held, and a lease."""
    if place.keeper_lives() and place.running() is None:
        # Its starter was killed while it was starting, or its server has just stopped: it settles that alone.
        locks.wait_until(lambda: place.running() is not None or not place.keeper_lives(), START_WAIT)
    state = place.running()
    if place.keeper_lives():
        if state is None:
            raise EndpointError(
                f"The keeper of {place.directory} (process {place.read_pid(place.keeper)}) neither starts a server nor "
                "ends. Stop that process, and try again."
            )
        return state
    if state is not None and state.engine in choice.ENGINES and server.answers(int(state.url.rpartition(":")[2])):
        # Others may be using it, so that it is kept rather than stopped.
        _keep(place, "--engine", state.engine, "--version", state.version, "--adopt")
        return place.running()
    if place.server_lives():
        server.stop_orphan(place, server.ORPHAN_GRACE)
    place.remove_state()
    return None


def _start(place: Place, wanted: str | None, engines: Path, announce: Announce) -> State:
    engine = choice.choose(wanted, engines, announce)
    program = json.dumps(engine.program)
    _keep(place, "--engine", engine.name, "--program", program, "--version", engine.version)
    state = place.running()
    if state is None:
        raise EndpointError(f"{engine.name} stopped as soon as it had started. {place.log_tail(engine.name)}")
    return state


def _keep(place: Place, *arguments: str) -> None:
    """Start a keeper and wait for what it reports. Raises EndpointError with its reason."""
    command = (sys.executable, "-m", "dynamo_models.embedded.keeper", "--directory", str(place.directory), *arguments)
    here = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    with place.open_keeper_log() as log:
        process = subprocess.Popen(  # noqa: S603 - this package's own module
            command,
            cwd=place.directory,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    with process:
        assert process.stdout is not None  # noqa: S101 - asked for above
        said = process.stdout.readline()
    try:
        answer = json.loads(said)
    except ValueError:
        answer = {"error": f"The server's keeper ended without a word. {place.tail(place.keeper_log)}"}
    if "error" in answer:
        raise EndpointError(answer["error"])
