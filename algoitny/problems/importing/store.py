"""Writes a draft as rows, and only what is different, so that the same import twice changes nothing."""

from enum import Enum

from django.db import transaction

from algoitny.problems import models
from algoitny.problems.importing.clock import Ticks
from algoitny.problems.importing.drafts import ProblemDraft


class Outcome(Enum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@transaction.atomic
def store(draft: ProblemDraft, ticks: Ticks) -> Outcome:
    """The problem of the draft's platform and problem_id becomes as the draft says. A deleted one stays deleted."""
    found = models.Problem.objects.select_for_update().filter(platform=draft.platform, problem_id=draft.problem_id)
    problem = found.first()
    if problem is None:
        problem = models.Problem.objects.create(**draft.columns(), created_at=ticks.next())
        _store_cases(problem, draft, ticks)
        return Outcome.CREATED
    changed = {name: value for name, value in draft.columns().items() if getattr(problem, name) != value}
    cases_changed = _store_cases(problem, draft, ticks)
    if not changed and not cases_changed:
        return Outcome.UNCHANGED
    for name, value in changed.items():
        setattr(problem, name, value)
    problem.save(update_fields=[*changed, "updated_at"])
    return Outcome.UPDATED


def _store_cases(problem: models.Problem, draft: ProblemDraft, ticks: Ticks) -> bool:
    """True where rows were written. What the rows and the draft begin with in common stays, with its ids and times."""
    rows = list(problem.test_cases.all())
    common = 0
    for row, case in zip(rows, draft.test_cases, strict=False):
        if (row.input, row.output) != (case.input, case.output):
            break
        common += 1
    stale, fresh = rows[common:], draft.test_cases[common:]
    if stale:
        problem.test_cases.filter(pk__in=[row.pk for row in stale]).delete()
    models.TestCase.objects.bulk_create(
        [
            models.TestCase(problem=problem, input=case.input, output=case.output, created_at=ticks.next())
            for case in fresh
        ]
    )
    return bool(stale or fresh)
