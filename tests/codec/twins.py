"""An entity and a plain PynamoDB model with the same attributes, one of each type that PynamoDB has; their values."""

# ruff: noqa: DTZ001, E501 - Hypothesis takes its bounds without a zone; strategies stand in rows

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from pynamodb import attributes as pynamo
from pynamodb.models import Model

from dynamo_models import Entity, Key
from tests.codec.tables import private_table


class Address(pynamo.MapAttribute):
    street = pynamo.UnicodeAttribute()
    number = pynamo.NumberAttribute(null=True)
    since = pynamo.UTCDateTimeAttribute(null=True, attr_name="s")


class House(pynamo.MapAttribute):
    address = Address()
    rooms = pynamo.ListAttribute(of=pynamo.UnicodeAttribute, null=True)
    color = pynamo.UnicodeAttribute(default="white")


class Open(pynamo.DynamicMapAttribute):
    since = pynamo.UTCDateTimeAttribute(null=True)


class Plain(pynamo.UnicodeAttribute):
    """Overrides nothing."""


class Upper(pynamo.UnicodeAttribute):
    def serialize(self, value: Any) -> Any:
        return super().serialize(value.upper())


class Tagged(pynamo.UnicodeAttribute):
    def deserialize(self, value: Any) -> Any:
        return f"<{value}>"


class Read(pynamo.UnicodeAttribute):
    def __get__(self, instance: Any, owner: Any) -> Any:
        value = super().__get__(instance, owner)
        return value if instance is None or value is None else value.strip()


class Written(pynamo.UnicodeAttribute):
    def __set__(self, instance: Any, value: Any) -> None:
        super().__set__(instance, value and value.lower())


class Got(pynamo.UnicodeAttribute):
    def get_value(self, value: dict[str, Any]) -> Any:
        return value.get("S", "got")


class AsNumber(pynamo.UnicodeAttribute):
    """Another type under the same methods."""

    attr_type = "N"


class Cents(pynamo.NumberAttribute):
    def serialize(self, value: Any) -> Any:
        return super().serialize(round(value * 100))

    def deserialize(self, value: Any) -> Any:
        return super().deserialize(value) / 100


def stock_attributes() -> dict[str, Any]:
    """One attribute of each type and of each way to be absent, made anew for each class."""
    return {
        "text": pynamo.UnicodeAttribute(),
        "text_named": pynamo.UnicodeAttribute(null=True, attr_name="Tn"),
        "text_default": pynamo.UnicodeAttribute(default="first"),
        "text_made": pynamo.UnicodeAttribute(default=lambda: "made"),
        "text_new": pynamo.UnicodeAttribute(default_for_new="new", null=True),
        "number": pynamo.NumberAttribute(),
        "number_null": pynamo.NumberAttribute(null=True),
        "number_default": pynamo.NumberAttribute(default=3),
        "flag": pynamo.BooleanAttribute(),
        "flag_null": pynamo.BooleanAttribute(null=True),
        "flag_default": pynamo.BooleanAttribute(default=False),
        "time": pynamo.UTCDateTimeAttribute(),
        "time_null": pynamo.UTCDateTimeAttribute(null=True),
        "binary": pynamo.BinaryAttribute(legacy_encoding=False, null=True),
        "binary_legacy": pynamo.BinaryAttribute(legacy_encoding=True, null=True),
        "texts": pynamo.UnicodeSetAttribute(),
        "numbers": pynamo.NumberSetAttribute(),
        "binaries": pynamo.BinarySetAttribute(legacy_encoding=False),
        "binaries_legacy": pynamo.BinarySetAttribute(legacy_encoding=True),
        "json": pynamo.JSONAttribute(null=True),
        "any_list": pynamo.ListAttribute(null=True),
        "text_list": pynamo.ListAttribute(of=pynamo.UnicodeAttribute, null=True),
        "address_list": pynamo.ListAttribute(of=Address, null=True),
        "raw_map": pynamo.MapAttribute(null=True),
        "address": Address(null=True),
        "house": House(null=True, attr_name="H"),
        "open_map": Open(null=True),
        "nothing": pynamo.NullAttribute(null=True),
        "expires": pynamo.TTLAttribute(null=True),
        "version": pynamo.VersionAttribute(),
        "plain": Plain(null=True),
        "upper": Upper(null=True),
        "tagged": Tagged(null=True),
        "read": Read(null=True),
        "written": Written(null=True),
        "got": Got(null=True),
        "as_number": AsNumber(null=True),
        "cents": Cents(null=True),
    }


