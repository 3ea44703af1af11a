"""The questions that the views ask about problems, behind functions, so that a store can change and a view need not."""

from types import ModuleType
from typing import Any

from algoitny import store
from algoitny.problems.records import ProblemDetail, ProblemPage
from algoitny.problems.stores import dynamodb, sql

_ANSWERS: dict[store.Store, ModuleType] = {"sql": sql, "dynamodb": dynamodb}


def get_problem(platform: str, problem_id: str) -> ProblemDetail | None:
    """The live problem of that name with its test cases, a draft too; None where there is none."""
    return _ANSWERS[store.current()].get_problem(platform, problem_id)


def problem_by_id(problem_id: int) -> ProblemDetail | None:
    """The live problem with that row id with its test cases, a draft too; None where there is none."""
    return _ANSWERS[store.current()].problem_by_id(problem_id)


def list_problems(**question: Any) -> ProblemPage:
    """A page of live problems, newest first, by created_at and then id.

    platform, language: exactly these. search: a part of the title in any case. completed: True, False, or None for
    drafts as well. limit, cursor: a cursor belongs to the filters that it was given out for, not to a page size, and
    either store takes it. Raises CursorError.
    """
    return _ANSWERS[store.current()].list_problems(**question)
