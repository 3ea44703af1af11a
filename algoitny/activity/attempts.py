"""What somebody runs, and what comes of it: the reference solution, or something that is not quite it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from algoitny.execution.runners.contract import CaseResult, RunResult, Status

PASSES = 0.55  # of all runs
SPACE = 60_000  # characters of outputs that one run keeps, shared among its cases
MOST_SHOWN = 200  # characters of one output

_SLIPS = (("<=", "<"), (" < ", " <= "), (" + ", " - "), (" - 1", ""), (" and ", " or "), ("range(1, ", "range("))
_COMMENTS = {"python": "#", "ruby": "#"}
# What else than the reference solution's language people use.
_LANGUAGES = {"python": 8, "javascript": 4, "cpp": 4, "java": 3, "c": 2, "go": 1}
_ERRORS = (
    "IndexError: list index out of range",
    "TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'",
    "KeyError: 0",
)


@dataclass(frozen=True, kw_only=True)
class Task:
    """What of a problem an attempt needs. `cases` are ids and expected outputs of its test cases."""

    title: str
    language: str
    solution: str
    cases: Sequence[tuple[int, str]]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    language: str
    code: str
    result: RunResult


def attempt(task: Task, chance: random.Random) -> Attempt:
    """One try at a problem. `result` counts and summarises itself, as a runner's does."""
    language = task.language if chance.random() < 0.7 else chance.choices(*_choices())[0]  # noqa: PLR2004
    passes = chance.random() < PASSES
    code = _code(task, language, chance, right=passes)
    failing = set() if passes else _failing(len(task.cases), chance)
    bad: Status = chance.choices(("failed", "error", "timeout"), (7, 2, 1))[0]
    shown = min(MOST_SHOWN, SPACE // (len(task.cases) or 1))
    results = tuple(
        _result(case_id, output[:shown], bad if place in failing else "passed", chance)
        for place, (case_id, output) in enumerate(task.cases)
    )
    return Attempt(
        language=language, code=code, result=RunResult(results=results, language=language, runner="subprocess")
    )


def _choices() -> tuple[list[str], list[int]]:
    return list(_LANGUAGES), list(_LANGUAGES.values())


def _code(task: Task, language: str, chance: random.Random, *, right: bool) -> str:
    mark = _COMMENTS.get(language, "//")
    if language != task.language or not task.solution:
        return f"{mark} {task.title}, try {chance.randrange(1, 9)}\n{mark} {'done' if right else 'not there yet'}\n"
    if right:
        return task.solution
    slips = [slip for slip in _SLIPS if slip[0] in task.solution]
    if not slips:
        return f"{task.solution}\n{mark} cut short\n"
    return task.solution.replace(*chance.choice(slips), 1)


def _failing(cases: int, chance: random.Random) -> set[int]:
    """The places of the cases that fail: at least one, all of them now and then."""
    if not cases:
        return set()
    many = cases if chance.random() < 0.2 else chance.randint(1, cases)  # noqa: PLR2004
    return set(chance.sample(range(cases), many))


def _result(case_id: int, output: str, status: Status, chance: random.Random) -> CaseResult:
    seconds = round(chance.uniform(0.01, 0.4), 3)
    if status == "passed":
        return CaseResult(case_id, status, output, "", seconds)
    if status == "failed":
        return CaseResult(case_id, status, f"{output[:-1]}{chance.randrange(10)}…", "", seconds)
    if status == "error":
        return CaseResult(case_id, status, "", chance.choice(_ERRORS), seconds)
    return CaseResult(case_id, status, "", "The program ran longer than 5 s and was stopped.", 5.0)