def named(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes, with maps named before the class is made: an entity looks for names earlier than PynamoDB."""
    for name, attr in attributes.items():
        if isinstance(attr, pynamo.MapAttribute):
            vars(attr).setdefault("attr_path", [attr.attribute_kwargs.get("attr_name") or name])
    return attributes


NAMES = tuple(stock_attributes())


class Base(Model):
    class Meta:
        table_name = "Twins"
        region = "us-east-1"

    EntityType = pynamo.DiscriminatorAttribute()


Theirs = type(Base)("Twin", (Base,), stock_attributes(), discriminator="Twin")

table = private_table("Twins", ttl="expires")
Ours: Any = type(Entity)(
    "Twin",
    (Entity,),
    {
        **named(stock_attributes()),
        "Keys": type("Keys", (), {"primary": Key("TWIN#{flag}", "METADATA")}),
        "__module__": __name__,
        "__qualname__": "Twin",
    },
    table=table,
)
OWN_NAMES = ("PK", "SK")

# No test is timed.
untimed = settings(deadline=None)

# Text of any planes that UTF-8 has.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
words = st.text(string.ascii_letters, min_size=1, max_size=6)
numbers = st.one_of(
    st.integers(-(10**20), 10**20),
    st.integers(-5, 5),
    st.floats(-1e20, 1e20, allow_subnormal=False).filter(lambda x: abs(x) > 1e-120),
)
zones = st.sampled_from(
    [UTC, timezone(timedelta(0)), timezone(timedelta(hours=9)), timezone(timedelta(hours=-3, minutes=-30))]
)
times = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=zones)
naive_times = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29))
expiries = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=zones)
raw_scalars = st.one_of(
    st.none(), st.booleans(), texts, st.integers(-100, 100), st.floats(0.5, 2.0), st.binary(max_size=3)
)
raw_values = st.recursive(
    raw_scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
json_values = st.recursive(
    st.none() | st.booleans() | texts | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
addresses = st.fixed_dictionaries({"street": texts}, optional={"number": st.integers(), "since": times})
# A name that a map's constructor takes for its own is set on the map, not in it.
raw_maps = st.dictionaries(words, raw_values, max_size=3)

VALID: dict[str, st.SearchStrategy[Any]] = {
    "number": numbers,
    "number_null": numbers,
    "number_default": numbers,
    "flag": st.booleans(),
    "flag_null": st.booleans(),
    "flag_default": st.booleans(),
    "time": times | naive_times,
    "time_null": times | naive_times,
    "binary": st.binary(max_size=5),
    "binary_legacy": st.binary(max_size=5),
    "texts": st.sets(texts, max_size=3),
    "numbers": st.sets(st.integers(-100, 100) | st.floats(0.5, 2.0), max_size=3),
    "binaries": st.sets(st.binary(max_size=3), max_size=3),
    "binaries_legacy": st.sets(st.binary(max_size=3), max_size=3),
    "json": json_values,
    "any_list": st.lists(raw_values, max_size=3),
    "text_list": st.lists(texts, max_size=3),
    "address_list": st.lists(addresses.map(lambda given: Address(**given)), max_size=2),
    "raw_map": raw_maps,
    "address": addresses,
    "house": st.fixed_dictionaries(
        {"address": addresses}, optional={"rooms": st.lists(texts, max_size=2), "color": texts}
    ),
    "open_map": st.fixed_dictionaries({}, optional={"since": times, "other": texts, "count": st.integers(0, 9)}),
    "nothing": st.none(),
    "expires": expiries,
    "version": st.integers(1, 10**6),
    "as_number": st.integers(0, 99).map(str),
    "cents": st.integers(0, 99),
    "read": texts,
}
# With a default, None cannot be said: what is given would be absent, and the attribute may not be.
WITH_DEFAULT = {"text_default", "text_made", "number_default", "flag_default"}
REQUIRED = {"text", "number", "flag", "time", "version"}


def values() -> st.SearchStrategy[dict[str, Any]]:
    """Values that both sides take: what must be there, and some of what need not be."""
    every = {name: VALID.get(name, texts) for name in NAMES}
    return st.fixed_dictionaries(
        {name: every[name] for name in NAMES if name in REQUIRED},
        optional={
            name: every[name] if name in WITH_DEFAULT else every[name] | st.none()
            for name in NAMES
            if name not in REQUIRED
        },
    )


junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.binary(max_size=3), times, naive_times,
    st.lists(raw_scalars, max_size=2), st.dictionaries(texts, raw_scalars, max_size=2), st.sets(st.integers() | texts, max_size=2),
    st.builds(object), st.decimals(allow_nan=True), st.timedeltas(timedelta(0), timedelta(days=9)),
)  # fmt: skip


def ordered(wire: Any) -> Any:
    """A wire form whose sets are in order."""
    if isinstance(wire, dict):
        return {
            key: sorted(held) if key in ("SS", "NS", "BS") and isinstance(held, list) else ordered(held)
            for key, held in wire.items()
        }
    return [ordered(each) for each in wire] if isinstance(wire, list) else wire


def shape(value: Any) -> Any:
    """A value that can be compared: maps of PynamoDB are by identity; types matter, and NaN is itself."""
    if isinstance(value, pynamo.MapAttribute):
        return (type(value), {name: shape(each) for name, each in value.attribute_values.items()})
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    if isinstance(value, set):
        return (set, frozenset(value))
    return (type(value), value)
