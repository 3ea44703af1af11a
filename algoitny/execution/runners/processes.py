"""One process, started with limits and without our environment, read within bounds, ended with all it started."""

import contextlib
import json
import math
import os
import secrets
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from algoitny.execution.runners import strays

_LAUNCH = str(Path(__file__).with_name("launch.py"))
_CHUNK = 1 << 16
_TICK = 0.005  # seconds between two looks at whether it has ended, where the system does not tell
_STDERR_BYTES = 16_000  # of which the last are kept: an exception is named at the end
_GRACE_BYTES = 1 << 20  # read of what is left in the pipes at the end; a pipe holds 64 KiB


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What one process may use: seconds of CPU and wall time, bytes, open files and processes (None is no limit)."""

    cpu_seconds: float
    wall_seconds: float
    memory_bytes: int
    file_bytes: int
    open_files: int
    processes: int | None
    stdout_bytes: int

    def rlimits(self) -> dict[str, tuple[int, int]]:
        cpu = math.ceil(self.cpu_seconds)
        limits = {
            "RLIMIT_CPU": (cpu, cpu + 1),  # the second is for a program that ignores the signal at the first
            "RLIMIT_AS": (self.memory_bytes,) * 2,
            "RLIMIT_FSIZE": (self.file_bytes,) * 2,
            "RLIMIT_NOFILE": (self.open_files,) * 2,
            "RLIMIT_CORE": (0, 0),
        }
        if self.processes is not None:
            limits["RLIMIT_NPROC"] = (self.processes,) * 2
        return limits


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How it ended. `stopped` is why we stopped it: `time`, `output`, or empty where it ended by itself."""

    returncode: int
    stdout: bytes
    stderr: bytes
    stopped: str
    seconds: float


def call(
    command: list[str], *, folder: Path, allowance: Allowance, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> Ended:
    """Runs the command in the folder. Its environment is `env`, and a mark by which we find what it leaves behind."""
    mark = secrets.token_hex(16)
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - running what others wrote is what this module is for
        [sys.executable, "-I", "-S", _LAUNCH, json.dumps(allowance.rlimits()), *command],
        env={**(env or {}), strays.NAME: mark},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        bufsize=0,
    )
    pipes = _Pipes(process, stdin, allowance.stdout_bytes)
    try:
        stopped = pipes.serve(started + allowance.wall_seconds)
    finally:
        seconds = time.monotonic() - started
        # Ended before its leader is waited for: until then nobody else can get the group's number.
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing is left; macOS says so by the second
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        strays.end(mark)
        pipes.close()
    return Ended(
        returncode=process.returncode,
        stdout=bytes(pipes.stdout),
        stderr=bytes(pipes.stderr),
        stopped=stopped,
        seconds=seconds,
    )


class _Pipes:
    """The three pipes of a process, served by turns so that no side waits for another."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes, stdout_bytes: int) -> None:
        self._process = process
        self._left = memoryview(stdin)
        self._stdout_bytes = stdout_bytes
        self.stdout, self.stderr = bytearray(), bytearray()
        self._files = {one.fileno(): one for one in (process.stdin, process.stdout, process.stderr) if one is not None}
        self._selector = selectors.DefaultSelector()
        for number, one in self._files.items():
            os.set_blocking(number, False)
            event = selectors.EVENT_WRITE if one is process.stdin else selectors.EVENT_READ
            self._selector.register(number, event)
        # A child may hold the pipes open after its end, and it may close them long before, so its end is awaited too.
        self._end = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else None
        if self._end is not None:
            self._selector.register(self._end, selectors.EVENT_READ)

    def serve(self, deadline: float) -> str:
        """Until it ends (then empty), or has to be stopped: `time` or `output`."""
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return "time"
            for key, _ in self._selector.select(min(remaining, _TICK) if self._end is None else remaining):
                self._turn(key.fd)
            if len(self.stdout) > self._stdout_bytes:
                return "output"
            if _has_ended(self._process):
                self._drain()
                return "output" if len(self.stdout) > self._stdout_bytes else ""

    def close(self) -> None:
        self._selector.close()
        if self._end is not None:
            os.close(self._end)
        for one in self._files.values():
            with contextlib.suppress(BrokenPipeError):
                one.close()

    def _drain(self) -> None:
        """What is in the pipes now. A child may hold them open and go on writing, so not until their end."""
        for _ in range(_GRACE_BYTES // _CHUNK):
            ready = [
                key.fd
                for key, event in self._selector.select(0)
                if event & selectors.EVENT_READ and key.fd in self._files
            ]
            if not ready:
                return
            for number in ready:
                self._turn(number)

    def _turn(self, number: int) -> None:
        if number not in self._files:  # its end, which `serve` looks at itself
            return
        try:
            open_still = self._write(number) if self._is_stdin(number) else self._read(number)
        except BlockingIOError:
            return
        except BrokenPipeError:  # it does not read all that it is given, which is no error
            open_still = False
        if not open_still:
            self._selector.unregister(number)
            self._files.pop(number).close()

    def _is_stdin(self, number: int) -> bool:
        return self._files[number] is self._process.stdin

    def _write(self, number: int) -> bool:
        self._left = self._left[os.write(number, self._left[:_CHUNK]) :]
        return len(self._left) > 0

    def _read(self, number: int) -> bool:
        chunk = os.read(number, _CHUNK)
        if self._files[number] is self._process.stdout:
            self.stdout += chunk
        else:
            self.stderr += chunk
            del self.stderr[:-_STDERR_BYTES]
        return bool(chunk)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has, without waiting for it and freeing its number, where the system can say so."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
