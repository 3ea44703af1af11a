"""Whether a caller may do something once more today, as the routes ask it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException

from algoitny.accounts.records import UserRecord
from algoitny.usage import access
from algoitny.usage.records import LimitReached, Use


class UsedUp(APIException):
    """429. `wait`, the seconds to the next day, becomes the header Retry-After."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "used_up"

    def __init__(self, action: str, limit: int, wait: int) -> None:
        plural = "use" if limit == 1 else "uses"
        super().__init__(
            f"Your plan allows {limit} {plural} of {action!r} a day, and no more are left. "
            "The next day begins at 00:00 UTC."
        )
        self.wait = wait


def admit(
    user: UserRecord, action: str, *, problem_row: int | None = None, metadata: dict[str, Any] | None = None
) -> Use:
    """Log one use of the user's. Raises UsedUp where the plan allows no more of it today; nothing is logged then.

    The look at today's count only spares a caller who is over the limit the transaction; `log_use` decides.
    """
    limit, now = user.limits.of(action), timezone.now()
    if 0 < limit <= access.today(user.id, day=access.day_of(now)).of(action):
        raise UsedUp(action, limit, seconds_left(now))
    try:
        return access.log_use(user.id, action, limit=limit, problem_row=problem_row, metadata=metadata, at=now)
    except LimitReached as reached:
        raise UsedUp(action, limit, seconds_left(now)) from reached


def seconds_left(now: datetime) -> int:
    """Whole seconds until the next day of UTC, at least one."""
    following = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), tzinfo=UTC)
    return max(1, -int((now - following).total_seconds() // 1))
