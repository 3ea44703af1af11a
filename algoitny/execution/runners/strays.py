"""Ends what a program left running in a session of its own, out of reach of its group's signal.

Such processes are found by a mark in the environment that they inherited, which Linux shows. One that cleared it, or a
system without /proc, is beyond this: a sandbox would hold it, and this is none.
"""

import contextlib
import os
import signal
from pathlib import Path

NAME = "ALGOITNY_RUN"
_ROUNDS = 20  # a process that starts others while we look is found with them in a later round


def end(mark: str) -> None:
    """Kills each process that carries the mark."""
    needle = f"{NAME}={mark}".encode()
    for _ in range(_ROUNDS):
        found = [number for number in _numbers() if needle in _environment(number)]
        if not found:
            return
        for number in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)


def tasks_of_user() -> int:
    """Processes and threads that this user has now, as RLIMIT_NPROC counts them; 0 without /proc."""
    user, tasks = os.getuid(), 0
    for number in _numbers():
        with contextlib.suppress(OSError):  # it ended meanwhile
            if Path(f"/proc/{number}").stat().st_uid == user:
                tasks += sum(1 for _ in Path(f"/proc/{number}/task").iterdir())
    return tasks


def _numbers() -> list[int]:
    try:
        return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal()]
    except FileNotFoundError:
        return []


def _environment(number: int) -> bytes:
    """As it was at the start of the program. Empty for a process that has ended, is waited for, or is not ours."""
    try:
        return Path(f"/proc/{number}/environ").read_bytes()
    except OSError:
        return b""
