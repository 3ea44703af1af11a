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
_SURROGATE = re.compile("[\ud800-\udfff]")


class FacetRefused(ValueError):  # noqa: N818 - a reason, which becomes a KeyRefused
    """A value that cannot stand in a key. The message is the reason; who asks adds the entity and the key.

    facet: the attribute that is in the way, where one is.
    """

    facet: str = ""


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
    ``width``: how many characters its texts have, where that is fixed; None otherwise.

    Each text stands for one value (or one part of a value): ``decode`` takes no other spelling of it.
    """

    family: ClassVar[str] = "text"
    width: int | None = None

    values: Sequence[Any] | None = None

    @property
    def ordered(self) -> bool:
        return True

    @property
    def fixed(self) -> bool:
        return self.width is not None

    @property
    def lossy(self) -> bool:
        return False

    def encode(self, value: Any) -> str:
        """The text of a value. FacetRefused where it has none."""
        raise NotImplementedError(value)

    def decode(self, text: str) -> Any:
        """The value of a text. ValueError where it is no value's."""
        raise NotImplementedError(text)

    def may_be(self, text: str) -> bool:
        """Whether some value has this text."""
        try:
            value = self.decode(text)
        except ValueError:
            return False
        return self.values is None or value in self.values

    def texts(self) -> list[str] | None:
        """Every text it can have, where its values are few and declared; None otherwise."""
        if self.values is None:
            return None
        found: list[str] = []
        for value in self.values:
            try:
                found.append(self.encode(value))
            except FacetRefused:
                continue  # an item with this value is refused its key
        return found

    def step(self, value: Any, direction: int) -> Any | None:  # noqa: ARG002 - what kinds with an order look at
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
        if not value.isascii() and _SURROGATE.search(value):
            raise FacetRefused(f"{value!r} holds half of a surrogate pair, which is no Unicode text")
        if self.escape:
            return value.replace("%", "%25").replace(self.delimiter, self._escaped)
        if self.delimiter in value:
            raise FacetRefused(
                f"{value!r} holds the delimiter {self.delimiter!r}; declare the attribute with escape=True to encode it"
            )
        return str.__str__(value)  # the text itself, of a member of an enum too

    def decode(self, text: str) -> str:
        value = text.replace(self._escaped, self.delimiter).replace("%25", "%") if self.escape else text
        if self.encode(value) != text:
            raise ValueError(text)
        return value

    @property
    def _escaped(self) -> str:
        return f"%{ord(self.delimiter):02X}"


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
        if text not in ("true", "false"):
            raise ValueError(text)
        return text == "true"


@dataclass(frozen=True)
class IntFacet(FacetKind):
    """A whole number: zero-padded and not negative where a width is given, plain digits where only equality matters."""

    family: ClassVar[str] = "int"

    @property
    def ordered(self) -> bool:
        return self.width is not None

    def encode(self, value: Any) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            raise FacetRefused(f"it is {type(value).__name__} and not a whole number")
        if self.width is None:
            return f"{int(value)}"
        if value < 0:
            raise FacetRefused(f"{value} is negative, and a zero-padded number does not sort below zero")
        text = f"{int(value):0{self.width}d}"
        if len(text) > self.width:
            raise FacetRefused(f"{text} is wider than the {self.width} digits that its key has room for")
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
    def lossy(self) -> bool:
        return self.width < TIME_WIDTH

    def encode(self, value: Any) -> str:
        if not isinstance(value, datetime):
            raise FacetRefused(f"it is {type(value).__name__} and not a datetime")
        if value.utcoffset() is None:
            raise FacetRefused(f"{value!r} has no time zone; django.utils.timezone.now() has one")
        try:
            return time_text(value)[: self.width]
        except OverflowError:
            raise FacetRefused(f"{value!r} is outside the years 1 to 9999 in UTC") from None

    def decode(self, text: str) -> datetime:
        value = datetime.fromisoformat(text + "0001-01-01T00:00:00.000000Z"[len(text) :])
        if self.encode(value) != text:
            raise ValueError(text)
        return value

    def step(self, value: Any, direction: int) -> Any | None:
        if self.lossy:
            return None
        try:
            # In UTC: beside a change of a zone's clocks, the next microsecond there is another.
            moved: datetime = value.astimezone(UTC) + timedelta(microseconds=direction)
        except OverflowError:
            return None
        return moved


@dataclass(frozen=True)
class DateFacet(FacetKind):
    """A day, as ``2025-01-15``."""

    family: ClassVar[str] = "date"
    width: int = len("2025-01-15")

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
    width: int = len("8c7e3a52-0a3f-4f0e-9d52-3c8f1f1f6b1e")

    def encode(self, value: Any) -> str:
        if not isinstance(value, uuid.UUID):
            raise FacetRefused(f"it is {type(value).__name__} and not a UUID")
        return str(value)

    def decode(self, text: str) -> uuid.UUID:
        value = uuid.UUID(text)
        if str(value) != text:
            raise ValueError(text)
        return value


# Families with texts that one value of each may have: a year is digits, and a day is the beginning of a time.
_ALIKE = ({"int", "time"}, {"date", "time"})


def may_share_text(a: FacetKind, b: FacetKind) -> bool:
    """Whether a value of the one kind and a value of the other can have the same text. True where that is not known."""
    for one, other in ((a, b), (b, a)):
        texts = one.texts()
        if texts is not None:
            return any(other.may_be(text) for text in texts)
    if a.width is not None and b.width is not None and a.width != b.width:
        return False
    if a.family == b.family or "text" in (a.family, b.family):
        return True
    if {a.family, b.family} not in _ALIKE:
        return False
    time = a if a.family == "time" else b
    return time.width in ((TIME_PARTS["%Y"],) if "int" in (a.family, b.family) else (TIME_PARTS["%Y-%m-%d"],))
