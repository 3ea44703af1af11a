"""A DynamoDB endpoint of our own: started by the first command that needs it, shared by all, stopped after the last.

::

    embedded.url()                     # this process uses it from now on, to its end
    with embedded.endpoint() as server:
        server.url
    embedded.describe()                # the line that says which one it is

``DYNAMO_MODELS["EMBEDDED"]`` says where its data is and may name the engine. Nothing listens beyond
loopback, but for AWS's DynamoDB Local where a user names its jar: it has no option for that.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from dynamo_models import conf
from dynamo_models.embedded import lease, throwaway, upkeep
from dynamo_models.embedded.choice import ENGINES, choose
from dynamo_models.embedded.engine import Announce, Engine
from dynamo_models.embedded.lease import Lease, Server
from dynamo_models.embedded.place import Place

__all__ = [
    "ENGINES",
    "Server",
    "data",
    "describe",
    "endpoint",
    "fetch",
    "release",
    "reset",
    "serve_throwaway",
    "status",
    "stop",
    "url",
    "users",
]

logger = logging.getLogger(__name__)

_guard = threading.RLock()
_leases: dict[Path, Lease] = {}
"""The lease that ``url`` took for this process on each data folder: one, unless settings changed."""


def url() -> str:
    """The URL of the endpoint that the settings describe. Starts it where it does not run; this process then uses it.

    Raises SettingsError for an engine that is none, EndpointError where none can be had, where it does not start, and
    where the one that this process uses has stopped meanwhile.
    """
    own = conf.embedded_settings()
    with _guard:
        held = _leases.get(own.directory)
        if held is None:
            held = lease.acquire(own.directory, own.engine or None, _engines(own.directory), logger.warning)
            _leases[own.directory] = held
            # An engine that forgets everything is worth a line that is seen without any logging being set up.
            level = logging.INFO if ENGINES[held.server.engine].keeps_data else logging.WARNING
            logger.log(level, "%s", held.server)
        else:
            held.check()
        return held.server.url


def release() -> None:
    """Give up what ``url`` took. It happens at the end of the process by itself."""
    with _guard:
        while _leases:
            _leases.popitem()[1].release()


@contextlib.contextmanager
def endpoint(
    directory: Path | str | None = None, engine: str | None = None, *, announce: Announce = logger.warning
) -> Iterator[Server]:
    """Use the endpoint for as long as the context lasts. Errors are those of ``url``.

    ``directory`` and ``engine`` stand for those of the settings; ``announce`` is told what has to be fetched first.
    """
    place = _directory(directory)
    if engine is None and directory is None:
        engine = conf.embedded_settings().engine
    held = lease.acquire(place, engine or None, _engines(place), announce)
    try:
        yield held.server
    finally:
        held.release()


def serve_throwaway(engine: str | None, directory: Path | str) -> AbstractContextManager[Server]:
    """A server of one's own on the data in ``directory``, for tests; no other process uses it."""
    place = Path(directory)
    return throwaway.serve(engine, place, _engines(place), logger.warning)


def status(directory: Path | str | None = None) -> Server | None:
    """The server that runs, without starting one."""
    place = Place(_directory(directory))
    state = place.running()
    return lease.describe_state(place, state) if state is not None and state.engine in ENGINES else None


def users(directory: Path | str | None = None) -> list[int]:
    """Process ids of those that use the endpoint."""
    return Place(_directory(directory)).users()


def describe(server: Server | None = None) -> str:
    """The line that says which endpoint serves, where, and where its data is."""
    server = server or status()
    return str(server) if server else f"DynamoDB endpoint: none runs on the data in {_directory(None)}"


def fetch(engine: str | None = None, *, announce: Announce = logger.warning) -> Engine:
    """Have an engine ready to start, and start nothing. Errors are those of ``url``."""
    own = conf.embedded_settings()
    return choose(engine or own.engine or None, _engines(own.directory), announce)


def stop(directory: Path | str | None = None, *, force: bool = False) -> bool:
    """Stop the server; False where none runs. Raises EndpointError where it is in use, unless ``force``."""
    return upkeep.stop(_directory(directory), force=force)


def data(directory: Path | str | None = None) -> list[Path]:
    """The files and folders that ``reset`` would delete."""
    return upkeep.data(_directory(directory))


def reset(directory: Path | str | None = None) -> list[Path]:
    """Delete the engines' data and logs; gives what was deleted. Raises EndpointError while a server runs."""
    return upkeep.reset(_directory(directory))


def _directory(directory: Path | str | None) -> Path:
    return conf.embedded_settings().directory if directory is None else Path(directory)


def _engines(directory: Path) -> Path:
    """Where fetched programs are: with the project's data, so that a test's folder does not fetch them again."""
    try:
        return conf.embedded_settings().directory.absolute() / "engines"
    except ImproperlyConfigured:
        return directory.absolute() / "engines"


def _after_fork() -> None:
    # Another thread of the parent may have held it. The leases are the parent's and this child's together.
    global _guard  # noqa: PLW0603
    _guard = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
atexit.register(release)
