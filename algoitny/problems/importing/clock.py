"""Times that never repeat, so that the order of created_at is the order in which rows came in."""

from datetime import datetime, timedelta

from django.utils import timezone

_STEP = timedelta(microseconds=1)


class Ticks:
    """Now, in UTC to the microsecond, and always later than the time before."""

    def __init__(self) -> None:
        self._last: datetime | None = None

    def next(self) -> datetime:
        now = timezone.now()
        self._last = now if self._last is None else max(now, self._last + _STEP)
        return self._last
