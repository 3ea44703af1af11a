"""The whole history, written in bulk and in one transaction: all of it is there afterwards, or none."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from algoitny.activity import jobs, people
from algoitny.activity.attempts import Task
from algoitny.activity.rhythm import Clock
from algoitny.activity.runs import Made, Runs
from algoitny.history.models import SearchHistory
from algoitny.jobs.models import ScriptGenerationJob, TaskResult
from algoitny.problems.models import Problem
from algoitny.usage.models import KEPT, UsageLog

CHUNK = 200  # runs written at a time; their results are long
MOST_DAYS = KEPT.days - 1

Progress = Callable[[int, int], None]
"""Called with how many runs are made and how many there will be."""


class NothingToRunError(Exception):
    """There is no problem that anybody could run."""


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """What was made. `left_out` counts runs for which no user's plan had room."""

    plans: int
    users: int
    new_users: int
    runs: int
    public_runs: int
    anonymous_runs: int
    failed_runs: int
    runs_with_hints: int
    uses: int
    jobs: int
    task_results: int
    left_out: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@transaction.atomic
def seed(*, users: int, runs: int, days: int, seed: int, now: datetime, progress: Progress | None = None) -> Seeded:
    """Make so many users and runs over the last days. The same seed makes the same, at times that lie before `now`.

    Raises NothingToRunError.
    """
    problems = _problems()
    if not problems:
        raise NothingToRunError
    clock = Clock(now, days)
    found, new_users = people.users(users, clock.start)
    counted = dict.fromkeys(("runs", "public_runs", "anonymous_runs", "failed_runs", "runs_with_hints", "uses"), 0)
    for chunk in _chunks(Runs(found, problems, clock, seed).make(runs)):
        SearchHistory.objects.bulk_create([made.run for made in chunk])
        uses = [use for made in chunk for use in made.uses]
        UsageLog.objects.bulk_create(uses, batch_size=people.CHUNK)
        counted["runs"] += len(chunk)
        counted["uses"] += len(uses)
        counted["public_runs"] += sum(made.run.is_code_public for made in chunk)
        counted["anonymous_runs"] += sum(made.run.user_id is None for made in chunk)
        counted["failed_runs"] += sum(made.run.failed_count > 0 for made in chunk)
        counted["runs_with_hints"] += sum(made.run.hints is not None for made in chunk)
        if progress:
            progress(counted["runs"], runs)
    new_jobs, results = jobs.jobs([problem for problem, _ in problems], now, seed)
    ScriptGenerationJob.objects.bulk_create(new_jobs)
    TaskResult.objects.bulk_create(results)
    return Seeded(
        plans=len(people.plans()),
        users=users,
        new_users=new_users,
        jobs=len(new_jobs),
        task_results=len(results),
        left_out=runs - counted["runs"],
        **counted,
    )


def _chunks(made: Iterator[Made]) -> Iterator[list[Made]]:
    while chunk := list(islice(made, CHUNK)):
        yield chunk


def _problems() -> list[tuple[Problem, Task]]:
    """Those that people can run, which are completed; drafts where there is nothing else."""
    live = Problem.objects.live().order_by("platform", "problem_id").prefetch_related("test_cases")
    return [
        (
            problem,
            Task(
                title=problem.title,
                language=problem.language,
                solution=problem.solution_code,
                cases=[(case.pk, case.output) for case in problem.test_cases.all()],
            ),
        )
        for problem in live.completed() or live
    ]
