"""For each type of attribute, the Python source that encodes and decodes its values without a call.

Sources are expressions on ``$v`` (a value), ``$iso`` (its text, of a time), ``$w`` (what is stored) and ``$a`` (the
attribute); what they name besides is in ``NAMES``. An attribute is inlined only while its
class has the very methods that the source stands for; any other is asked itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pynamodb import attributes as pynamo
from pynamodb.attributes import Attribute

from dynamo_models import wire
from dynamo_models.errors import ValueRefused
from dynamo_models.schema import attributes as own
from dynamo_models.schema.attribute import Attr

_pynamo_time = pynamo.UTCDateTimeAttribute._fast_parse_utc_date_string  # noqa: SLF001 - the stock meaning


def parse_time(text: str) -> datetime:
    """What PynamoDB makes of a stored time, in a sixth of the time; it is asked itself where the form is not the usual."""
    if len(text) == 31 and text[4:20:3] == "--T::." and text[26:] == "+0000":  # noqa: PLR2004 - %Y-%m-%dT%H:%M:%S.%f%z
        return datetime.fromisoformat(text)
    return _pynamo_time(text)


def parse_json_number(text: str) -> Any:
    """What PynamoDB's NumberAttribute makes of a stored number."""
    try:
        return int(text)
    except ValueError:
        return json.loads(text)


def bad_key(key: Any) -> str:
    raise ValueRefused(f"a map's key is {key!r}; DynamoDB takes text")


def element(attr: own.ListAttribute, item: Any) -> dict[str, Any]:
    """The wire form of an element that the generated code does not take as it is."""
    assert attr.of is not None  # noqa: S101 - only lists of one attribute are inlined so
    return {attr.of.attr_type: attr.of.serialize(item)}


@dataclass(frozen=True)
class Inline:
    """How one type stands in generated code.

    kind: DynamoDB's type. test: whether the encoder takes the value as it is; otherwise the attribute itself is asked,
    which checks and converts.
    """

    kind: str
    test: str
    encode: str
    decode: str


OWN: dict[type, Inline] = {
    own.TextAttribute: Inline("S", "$v.__class__ is str", "$v", "$w"),
    own.BoolAttribute: Inline("BOOL", "$v is True or $v is False", "$v", "$w"),
    own.IntAttribute: Inline("N", "$v.__class__ is int and -1000000000000000000 < $v < 1000000000000000000", "str($v)", "number_value($w)"),
    own.DecimalAttribute: Inline("N", "False", "number_text($v)", "Decimal($w)"),
    own.TimestampAttribute: Inline(
        "S", "$v.__class__ is datetime and $v.tzinfo is not None", "$iso + '+0000'", "parse_time($w)"
    ),
    own.DateAttribute: Inline("S", "$v.__class__ is date", "$v.isoformat()", "date.fromisoformat($w)"),
    own.UuidAttribute: Inline("S", "$v.__class__ is UUID", "str($v)", "UUID($w)"),
    own.BytesAttribute: Inline("B", "$v.__class__ is bytes", "$v", "$w"),
    own.MapAttribute: Inline(
        "M", "$v.__class__ is dict",
        "{k if k.__class__ is str else bad_key(k): {'S': x} if x.__class__ is str else to_wire(x) for k, x in $v.items()}",
        "{k: x['S'] if 'S' in x else from_wire(x) for k, x in $w.items()}",
    ),
    own.ExpiresAttribute: Inline(
        "N", "$v.__class__ is datetime and $v.tzinfo is UTC", "str(int($v.timestamp()))",
        "fromtimestamp(parse_json_number($w), UTC)",
    ),
    own.VersionNumberAttribute: Inline("N", "$v.__class__ is int", "str($v)", "int(parse_json_number($w))"),
}  # fmt: skip

STOCK: dict[type, Inline] = {
    pynamo.UnicodeAttribute: Inline("S", "$v is not None", "$v", "$w"),
    pynamo.BooleanAttribute: Inline("BOOL", "$v is not None", "True if $v else False", "bool($w)"),
    pynamo.NumberAttribute: Inline("N", "$v is not None", "str($v) if $v.__class__ is int else dumps($v)", "parse_json_number($w)"),
    pynamo.UTCDateTimeAttribute: Inline(
        "S", "$v.__class__ is datetime and $v.tzinfo is not None", "$iso + '+0000'", "parse_time($w)"
    ),
    pynamo.JSONAttribute: Inline("S", "$v is not None", "dumps($v)", "loads($w, strict=False)"),
}  # fmt: skip

NAMES: dict[str, Any] = {
    "UTC": UTC,
    "datetime": datetime,
    "fromtimestamp": datetime.fromtimestamp,
    "number_text": wire.number_text,
    "number_value": wire.number_value,
    "from_wire": wire.from_wire,
    "to_wire": wire.to_wire,
    "bad_key": bad_key,
    "element": element,
    "parse_time": parse_time,
    "parse_json_number": parse_json_number,
    "dumps": json.dumps,
    "loads": json.loads,
    "Decimal": own.Decimal,
    "date": own.date,
    "UUID": own.uuid.UUID,
}

_METHODS = ("serialize", "deserialize", "__get__", "__set__", "get_value")


def inline(attr: Attribute[Any]) -> Inline | None:  # noqa: PLR0911 - one return for each rule
    """The inlined form of an attribute, or None where it has to be asked itself."""
    kind = type(attr)
    if kind in OWN:
        return OWN[kind]
    if kind is own.ListAttribute:
        return _list(attr)
    if isinstance(attr, Attr):
        return None
    for stock, found in STOCK.items():
        if issubclass(kind, stock) and all(getattr(kind, name) is getattr(stock, name) for name in _METHODS):
            return found
    return None


def _list(attr: own.ListAttribute) -> Inline | None:
    if attr.of is None:
        return Inline(
            "L",
            "$v.__class__ is list",
            "[{'S': x} if x.__class__ is str else to_wire(x) for x in $v]",
            "[x['S'] if 'S' in x else from_wire(x) for x in $w]"
        )
    if type(attr.of) is own.TextAttribute and attr.of.choices is None:
        return Inline(
            "L",
            "$v.__class__ is list",
            "[{'S': x} if x.__class__ is str else element($a, x) for x in $v]",
            "[x['S'] for x in $w]",
        )
    return None
