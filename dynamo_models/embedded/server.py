"""One server process: started at a free loopback port, known to answer, and stopped so that it keeps what it holds."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from dynamo_models.embedded import locks
from dynamo_models.embedded.engine import HOST, Engine
from dynamo_models.embedded.place import Place
from dynamo_models.errors import EndpointError

START_TIMEOUT = 60.0  # seconds; Python engines on a busy machine need some of them
PORT_ATTEMPTS = 3
KILL_WAIT = 10.0
ORPHAN_GRACE = 60.0  # for a server of which it is not known how long it may take to write what it holds
OLD_LOG = ".log.1"
POLL = 0.01

# The shell writes the server's process id before the server can open its data, so that there is no moment in which a
# server has the file and nobody could tell which process it is.
WITH_PID = ("/bin/sh", "-c", 'echo $$ >"$0" && exec "$@"')

LIST_TABLES = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "DynamoDB_20120810.ListTables",
    "X-Amz-Date": "20260101T000000Z",
    # No endpoint of these looks at whose signature it is, and each asks for one.
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


def free_port() -> int:
    """A loopback port that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, timeout: float = 5.0) -> bool:
    """Whether a DynamoDB answers there: it is asked for its tables."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request("POST", "/", body=b"{}", headers=LIST_TABLES)
        response = connection.getresponse()
        return response.status == http.client.OK and b"TableNames" in response.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def start(engine: Engine, place: Place, lock: int | None = None) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server and wait until it answers; gives its process and port.

    ``lock`` is the open file of ``place.server``, which the server inherits; without it, the server is nobody else's.
    Raises EndpointError with the end of its log where it stops or does not answer.
    """
    log = place.log(engine.name)
    if log.exists():
        log.replace(log.with_suffix(OLD_LOG))
    for attempt in range(1, PORT_ATTEMPTS + 1):
        port = free_port()
        process = _spawn(engine, place, port, lock)
        until = time.monotonic() + START_TIMEOUT
        while process.poll() is None and time.monotonic() < until:
            # Asked after it answered too: what answers must not be another process that was quicker to the port.
            if answers(port) and process.poll() is None:
                return process, port
            time.sleep(POLL)
        wrong = f"it did not answer within {START_TIMEOUT:.0f} s"
        if process.poll() is not None:
            wrong = f"it stopped with exit code {process.returncode}"
            if attempt < PORT_ATTEMPTS and _taken(port):
                continue
        stop(process.pid, lambda: process.poll() is None, 0)  # noqa: B023 - used up before the next turn
        break
    raise EndpointError(
        f"Asked to start {engine.name} on {HOST}:{port}: {wrong}. {place.log_tail(engine.name)}\n"
        "Mend what it complains of, or name another engine in DYNAMO_MODELS['EMBEDDED']['ENGINE']."
    )


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _spawn(engine: Engine, place: Place, port: int, lock: int | None) -> subprocess.Popen[bytes]:
    command = engine.command(port, place.directory)
    environment = {**os.environ, **engine.environment(port, place.directory)}
    if lock is not None:
        os.ftruncate(lock, 0)
        command = (*WITH_PID, str(place.server), *command)
    with place.log(engine.name).open("ab") as log:
        try:
            return subprocess.Popen(  # noqa: S603 - the engine's own command line
                command,
                cwd=place.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=() if lock is None else (lock,),
                # A Ctrl-C in the terminal is for the command, not for the server that others may use.
                start_new_session=True,
            )
        except OSError as error:
            raise EndpointError(
                f"Asked to start {engine.name}: {command[0]} could not be run ({error}). "
                "Run `manage.py dynamo_local fetch`, or name another engine in DYNAMO_MODELS['EMBEDDED']['ENGINE']."
            ) from error


def stop(pid: int, lives: Callable[[], bool], grace: float) -> None:
    """Ask a server to stop, wait ``grace`` seconds, and then kill it. Raises EndpointError where that fails too."""
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, KILL_WAIT)):
        if not lives():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if locks.wait_until(lambda: not lives(), patience):
            return
    if lives():
        raise EndpointError(f"The server (process {pid}) could not be stopped. Stop that process, and try again.")


def stop_orphan(place: Place, grace: float) -> None:
    """Stop a server whose keeper is gone. Who holds the lock of ``place.server`` wrote its process id there."""
    locks.wait_until(lambda: place.read_pid(place.server) is not None or not place.server_lives(), KILL_WAIT)
    pid = place.read_pid(place.server)
    if pid is not None:
        stop(pid, place.server_lives, grace)
    elif place.server_lives():
        raise EndpointError(
            f"A server holds {place.server}, and no process id is in it. Stop that process, and try again."
        )
    place.remove_state()


def data_path(engine: Engine, directory: Path) -> str:
    """Where the data is, as a person would say it: below the working folder, or in full."""
    path = engine.data(directory)
    if path is None:
        return "no data kept"
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return f"data in {path}"
