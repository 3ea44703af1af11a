"""How a value stands in a key: one kind of facet for each type, exact, reversible and in order where it says so."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

TIME_WIDTH = len("2025-01-15T10:30:00.000000Z")
# A part of a time, by its format: how much of the full text it is. Each is a prefix, so order is kept.
TIME_PARTS = {"%Y": 4, "%Y-%m": 7, "%Y-%m-%d": 10, "%Y-%m-%dT%H": 13, "%Y-%m-%dT%H:%M": 16}
_PART_PATTERNS = {
    4: re.compile(r"\d{4}"),
    7: re.compile(r"\d{4}-\d{2}"),
    10: re.compile(r"\d{4}-\d{2}-\d{2}"),
    13: re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}"),
    16: re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}"),
    TIME_WIDTH: re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z"),
}


class FacetRefused(ValueError):
    """A value that cannot stand in a key. The message is the reason; who asks adds the entity and the key."""


def time_text(value: datetime) -> str:
    """A time as keys have it: UTC, microseconds, fixed width."""
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return text + "Z"


@dataclass(frozen=True)
class FacetKind:
    """What values of one type look like between two delimiters.

    ``ordered``: comparing texts of the same length, or at the end of a key, is comparing values.
    ``fixed``: all texts are of one length, so a range also holds where more facets follow.
    ``lossy``: the text is a part of the value, and many values share it.
    ``values``: every value it can have, where those are few and declared; None otherwise.
    """

    family: ClassVar[str] = "text"

    values: Sequence[Any] | None = None

    @property
    def ordered(self) -> bool:
        return True

    @property
    def fixed(self) -> bool:
        return False

    @property
    def lossy(self) -> bool:
        return False

    def encode(self, value: Any) -> str:
        raise TypeError(f"{type(self).__name__} must say how it encodes {value!r}")

    def decode(self, text: str) -> Any:
        raise TypeError(f"{type(self).__name__} must say how it decodes {text!r}")

    def may_be(self, text: str) -> bool:
        """Whether some value has this text."""
        try:
            value = self.decode(text)
            return self.values is None or value in self.values
        except (ValueError, KeyError):
            return False

    def step(self, value: Any, direction: int) -> Any | None:
        """The next value up (1) or down (-1), where there is exactly one; None where there is not."""
        return None


@dataclass(frozen=True)
class TextFacet(FacetKind):
    """Text as it is, case kept. The delimiter is refused, or percent-encoded where ``escape`` says so."""

    delimiter: str = "#"
    escape: bool = False

    @property
    def ordered(self) -> bool:
        return not self.escape

    def encode(self, value: Any) -> str:
        if not isinstance(value, str):
            raise FacetRefused(f"it is {type(value).__name__} and not text")
        if not value:
            raise FacetRefused("it is empty")
        if self.escape:
            return value.replace("%", "%25").replace(self.delimiter, f"%{ord(self.delimiter):02X}")
        if self.delimiter in value:
            raise FacetRefused(
                f"{value!r} holds the delimiter {self.delimiter!r}; declare the attribute with escape=True to encode it"
            )
        return value

    def decode(self, text: str) -> str:
        if not text:
            raise ValueError("empty")
        if self.escape:
            return text.replace(f"%{ord(self.delimiter):02X}", self.delimiter).replace("%25", "%")
        return text


@dataclass(frozen=True)
class BoolFacet(FacetKind):
    """``true`` and ``false``."""

    family: ClassVar[str] = "bool"
    values: Sequence[Any] | None = (False, True)

    def encode(self, value: Any) -> str:
        if value is True:
            return "true"
        if value is False:
            return "false"
        raise FacetRefused(f"it is {type(value).__name__} and not a bool")

    def decode(self, text: str) -> bool:
        return {"true": True, "false": False}[text]


@dataclass(frozen=True)
class IntFacet(FacetKind):
    """A whole number: zero-padded and not negative where a width is given, plain digits where only equality matters."""

    family: ClassVar[str] = "int"
    width: int | None = None

    @property
    def ordered(self) -> bool:
        return self.width is not None

    @property
    def fixed(self) -> bool:
        return self.width is not None

    def encode(self, value: Any) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            raise FacetRefused(f"it is {type(value).__name__} and not a whole number")
        if self.width is None:
            return str(value)
        if value < 0:
            raise FacetRefused(f"{value} is negative, and a zero-padded number does not sort below zero")
        text = f"{value:0{self.width}d}"
        if len(text) > self.width:
            raise FacetRefused(f"{value} is wider than the {self.width} digits that its key has room for")
        return text

    def decode(self, text: str) -> int:
        value = int(text)
        if self.encode(value) != text:
            raise ValueError(text)
        return value

    def step(self, value: Any, direction: int) -> Any | None:
        moved = value + direction
        return None if self.width is not None and (moved < 0 or moved >= 10**self.width) else moved


@dataclass(frozen=True)
class TimeFacet(FacetKind):
    """A time in UTC with microseconds, or the part of it that a format names (a day, an hour …)."""

    family: ClassVar[str] = "time"
    width: int = TIME_WIDTH

    @property
    def fixed(self) -> bool:
        return True

    @property
    def lossy(self) -> bool:
        return self.width < TIME_WIDTH

    def encode(self, value: Any) -> str:
        if not isinstance(value, datetime):
            raise FacetRefused(f"it is {type(value).__name__} and not a datetime")
        if value.tzinfo is None:
            raise FacetRefused(f"{value!r} has no time zone")
        return time_text(value)[: self.width] if self.width < TIME_WIDTH else time_text(value)

    def decode(self, text: str) -> datetime:
        if not _PART_PATTERNS[self.width].fullmatch(text):
            raise ValueError(text)
        full = text + "0001-01-01T00:00:00.000000Z"[self.width :]
        return datetime.fromisoformat(full)

    def step(self, value: Any, direction: int) -> Any | None:
        if self.lossy:
            return None
        try:
            moved: datetime = value + timedelta(microseconds=direction)
        except OverflowError:
            return None
        return moved


@dataclass(frozen=True)
class DateFacet(FacetKind):
    """A day, as ``2025-01-15``."""

    family: ClassVar[str] = "date"

    @property
    def fixed(self) -> bool:
        return True

    def encode(self, value: Any) -> str:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise FacetRefused(f"it is {type(value).__name__} and not a date")
        return value.isoformat()

    def decode(self, text: str) -> date:
        value = date.fromisoformat(text)
        if value.isoformat() != text:
            raise ValueError(text)
        return value

    def step(self, value: Any, direction: int) -> Any | None:
        try:
            moved: date = value + timedelta(days=direction)
        except OverflowError:
            return None
        return moved


@dataclass(frozen=True)
class UuidFacet(FacetKind):
    """A UUID in its usual form, lower case."""

    family: ClassVar[str] = "uuid"

    @property
    def fixed(self) -> bool:
        return True

    def encode(self, value: Any) -> str:
        if not isinstance(value, uuid.UUID):
            raise FacetRefused(f"it is {type(value).__name__} and not a UUID")
        return str(value)

    def decode(self, text: str) -> uuid.UUID:
        value = uuid.UUID(text)
        if str(value) != text:
            raise ValueError(text)
        return value


def may_share_text(a: FacetKind, b: FacetKind) -> bool:
    """Whether a value of the one kind and a value of the other can have the same text."""
    for one, other in ((a, b), (b, a)):
        if one.values is not None:
            return any(other.may_be(one.encode(value)) for value in one.values)
    if a.family == b.family:
        same_width = getattr(a, "width", None) == getattr(b, "width", None)
        return same_width or a.family == "int" and None in (getattr(a, "width", 0), getattr(b, "width", 0))
    if "text" in (a.family, b.family):
        return True
    # A day is also a part of a time; all other families differ in their marks.
    parts = {a.family, b.family}
    return parts == {"date", "time"} and 10 in (getattr(a, "width", 0), getattr(b, "width", 0))  # noqa: PLR2004
