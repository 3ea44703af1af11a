"""The questions asked about problems, and what registers them; either store does both."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from algoitny.keyset import Page
from algoitny.problems.records import NewProblem, ProblemDetail, ProblemSummary, TestCaseRecord
from algoitny.problems.stores import dynamodb, sql
from algoitny.store import Either

# A problem may have more test cases to be replaced than DynamoDB takes in one transaction: the mapper's own code does
# that in parts, new ones first, where the relational code has one block.
_store = Either(sql=sql, dynamodb=dynamodb, group="problems", writing={"save_test_cases"})


def problem_by_id(row_id: int) -> ProblemDetail | None:
    """Pattern 1: the live problem with that row id with its test cases, a draft too; None where there is none."""
    return _store.problem_by_id(row_id)


def get_problem(platform: str, problem_id: str) -> ProblemDetail | None:
    """Patterns 2 and 6: the live problem of that name with its test cases, a draft too; None where there is none."""
    return _store.get_problem(platform, problem_id)


def list_problems(**question: Any) -> Page[ProblemSummary]:
    """Patterns 3 to 5: a page of live problems, newest first, by created_at and then id.

    platform, language: exactly these. search: a part of the title in any case. completed: True, False, or None for
    drafts as well. limit, cursor: a cursor belongs to the filters that it was given out for, not to a page size, and
    either store takes it. Raises CursorError.
    """
    return _store.list_problems(**question)


def test_cases(platform: str, problem_id: str) -> list[TestCaseRecord]:
    """Pattern 13: a problem's test cases by created_at and then id; none where there is no such problem."""
    return _store.test_cases(platform, problem_id)


test_cases.__test__ = False  # type: ignore[attr-defined]  # pytest takes it for a test by its name


def set_completed(platform: str, problem_id: str, completed: bool, *, at: datetime | None = None) -> bool:
    """Complete a live problem, or make it a draft again; whether there is one."""
    return _store.set_completed(platform, problem_id, completed, at=at or timezone.now())


def register(problem: NewProblem, *, row_id: int | None = None, at: datetime | None = None) -> ProblemDetail:
    """A new draft, or a draft that is there changed to this. Raises AlreadyCompleted."""
    return _store.register(problem, row_id=row_id, at=at or timezone.now())


def save_test_cases(
    platform: str, problem_id: str, cases: list[tuple[str, str]], *, at: datetime | None = None
) -> ProblemDetail | None:
    """Give a live problem these test cases, of input and output, in place of those it has. None where there is none."""
    return _store.save_test_cases(platform, problem_id, cases, at=at or timezone.now())
