"""For each type of attribute, the Python source that encodes and decodes its values without a call.

Sources are expressions on ``$v`` (a value), ``$iso`` (its text, of a time), ``$w`` (what is stored) and ``$a`` (the
attribute); what they name besides is in ``NAMES``. An attribute is inlined only while its class has the very methods
that the source stands for; any other is asked itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pynamodb.attributes import Attribute

from dynamo_models import wire
from dynamo_models.codec import unusual
from dynamo_models.schema import attributes as own
from dynamo_models.schema import pynamo
from dynamo_models.schema.attribute import Attr


@dataclass(frozen=True)
class Inline:
    """How one type stands in generated code.

    kind: DynamoDB's type. unless: when the encoder does not take the value as it is; then the attribute itself is
    asked, which checks and converts. Where ``decode`` raises, the whole item is decoded attribute by attribute.
    """

    kind: str
    unless: str
    encode: str
    decode: str


# Every whole number of up to 18 digits is one that DynamoDB holds; of a larger one the attribute counts the digits.
_SMALL = "-1000000000000000000 < $v < 1000000000000000000"
_TIME = Inline(
    "S",
    "$v.__class__ is not datetime or $v.tzinfo is None",
    "$iso + '+0000'",
    "from_iso(t) if (t := $w)[26:] == '+0000' and t[4:20:3] == '--T::.' else pynamo_time(t)",
)
_EXPIRY = Inline(
    "N",
    "$v.__class__ is not datetime or $v.tzinfo is None",
    "str(($v - EPOCH) // SECOND)",
    "from_timestamp(int($w), UTC)",
)
_JSON = Inline("S", "$v is None", "dumps($v)", "loads($w, strict=False)")
_BOOL = Inline("BOOL", "$v is not True and $v is not False", "$v", "$w")
_TEXT = Inline("S", "$v.__class__ is not str", "$v", "$w")
_INT = Inline("N", f"$v.__class__ is not int or not {_SMALL}", "str($v)", "int($w)")

OWN: dict[type, Inline] = {
    own.TextAttribute: _TEXT,
    own.BoolAttribute: _BOOL,
    own.IntAttribute: _INT,
    own.DecimalAttribute: Inline(
        "N", "$v.__class__ is not Decimal and $v.__class__ is not int", "number_text($v)", "Decimal($w)"
    ),
    own.TimestampAttribute: _TIME,
    own.DateAttribute: Inline("S", "$v.__class__ is not date", "$v.isoformat()", "date.fromisoformat($w)"),
    own.UuidAttribute: Inline("S", "$v.__class__ is not UUID", "str($v)", "UUID($w)"),
    own.BytesAttribute: Inline("B", "$v.__class__ is not bytes", "$v", "$w"),
    own.JsonAttribute: _JSON,
    own.MapAttribute: Inline(
        "M",
        "$v.__class__ is not dict",
        "{k if k.__class__ is str else bad_key(k): {'S': x} if x.__class__ is str else to_wire(x)"
        " for k, x in $v.items()}",
        "{k: x['S'] if 'S' in x else from_wire(x) for k, x in $w.items()}",
    ),
    own.ExpiresAttribute: _EXPIRY,
    own.VersionNumberAttribute: _INT,
}

_ANY_LIST = Inline(
    "L",
    "$v.__class__ is not list",
    "[{'S': x} if x.__class__ is str else to_wire(x) for x in $v]",
    "[x['S'] if 'S' in x else from_wire(x) for x in $w]",
)

STOCK: dict[type, Inline] = {
    pynamo.UnicodeAttribute: _TEXT,
    pynamo.BooleanAttribute: _BOOL,
    pynamo.NumberAttribute: Inline(
        "N",
        f"not ($v.__class__ is int and {_SMALL} or $v.__class__ is float and 1e-100 < abs($v) < 1e100)",
        "repr($v)",
        "json_number($w)",
    ),
    pynamo.VersionAttribute: _INT,
    pynamo.TTLAttribute: _EXPIRY,
    pynamo.UTCDateTimeAttribute: _TIME,
    pynamo.JSONAttribute: _JSON,
}


def json_number(text: str) -> Any:
    """What PynamoDB's NumberAttribute makes of a stored number."""
    try:
        return int(text)
    except ValueError:
        return json.loads(text)


_TWO_DIGITS = [f"{n:02d}" for n in range(60)]


def time_text(value: datetime) -> str:
    """A time with a zone as text: UTC, microseconds, no mark of the zone. In half the time of ``isoformat``."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    two = _TWO_DIGITS
    return (
        f"{value.year:04d}-{two[value.month]}-{two[value.day]}"
        f"T{two[value.hour]}:{two[value.minute]}:{two[value.second]}.{value.microsecond:06d}"
    )


NAMES: dict[str, Any] = {
    "UTC": UTC,
    "EPOCH": datetime(1970, 1, 1, tzinfo=UTC),
    "SECOND": timedelta(seconds=1),
    "Decimal": Decimal,
    "UUID": UUID,
    "bad_key": unusual.bad_key,
    "date": date,
    "datetime": datetime,
    "dumps": json.dumps,
    "element": unusual.element,
    "from_iso": datetime.fromisoformat,
    "from_timestamp": datetime.fromtimestamp,
    "from_wire": wire.from_wire,
    "json_number": json_number,
    "loads": json.loads,
    "number_text": wire.number_text,
    "pynamo_time": pynamo.parse_time,
    "time_text": time_text,
    "to_wire": wire.to_wire,
}


def inline(attr: Attribute[Any]) -> Inline | None:
    """The inlined form of an attribute, or None where it has to be asked itself."""
    if type(attr) in OWN:
        return OWN[type(attr)]
    if type(attr) is own.ListAttribute:
        return _list(attr)
    if isinstance(attr, Attr):
        return None
    for stock, form in STOCK.items():
        if pynamo.behaves_like(attr, stock) and attr.attr_type == form.kind:
            return form
    return None


def _list(attr: own.ListAttribute) -> Inline | None:
    if attr.of is None:
        return _ANY_LIST
    form = inline(attr.of)
    if form is None or "$iso" in form.encode or attr.of.choices is not None:
        return None
    wire_form = f"{{'{form.kind}': {form.encode}}}".replace("$v", "x")
    value = form.decode.replace("$w", f"x['{form.kind}']")
    return Inline(
        "L",
        "$v.__class__ is not list",
        f"[element($a, x) if {form.unless.replace('$v', 'x')} else {wire_form} for x in $v]",
        f"[{value} for x in $w]",
    )
