"""The process that starts the server, and stops it when nobody uses it any more: no user has to outlive another.

``python -m dynamo_models.embedded.keeper`` with a data folder and an engine. It needs no Django settings, is in a
session of its own, and prints one JSON line when the server answers (``{}``) or could not be started (its ``error``).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from dynamo_models.embedded import choice, locks, server
from dynamo_models.embedded.engine import HOST, Engine
from dynamo_models.embedded.place import Place, State
from dynamo_models.errors import DynamoModelsError, EndpointError

IDLE = 1.0  # seconds without a lease after which the server is stopped
POLL = 0.2
TAKE_OVER = 5.0  # seconds that it waits for the locks; only a look at them, which is short, can be in the way


class Keeper:
    """Keeps one server. Holds the lock of ``place.keeper`` for its life."""

    def __init__(self, place: Place, engine: Engine) -> None:
        self.place = place
        self.engine = engine
        self.told_to_stop = False
        self.process: subprocess.Popen[bytes] | None = None

    def log(self, line: str) -> None:
        with self.place.keeper_log.open("a") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {os.getpid()} {line}\n")

    def take(self) -> None:
        """Become the keeper of this folder."""
        lock = locks.take(self.place.keeper, timeout=TAKE_OVER)
        if lock is None:
            raise EndpointError(f"Another keeper (process {self.place.read_pid(self.place.keeper)}) has this folder.")
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        # The file is never closed: it says that this process lives.

    def start(self) -> State:
        """Start the server."""
        lock = locks.take(self.place.server, timeout=TAKE_OVER)
        if lock is None:
            raise EndpointError(f"A server (process {self.place.read_pid(self.place.server)}) has this folder's data.")
        try:
            self.process, port = server.start(self.engine, self.place, lock)
        finally:
            # From here on the server alone holds it, so that it says whether the server lives, and not whether we do.
            os.close(lock)
        return State(
            pid=self.process.pid,
            keeper=os.getpid(),
            url=f"http://{HOST}:{port}",
            engine=self.engine.name,
            version=self.engine.version,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def adopt(self) -> State:
        """Keep a server that another keeper started and no longer keeps."""
        state = self.place.running()
        if state is None:
            raise EndpointError("Asked to keep a server that runs, and there is none any more. Try again.")
        return State(
            pid=state.pid,
            keeper=os.getpid(),
            url=state.url,
            engine=state.engine,
            version=state.version,
            started=state.started,
        )

    def lives(self) -> bool:
        if self.process is not None:
            return self.process.poll() is None
        return self.place.server_lives()

    def keep(self, state: State) -> int:
        """Watch the leases until the server is to stop, or has. Gives the exit code."""
        idle_since: float | None = None
        while self.lives():
            if self.told_to_stop:
                self.stop(state, "told to")
                return 0
            if self.place.in_use():
                idle_since = None
            elif idle_since is None:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since >= IDLE and self.stop_if_unused(state):
                return 0
            time.sleep(POLL)
        code = f" (exit code {self.process.returncode})" if self.process is not None else ""
        self.log(f"{state.engine} {state.pid} stopped of its own accord{code}. {self.place.log_tail(state.engine)}")
        self.place.remove_state()
        return 1

    def stop_if_unused(self, state: State) -> bool:
        # A user takes its lease under this lock. So either it is seen here, or it comes after the server has stopped.
        with locks.holding(self.place.lock):
            self.place.clear_leases()
            if self.place.in_use():
                return False
            self.stop(state, "nobody uses it")
            return True

    def stop(self, state: State, why: str) -> None:
        self.place.remove_state()
        server.stop(state.pid, self.lives, self.engine.grace)
        self.log(f"{state.engine} {state.pid} stopped: {why}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m dynamo_models.embedded.keeper", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--engine", required=True, choices=sorted(choice.ENGINES))
    parser.add_argument("--program", type=json.loads, default=[], help="the first arguments of its command, as JSON")
    parser.add_argument("--version", default="")
    parser.add_argument("--adopt", action="store_true", help="keep the server that runs there already")
    options = parser.parse_args(arguments)

    place = Place(options.directory)
    engine = choice.make(options.engine, place.directory)
    engine.program, engine.version = tuple(options.program), options.version
    keeper = Keeper(place, engine)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        keeper.told_to_stop = True

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return _serve(keeper, keeper.adopt if options.adopt else keeper.start)


def _serve(keeper: Keeper, begin: Callable[[], State]) -> int:
    try:
        keeper.take()
        state = begin()
        keeper.place.write_state(state)
    except (DynamoModelsError, OSError) as error:
        _report({"error": str(error)})
        return 1
    keeper.log(f"{state.engine} {state.pid} at {state.url}")
    _report({})
    return keeper.keep(state)


def _report(answer: dict[str, str]) -> None:
    """Tell whoever started this process, and let go of the pipe that it reads."""
    try:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        pass  # it was killed; the next user finds the server
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


if __name__ == "__main__":
    # The starter is not this process's parent for long: it need not wait for it, nor find it a zombie.
    if os.fork():
        os._exit(0)
    sys.exit(main())
