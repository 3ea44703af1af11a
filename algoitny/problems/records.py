"""Problems and test cases as either store answers them: plain values that compare equal where the stores agree."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class TestCaseRecord:
    id: int
    input: str
    output: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemSummary:
    """A problem as a list shows it."""

    id: int
    platform: str
    problem_id: str
    title: str
    problem_url: str
    tags: list[str]
    language: str
    is_completed: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemDetail(ProblemSummary):
    """A problem as its page shows it, with its test cases in the order of created_at, then id."""

    solution_code: str
    constraints: str
    metadata: dict[str, Any]
    test_cases: tuple[TestCaseRecord, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NewProblem:
    """What a problem is registered with; it is a draft until staff complete it."""

    platform: str
    problem_id: str
    title: str
    language: str
    problem_url: str = ""
    tags: tuple[str, ...] = ()
    solution_code: str = ""
    constraints: str = ""


class AlreadyCompleted(Exception):  # noqa: N818 - an outcome
    """The problem is completed or deleted, and is no draft to register; nothing was written."""
