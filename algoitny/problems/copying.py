"""Problems and test cases from rows to items: what becomes of a row, and the copy of all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from algoitny.problems import items, models

Progress = Callable[[int, int], None]

CHUNK = 500  # rows fetched from SQL at a time

_PROBLEM = list(items.Problem.schema.attributes)


@dataclass(kw_only=True)
class CopyReport:
    """What a copy did. `removed` counts items that no row stands for any more."""

    problems: int = 0
    test_cases: int = 0
    removed: int = 0


@dataclass(kw_only=True)
class Comparison:
    """Rows beside items, field by field and in both directions."""

    problems: int = 0
    test_cases: int = 0
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not (self.missing or self.extra or self.different)


def problem_item(row: models.Problem) -> items.Problem:
    """The item of a problem's row."""
    return items.Problem(**{name: getattr(row, name) for name in _PROBLEM})


def test_case_item(row: models.TestCase) -> items.TestCase:
    """The item of a test case's row, which lies in its problem's partition."""
    return items.TestCase(
        id=row.pk,
        platform=row.problem.platform,
        problem_id=row.problem.problem_id,
        input=row.input,
        output=row.output,
        created_at=row.created_at,
    )


def copy_all(progress: Progress) -> CopyReport:
    """Put every row in place of its item, and remove the items that have no row. The same again changes nothing."""
    report = CopyReport()
    total = models.Problem.objects.count() + models.TestCase.objects.count()
    # What is gone goes first: a unique value of a problem that is no more may be another's by now.
    report.removed = _remove_extra()
    for row in models.Problem.objects.iterator(chunk_size=CHUNK):
        problem_item(row).put()
        report.problems += 1
        progress(report.problems, total)

    def cases() -> Iterator[items.TestCase]:
        for row in models.TestCase.objects.select_related("problem").iterator(chunk_size=CHUNK):
            yield test_case_item(row)
            report.test_cases += 1
            progress(report.problems + report.test_cases, total)

    items.main.put_all(cases())
    return report


def compare_all() -> Comparison:
    """Read everything from both stores and compare it, field by field."""
    result = Comparison()
    problems = {item: item for item in items.Problem.objects.scan().consistent().iterator()}
    for row in models.Problem.objects.iterator(chunk_size=CHUNK):
        result.problems += 1
        _compare(result, problem_item(row), problems)
    cases = {item: item for item in items.TestCase.objects.scan().consistent().iterator()}
    for row in models.TestCase.objects.select_related("problem").iterator(chunk_size=CHUNK):
        result.test_cases += 1
        _compare(result, test_case_item(row), cases)
    result.extra = [repr(item) for item in (*problems, *cases)]
    return result


def _compare(result: Comparison, wanted: items.Problem | items.TestCase, stored: dict) -> None:
    found = stored.pop(wanted, None)
    if found is None:
        result.missing.append(repr(wanted))
        return
    # As a whole, as DynamoDB has it: attributes, index keys and marker alike.
    ours, theirs = wanted.serialize(), found.raw
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            result.different.append(f"{wanted!r}: {name} is {theirs.get(name)!r}, and the row says {ours.get(name)!r}")


def _remove_extra() -> int:
    rows = set(models.Problem.objects.values_list("platform", "problem_id"))
    gone = [
        item
        for item in items.Problem.objects.scan().consistent().iterator()
        if (item.platform, item.problem_id) not in rows
    ]
    for item in gone:
        item.delete()
    case_rows = set(models.TestCase.objects.values_list("problem__platform", "problem__problem_id", "created_at", "id"))
    gone_cases = [
        item
        for item in items.TestCase.objects.scan().consistent().iterator()
        if (item.platform, item.problem_id, item.created_at, item.id) not in case_rows
    ]
    with items.main.batch() as batch:
        batch.delete(*gone_cases)
    return len(gone) + len(gone_cases)
