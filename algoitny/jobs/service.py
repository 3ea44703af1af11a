"""Decides whether a draft is worked on, and starts the jobs that do."""

from rest_framework.exceptions import NotFound

from algoitny.api.errors import Conflict
from algoitny.execution import runners
from algoitny.execution.service import languages
from algoitny.jobs import access
from algoitny.jobs.models import JobType, Status
from algoitny.jobs.records import Job, NewJob, StatusChanged
from algoitny.jobs.tasks import run_job
from algoitny.jobs.working import begin, new_task_id
from algoitny.problems import access as problems
from algoitny.problems.records import ProblemDetail


def draft_of(platform: str, problem_id: str) -> ProblemDetail:
    """The draft of that name. Raises NotFound, and Conflict for a problem that is completed."""
    problem = problems.get_problem(platform, problem_id)
    if problem is None:
        raise NotFound(f"Platform {platform!r} has no problem {problem_id!r}.")
    if problem.is_completed:
        raise Conflict(
            f"Problem {problem_id!r} of {platform!r} is completed, and no draft any more. Staff can make it one again."
        )
    return problem


def generate_test_cases(platform: str, problem_id: str) -> Job:
    """The job that has a script of test inputs written. Raises NotFound and Conflict."""
    return _start(draft_of(platform, problem_id), JobType.GENERATE_TEST_CASES)


def execute_test_cases(platform: str, problem_id: str, job_id: int) -> Job:
    """The job that runs the script of another job. Raises NotFound, Conflict and Unavailable."""
    languages()
    problem = draft_of(platform, problem_id)
    scripted = access.job_by_id(job_id)
    if scripted is None or (scripted.platform, scripted.problem_id) != (platform, problem_id):
        raise NotFound(f"Problem {problem_id!r} of {platform!r} has no job {job_id}.")
    if not (scripted.status == Status.COMPLETED and scripted.generator_code):
        raise Conflict(
            f"Job {job_id} is {scripted.status} of type {scripted.job_type}. It takes a COMPLETED one of type "
            f"{JobType.GENERATE_TEST_CASES}, which has a script."
        )
    return _start(problem, JobType.EXECUTE_TEST_CASES, generator_code=scripted.generator_code)


def generate_outputs(platform: str, problem_id: str, inputs: list[str]) -> Job:
    """The job that runs the problem's own solution on inputs. Raises NotFound, Conflict and Unavailable."""
    known = languages()
    problem = draft_of(platform, problem_id)
    if not problem.solution_code.strip():
        raise Conflict(f"Problem {problem_id!r} of {platform!r} has no solution to run. Register it with one first.")
    try:
        runners.choose_for(runners.Program(problem.solution_code, problem.language, problem.metadata), known)
    except runners.UnknownLanguage as error:
        raise Conflict(f"The problem's solution cannot be run. {error}") from error
    return _start(problem, JobType.GENERATE_OUTPUTS, inputs=inputs)


def _start(
    problem: ProblemDetail, job_type: JobType, *, generator_code: str = "", inputs: list[str] | None = None
) -> Job:
    task_id = new_task_id()
    job = access.create_job(
        NewJob(
            platform=problem.platform,
            problem_id=problem.problem_id,
            title=problem.title,
            problem_url=problem.problem_url,
            tags=tuple(problem.tags),
            solution_code=problem.solution_code,
            language=problem.language,
            constraints=problem.constraints,
            job_type=job_type,
            task_id=task_id,
            generator_code=generator_code,
        )
    )
    try:
        begin(run_job, task_id, job_id=job.id, inputs=inputs)
    except Exception:
        _give_up(job)
        raise
    return job


def _give_up(job: Job) -> None:
    """What could not be enqueued must not stay PENDING for ever."""
    try:
        access.advance(job.id, seen=Status.PENDING, status=Status.FAILED, error_message="It could not be enqueued.")
    except StatusChanged:
        return
