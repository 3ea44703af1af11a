"""Windows: how long a use counts, and which counter holds the uses of one stretch of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dynamo_models.errors import DefinitionError, ValueRefused
from dynamo_models.schema.definition import EntityDefinition

Kind = Literal["day", "length", "whole"]
FACETS = frozenset({"user_id", "action", "date", "start", "window"})
"""What a counter's primary key may be made of."""

# It stands in header fields, as a string of RFC 9651.
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Span:
    """One stretch of a window. day: the date in the zone on which it starts. end: None for one that never ends."""

    start: datetime
    end: datetime | None
    day: date

    def seconds(self) -> int | None:
        """Its length; a day in which clocks are changed is shorter or longer."""
        return None if self.end is None else round((self.end - self.start).total_seconds())

    def left(self, at: datetime) -> int | None:
        """Whole seconds from ``at`` to its end, 1 or more."""
        return None if self.end is None else max(1, -int((at - self.end).total_seconds() // 1))


@dataclass(frozen=True, kw_only=True)
class Window:
    """``Window.day(UsageCounter)``: uses of one calendar day. Made by ``day``, ``every`` and ``whole``.

    The primary key of ``counter`` is made of user_id, action, date (the day on which the stretch starts), start (the
    time at which it does) and window (this one's name), as far as it needs them; its number is ``n``.
    """

    name: str
    counter: type[EntityDefinition]
    kind: Kind
    length: timedelta | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise DefinitionError(f"A window's name is made of letters, digits, _, . and -; {self.name!r} is not.")
        if self.kind == "length" and (self.length is None or self.length < timedelta(seconds=1)):
            raise DefinitionError(f"Window {self.name!r} lasts {self.length}; give it a second or more.")

    @classmethod
    def day(cls, counter: type[EntityDefinition], *, name: str = "day") -> Self:
        """A calendar day in the zone that each call gives."""
        return cls(name=name, counter=counter, kind="day")

    @classmethod
    def every(cls, length: timedelta, counter: type[EntityDefinition], *, name: str) -> Self:
        """Stretches of one length, counted from 1970-01-01 00:00 UTC: ``every(timedelta(minutes=1), ...)``."""
        return cls(name=name, counter=counter, kind="length", length=length)

    @classmethod
    def whole(cls, counter: type[EntityDefinition], *, name: str) -> Self:
        """All time: what is used is never there again."""
        return cls(name=name, counter=counter, kind="whole")

    def span(self, at: datetime, zone: str) -> Span:
        """The stretch that a time is in. ValueRefused for a zone that is not known."""
        tz = zone_of(zone)
        if self.kind == "whole":
            return Span(start=_EPOCH, end=None, day=_EPOCH.date())
        if self.length is not None:
            start = _EPOCH + (at - _EPOCH) // self.length * self.length
            return Span(start=start, end=start + self.length, day=start.astimezone(tz).date())
        day = at.astimezone(tz).date()
        return Span(start=_midnight(day, tz), end=_midnight(day + timedelta(days=1), tz), day=day)

    def facets(self, user_id: Any, action: str, span: Span) -> dict[str, Any]:
        """The facets of the primary key of the counter of one stretch."""
        known = {"user_id": user_id, "action": action, "date": span.day, "start": span.start, "window": self.name}
        return {name: known[name] for name in self.counter.schema.primary.facets}


def zone_of(name: str) -> ZoneInfo:
    """ValueRefused for a zone that is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueRefused(f"{name!r} is no time zone that this machine knows; Europe/Berlin is one.") from error


def _midnight(day: date, tz: ZoneInfo) -> datetime:
    # In UTC: the difference of two times of one zone leaves out what its clocks were changed by.
    return datetime.combine(day, time(), tzinfo=tz).astimezone(UTC)
