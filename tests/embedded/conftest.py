"""Users of the embedded endpoint as processes of their own, on data of the test's own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from dynamo_models import embedded
from dynamo_models.embedded import choice
from dynamo_models.embedded.place import Place
from dynamo_models.embedded.tools import Unavailable

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0  # seconds; the machine may be busy, and what is tested is that it happens

USE = """
import json, os, sys
from dynamo_models import embedded
with embedded.endpoint(sys.argv[1], sys.argv[2]) as server:
    print(json.dumps({"url": server.url, "pid": server.pid, "engine": server.engine}), flush=True)
    sys.stdin.read()
"""


def eventually(settled: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not settled():
        assert time.monotonic() < until, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether that process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class User:
    """A process that uses the endpoint until it is left, or killed."""

    def __init__(self, directory: Path, engine: str, *, script: str = USE) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script, str(directory), engine],
            env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))},
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.kill()

    def server(self) -> dict[str, object]:
        """What it was given. Waits until it has it."""
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return json.loads(line)

    def leave(self) -> str:
        """End it in an orderly way; gives what it wrote to stderr."""
        _, errors = self.process.communicate(timeout=PATIENCE)
        return errors

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        with contextlib.suppress(ValueError):  # it was left already
            self.process.communicate(timeout=PATIENCE)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose server, if a test leaves one, is stopped."""
    yield tmp_path
    embedded.stop(tmp_path, force=True)


@pytest.fixture
def place(directory: Path) -> Place:
    return Place(directory)


def prepared(name: str) -> str:
    """That engine, ready to start; or the test is skipped, with the reason."""
    try:
        choice.make(name, embedded._engines(Path())).prepare(lambda _line: None)
    except Unavailable as reason:
        pytest.skip(f"{name} cannot be had here: {reason}")
    return name


@pytest.fixture(scope="session")
def dynoxide_binary() -> str:
    engine = choice.make(prepared("dynoxide"), embedded._engines(Path()))
    engine.prepare(lambda _line: None)
    return engine.program[0]


@pytest.fixture
def engine(dynoxide_binary: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The engine of the tests that need any one. Other processes are told where it is, so that none fetches it."""
    monkeypatch.setenv("DYNOXIDE_BINARY", dynoxide_binary)
    return "dynoxide"


@pytest.fixture(params=["dynoxide", "ministack"])
def keeping_engine(request: pytest.FixtureRequest) -> str:
    """Each engine that keeps data."""
    return prepared(request.param)


@pytest.fixture(params=["dynoxide", "ministack", "moto"])
def any_engine(request: pytest.FixtureRequest) -> str:
    """Each engine that this package may choose by itself."""
    return prepared(request.param)


def kill_9(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not lives(pid), f"process {pid} ends")


def servers_on(directory: Path) -> list[int]:
    """Process ids of the dynoxide servers that have that folder's file."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            command = path.read_bytes().split(b"\0")
            if str(directory / "dynoxide.db").encode() in command and lives(int(path.parent.name)):
                found.append(int(path.parent.name))
    return found
