"""Problems as DynamoDB answers: a list is a Query, a problem with its test cases is one Query more or less."""

from datetime import datetime, timedelta

from algoitny import ids
from algoitny.ids.rows import next_row_id
from algoitny.keyset import Listing, Page
from algoitny.problems import models
from algoitny.problems.items import Problem, ProblemWithCases, TestCase
from algoitny.problems.records import AlreadyCompleted, NewProblem, ProblemDetail, ProblemSummary, TestCaseRecord
from algoitny.records import names_of, record_of
from algoitny.tables import main
from dynamo_models import AlreadyExists, ConditionFailed, QuerySet

# DynamoDB takes so many writes in one transaction; one is the problem's own.
MOST_AT_ONCE = 99
# Of the 4 MB of items that it takes with them, some are left for keys and names.
MOST_BYTES_AT_ONCE = 3_500_000


def get_problem(platform: str, problem_id: str) -> ProblemDetail | None:
    """One request."""
    found = _with_cases(platform, problem_id)
    return None if found is None else _detail(found)


def problem_by_id(row_id: int) -> ProblemDetail | None:
    """Two requests: the unique item says where the problem is, and its partition the rest."""
    try:
        found = Problem.objects.only("platform", "problem_id").get(id=row_id)
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
) -> Page[ProblemSummary]:
    """One request for a page by platform or language; one for each shard of the list of all.

    DynamoDB knows no case: titles are compared here, page by page, until enough are found.
    """
    filters = {"platform": platform, "language": language, "search": search, "completed": completed}
    given = {"platform": platform, "language": language, "is_completed": completed}
    rows: QuerySet[Problem] = Problem.objects.filter(is_deleted=False)
    rows = rows.filter(**{name: value for name, value in given.items() if value is not None})

    def keep(item: Problem) -> bool:
        return (search or "").lower() in item.title.lower()

    listing = Listing(name="problems", filters=filters)
    return listing.answer(rows, cursor, limit, _summary, keep=None if search is None else keep)


def test_cases(platform: str, problem_id: str) -> list[TestCaseRecord]:
    """One request: the problem comes along, and says whether it is deleted."""
    found = _with_cases(platform, problem_id)
    return [] if found is None else [record_of(TestCaseRecord, case) for case in found.test_cases]


def set_completed(platform: str, problem_id: str, completed: bool, *, at: datetime) -> bool:
    """Two requests: its index keys are made of what the stored problem has."""
    problem = _live(platform, problem_id)
    if problem is None:
        return False
    problem.patch(is_completed=completed, updated_at=at)
    return True


def register(problem: NewProblem, *, row_id: int | None, at: datetime) -> ProblemDetail:
    values = {name: getattr(problem, name) for name in names_of(NewProblem)} | {"tags": list(problem.tags)}
    key = {"platform": values.pop("platform"), "problem_id": values.pop("problem_id")}
    found = Problem.objects.filter(**key).consistent().first()
    if found is None:
        new_id = row_id if row_id is not None else ids.next_id("problem")
        try:
            Problem.objects.create(id=new_id, created_at=at, updated_at=at, **key, **values)
        except AlreadyExists as error:
            raise AlreadyCompleted(f"Another has just registered problem {key['problem_id']!r}.") from error
    else:
        try:
            draft = (Problem.is_completed == False) & (Problem.is_deleted == False)  # noqa: E712 - a condition
            found.patch(if_=draft, updated_at=at, **values)
        except ConditionFailed as error:
            raise AlreadyCompleted(
                f"Problem {key['problem_id']!r} of {key['platform']!r} is completed or deleted, and no draft any more."
            ) from error
    detail = get_problem(**key)
    if detail is None:
        raise AlreadyCompleted(f"Problem {key['problem_id']!r} of {key['platform']!r} was deleted meanwhile.")
    return detail


def save_test_cases(
    platform: str, problem_id: str, cases: list[tuple[str, str]], *, at: datetime
) -> ProblemDetail | None:
    """In one transaction where they fit, else the new ones first, so that none is missing on the way."""
    found = _with_cases(platform, problem_id, consistent=True)
    if found is None:
        return None
    new = [
        TestCase(
            id=next_row_id("test case", models.TestCase),
            problem_row=found.problem.id,
            platform=platform,
            problem_id=problem_id,
            input=given,
            output=expected,
            created_at=at + timedelta(microseconds=number),
        )
        for number, (given, expected) in enumerate(cases)
    ]
    touched = [*new, *found.test_cases]
    size = sum(len(case.input.encode()) + len(case.output.encode()) for case in touched)
    if len(touched) <= MOST_AT_ONCE and size <= MOST_BYTES_AT_ONCE:
        with main.transaction() as tx:
            tx.patch(found.problem, updated_at=at)
            for case in found.test_cases:
                tx.delete(case)
            for case in new:
                tx.create(case)
    else:
        main.put_all(new)
        with main.batch() as batch:
            batch.delete(*found.test_cases)
        found.problem.patch(updated_at=at)
    return get_problem(platform, problem_id)


def _with_cases(platform: str, problem_id: str, *, consistent: bool = False) -> ProblemWithCases | None:
    if not platform or not problem_id or "#" in platform + problem_id:
        return None  # no stored key can hold it
    try:
        found = ProblemWithCases.get(platform=platform, problem_id=problem_id, consistent=consistent)
    except Problem.DoesNotExist:
        return None
    return None if found.problem.is_deleted else found


def _live(platform: str, problem_id: str) -> Problem | None:
    if not platform or not problem_id or "#" in platform + problem_id:
        return None
    problem = Problem.objects.filter(platform=platform, problem_id=problem_id).consistent().first()
    return None if problem is None or problem.is_deleted else problem


def _summary(item: Problem) -> ProblemSummary:
    return record_of(ProblemSummary, item)


def _detail(found: ProblemWithCases) -> ProblemDetail:
    cases = tuple(record_of(TestCaseRecord, case) for case in found.test_cases)
    return record_of(ProblemDetail, found.problem, test_cases=cases)
