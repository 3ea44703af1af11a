"""Some generation jobs in every status, and results of tasks."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from algoitny.jobs.models import JobType, ScriptGenerationJob, Status, TaskResult
from algoitny.problems.models import Problem

OF_EACH = 3  # jobs of each status and type
_WITHIN = timedelta(days=6)  # results are kept for 7

_GENERATOR = "import random\n\nfor _ in range(10):\n    print(random.randint(-100, 100))\n"


def jobs(problems: list[Problem], now: datetime, seed: int) -> tuple[list[ScriptGenerationJob], list[TaskResult]]:
    """Unsaved rows; a job that has ended has a result."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    fresh = _fresh_task_ids(chance)
    made, results = [], []
    for status in Status:
        for job_type in JobType:
            for _ in range(OF_EACH):
                job = _job(chance.choice(problems), job_type, status, next(fresh), _time(chance, now))
                made.append(job)
                if status in (Status.COMPLETED, Status.FAILED):
                    results.append(_result(job))
    return made, results


def _job(problem: Problem, job_type: str, status: str, task_id: str, at: datetime) -> ScriptGenerationJob:
    has_script = status == Status.COMPLETED or job_type != JobType.GENERATE_TEST_CASES
    return ScriptGenerationJob(
        platform=problem.platform,
        problem_id=problem.problem_id,
        title=problem.title,
        problem_url=problem.problem_url,
        tags=problem.tags,
        solution_code=problem.solution_code,
        language=problem.language,
        constraints=problem.constraints,
        job_type=job_type,
        status=status,
        task_id=task_id,
        generator_code=_GENERATOR if has_script else "",
        error_message="The script ran longer than 5 s and was stopped." if status == Status.FAILED else "",
        created_at=at,
        updated_at=at + timedelta(seconds=0 if status == Status.PENDING else 7),
    )


def _result(job: ScriptGenerationJob) -> TaskResult:
    failed = job.status == Status.FAILED
    answer: dict[str, Any] = {"job_type": job.job_type, "test_cases": 10, "seconds": 1.25}
    return TaskResult(
        task_id=job.task_id,
        status=job.status,
        result=None if failed else answer,
        traceback=f"TimeoutError: {job.error_message}" if failed else "",
        created_at=job.created_at,
        updated_at=job.updated_at,
    )


def _time(chance: random.Random, now: datetime) -> datetime:
    return now - timedelta(seconds=10) - chance.random() * _WITHIN


def _fresh_task_ids(chance: random.Random) -> Iterator[str]:
    """Ids that no job and no task has: the same seed again draws on behind those that it drew before."""
    known = set(ScriptGenerationJob.objects.values_list("task_id", flat=True))
    known |= set(TaskResult.objects.values_list("task_id", flat=True))
    while True:
        task_id = f"{chance.getrandbits(128):032x}"
        if task_id not in known:
            yield task_id
