"""What a provider of hints is asked and says."""

from dataclasses import dataclass, field
from typing import Any, Protocol

MAX_HINT = 1_000  # characters of one hint
MAX_COUNT = 10  # hints of one request


class HintsUnavailable(RuntimeError):  # noqa: N818 - the name by which views and jobs know it
    """No hints could be had; the message says why, and holds no key."""


@dataclass(frozen=True)
class HintRequest:
    """One run of somebody's code. Each of `test_results` has id, status, input, expected, output and error, as texts.

    `count` is the number of hints wanted, at most.
    """

    title: str
    constraints: str
    language: str
    code: str
    test_results: list[dict[str, Any]] = field(default_factory=list)
    count: int = 3


class HintProvider(Protocol):
    def hints(self, request: HintRequest) -> list[str]:
        """At least one hint and at most `request.count`, the most useful first. Raises HintsUnavailable."""
        ...
