"""What a generator is asked and makes."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

MAX_INPUTS = 20  # that the embedded generator's script prints


class GeneratorUnavailable(RuntimeError):  # noqa: N818 - the name by which views and jobs know it
    """No script could be made; the message says what is missing or went wrong, and holds no key."""


class Generator(Protocol):
    def script(  # noqa: PLR0917 - one for each thing that is known of a problem
        self,
        title: str,
        constraints: str,
        language: str,
        solution_code: str,
        metadata: Mapping[str, Any],
        example_inputs: Sequence[str],
    ) -> str:
        """The source of a Python script that prints a JSON list of input texts, the same ones each time.

        The texts are inputs as `metadata` has them (see `execution.runners.Program`). The script was not run: what it
        prints has to be checked. Raises GeneratorUnavailable.
        """
        ...
