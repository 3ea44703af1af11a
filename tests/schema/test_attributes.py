"""Attributes: what each takes, gives back and refuses, by name, before anything is sent."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamo_models import (
    Bool,
    Bytes,
    BytesSet,
    Date,
    Expires,
    Float,
    Int,
    Json,
    Key,
    List,
    Map,
    Number,
    NumberSet,
    Text,
    TextSet,
    Timestamp,
    Uuid,
    ValueRefused,
    Version,
)
from tests.schema.making import entity, table

FIELDS = {
    "text": Text, "choice": lambda: Text(choices=["a", "b"]), "flag": Bool, "whole": Int,
    "level": lambda: Int(choices=[1, 2]), "exact": Number, "price": lambda: Number(choices=[Decimal("1.5")]),
    "measured": Float, "moment": Timestamp, "day": Date, "token": Uuid, "blob": Bytes, "json": Json, "listed": List,
    "texts": lambda: List(Text()), "days": lambda: List(Date()), "mapped": Map, "words": TextSet,
    "numbers": NumberSet, "blobs": BytesSet, "ends": Expires, "version": Version,
}  # fmt: skip


@pytest.fixture(scope="module")
def thing():
    from dynamo_models.testing import isolated_tables

    with isolated_tables():
        fields = {name: make() for name, make in FIELDS.items()}
        yield entity(table(ttl="ends"), {"primary": Key("T", "X")}, **fields)


def encoded(thing, name, value):
    """The stored form of one value, as a patch writes it."""
    attr = thing.schema.attributes[name]
    return {attr.attr_type: attr.serialize(value)}


class Colour(str, enum.Enum):  # noqa: UP042 - of a StrEnum, str() is the value
    RED = "red"
    A = "a"


class Level(int, enum.Enum):
    ONE = 1


TWO = timezone(timedelta(hours=2))
FIRST = datetime(1, 1, 2)  # noqa: DTZ001 - the strategy wants it naive
AT = datetime(2025, 1, 15, 10, 30, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("text", "AbC", {"S": "AbC"}),
        ("text", "", {"S": ""}),
        ("text", Colour.RED, {"S": "red"}),
        ("choice", Colour.A, {"S": "a"}),
        ("flag", False, {"BOOL": False}),
        ("whole", 10**38 - 1, {"N": "9" * 38}),
        ("whole", Level.ONE, {"N": "1"}),
        ("exact", Decimal("1.10"), {"N": "1.10"}),
        ("exact", 3, {"N": "3"}),
        ("price", Decimal("1.50"), {"N": "1.50"}),
        ("measured", 0.1, {"N": "0.1"}),
        ("measured", 3, {"N": "3"}),
        ("moment", AT, {"S": "2025-01-15T10:30:00.250000+0000"}),
        ("moment", AT.astimezone(TWO), {"S": "2025-01-15T10:30:00.250000+0000"}),
        ("moment", datetime(7, 1, 1, tzinfo=UTC), {"S": "0007-01-01T00:00:00.000000+0000"}),
        ("day", date(2025, 1, 15), {"S": "2025-01-15"}),
        ("token", UUID(int=1), {"S": "00000000-0000-0000-0000-000000000001"}),
        ("blob", b"\x00\xff", {"B": b"\x00\xff"}),
        ("json", {"a": [1, None]}, {"S": '{"a": [1, null]}'}),
        ("listed", [1, "a", None], {"L": [{"N": "1"}, {"S": "a"}, {"NULL": True}]}),
        ("listed", (), {"L": []}),
        ("texts", ["a"], {"L": [{"S": "a"}]}),
        ("days", [date(2025, 1, 15)], {"L": [{"S": "2025-01-15"}]}),
        ("mapped", {"a": {"b": Decimal("1.5")}}, {"M": {"a": {"M": {"b": {"N": "1.5"}}}}}),
        ("words", {"b", "a"}, {"SS": ["a", "b"]}),
        ("words", ["b", "a", "b"], {"SS": ["a", "b"]}),
        ("words", set(), {"SS": None}),
        ("numbers", {2, Decimal("1.5")}, {"NS": ["1.5", "2"]}),
        ("blobs", {b"b", b"a"}, {"BS": [b"a", b"b"]}),
        ("ends", datetime(2025, 1, 15, 12, 30, 0, 999_999, tzinfo=TWO), {"N": "1736937000"}),
        ("version", 3, {"N": "3"}),
    ],
)
def test_a_value_is_stored_exactly(thing, name, value, stored):
    form = encoded(thing, name, value)
    assert form == stored
    held = next(iter(form.values()))
    assert type(held) in (str, bool, bytes, list, dict, type(None))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("text", 5, "text is 5 .int.; it takes text"),
        ("text", None, "text is None"),
        ("choice", "c", "choice is 'c'; it takes one of 'a', 'b'"),
        ("flag", 1, "it takes True or False"),
        ("flag", "true", "it takes True or False"),
        ("whole", True, "it takes a whole number"),
        ("whole", 1.0, "it takes a whole number"),
        ("whole", 10**38 + 1, "whole: An int of 127 bits is not a number that DynamoDB holds exactly"),
        ("level", 3, "it takes one of 1, 2"),
        ("exact", 0.1, "a float is not exact"),
        ("exact", Decimal("1E-131"), "exact: 1E-131 is not a number"),
        ("exact", Decimal("NaN"), "exact: NaN is not a number"),
        ("exact", Decimal("1." + "1" * 38), "exact: 1.1+ is not a number"),
        ("measured", "1", "it takes a number"),
        ("measured", float("nan"), "it takes a finite number"),
        ("measured", 1e300, "measured: 1E.300 is not a number"),
        ("measured", 1e-300, "measured: 1E-300 is not a number"),
        ("moment", AT.replace(tzinfo=None), "a datetime with a time zone"),
        ("moment", date(2025, 1, 1), "it takes a datetime"),
        ("moment", datetime(1, 1, 1, tzinfo=TWO), "the years 1 to 9999"),
        ("day", AT, "it takes a date"),
        ("day", "2025-01-01", "it takes a date"),
        ("token", "x", "it takes a UUID"),
        ("blob", "x", "it takes bytes"),
        ("json", {1, 2}, "json: .*it takes what JSON holds"),
        ("listed", "abc", "it takes a list"),
        ("listed", [1.5], "listed: 1.5 is a float"),
        ("texts", [1], r"texts: texts\[\] is 1 .int.; it takes text"),
        ("mapped", [], "it takes a dict"),
        ("mapped", {1: 2}, "mapped: a map's key is 1"),
        ("mapped", {"a": set()}, "mapped: DynamoDB holds no empty sets"),
        ("words", "abc", "it takes a set of text"),
        ("words", {1}, "it takes a set of text"),
        ("words", 5, "it takes a set of text"),
        ("numbers", {1.5}, "it takes a set of whole numbers"),
        ("numbers", {True}, "it takes a set of whole numbers"),
        ("numbers", {10**39 + 1}, "numbers: "),
        ("blobs", {"a"}, "it takes a set of bytes"),
        ("ends", 5, "a datetime with a time zone, or a timedelta"),
        ("ends", AT.replace(tzinfo=None), "a datetime with a time zone, or a timedelta"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(thing, name, value, reason):
    with pytest.raises(ValueRefused, match=reason):
        encoded(thing, name, value)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("text", st.text()),
        ("flag", st.booleans()),
        ("whole", st.integers(-(10**38) + 1, 10**38 - 1)),
        ("exact", st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**28), max_value=10**28)),
        ("measured", st.floats(-1e120, 1e120).filter(lambda value: not value or abs(value) > 1e-100)),
        ("moment", st.datetimes(timezones=st.just(UTC) | st.just(TWO), min_value=FIRST)),
        ("day", st.dates()),
        ("token", st.uuids()),
        ("blob", st.binary()),
        (
            "json",
            st.recursive(
                st.none() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3), max_leaves=5
            ).filter(lambda value: value is not None),
        ),
        ("texts", st.lists(st.text())),
        ("days", st.lists(st.dates())),
        ("words", st.sets(st.text(), min_size=1)),
        ("blobs", st.sets(st.binary(), min_size=1)),
    ],
)
@given(st.data())
def test_what_is_stored_is_read_back(thing, name, values, data):
    value = data.draw(values)
    attr = thing.schema.attributes[name]
    held = encoded(thing, name, value)
    assert attr.deserialize(attr.get_value(held)) == value


def test_a_time_of_expiry_is_whole_seconds_or_counted_from_now(thing):
    made = thing.__new__(thing)
    made.attribute_values = {}
    made.ends = datetime(2025, 1, 15, 10, 30, 0, 999_999, tzinfo=UTC)
    assert made.ends == datetime(2025, 1, 15, 10, 30, tzinfo=UTC)
    made.ends = timedelta(days=90)
    left = made.ends - datetime.now(UTC)
    assert timedelta(days=89) < left <= timedelta(days=90)
    made.ends = None
    assert made.ends is None


def test_to_set_none_is_to_remove(thing):
    assert type(thing.text.set("x")).__name__ == "SetAction"
    assert type(thing.text.set(None)).__name__ == "RemoveAction"


def test_a_version_is_a_whole_number(thing):
    made = thing.__new__(thing)
    made.attribute_values = {}
    for wrong in ("1", True, 1.5):
        with pytest.raises(ValueRefused, match=r"version is .*; it takes a whole number"):
            made.version = wrong
