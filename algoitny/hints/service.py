"""Decides whether hints are asked for, and starts the asking."""

from django.core.exceptions import ImproperlyConfigured

from algoitny.accounts.records import UserRecord
from algoitny.api.errors import Conflict, Unavailable
from algoitny.experiments.uses import hints_at_most
from algoitny.hints import providers
from algoitny.hints.tasks import MAX_HINTS, give_hints
from algoitny.history.records import Run
from algoitny.jobs.working import begin, new_task_id
from algoitny.usage.limiting import admit, kept_if_begun
from dynamo_models.limits import Decision


def start_hints(user: UserRecord, run: Run, count: int) -> tuple[str, Decision]:
    """The id of the task that asks for hints, and what is left of the plan.

    Raises Conflict, UsedUp and Unavailable; no use is counted then.

    user: whose limit it counts for, be it the run's owner or staff.
    """
    if len(run.hints or []) + count > MAX_HINTS:
        raise Conflict(f"The run has {len(run.hints or [])} hints already; it holds at most {MAX_HINTS}.")
    try:
        providers.current()
    except ImproperlyConfigured as error:  # its text is for whoever sets the server up
        raise Unavailable("This server is not set up to give hints.") from error
    count = hints_at_most(user, count)
    task_id = new_task_id()
    left = admit(user, "hint", request_id=task_id, problem_row=run.problem_row, metadata={"history_id": run.id})
    with kept_if_begun(user, task_id):
        begin(give_hints, task_id, run_id=run.id, count=count, user_id=user.id)
    return task_id, left
