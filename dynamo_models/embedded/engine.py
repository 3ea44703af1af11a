"""What an engine is: a DynamoDB server of somebody else's, how it is had, how it is started, and what it keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from dynamo_models.embedded.tools import Unavailable

HOST = "127.0.0.1"

Announce = Callable[[str], None]


class Engine(ABC):
    """One engine on this machine. ``engines`` is the folder that fetched programs are kept in.

    ``program`` (the first arguments of its command line) and ``version`` are there once ``prepare`` has returned.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    """One line: what it is, and what it costs."""
    keeps_data: ClassVar[bool]
    grace: ClassVar[float] = 20.0
    """Seconds that a stop may take before the server is killed."""

    def __init__(self, engines: Path) -> None:
        self.engines = engines
        self.program: tuple[str, ...] = ()
        self.version = ""

    def available(self) -> bool:
        """Whether it can be started now, with nothing fetched."""
        try:
            self.find()
        except Unavailable:
            return False
        return True

    @abstractmethod
    def find(self) -> None:
        """Set ``program`` and ``version`` from what this machine has. Raises Unavailable with the reason."""

    def fetch(self, announce: Announce) -> None:  # noqa: ARG002 - for those that can be fetched
        """Get it from where it is published. Raises Unavailable with the reason: that it is not here, by default."""
        self.find()

    def prepare(self, announce: Announce) -> None:
        """Find it, or fetch it. Raises Unavailable with the reason, EndpointError where the user's own choice fails."""
        try:
            self.find()
        except Unavailable:
            self.fetch(announce)

    @abstractmethod
    def command(self, port: int, directory: Path) -> tuple[str, ...]:
        """The command line of a server at a loopback port that keeps its data below ``directory``."""

    def environment(self, port: int, directory: Path) -> dict[str, str]:  # noqa: ARG002 - for those that need it
        """What the server's environment has on top of this process's own."""
        return {}

    def data(self, directory: Path) -> Path | None:  # noqa: ARG002 - for those that keep data
        """The file or folder that holds its data; None where nothing is kept."""
        return None
