"""Problems as SQL answers."""

from dataclasses import fields

from django.db.models import Q

from algoitny.problems.models import Problem
from algoitny.problems.records import ProblemDetail, ProblemPage, ProblemSummary, TestCaseRecord
from algoitny.problems.stores import position

_SUMMARY = [field.name for field in fields(ProblemSummary)]
_DETAIL = [field.name for field in fields(ProblemDetail) if field.name != "test_cases"]
_TEST_CASE = [field.name for field in fields(TestCaseRecord)]


def get_problem(platform: str, problem_id: str) -> ProblemDetail | None:
    """The live problem of that name with its test cases, a draft too; None where there is none."""
    if "\x00" in platform + problem_id:  # no row has one, and PostgreSQL refuses the question
        return None
    return _detail(Q(platform=platform, problem_id=problem_id))


def problem_by_id(problem_id: int) -> ProblemDetail | None:
    """The live problem with that row id with its test cases, a draft too; None where there is none."""
    return _detail(Q(id=problem_id))


def list_problems(
    *,
    platform: str | None = None,
    language: str | None = None,
    search: str | None = None,
    completed: bool | None = True,
    limit: int = 20,
    cursor: str | None = None,
) -> ProblemPage:
    """One query, which an index serves."""
    query = position.query(platform=platform, language=language, search=search, completed=completed)
    rows = Problem.objects.live().order_by("-created_at", "-id")
    if platform is not None:
        rows = rows.filter(platform=platform)
    if language is not None:
        rows = rows.filter(language=language)
    if search is not None:
        rows = rows.filter(title__icontains=search)
    if completed is not None:
        # As a list: Django says a bare `is_completed` otherwise, for which SQLite does not use the index.
        rows = rows.filter(is_completed__in=[completed])
    if cursor is not None:
        at, row_id = position.unseal(cursor, query)
        # The first half repeats the second in a form that an index range serves on every database.
        rows = rows.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(id__lt=row_id))

    found = [ProblemSummary(**row) for row in rows.values(*_SUMMARY)[: limit + 1]]  # one more tells whether more follow
    return position.page(found, limit, query)


def _detail(which: Q) -> ProblemDetail | None:
    problem = Problem.objects.live().filter(which).first()
    if problem is None:
        return None
    return ProblemDetail(
        **{name: getattr(problem, name) for name in _DETAIL},
        test_cases=tuple(TestCaseRecord(**row) for row in problem.test_cases.values(*_TEST_CASE)),
    )
