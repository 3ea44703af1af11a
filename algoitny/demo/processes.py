"""What runs beside the main job: commands of this project, as an operator runs them, and the server."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from django.conf import settings

PATIENCE = 30.0  # seconds that a process has to finish what it has in hand
MOST_SAID = 2_000  # characters of what it said at its end


class EndedEarlyError(Exception):
    """A process that was to run beside the main job ended by itself."""


@dataclass
class Beside:
    """One of them. name: as an operator would type it."""

    name: str
    process: subprocess.Popen[bytes]
    errors: BinaryIO

    def check(self) -> None:
        """EndedEarlyError where it runs no more."""
        if self.process.poll() is not None:
            raise EndedEarlyError(f"{self.name} ended with {self.process.returncode}: {self.said()}")

    def said(self, most: int = MOST_SAID) -> str:
        """The last that it said by standard error, ``most`` characters of it."""
        # Not sought: the process writes where the file it was given stands.
        end = os.fstat(self.errors.fileno()).st_size
        start = max(0, end - 4 * most)
        return os.pread(self.errors.fileno(), end - start, start).decode(errors="replace").strip()[-most:]


@contextmanager
def beside(*commands: str) -> Iterator[list[Beside]]:
    """Run ``manage.py`` commands for as long as the block lasts, and end them by SIGTERM. Raises EndedEarlyError."""
    with ExitStack() as stack:
        started = [stack.enter_context(running(each, "manage.py", *each.split())) for each in commands]
        yield started
        for each in started:
            each.check()


@contextmanager
def server(address: str) -> Iterator[Beside]:
    """The application at an address, for as long as the block lasts."""
    with running("the server", "-m", "algoitny.demo.server", address) as started:
        yield started
        started.check()


@contextmanager
def running(name: str, *arguments: str) -> Iterator[Beside]:
    """This Python with these arguments, ended by SIGTERM behind the block."""
    with TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603 - a command of ours
            [sys.executable, *arguments],
            cwd=Path(settings.BASE_DIR),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            yield Beside(name, process, errors)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_address() -> str:
    """One that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{found.getsockname()[1]}"
