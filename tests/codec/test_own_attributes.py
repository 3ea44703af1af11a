"""The attributes of this library: as PynamoDB's where they stand on one of them, and exactly there and back again."""

# ruff: noqa: DTZ001, E501 - naive times are among what is refused; cases stand in rows

from __future__ import annotations

import enum
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st
from pynamodb import attributes as pynamo
from pynamodb.models import Model

from dynamo_models import (
    Bool,
    Bytes,
    BytesSet,
    Date,
    Entity,
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
)  # fmt: skip
from dynamo_models.codec import codec_of
from dynamo_models.codec.unusual import encode_value
from tests.codec.tables import private_table
from tests.codec.twins import expiries, json_values, ordered, shape, texts, times, untimed

table = private_table("Own", ttl="expires")


class Theirs(Model):
    class Meta:
        table_name = "Own"
        region = "us-east-1"

    text = pynamo.UnicodeAttribute()
    flag = pynamo.BooleanAttribute()
    number = pynamo.NumberAttribute()
    whole = pynamo.NumberAttribute()
    time = pynamo.UTCDateTimeAttribute()
    data = pynamo.BinaryAttribute(legacy_encoding=False)
    json = pynamo.JSONAttribute()
    texts = pynamo.UnicodeSetAttribute()
    numbers = pynamo.NumberSetAttribute()
    datas = pynamo.BinarySetAttribute(legacy_encoding=False)
    expires = pynamo.TTLAttribute()
    version = pynamo.VersionAttribute()
    tags: Any = pynamo.ListAttribute(of=pynamo.UnicodeAttribute)
    counts: Any = pynamo.ListAttribute(of=pynamo.NumberAttribute)
    anything: Any = pynamo.ListAttribute()
    pairs: Any = pynamo.MapAttribute()


class Ours(Entity, table=table):
    text = Text()
    flag = Bool()
    number = Float()
    whole = Int()
    time = Timestamp()
    data = Bytes()
    json = Json()
    texts = TextSet(null=True)
    numbers = NumberSet(null=True)
    datas = BytesSet(null=True)
    expires = Expires()
    version = Version()
    tags = List(Text())
    counts = List(Int())
    anything = List()
    pairs = Map()

    class Keys:
        primary = Key("OWN#{flag}", "METADATA")


