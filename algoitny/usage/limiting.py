"""Whether a caller may do something once more today, as the routes ask it, and what is given back where nothing came of
it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException

from algoitny.accounts.records import UserRecord
from algoitny.api.errors import Unavailable
from algoitny.jobs.working import Unable
from algoitny.usage import access
from dynamo_models.limits import Decision
from dynamo_models.limits.fields import fields

logger = logging.getLogger(__name__)


class UsedUp(APIException):
    """429. `wait`, the seconds to the next day, becomes the header Retry-After; `fields` are the others."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "used_up"

    def __init__(self, decision: Decision) -> None:
        plural = "use" if decision.limit == 1 else "uses"
        super().__init__(
            f"Your plan allows {decision.limit} {plural} of {decision.action!r} a day, and no more are left. "
            "The next day begins at 00:00 UTC."
        )
        self.wait = decision.reset_after
        self.fields = fields(decision)


def admit(
    user: UserRecord,
    action: str,
    *,
    request_id: str,
    problem_row: int | None = None,
    metadata: dict[str, Any] | None = None,
) -> Decision:
    """Log one use of the user's. UsedUp where the plan allows no more of it today; nothing is logged then.

    request_id: by which the use is given back, and of which there is one use. Unavailable where the limit cannot be
    told.
    """
    taken = access.take(
        user.id,
        action,
        limit=user.limits.of(action),
        problem_row=problem_row,
        metadata=metadata,
        request_id=request_id,
        look=True,
    )
    if taken.decision.allowed:
        return taken.decision
    if taken.decision.reason == "limit":
        raise UsedUp(taken.decision)
    raise Unavailable(f"Whether your plan allows one more of {action!r} cannot be told now. Try again later.")


@contextmanager
def kept_if_begun(user: UserRecord, request_id: str) -> Iterator[None]:
    """Give the use back where what it is for does not even begin."""
    try:
        yield
    except BaseException:
        access.give_back(user.id, request_id)
        raise


def given_back(user_id: int | None, request_id: str) -> Callable[[Exception], dict[str, Any]]:
    """What a failed task says of its use, and does about it: `{"use_counted": ...}`.

    What failed for a reason of ours is given back. What was taken away while it waited, the run that hints were asked
    for, say, is not. Nor is what cannot be given back now; the log says so.
    """

    def settle(error: Exception) -> dict[str, Any]:
        if user_id is None:
            return {"use_counted": False}
        if isinstance(error, Unable):
            return {"use_counted": True}
        try:
            access.give_back(user_id, request_id)
        except Exception:
            logger.exception("The use of %s by user %s is not given back.", request_id, user_id)
            return {"use_counted": True}
        return {"use_counted": False}

    return settle
