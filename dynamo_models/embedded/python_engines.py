"""The engines that are Python packages, ministack and moto, each run by the Python of an environment that holds it."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

from dynamo_models.embedded import tools
from dynamo_models.embedded.engine import HOST, Announce, Engine

MINISTACK_VERSION = "1.5.33"
MINISTACK = f"ministack=={MINISTACK_VERSION}"
MOTO = "moto[server]"


class Ministack(Engine):
    name = "ministack"
    description = "an emulator in Python; keeps data on a graceful stop only, and a large index partition is slow"
    keeps_data = True
    grace = 60.0  # it writes all that it holds when it is asked to stop

    def find(self) -> None:
        self._use(tools.uvx_python(MINISTACK, offline_only=True))

    def fetch(self, announce: Announce) -> None:
        announce(f"Fetching ministack {MINISTACK_VERSION} through uvx, into an environment of its own.")
        self._use(tools.uvx_python(MINISTACK))

    def _use(self, python: str) -> None:
        # -I: this project's PYTHONPATH would put its botocore before the one that ministack pins.
        self.program = (python, "-I", "-m", "ministack")
        self.version = MINISTACK_VERSION

    def command(self, port: int, directory: Path) -> tuple[str, ...]:  # noqa: ARG002 - the port goes by environment
        return self.program

    def environment(self, port: int, directory: Path) -> dict[str, str]:
        state = self.data(directory)
        state.mkdir(parents=True, exist_ok=True)
        return {
            "BIND_HOST": HOST,  # its own default is every interface
            "GATEWAY_PORT": str(port),
            "USE_SSL": "0",  # with TLS it would take port 443 as well
            "SERVICES": "dynamodb",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state),
            "TMPDIR": str(state),  # its pid file
            "LOG_LEVEL": "WARNING",
        }

    def data(self, directory: Path) -> Path:
        return directory / "ministack"


class Moto(Engine):
    name = "moto"
    description = "in memory: nothing is kept when it stops, and transactions are not safe under threads"
    keeps_data = False

    def find(self) -> None:
        if tools.importable("moto.server") and tools.importable("flask"):
            self.program = (sys.executable, "-P", "-m", "moto.server")
            self.version = importlib.metadata.version("moto")
        else:
            self._use(tools.uvx_python(MOTO, offline_only=True))

    def fetch(self, announce: Announce) -> None:
        announce("Fetching moto's server through uvx, into an environment of its own.")
        self._use(tools.uvx_python(MOTO))

    def _use(self, python: str) -> None:
        ask = "import importlib.metadata as m; print(m.version('moto'))"
        self.version = tools.run((python, "-I", "-c", ask), timeout=60).strip()
        self.program = (python, "-I", "-m", "moto.server")

    def command(self, port: int, directory: Path) -> tuple[str, ...]:  # noqa: ARG002 - it keeps nothing
        return (*self.program, "--host", HOST, "--port", str(port))
