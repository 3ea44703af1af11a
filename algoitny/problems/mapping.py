"""What becomes of a problem's and a test case's row on the DynamoDB side."""

from algoitny.problems import items, models

_PROBLEM = list(items.Problem.schema.attributes)


def problem_item(row: models.Problem) -> items.Problem:
    return items.Problem(**{name: getattr(row, name) for name in _PROBLEM})


def test_case_item(row: models.TestCase) -> items.TestCase:
    """In its problem's partition; the row comes with its problem selected."""
    return items.TestCase(
        id=row.pk,
        platform=row.problem.platform,
        problem_id=row.problem.problem_id,
        input=row.input,
        output=row.output,
        created_at=row.created_at,
    )
