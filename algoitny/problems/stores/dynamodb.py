"""Problems as DynamoDB answers: a list is a Query, a problem with its test cases is one Query more or less."""

from dataclasses import fields
from datetime import datetime

from algoitny.problems.items import Problem, ProblemWithCases
from algoitny.problems.records import ProblemDetail, ProblemPage, ProblemSummary, TestCaseRecord
from algoitny.problems.stores import position
from dynamo_models import QuerySet

_SUMMARY = [field.name for field in fields(ProblemSummary)]
_DETAIL = [field.name for field in fields(ProblemDetail) if field.name != "test_cases"]
_TEST_CASE = [field.name for field in fields(TestCaseRecord)]


def get_problem(platform: str, problem_id: str) -> ProblemDetail | None:
    """One request."""
    if not platform or not problem_id or "#" in platform + problem_id:
        return None  # no stored key can hold it
    try:
        found = ProblemWithCases.get(platform=platform, problem_id=problem_id)
    except Problem.DoesNotExist:
        return None
    if found.problem.is_deleted:
        return None
    return ProblemDetail(
        **{name: getattr(found.problem, name) for name in _DETAIL},
        test_cases=tuple(
            TestCaseRecord(**{name: getattr(case, name) for name in _TEST_CASE}) for case in found.test_cases
        ),
    )


def problem_by_id(problem_id: int) -> ProblemDetail | None:
    """Two requests: the unique item says where the problem is, and its partition is read."""
    try:
        found = Problem.objects.only("platform", "problem_id").get(id=problem_id)
    except Problem.DoesNotExist:
        return None
    return get_problem(found.platform, found.problem_id)


def list_problems(
    *,
    platform: str | None = None,
    language: str | None = None,
    search: str | None = None,
    completed: bool | None = True,
    limit: int = 20,
    cursor: str | None = None,
) -> ProblemPage:
    """One request for a page by platform or language; one for each shard of the list of all."""
    query = position.query(platform=platform, language=language, search=search, completed=completed)
    rows = Problem.objects.filter(is_deleted=False).order_by("-created_at", "-id")
    given = {"platform": platform, "language": language, "is_completed": completed}
    rows = rows.filter(**{name: value for name, value in given.items() if value is not None})
    after: tuple[datetime, int] | None = None
    if cursor is not None:
        after = position.unseal(cursor, query)
        rows = rows.filter(created_at__lte=after[0])
    found = _matches(rows, limit + 1, after, search)
    return position.page(
        [ProblemSummary(**{name: getattr(item, name) for name in _SUMMARY}) for item in found], limit, query
    )


def _matches(
    rows: QuerySet[Problem], wanted: int, after: tuple[datetime, int] | None, search: str | None
) -> list[Problem]:
    """The first so many behind the position whose title holds what is searched for."""

    def fits(item: Problem) -> bool:
        behind = after is None or (item.created_at, item.id) < after
        return behind and (search is None or search.lower() in item.title.lower())

    if search is not None:
        # DynamoDB knows no case: titles are compared here, page by page, until enough are found.
        found = []
        for item in rows.iterator():
            if fits(item):
                found.append(item)
                if len(found) == wanted:
                    break
        return found
    size = wanted + (after is not None)
    while True:
        read = list(rows[:size])
        found = [item for item in read if fits(item)][:wanted]
        if len(found) == wanted or len(read) < size:
            return found
        size *= 2  # several rows of one microsecond stood before the position
