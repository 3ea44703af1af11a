"""Ranges of days, which every question about the log or its totals has to bring, and what lies in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from algoitny.chat.items import DAY, MONTH, UNITS, WEEK

# Of the log a range may hold very many messages; of totals there is one a day.
MOST_DAYS_OF_LOG = 31
MOST_DAYS_OF_TOTALS = 366

_DAY = timedelta(days=1)


class SpanError(ValueError):
    """A range that is missing, or is none that can be asked for; the message says what to give."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of UTC, from the first to the last of them."""

    first: date
    last: date

    @classmethod
    def of(cls, first: date | None, last: date | None, *, most: int = MOST_DAYS_OF_TOTALS) -> "Span":
        """A range of at most so many days. Raises SpanError, also where an end is missing."""
        if first is None or last is None:
            missing = " and ".join(name for name, end in (("from", first), ("to", last)) if end is None)
            raise SpanError(
                f"A range of days is required, and {missing} is missing. Give from=2025-01-01 and to=2025-01-31, say."
            )
        span = cls(first, last)
        if first > last:
            raise SpanError(f"The range begins on {first}, after its end on {last}. Give the earlier day as from.")
        if len(span) > most:
            raise SpanError(f"The range has {len(span)} days; at most {most} are taken here. Ask for it in parts.")
        return span

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.first + number * _DAY for number in range(len(self)))

    @property
    def milliseconds(self) -> tuple[int, int]:
        """The first and the last millisecond of it."""
        return milliseconds(_midnight(self.first)), milliseconds(_midnight(self.last)) + _DAY // _MILLISECOND - 1

    @property
    def months(self) -> list[str]:
        return list(dict.fromkeys(month_of(day) for day in self))

    def starts(self, unit: str) -> tuple[date, date]:
        """The first days of the first and the last day, week or month that the range touches."""
        return start_of(unit, self.first), start_of(unit, self.last)


_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MILLISECOND = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND


def milliseconds(at: datetime) -> int:
    """A time as the log has it: whole milliseconds since 1970."""
    return (at - _EPOCH) // _MILLISECOND


def time_of(timestamp: int) -> datetime:
    return _EPOCH + timestamp * _MILLISECOND


def day_of(timestamp: int) -> date:
    return time_of(timestamp).date()


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def start_of(unit: str, day: date) -> date:
    """The first day of the day, the week (a Monday) or the month that the day is in."""
    if unit == DAY:
        return day
    if unit == WEEK:
        return day - timedelta(days=day.weekday())
    if unit == MONTH:
        return day.replace(day=1)
    raise SpanError(f"{unit!r} is no unit of time here; there are {', '.join(UNITS)}.")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
