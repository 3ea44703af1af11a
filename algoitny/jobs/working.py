"""How a task is started, and what is kept of how it went: the same for a run, hints and a job.

A task is handed JSON and the name of the store that serves, so that any process with the same settings can do it. Its
result is there before it is enqueued: whoever sees the task, sees its result. No hook on a commit is needed for that.
Where both are rows of one transaction, they become visible together.
"""

import logging
import traceback
import uuid
from collections.abc import Callable
from typing import Any

from algoitny import store
from algoitny.jobs import access
from algoitny.jobs.models import Status

logger = logging.getLogger(__name__)

# An item of DynamoDB holds 400 KB, and a result and its traceback share one.
MAX_RESULT_BYTES = 300_000
MAX_TRACEBACK = 10_000  # characters, of which each is at most four bytes
MAX_MESSAGE = 2_000

_OURS = "The server failed at it; its log says why."


class Unable(Exception):  # noqa: N818 - an outcome
    """A task cannot do what it is for; the message is for whoever started it."""


def new_task_id() -> str:
    """122 random bits: whoever has the id started the task, or was told of it by who did."""
    return uuid.uuid4().hex


def begin(work: Any, task_id: str, **arguments: Any) -> None:
    """Enqueue the task; `arguments` are JSON. With the immediate backend it has ended when this returns."""
    access.put_result(task_id, Status.PENDING)
    try:
        work.enqueue(task_id=task_id, serving=store.current(), **arguments)
    except Exception:
        access.put_result(task_id, Status.FAILED, result={"error": _OURS})
        raise


def carry_out(
    task_id: str,
    work: Callable[[], Any],
    *,
    told: tuple[type[Exception], ...] = (),
    also: Callable[[Exception], dict[str, Any]] | None = None,
    on_failure: Callable[[str], None] | None = None,
) -> None:
    """Do the work and keep what it returns, or why it failed. Raises nothing of the work's.

    told: exceptions whose messages are fit for whoever started the task. Of all others the log and the result's
    traceback, which is shown to staff, say more. also: what a failure's result has beside its
    error, told by it. on_failure: called with the error's message before the result says it.
    """
    try:
        access.put_result(task_id, Status.PROCESSING)
        result = work()
        access.put_result(task_id, Status.COMPLETED, result=result)
    except Exception as error:
        logger.exception("Task %s failed.", task_id)
        message = storable(str(error))[:MAX_MESSAGE] if isinstance(error, (Unable, *told)) else _OURS
        if on_failure is not None:
            on_failure(message)
        access.put_result(
            task_id,
            Status.FAILED,
            result={"error": message, **(also(error) if also is not None else {})},
            traceback=storable("".join(traceback.format_exception(error)))[-MAX_TRACEBACK:],
        )


def storable(text: str) -> str:
    """The text with marks in place of what PostgreSQL (NUL) and UTF-8 (halves of surrogate pairs) cannot hold."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()
