"""What becomes of a run's row on the DynamoDB side, and the counters that all rows together add up to."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count as Counted
from django.db.models import Q

from algoitny.history import items, models

_OTHER_NAMES = {"user_id", "problem_row"}
_RUN = [name for name in items.SearchHistory.schema.attributes if name not in _OTHER_NAMES]
_PASSED = Counted("id", filter=Q(failed_count=0, total_count__gt=0))


def run_item(row: models.SearchHistory) -> items.SearchHistory:
    return items.SearchHistory(
        **{name: getattr(row, name) for name in _RUN},
        user_id=items.owner_of(row.user_id, row.pk),
        problem_row=row.problem_id,
    )


def total_items() -> Iterator[items.UserTotals]:
    for row in _grouped().annotate(problems=Counted("problem_id", distinct=True)).iterator():
        yield items.UserTotals(
            user_id=str(row["user_id"]), user_number=row["user_id"], problems=row["problems"], **_counts(row)
        )


def platform_items() -> Iterator[items.PlatformTotals]:
    for row in _grouped("platform").iterator():
        yield items.PlatformTotals(user_id=str(row["user_id"]), platform=row["platform"], **_counts(row))


def language_items() -> Iterator[items.LanguageTotals]:
    for row in _grouped("language").iterator():
        yield items.LanguageTotals(user_id=str(row["user_id"]), language=row["language"], **_counts(row))


def tried_items() -> Iterator[items.TriedProblem]:
    for row in _grouped("problem_id").iterator():
        yield items.TriedProblem(user_id=str(row["user_id"]), problem_row=row["problem_id"], runs=row["runs"])


def _grouped(*names: str) -> Any:
    rows = models.SearchHistory.objects.filter(user__isnull=False).order_by()
    return rows.values("user_id", *names).annotate(runs=Counted("id"), passed=_PASSED)


def _counts(row: dict[str, int]) -> dict[str, int]:
    return {"runs": row["runs"], "passed": row["passed"], "failed": row["runs"] - row["passed"]}
