"""Problems as SQL answers."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from algoitny.contention import locked
from algoitny.facets import askable
from algoitny.keyset import Listing, Page
from algoitny.problems.models import Problem, TestCase
from algoitny.problems.records import AlreadyCompleted, NewProblem, ProblemDetail, ProblemSummary, TestCaseRecord
from algoitny.records import names_of, record_of

_SUMMARY = names_of(ProblemSummary)
_TEST_CASE = names_of(TestCaseRecord)


def get_problem(platform: str, problem_id: str) -> ProblemDetail | None:
    """The live problem of that name with its test cases, a draft too; None where there is none."""
    if not askable(platform, problem_id):
        return None
    return _detail(Q(platform=platform, problem_id=problem_id))


def problem_by_id(row_id: int) -> ProblemDetail | None:
    return _detail(Q(id=row_id))


def list_problems(
    *,
    platform: str | None = None,
    language: str | None = None,
    search: str | None = None,
    completed: bool | None = True,
    limit: int = 20,
    cursor: str | None = None,
) -> Page[ProblemSummary]:
    """One query, which an index serves."""
    filters = {"platform": platform, "language": language, "search": search, "completed": completed}
    listing = Listing(name="problems", filters=filters)
    rows = Problem.objects.live()
    if platform is not None:
        rows = rows.filter(platform=platform)
    if language is not None:
        rows = rows.filter(language=language)
    if search is not None:
        rows = rows.filter(title__icontains=search)
    if completed is not None:
        # As a list: Django says a bare `is_completed` otherwise, for which SQLite does not use the index.
        rows = rows.filter(is_completed__in=[completed])
    found = listing.rows(rows, listing.position(cursor), limit + 1)
    return listing.page([ProblemSummary(**row) for row in found.values(*_SUMMARY)], limit)


def test_cases(platform: str, problem_id: str) -> list[TestCaseRecord]:
    found = get_problem(platform, problem_id)
    return [] if found is None else list(found.test_cases)


def set_completed(platform: str, problem_id: str, completed: bool, *, at: datetime) -> bool:
    rows = Problem.objects.live().filter(platform=platform, problem_id=problem_id)
    return bool(rows.update(is_completed=completed, updated_at=at))


def register(problem: NewProblem, *, row_id: int | None, at: datetime) -> ProblemDetail:
    values = {name: getattr(problem, name) for name in names_of(NewProblem)} | {"tags": list(problem.tags)}
    key = {"platform": problem.platform, "problem_id": problem.problem_id}

    def draft() -> int:
        row = Problem.objects.select_for_update().filter(**key).first()
        if row is None:
            row = Problem(pk=row_id, created_at=at, updated_at=at, **values)
            row.save(force_insert=True)
        elif row.is_completed or row.is_deleted:
            raise AlreadyCompleted(_said(problem))
        else:
            Problem.objects.filter(pk=row.pk).update(**values, updated_at=at)
        return row.pk

    found = _detail(Q(pk=locked("problems", draft)))
    assert found is not None  # noqa: S101 - it was written above
    return found


def save_test_cases(
    platform: str, problem_id: str, cases: list[tuple[str, str]], *, at: datetime
) -> ProblemDetail | None:
    with transaction.atomic():
        row = Problem.objects.live().select_for_update().filter(platform=platform, problem_id=problem_id).first()
        if row is None:
            return None
        row.test_cases.all().delete()
        TestCase.objects.bulk_create(
            TestCase(problem=row, input=given, output=expected, created_at=at + timedelta(microseconds=number))
            for number, (given, expected) in enumerate(cases)
        )
        Problem.objects.filter(pk=row.pk).update(updated_at=at)
    return _detail(Q(pk=row.pk))


def _said(problem: NewProblem) -> str:
    return f"Problem {problem.problem_id!r} of {problem.platform!r} is completed or deleted, and no draft any more."


def _detail(which: Q) -> ProblemDetail | None:
    problem = Problem.objects.live().filter(which).first()
    if problem is None:
        return None
    cases = tuple(TestCaseRecord(**row) for row in problem.test_cases.values(*_TEST_CASE))
    return record_of(ProblemDetail, problem, test_cases=cases)
