"""AWS's own DynamoDB Local, only where the user names its jar: its licence makes that the user's own choice."""

from __future__ import annotations

import os
from pathlib import Path

from dynamo_models.embedded import tools
from dynamo_models.embedded.engine import Engine
from dynamo_models.embedded.tools import Unavailable
from dynamo_models.errors import EndpointError

JAR_VARIABLE = "DYNAMODB_LOCAL_JAR"


def is_named() -> bool:
    """Whether the user has named a jar."""
    return bool(os.environ.get(JAR_VARIABLE))


class DynamoDBLocal(Engine):
    name = "dynamodb-local"
    description = (
        "AWS's DynamoDB Local; it has no option to listen on loopback only, so a firewall must keep others out"
    )
    keeps_data = True

    def find(self) -> None:
        named = os.environ.get(JAR_VARIABLE)
        if not named:
            raise Unavailable(f"{JAR_VARIABLE} is not set; it names DynamoDBLocal.jar where you accept its licence")
        jar = Path(named).absolute()
        if not jar.is_file():
            # Somebody chose this jar: another engine in its place would be a surprise.
            raise EndpointError(
                f"{JAR_VARIABLE} names {named!r}, and no file is there. "
                f"Name DynamoDBLocal.jar, or unset {JAR_VARIABLE}."
            )
        java = tools.on_path("java")
        if java is None:
            raise EndpointError(
                f"{JAR_VARIABLE} is set, and no java is on PATH. Install Java 17, or unset {JAR_VARIABLE}."
            )
        libraries = jar.parent / "DynamoDBLocal_lib"
        self.program = (java, f"-Djava.library.path={libraries}", "-jar", str(jar))

    def command(self, port: int, directory: Path) -> tuple[str, ...]:
        # -sharedDb: one set of tables, whatever key and region a client signs with.
        options = ("-sharedDb", "-disableTelemetry", "-dbPath", str(self.data(directory)))
        return (*self.program, "-port", str(port), *options)

    def environment(self, port: int, directory: Path) -> dict[str, str]:  # noqa: ARG002 - its folder must be there
        self.data(directory).mkdir(parents=True, exist_ok=True)
        return {}

    def data(self, directory: Path) -> Path:
        return directory / "dynamodb-local"