exact_scalars = st.none() | st.booleans() | texts | st.integers(-(10**37), 10**37) | st.binary(max_size=3)
exact_values = st.recursive(
    exact_scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
VALUES = {
    "text": texts,
    "flag": st.booleans(),
    "number": st.integers(-(10**20), 10**20) | st.floats(-1e20, 1e20).filter(lambda x: abs(x) > 1e-120),
    "whole": st.integers(-(10**37), 10**37),
    "time": times,
    "data": st.binary(max_size=5),
    "json": json_values.filter(lambda value: value is not None),
    "texts": st.sets(texts, max_size=3),
    "numbers": st.sets(st.integers(-(10**37), 10**37), max_size=3),
    "datas": st.sets(st.binary(max_size=3), max_size=3),
    "expires": expiries,
    "version": st.integers(1, 10**9),
    "tags": st.lists(texts, max_size=4),
    "counts": st.lists(st.integers(-(10**20), 10**20), max_size=4),
    "anything": st.lists(exact_values, max_size=3),
    # PynamoDB takes names of its constructor's arguments for these; DynamoDB does not mind them.
    "pairs": st.dictionaries(st.text("abcdexyz", min_size=1), exact_values, max_size=4),
}


@untimed
@given(st.fixed_dictionaries(VALUES))
def test_an_attribute_that_stands_on_pynamodbs_writes_and_reads_what_that_one_does(given_values):
    theirs, ours = Theirs(**given_values), Ours(**given_values)
    item = codec_of(Ours).encode(ours)
    assert ordered({name: item.get(name) for name in VALUES}) == ordered(
        {name: theirs.serialize().get(name) for name in VALUES}
    )
    read_theirs, read_ours = Theirs.from_raw_data(theirs.serialize()), codec_of(Ours).decode(item)
    for name in VALUES:
        held = getattr(read_theirs, name)
        held = held.as_dict() if name == "pairs" else held
        assert shape(getattr(read_ours, name)) == shape(held), name


@untimed
@given(st.fixed_dictionaries(VALUES))
def test_generated_code_writes_what_each_attribute_writes_when_it_is_asked_itself(given_values):
    ours = Ours(**given_values)
    item = codec_of(Ours).encode(ours)
    for name, attr in Ours.schema.attributes.items():
        assert ordered(item.get(name)) == ordered(encode_value(ours, name, attr)), name


class Exact(Entity, table=table):
    whole = Int()
    exact = Number()
    day = Date()
    ident = Uuid()
    pairs = Map()
    anything = List()
    days = List(Date())
    exacts = List(Number())
    idents = List(Uuid())
    times = List(Timestamp())
    flags = List(Bool())
    grid = List(List(Int()))

    class Keys:
        primary = Key("EXACT#{ident}", "METADATA")


decimals = st.decimals(-(10**30), 10**30, places=6)
sets = st.sets(texts, min_size=1, max_size=3) | st.sets(st.integers(), min_size=1, max_size=3).filter(
    lambda found: all(abs(each) < 10**38 for each in found)
)
EXACT = {
    "whole": st.integers(-(10**38) + 1, 10**38 - 1),
    "exact": decimals,
    "day": st.dates(),
    "ident": st.uuids(),
    "pairs": st.dictionaries(texts, exact_values | sets, max_size=4),
    "anything": st.lists(exact_values | sets, max_size=4),
    "days": st.lists(st.dates(), max_size=3),
    "exacts": st.lists(decimals, max_size=3),
    "idents": st.lists(st.uuids(), max_size=3),
    "times": st.lists(times.map(lambda value: value.astimezone(UTC)), max_size=3),
    "flags": st.lists(st.booleans(), max_size=3),
    "grid": st.lists(st.lists(st.integers(-9, 9), max_size=2), max_size=2),
}


@untimed
@given(st.fixed_dictionaries(EXACT))
def test_what_is_written_is_read_again(given_values):
    codec = codec_of(Exact)
    read = codec.decode(codec.encode(Exact(**given_values)))
    for name, value in given_values.items():
        assert shape(getattr(read, name)) == shape(value), name


GOOD: dict[str, Any] = {
    "text": "x", "flag": True, "number": 1.5, "whole": 1, "time": datetime(2025, 1, 15, tzinfo=UTC), "data": b"x", "json": {},
    "expires": datetime(2025, 1, 15, tzinfo=UTC), "tags": [], "counts": [], "anything": [], "pairs": {},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 5), ("text", b"x"), ("text", None), ("flag", 1), ("flag", "true"), ("whole", True), ("whole", 1.0), ("whole", "1"),
        ("whole", Decimal(1)), ("whole", 10**38 + 1), ("number", True), ("number", float("nan")), ("number", float("inf")), ("number", "1"),
        ("time", datetime(2025, 1, 15)), ("time", "2025-01-15"), ("time", date(2025, 1, 15)), ("data", "x"), ("json", object()),
        ("texts", {1}), ("texts", "abc"), ("numbers", {"1"}), ("numbers", {True}), ("numbers", {1.5}), ("datas", {"x"}),
        ("tags", "abc"), ("tags", [1]), ("tags", [None]), ("tags", {"a"}), ("counts", [True]), ("counts", [1.0]), ("counts", ["1"]),
        ("anything", [1.5]), ("anything", [object()]), ("anything", [set()]), ("pairs", {1: "x"}), ("pairs", {"a": 1.5}), ("pairs", []),
        ("pairs", {"a": {"b": [object()]}}),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_with_the_entity_and_the_attribute_named(name, value):
    with pytest.raises(ValueRefused, match=rf"^Ours: {name}\b"):
        codec_of(Ours).encode(Ours(**{**GOOD, name: value}))


@pytest.mark.parametrize("value", ["soon", 5, datetime(2025, 1, 15)])
def test_a_time_of_expiry_of_another_type_is_refused_when_it_is_set(value):
    with pytest.raises(ValueRefused, match=r"expires"):
        Ours(**{**GOOD, "expires": value})


def test_a_time_of_expiry_is_whole_seconds_and_may_be_counted_from_now():
    instance = Ours(**{**GOOD, "expires": datetime(2025, 1, 15, 10, 30, 0, 999_999, tzinfo=UTC)})
    assert codec_of(Ours).encode(instance)["expires"] == {"N": "1736937000"}
    instance.expires = timedelta(days=1)
    assert timedelta(hours=23) < instance.expires - datetime.now(UTC) < timedelta(hours=25)


class Plain(str, enum.Enum):  # noqa: UP042 - the older kind, whose str() is another text
    A = "a"


class Choice(models.TextChoices):
    A = "a", "The letter"


class Level(int, enum.Enum):
    ONE = 1


class Other(str):  # noqa: SLOT000 - as a user writes it
    def __str__(self) -> str:
        return "other"

    def __format__(self, spec: str) -> str:
        return "formatted"


@pytest.mark.parametrize("value", [Plain.A, Choice.A, enum.StrEnum("Word", {"A": "a"}).A, mark_safe("a"), Other("a")])
def test_a_kind_of_text_is_written_as_the_text_that_it_is_in_attributes_and_keys(value):
    class Kept(Entity, table=private_table("Kept")):
        text = Text()
        some = List(Text())

        class Keys:
            primary = Key("KEPT#{text}", "{text}")

    item = codec_of(Kept).encode(Kept(text=value, some=[value]))
    assert item["text"] == {"S": "a"}
    assert item["PK"] == {"S": "KEPT#a"}
    assert type(item["text"]["S"]) is str
    assert item["some"] == {"L": [{"S": "a"}]}


@pytest.mark.parametrize("value", [Level.ONE, enum.IntEnum("Rank", {"ONE": 1}).ONE])
def test_a_kind_of_whole_number_is_written_as_the_number_that_it_is(value):
    item = codec_of(Ours).encode(Ours(**{**GOOD, "whole": value, "counts": [value]}))
    assert item["whole"] == {"N": "1"}
    assert item["counts"] == {"L": [{"N": "1"}]}


def test_other_kinds_of_the_same_value_are_written_as_it():
    class Moment(datetime):
        pass

    class Pairs(dict):
        pass

    moment = Moment(2025, 1, 15, tzinfo=UTC)
    item = codec_of(Ours).encode(
        Ours(**{**GOOD, "time": moment, "pairs": Pairs(a="x"), "tags": ("a", "b"), "texts": ["b", "a"]})
    )
    assert item["time"] == {"S": "2025-01-15T00:00:00.000000+0000"}
    assert item["pairs"] == {"M": {"a": {"S": "x"}}}
    assert item["tags"] == {"L": [{"S": "a"}, {"S": "b"}]}
    assert item["texts"] == {"SS": ["a", "b"]}


def test_a_decimal_is_exact_and_a_float_in_its_place_is_refused():
    class Price(Entity, table=private_table("Price")):
        ident = Uuid(default=uuid.uuid4)
        value = Number(choices=[Decimal("0.10"), Decimal(1)])

        class Keys:
            primary = Key("PRICE#{ident}", "METADATA")

    codec = codec_of(Price)
    assert codec.encode(Price(value=Decimal("0.10")))["value"] == {"N": "0.10"}
    assert codec.encode(Price(value=1))["value"] == {"N": "1"}
    for refused in (0.1, Decimal(2), True, Decimal("NaN"), Decimal("1e200")):
        with pytest.raises(ValueRefused, match=r"^Price: value"):
            codec.encode(Price(value=refused))


def test_a_value_that_is_not_among_the_choices_is_refused():
    class Chosen(Entity, table=private_table("Chosen")):
        word = Text(choices=["a", "b"])
        level = Int(choices=[1, 2], null=True)

        class Keys:
            primary = Key("CHOSEN#{word}", "METADATA")

    codec = codec_of(Chosen)
    assert codec.encode(Chosen(word=Choice.A, level=1))["word"] == {"S": "a"}
    with pytest.raises(ValueRefused, match=r"^Chosen: word is 'c'; it takes one of 'a', 'b'"):
        codec.encode(Chosen(word="c"))
    with pytest.raises(ValueRefused, match=r"^Chosen: level is 3"):
        codec.encode(Chosen(word="a", level=3))
