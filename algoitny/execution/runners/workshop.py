"""One run of a program in subprocesses: its folder, its compiler, a process for each input, and the run's wall time."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from algoitny.execution.runners import strays
from algoitny.execution.runners.answers import Answer, short
from algoitny.execution.runners.limits import Limits
from algoitny.execution.runners.processes import Allowance, Ended, call
from algoitny.execution.runners.toolchains import Toolchain

_WORST_UTF8 = 4  # bytes of a character
_COMPILER_MEMORY_BYTES = 2 << 30
_COMPILER_FILE_BYTES = 64 << 20
_COMPILER_FILES = 256


@contextmanager
def workshop(toolchain: Toolchain, code: str, limits: Limits, *, max_output: int) -> Iterator["Workshop"]:
    """A workshop in a temporary folder that goes with it. `max_output` is the characters of one answer."""
    with tempfile.TemporaryDirectory(prefix="algoitny-run-", ignore_cleanup_errors=True) as folder:
        yield Workshop(Path(folder).resolve(), toolchain, code, limits, max_output)


class Workshop:
    """Made by `workshop`. Compiles at once, where the language is compiled."""

    def __init__(self, folder: Path, toolchain: Toolchain, code: str, limits: Limits, max_output: int) -> None:
        self._folder, self._toolchain, self._limits, self._max_output = folder, toolchain, limits, max_output
        self._deadline = time.monotonic() + limits.run_seconds
        self._runs = 0
        # Root is not held to the limit, and counting everybody's processes for nothing costs milliseconds.
        self._processes = None if os.getuid() == 0 else strays.tasks_of_user() + limits.processes
        (folder / toolchain.source).write_bytes(code.encode("utf-8", "replace"))
        self._refusal = self._compile() if toolchain.compile else None

    def answer(self, given: str) -> Answer:
        """What the program prints when it is given this on standard input; its process starts anew each time."""
        if self._refusal is not None:
            return self._refusal
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            return Answer(
                status="timeout", error=f"Not started: the run's {self._limits.run_seconds:g} s were used up."
            )
        self._runs += 1
        folder = self._folder / str(self._runs)  # so that no case finds what another left
        folder.mkdir()
        command = [*self._toolchain.run, str(self._folder / (self._toolchain.program or self._toolchain.source))]
        limits = self._limits
        wall_seconds = min(limits.case_seconds, remaining)
        allowance = Allowance(
            cpu_seconds=limits.cpu_seconds,
            wall_seconds=wall_seconds,
            memory_bytes=limits.memory_bytes + self._toolchain.extra_memory_bytes,
            file_bytes=limits.file_bytes,
            open_files=limits.open_files,
            processes=self._processes,
            stdout_bytes=self._max_output * _WORST_UTF8,
        )
        ended = call(
            command,
            folder=folder,
            allowance=allowance,
            stdin=given.encode("utf-8", "replace"),
            env={"PYTHONHASHSEED": "0", "TMPDIR": str(folder)},
        )
        return self._read(ended, wall_seconds)

    def _read(self, ended: Ended, wall_seconds: float) -> Answer:
        text = ended.stdout.decode("utf-8", "replace")
        too_long = ended.stopped == "output" or len(text) > self._max_output
        said = self._clean(ended.stderr)
        if ended.stopped == "time":
            status, error = "timeout", f"It did not end within {wall_seconds:.3g} s."
        elif ended.returncode == -signal.SIGXCPU:
            status, error = "timeout", f"It used more than its {self._limits.cpu_seconds:g} s of CPU."
        elif too_long:
            status, error = "error", f"It printed more than {self._max_output} characters."
        elif ended.returncode:
            status, error = "error", said or _exit(ended.returncode)
        else:
            return Answer(status="ran", text=text, seconds=ended.seconds)
        return Answer(status=status, text=text[: self._max_output], error=error, seconds=ended.seconds)

    def _compile(self) -> Answer | None:
        """None where it went well."""
        allowance = Allowance(
            cpu_seconds=self._limits.compile_seconds,
            wall_seconds=min(self._limits.compile_seconds, self._limits.run_seconds),
            memory_bytes=_COMPILER_MEMORY_BYTES,
            file_bytes=_COMPILER_FILE_BYTES,
            open_files=_COMPILER_FILES,
            processes=self._processes,
            stdout_bytes=self._max_output,
        )
        env = {**self._toolchain.environment(), "TMPDIR": str(self._folder), "LC_ALL": "C.UTF-8"}
        ended = call(list(self._toolchain.compile), folder=self._folder, allowance=allowance, env=env)
        if ended.returncode == 0 and not ended.stopped:
            return None
        if ended.stopped == "time" or ended.returncode == -signal.SIGXCPU:
            return Answer(status="error", error=f"The compiler did not end within {allowance.wall_seconds:g} s.")
        return Answer(status="error", error=self._clean(ended.stderr) or "The compiler refused it and said nothing.")

    def _clean(self, stderr: bytes) -> str:
        """What was said, without the name of our folder, which tells nobody anything."""
        text = stderr.decode("utf-8", "replace").replace(f"{self._folder}/", "")
        return short(text.strip())


def _exit(returncode: int) -> str:
    if returncode >= 0:
        return f"It ended with code {returncode} and said nothing."
    if returncode == -signal.SIGKILL:
        return "It was stopped by SIGKILL: it used up its CPU or the machine's memory."
    return f"It was stopped by {signal.Signals(-returncode).name}."
