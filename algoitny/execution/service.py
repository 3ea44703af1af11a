"""Decides whether somebody's code is run, and starts the run."""

from contextlib import ExitStack
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from rest_framework.exceptions import NotFound, ValidationError

from algoitny.accounts.records import UserRecord
from algoitny.api.errors import Conflict, Unavailable
from algoitny.execution import runners
from algoitny.execution.tasks import run_code
from algoitny.jobs.working import begin, new_task_id
from algoitny.problems import access as problems
from algoitny.problems.records import ProblemDetail
from algoitny.usage.limiting import admit, kept_if_begun
from dynamo_models.limits import Decision

ANONYMOUS = "anonymous"


def start_run(
    user: UserRecord | None,
    *,
    sees_drafts: bool,
    platform: str,
    problem_id: str,
    language: str,
    code: str,
    is_code_public: bool = False,
) -> tuple[str, Decision | None]:
    """The id of the task that runs the code, and what is left of the plan. `user` is None for an anonymous caller, whom
    no plan limits.

    Raises ValidationError (language), NotFound (problem), Conflict (no test cases), UsedUp and Unavailable; in each
    case nothing is started, and no use is counted.
    """
    known = languages()
    problem = problems.get_problem(platform, problem_id)
    if problem is None or not (problem.is_completed or sees_drafts):
        raise NotFound(f"Platform {platform!r} has no problem {problem_id!r}.")
    chosen = choose_language(problem, code, language, known)
    if not problem.test_cases:
        raise Conflict(f"Problem {problem_id!r} of {platform!r} has no test cases to run against.")
    task_id, left = new_task_id(), None
    with ExitStack() as stack:
        if user is not None:
            left = admit(user, "execution", request_id=task_id, problem_row=problem.id, metadata={"language": chosen})
            stack.enter_context(kept_if_begun(user, task_id))
        begin(
            run_code,
            task_id,
            user_id=None if user is None else user.id,
            user_identifier=ANONYMOUS if user is None else user.email,
            platform=platform,
            problem_id=problem_id,
            language=chosen,
            code=code,
            is_code_public=is_code_public,
        )
    return task_id, left


def languages() -> frozenset[str]:
    """Those that the runner can run. Raises Unavailable where there is no runner to be had."""
    try:
        return runners.current().languages()
    except ImproperlyConfigured as error:  # its text is for whoever sets the server up
        raise Unavailable("This server is not set up to run code.") from error
    except runners.RunnerUnavailable as error:
        raise Unavailable(f"Code cannot be run now: {error}") from error


def choose_language(problem: ProblemDetail, code: str, language: str, known: frozenset[str]) -> str:
    """Our own name of the language. Raises ValidationError, which names the known ones."""
    try:
        return runners.choose_for(runners.Program(code, language, problem.metadata), known)
    except runners.UnknownLanguage as error:
        details: Any = {"language": [str(error)]}
        raise ValidationError(details) from error
