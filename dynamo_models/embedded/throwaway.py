"""A server for one test session: its own process on data of its own, stopped at the end, shared with nobody."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from dynamo_models.embedded import choice, server
from dynamo_models.embedded.engine import HOST, Announce
from dynamo_models.embedded.lease import Server
from dynamo_models.embedded.place import Place

# Reads until the session that holds the other end is gone, even by kill -9, and then stops the server it left behind.
WATCH = ("/bin/sh", "-c", 'read -r _; kill "$0"')


@contextlib.contextmanager
def serve(wanted: str | None, directory: Path, engines: Path, announce: Announce) -> Iterator[Server]:
    """Run a server on the data in ``directory`` for as long as the context lasts."""
    engine = choice.choose(wanted, engines, announce)
    place = Place(directory)
    place.directory.mkdir(parents=True, exist_ok=True)
    process, port = server.start(engine, place)
    try:
        with _watched(process.pid):
            yield Server(
                url=f"http://{HOST}:{port}",
                engine=engine.name,
                version=engine.version,
                description=engine.description,
                directory=place.directory,
                pid=process.pid,
            )
    finally:
        server.stop(process.pid, lambda: process.poll() is None, engine.grace)


@contextlib.contextmanager
def _watched(pid: int) -> Iterator[None]:
    watch = subprocess.Popen(  # noqa: S603 - the shell, with this package's own line
        (*WATCH, str(pid)),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        watch.kill()
        watch.communicate()
