"""What a runner takes and gives, whichever one it is, and the two ways in which it can refuse."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

Status = Literal["passed", "failed", "error", "timeout"]
STATUSES: tuple[Status, ...] = ("passed", "failed", "error", "timeout")

MAX_SHOWN = 2_000  # characters of output and of error in a judged result, which is kept in a history row
MAX_OUTPUT = 100_000  # characters of one whole answer, as many as a test case may hold
MAX_SCRIPT_OUTPUT = 1_000_000  # characters that a generator script may print


class UnknownLanguage(ValueError):  # noqa: N818 - the name by which views and jobs know it
    """The runner cannot run the language; the message names those that it can."""


class RunnerUnavailable(RuntimeError):  # noqa: N818 - the same
    """Nothing was run, or not to its end, and the program is not to blame; the message says what was."""


@dataclass(frozen=True)
class Program:
    """Source code and how it is called.

    Where `metadata` has an `entry_point` that is not empty, the code defines that function, a case's input is the list
    of its arguments in `input_format` and its output the answer in `output_format` (`json`, the default, or `python`:
    see case_text). Where it has none, the input is standard input and the output what is printed. `comparison` is
    `exact` (the default), `tolerance` (no further away than the figure in `tolerance`) or `property`, which is judged
    as exact.
    """

    code: str
    language: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A test case: `id` comes back with its result, `input` and `output` are texts."""

    id: int | str
    input: str
    output: str


@dataclass(frozen=True)
class CaseResult:
    """What became of one case. `passed` from `Runner.outputs` means only that the program answered.

    `seconds` is what the case took, of wall time and with the start of its process where the runner is a subprocess.
    """

    id: int | str
    status: Status
    output: str = ""
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Execution:
    """What a script printed, whole, and an error, empty where it ended well within its limits."""

    stdout: str
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class RunResult:
    """The results in the order of the cases."""

    results: tuple[CaseResult, ...]
    language: str = ""
    runner: str = ""

    @property
    def passed_count(self) -> int:
        return sum(result.status == "passed" for result in self.results)

    @property
    def failed_count(self) -> int:
        """All that did not pass: a wrong answer, an error and a time-out alike."""
        return self.total_count - self.passed_count

    @property
    def total_count(self) -> int:
        return len(self.results)

    def summary(self) -> dict[str, Any]:
        """For SearchHistory.result_summary: a count for each status, the seconds of all cases, language and runner."""
        counts = Counter(result.status for result in self.results)
        return {
            **{status: counts[status] for status in STATUSES},
            "total": self.total_count,
            "seconds": round(sum(result.seconds for result in self.results), 3),
            "language": self.language,
            "runner": self.runner,
        }

    def as_json(self) -> list[dict[str, Any]]:
        """For SearchHistory.test_results: id, status, output, error and seconds of each case."""
        return [{**asdict(result), "seconds": round(result.seconds, 3)} for result in self.results]


class Runner(Protocol):
    """Runs programs that somebody else wrote. Each method but `languages` may raise UnknownLanguage; all may raise
    RunnerUnavailable."""

    @property
    def name(self) -> str: ...

    def languages(self) -> frozenset[str]:
        """Those that it can run now, by our names: `python`, `javascript`, `c`, `cpp`, …"""
        ...

    def run(self, program: Program, cases: Sequence[Case]) -> RunResult:
        """A result for each case, judged. Output and error of each are cut to MAX_SHOWN characters."""
        ...

    def outputs(self, program: Program, inputs: Sequence[str]) -> list[CaseResult]:
        """What the program answers to each input, whole; `id` is the input's index. Over MAX_OUTPUT is an error."""
        ...

    def execute(self, code: str, language: str, stdin: str = "") -> Execution:
        """Runs a script once. More than MAX_SCRIPT_OUTPUT characters is an error."""
        ...
