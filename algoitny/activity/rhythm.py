"""When people are at it: mostly in the evening, less at weekends, and a few of them far more than the rest."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")

_DAY = timedelta(days=1)
_SATURDAY = 5
_WEEKEND = 0.6  # of a weekday's activity
# How much goes on in each hour of a day, from midnight on.
_HOURS = (3, 2, 1, 1, 1, 1, 2, 4, 6, 9, 10, 10, 9, 10, 11, 11, 10, 9, 10, 13, 16, 17, 13, 7)


class Clock:
    """Times within the last days up to now. A day is UTC's; today's are drawn together into what has passed of it."""

    def __init__(self, now: datetime, days: int) -> None:
        self.now = now
        self._midnight = datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)
        self._days = range(days)
        weekdays = [(self._midnight - back * _DAY).weekday() for back in self._days]
        self._weights = [_WEEKEND if weekday >= _SATURDAY else 1.0 for weekday in weekdays]
        self.start = self._midnight - (days - 1) * _DAY

    def draw(self, chance: random.Random, *, oldest_half: bool = False) -> datetime:
        back = chance.choices(self._days, self._weights)[0]
        if oldest_half:
            back = max(back, len(self._days) // 2)
        hour = chance.choices(range(24), _HOURS)[0]
        within = timedelta(hours=hour, microseconds=chance.randrange(3_600_000_000))
        if back == 0:
            within *= (self.now - self._midnight) / _DAY
        return self._midnight - back * _DAY + within

    def later_that_day(self, at: datetime, by: timedelta) -> datetime:
        """A while after a time, but on the same day and not after now."""
        end = datetime.combine(at.date(), time(), tzinfo=UTC) + _DAY - timedelta(microseconds=1)
        return min(at + by, end, max(at, self.now))


class Favourites(Generic[T]):
    """Draws from things by a power law: which of them are the favourites is a matter of chance too."""

    def __init__(self, things: Sequence[T], chance: random.Random, *, steepness: float) -> None:
        self._things = chance.sample(things, len(things))
        self._weights = [1 / (rank + 1) ** steepness for rank in range(len(things))]

    def draw(self, chance: random.Random) -> T:
        return chance.choices(self._things, self._weights)[0]
