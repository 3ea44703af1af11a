"""The task that does a job: PENDING to PROCESSING to COMPLETED or FAILED, each step only from the one before."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from algoitny import store
from algoitny.background import task
from algoitny.execution import runners
from algoitny.jobs import access, generators
from algoitny.jobs.inputs import answered, checked_inputs, checked_script, examples_of
from algoitny.jobs.models import JobType, Status
from algoitny.jobs.records import Job, StatusChanged
from algoitny.jobs.working import Unable, carry_out
from algoitny.problems import access as problems
from algoitny.problems.records import ProblemDetail

logger = logging.getLogger(__name__)

SCRIPT_LANGUAGE = "python"
_TOLD = (runners.RunnerUnavailable, runners.UnknownLanguage, generators.GeneratorUnavailable)


@task()
def run_job(*, task_id: str, serving: store.Store, job_id: int, inputs: list[str] | None = None) -> None:
    """Result: {"job_id"} and what the job came to, or {"job_id", "error"}. `inputs` are those of generate_outputs.

    A job that is no longer PENDING is another worker's, or over, and is left alone with its result.
    """
    with store.serving(serving):
        try:
            job = access.advance(job_id, seen=Status.PENDING, status=Status.PROCESSING)
        except StatusChanged:
            logger.info("Job %s is not pending any more; it is not run again.", job_id)
            return

        def work() -> dict[str, Any]:
            result, changes = _WORK[job.job_type](job, inputs or [])
            access.advance(job_id, seen=Status.PROCESSING, status=Status.COMPLETED, **changes)
            return {"job_id": job_id, **result}

        def fail(message: str) -> None:
            with suppress(StatusChanged):  # somebody has moved it on by hand: the result says what came of this try
                access.advance(job_id, seen=Status.PROCESSING, status=Status.FAILED, error_message=message)

        carry_out(task_id, work, told=_TOLD, also=lambda _: {"job_id": job_id}, on_failure=fail)


# What a job came to: what its result has, and what changes in the job itself.
Outcome = tuple[dict[str, Any], dict[str, str]]


def _generate_test_cases(job: Job, _inputs: list[str]) -> Outcome:
    problem = _problem(job)
    script = generators.current().script(
        problem.title,
        problem.constraints,
        problem.language,
        problem.solution_code,
        problem.metadata,
        examples_of(case.input for case in problem.test_cases),
    )
    return {}, {"generator_code": checked_script(script)}


def _execute_test_cases(job: Job, _inputs: list[str]) -> Outcome:
    execution = runners.current().execute(job.generator_code, SCRIPT_LANGUAGE)
    if execution.error:
        raise Unable(f"The script failed: {execution.error}")
    return {"inputs": checked_inputs(execution.stdout)}, {}


def _generate_outputs(job: Job, inputs: list[str]) -> Outcome:
    problem = _problem(job)
    # The job's copy of the solution, as it was when the job was made.
    program = runners.Program(job.solution_code, job.language, problem.metadata)
    return answered(inputs, runners.current().outputs(program, inputs)), {}


_WORK: dict[str, Callable[[Job, list[str]], Outcome]] = {
    JobType.GENERATE_TEST_CASES: _generate_test_cases,
    JobType.EXECUTE_TEST_CASES: _execute_test_cases,
    JobType.GENERATE_OUTPUTS: _generate_outputs,
}


def _problem(job: Job) -> ProblemDetail:
    problem = problems.get_problem(job.platform, job.problem_id)
    if problem is None:
        raise Unable("The problem is not there any more.")
    return problem
