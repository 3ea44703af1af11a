"""The attributes: what a user writes in an entity's class body, each a PynamoDB attribute with its type checked."""

from __future__ import annotations

import calendar
import math
import re
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BinarySetAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)
from pynamodb.constants import LIST, MAP, NUMBER, NUMBER_SET, STRING

from dynamo_models import wire
from dynamo_models.errors import DefinitionError, ValueRefused
from dynamo_models.keys.facets import (
    TIME_PARTS,
    TIME_WIDTH,
    BoolFacet,
    DateFacet,
    FacetKind,
    IntFacet,
    TextFacet,
    TimeFacet,
    UuidFacet,
)
from dynamo_models.schema.attribute import Attr, NotAFacet, no_spec

_WIDTH = re.compile(r"0?(\d{1,2})d?")


class TextAttribute(Attr[str], UnicodeAttribute):
    """Text. ``escape=True`` percent-encodes the delimiter in keys instead of refusing it."""

    def __init__(self, *, escape: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.escape = escape

    def check(self, value: Any) -> None:
        if not isinstance(value, str):
            raise self.refuse(value, "text")
        self.check_choice(value)

    def serialize(self, value: Any) -> Any:
        self.check(value)
        return str.__str__(value)  # the text itself, of a member of an enum too

    def facet(self, spec: str, delimiter: str) -> FacetKind:
        no_spec(spec, "text")
        return TextFacet(values=self.choices, delimiter=delimiter, escape=self.escape)


class BoolAttribute(Attr[bool], BooleanAttribute):
    """True or False."""

    def check(self, value: Any) -> None:
        if not isinstance(value, bool):
            raise self.refuse(value, "True or False")

    def serialize(self, value: Any) -> Any:
        self.check(value)
        return value

    def facet(self, spec: str, delimiter: str) -> FacetKind:  # noqa: ARG002 - true and false hold no mark
        no_spec(spec, "a boolean")
        return BoolFacet()


class IntAttribute(Attr[int]):
    """A whole number of up to 38 digits, exact."""

    attr_type = NUMBER

    def check(self, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(value, "a whole number")
        self.check_choice(value)

    def serialize(self, value: Any) -> Any:
        self.check(value)
        return _number(self, value)

    def deserialize(self, value: Any) -> Any:
        return wire.number_value(value)

    def facet(self, spec: str, delimiter: str) -> FacetKind:
        if delimiter == "-" and not spec:
            raise NotAFacet(
                "a negative number holds the delimiter '-'", "Give it a width, {n:06d}, or the table another delimiter."
            )
        if not spec:
            return IntFacet(values=self.choices)
        width = _WIDTH.fullmatch(spec)
        if not width or not 1 <= int(width[1]) <= wire.MAX_DIGITS:
            raise NotAFacet(f"{spec!r} is no width", "Write the digits it has room for, such as {n:06d}.")
        return IntFacet(values=self.choices, width=int(width[1]))


class DecimalAttribute(Attr[Decimal]):
    """A number of up to 38 digits, exact. Takes int and Decimal, gives Decimal; a float is refused."""

    attr_type = NUMBER

    def check(self, value: Any) -> None:
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            raise self.refuse(value, "a Decimal or a whole number (a float is not exact)")
        self.check_choice(value)

    def serialize(self, value: Any) -> Any:
        self.check(value)
        return _number(self, value)

    def deserialize(self, value: Any) -> Any:
        return Decimal(value)

    def facet(self, spec: str, delimiter: str) -> FacetKind:  # noqa: ARG002 - there is none
        raise NotAFacet("a number with a fraction cannot stand in a key", "Use Int, in the smallest unit.")


class FloatAttribute(Attr[float], NumberAttribute):
    """A float, for what is only ever measured. It never stands in a key."""

    def check(self, value: Any) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.refuse(value, "a number")
        if not math.isfinite(value):
            raise self.refuse(value, "a finite number")

    def serialize(self, value: Any) -> Any:
        self.check(value)
        _number(self, Decimal(repr(value)))  # refuses what is too large or too small
        return super().serialize(value)  # type: ignore[no-untyped-call]

    def facet(self, spec: str, delimiter: str) -> FacetKind:  # noqa: ARG002 - there is none
        raise NotAFacet("a float never is a facet", "Use Int, in the smallest unit.")


class TimestampAttribute(Attr[datetime], UTCDateTimeAttribute):
    """A time with a time zone, stored in UTC with microseconds. Naive times are refused."""

    def __init__(self, *, auto_now: bool = False, **options: Any) -> None:
        if auto_now and options.get("default") is None:
            options["default"] = now
        super().__init__(**options)
        self.auto_now = auto_now

    def check(self, value: Any) -> None:
        if not isinstance(value, datetime):
            raise self.refuse(value, "a datetime")
        if value.utcoffset() is None:
            raise self.refuse(value, "a datetime with a time zone (django.utils.timezone.now() has one)")

    def serialize(self, value: Any) -> Any:
        self.check(value)
        try:
            return super().serialize(value)  # type: ignore[no-untyped-call]
        except OverflowError:
            raise self.refuse(value, "a time that is in the years 1 to 9999 in UTC") from None

    def now(self, *, new: bool) -> Any | None:
        return now() if self.auto_now and not new else None

    def facet(self, spec: str, delimiter: str) -> FacetKind:
        if spec and spec not in TIME_PARTS:
            raise NotAFacet(
                f"{spec!r} is not a part of a time that keeps order", f"Write one of {', '.join(TIME_PARTS)}."
            )
        if delimiter in ":-.TZ":
            raise NotAFacet(f"a time holds the delimiter {delimiter!r}", "Give the table another delimiter.")
        return TimeFacet(width=TIME_PARTS.get(spec, TIME_WIDTH))


class DateAttribute(Attr[date]):
    """A day, stored as ``2025-01-15``."""

    attr_type = STRING

    def check(self, value: Any) -> None:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.refuse(value, "a date")

    def serialize(self, value: Any) -> Any:
        self.check(value)
        return value.isoformat()

    def deserialize(self, value: Any) -> Any:
        return date.fromisoformat(value)

    def facet(self, spec: str, delimiter: str) -> FacetKind:
        no_spec(spec, "a date")
        if delimiter == "-":
            raise NotAFacet("a date holds the delimiter '-'", "Give the table another delimiter.")
        return DateFacet()


class UuidAttribute(Attr[uuid.UUID]):
    """A UUID, stored as text."""

    attr_type = STRING

    def check(self, value: Any) -> None:
        if not isinstance(value, uuid.UUID):
            raise self.refuse(value, "a UUID")

    def serialize(self, value: Any) -> Any:
        self.check(value)
        return str(value)

    def deserialize(self, value: Any) -> Any:
        return uuid.UUID(value)

    def facet(self, spec: str, delimiter: str) -> FacetKind:
        no_spec(spec, "a UUID")
        if delimiter == "-":
            raise NotAFacet("a UUID holds the delimiter '-'", "Give the table another delimiter.")
        return UuidFacet()


class BytesAttribute(Attr[bytes], BinaryAttribute):
    """Bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, legacy_encoding=False)

    def check(self, value: Any) -> None:
        if not isinstance(value, bytes):
            raise self.refuse(value, "bytes")

    def serialize(self, value: Any) -> Any:
        self.check(value)
        return value


class JsonAttribute(Attr[Any], JSONAttribute):
    """Anything that JSON holds, stored as text. Within it, DynamoDB neither filters nor updates: see Map and List."""

    def serialize(self, value: Any) -> Any:
        try:
            return super().serialize(value)
        except (TypeError, ValueError) as error:
            raise ValueRefused(f"{self.python_name}: {error}; it takes what JSON holds.") from error


class ListAttribute(Attr[list[Any]]):
    """A list: of plain values, or of one attribute's values, ``List(Text())``."""

    attr_type = LIST

    def __init__(self, of: Attr[Any] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.of = of
        if of is not None and of.null:
            raise DefinitionError(
                "List(…): the elements of a list cannot be absent, so they are no sets nor null=True."
            )

    def __set_name__(self, owner: Any, name: str) -> None:
        super().__set_name__(owner, name)
        if self.of is not None:
            self.of.__set_name__(owner, f"{name}[]")

    def check(self, value: Any) -> None:
        if not isinstance(value, list | tuple):
            raise self.refuse(value, "a list")

    def serialize(self, value: Any) -> Any:
        self.check(value)
        try:
            if self.of is None:
                return [wire.to_wire(item) for item in value]
            return [{self.of.attr_type: self.of.serialize(item)} for item in value]
        except ValueRefused as refused:
            raise ValueRefused(f"{self.python_name}: {refused}") from refused

    def deserialize(self, value: Any) -> Any:
        if self.of is None:
            return [wire.from_wire(item) for item in value]
        return [self.of.deserialize(self.of.get_value(item)) for item in value]


class MapAttribute(Attr[dict[str, Any]]):
    """A map of plain values: text, numbers (int and Decimal), booleans, None, bytes, lists, maps, sets."""

    attr_type = MAP

    def check(self, value: Any) -> None:
        if not isinstance(value, Mapping):
            raise self.refuse(value, "a dict")

    def serialize(self, value: Any) -> Any:
        self.check(value)
        try:
            return wire.to_wire(value)["M"]
        except ValueRefused as refused:
            raise ValueRefused(f"{self.python_name}: {refused}") from refused

    def deserialize(self, value: Any) -> Any:
        return {key: wire.from_wire(item) for key, item in value.items()}


class _SetAttribute(Attr[Any]):
    """DynamoDB holds no empty sets, so an empty one is stored as no attribute. Where null=True is not declared, no
    attribute is read as an empty set."""

    wanted = "a set"
    types: tuple[type, ...] = ()

    def __init__(self, *, null: bool | None = None, **options: Any) -> None:
        super().__init__(**options, null=True)
        if not null:
            self.default = set
            self.default_for_new = self.default_for_new or set

    def check(self, value: Any) -> None:
        if not isinstance(value, set | frozenset) or not all(
            isinstance(item, self.types) and not isinstance(item, bool) for item in value
        ):
            raise self.refuse(value, self.wanted)

    def serialize(self, value: Any) -> Any:
        values = set(value) if isinstance(value, list | tuple) else value
        self.check(values)
        return sorted(values) or None


class TextSetAttribute(_SetAttribute, UnicodeSetAttribute):
    """A set of text. An empty one is stored as no attribute: DynamoDB holds no empty sets."""

    wanted = "a set of text"
    types = (str,)


class NumberSetAttribute(_SetAttribute):
    """A set of numbers, int and Decimal. An empty one is stored as no attribute."""

    attr_type = NUMBER_SET
    wanted = "a set of whole numbers or Decimals"
    types = (int, Decimal)

    def serialize(self, value: Any) -> Any:
        numbers = super().serialize(value)
        return [_number(self, item) for item in numbers] if numbers else None

    def deserialize(self, value: Any) -> Any:
        return {wire.number_value(item) for item in value}


class BytesSetAttribute(_SetAttribute, BinarySetAttribute):
    """A set of bytes. An empty one is stored as no attribute."""

    wanted = "a set of bytes"
    types = (bytes,)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, legacy_encoding=False)


class ExpiresAttribute(Attr[datetime], TTLAttribute):
    """When DynamoDB may remove the item: a time, or a timedelta from now. Whole seconds. Reads hide it from then on."""

    def check(self, value: Any) -> None:
        known = isinstance(value, timedelta) or (isinstance(value, datetime) and value.utcoffset() is not None)
        if not known:
            raise self.refuse(value, "a datetime with a time zone, or a timedelta from now")

    def seconds(self, value: datetime | timedelta) -> int:
        """Whole seconds since 1970, as DynamoDB counts."""
        if isinstance(value, timedelta):
            return int(time.time() + value.total_seconds())
        return calendar.timegm(value.utctimetuple())

    def __set__(self, instance: Any, value: Any) -> None:
        if value is not None:
            self.check(value)
            value = datetime.fromtimestamp(self.seconds(value), UTC)
        instance.attribute_values[self.python_name] = value

    def serialize(self, value: Any) -> Any:
        self.check(value)
        return str(self.seconds(value))


class VersionNumberAttribute(Attr[int], VersionAttribute):
    """Optimistic locking: counted up by each write, which fails where another writer was first."""

    null = True

    def check(self, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(value, "a whole number")

    def __set__(self, instance: Any, value: Any) -> None:
        if value is not None:
            self.check(value)
        instance.attribute_values[self.python_name] = value


def _number(attr: Attr[Any], value: int | Decimal) -> str:
    try:
        return wire.number_text(value)
    except ValueRefused as refused:
        raise ValueRefused(f"{attr.python_name}: {refused}.") from None


def now() -> datetime:
    """This moment in UTC: ``Timestamp(default=now)``."""
    return datetime.now(UTC)
