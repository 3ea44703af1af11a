"""Keys of entities: what they are made of, what is refused and how, limits, shards, unique identities."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamo_models import (
    Attr,
    Bool,
    Bytes,
    Date,
    Entity,
    Index,
    Int,
    Key,
    KeyRefused,
    LocalIndex,
    Q,
    Table,
    Text,
    Timestamp,
    Unique,
    Uuid,
    ValueRefused,
    numeric,
)
from tests.schema.making import entity, ids, table

NOW = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def problem():
    class Problem(Entity, table=Table("Main", indexes=[Index("GSI1"), Index("GSI2"), Index("GSI3")])):
        platform: Attr[str] = Text()
        number: Attr[str] = Text()
        language: Attr[str | None] = Text(default=None)
        rank: Attr[int] = Int(default=0)
        is_deleted: Attr[bool] = Bool(default=False)
        created_at: Attr[datetime] = Timestamp(default=NOW)
        day: Attr[date] = Date(default=date(2025, 1, 15))
        token: Attr[UUID] = Uuid(default=UUID(int=1))

        class Keys:
            primary = Key("PROBLEM#{platform}#{number}", "METADATA")
            by_platform = Key("PLATFORM#{platform}", "{rank:06d}#{created_at}", index="GSI1", when=Q(is_deleted=False))
            by_language = Key("LANGUAGE#{language}", "{day}#{token}", index="GSI2")
            by_day = Key("DAY#{created_at:%Y-%m-%d}", "{created_at}", index="GSI3", shards=4)
            by_token = Unique("{token}")

    return Problem


def test_an_item_has_its_keys(problem):
    item = problem(platform="baekjoon", number="1000", language="C", rank=7).serialize()
    keys = {name: held["S"] for name, held in item.items() if name in ("PK", "SK") or name.startswith("GSI")}
    shard = keys["GSI3PK"].rpartition("#")[2]
    assert keys == {
        "PK": "PROBLEM#baekjoon#1000",
        "SK": "METADATA",
        "GSI1PK": "PLATFORM#baekjoon",
        "GSI1SK": "000007#2025-01-15T10:30:00.000000Z",
        "GSI2PK": "LANGUAGE#C",
        "GSI2SK": "2025-01-15#00000000-0000-0000-0000-000000000001",
        "GSI3PK": f"DAY#2025-01-15#{shard}",
        "GSI3SK": "2025-01-15T10:30:00.000000Z",
    }
    assert shard in {"0", "1", "2", "3"}


def test_keys_are_read_on_an_instance_and_cannot_be_set(problem):
    made = problem(platform="baekjoon", number="1000")
    assert made.PK == "PROBLEM#baekjoon#1000"
    assert made.GSI2PK is None
    with pytest.raises(KeyRefused, match="GSI1PK is computed from the facets and cannot be set"):
        made.GSI1PK = "PLATFORM#x"


@pytest.mark.parametrize(
    ("changed", "gone"), [({"is_deleted": True}, "GSI1"), ({"language": None}, "GSI2")], ids=["condition", "facet"]
)
def test_both_halves_of_an_index_key_are_there_or_neither(problem, changed, gone):
    item = problem(**{"platform": "p", "number": "1", "language": "C"} | changed).serialize()
    assert not {name for name in item if name.startswith(gone)}
    assert {name for name in item if name.startswith("GSI")} == {
        f"{index}{half}" for index in {"GSI1", "GSI2", "GSI3"} - {gone} for half in ("PK", "SK")
    }


class Colour(str, enum.Enum):  # noqa: UP042 - of a StrEnum, str() is the value
    RED = "red"


class Level(int, enum.Enum):
    LOW = 2


def test_a_member_of_an_enum_stands_in_a_key_as_its_value(problem):
    item = problem(platform=Colour.RED, number="1", rank=Level.LOW).serialize()
    assert item["PK"] == {"S": "PROBLEM#red#1"}
    assert item["GSI1SK"]["S"].startswith("000002#")
    assert problem.schema.keys["by_platform"].wire({"platform": Colour.RED, "rank": Level.LOW, "created_at": NOW})[
        "GSI1PK"
    ] == {"S": "PLATFORM#red"}


REFUSED = {
    "the delimiter": ({"platform": "bae#kjoon"}, "primary", "platform", "declare the attribute with escape=True"),
    "empty text": ({"number": ""}, "primary", "number", "it is empty"),
    "half of a pair": ({"number": "\ud800"}, "primary", "number", "no Unicode text"),
    "missing": ({"number": None}, "primary", "number", "it is not given"),
    "a number for text": ({"number": 5}, "primary", "number", "it is int and not text"),
    "negative": ({"rank": -1}, "by_platform", "rank", "-1 is negative"),
    "too wide": ({"rank": 1_000_000}, "by_platform", "rank", "1000000 is wider than the 6 digits"),
    "a bool for a number": ({"rank": True}, "by_platform", "rank", "it is bool and not a whole number"),
    "a naive time": ({"created_at": NOW.replace(tzinfo=None)}, "by_day", "created_at", "has no time zone"),
    "a time before year 1": (
        {"created_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2)))},
        "by_day",
        "created_at",
        "years 1 to 9999",
    ),
    "a date for a time": ({"created_at": date(2025, 1, 1)}, "by_day", "created_at", "it is date and not a datetime"),
    "a time for a date": ({"day": NOW}, "by_language", "day", "it is datetime and not a date"),
    "text for a UUID": ({"token": "x"}, "by_language", "token", "it is str and not a UUID"),
}  # fmt: skip

VALUES = {
    "platform": "p", "number": "1", "language": "C", "rank": 0, "is_deleted": False, "created_at": NOW,
    "day": date(2025, 1, 15), "token": UUID(int=1),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_key_names_the_entity_the_key_the_facet_and_the_reason(problem, case):
    changed, key, facet, reason = REFUSED[case]
    with pytest.raises(KeyRefused, match=reason) as caught:
        problem.schema.keys[key].wire({**VALUES, **changed})
    assert (caught.value.entity, caught.value.key, caught.value.facet) == ("Problem", f"Problem.{key}", facet)
    assert all(word in str(caught.value) for word in ("Problem", repr(key), repr(facet)))


@pytest.mark.parametrize("case", REFUSED)
def test_no_item_is_made_of_what_a_key_refuses(problem, case):
    changed = REFUSED[case][0]
    with pytest.raises(ValueRefused):
        problem(**{**VALUES, **changed}).serialize()


@pytest.mark.parametrize(("one", "other"), [(("x#y", "z"), ("x", "y#z"))])
def test_an_escaped_delimiter_does_not_make_two_items_one(one, other):
    made = entity(table(), {"primary": Key("A#{a}#{b}", "{b}")}, a=Text(escape=True), b=Text(escape=True))
    assert made(a=one[0], b=one[1]).PK != made(a=other[0], b=other[1]).PK


@pytest.mark.parametrize("delimiter", ["#", "|", "/", "!", ";", "_"])
@given(
    st.text(alphabet="#|/!;_%237CF5a", min_size=1, max_size=6),
    st.text(alphabet="#|/!;_%237CF5a", min_size=1, max_size=6),
)
def test_escaping_is_reversible_with_any_delimiter(delimiter, one, other):
    made = escaped(delimiter)
    keys = [made.schema.primary.wire({"a": text, "b": "x"}) for text in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)
    assert made.schema.primary.read_back(keys[0]) == {"a": one, "b": "x"}


_escaped = {}


def escaped(delimiter):
    if delimiter not in _escaped:
        keys = {"primary": Key(f"A{delimiter}{{a}}{delimiter}{{b}}", "X")}
        _escaped[delimiter] = entity(table(delimiter=delimiter), keys, a=Text(escape=True), b=Text(escape=True))
    return _escaped[delimiter]


# Lengths


@pytest.mark.parametrize(("letter", "width"), [("a", 1), ("é", 2), ("漢", 3)])
def test_a_key_may_be_as_long_as_dynamodb_takes_and_no_longer(letter, width):
    made = entity(table(), {"primary": Key("{a}", "{b}")}, a=Text(), b=Text())
    longest = {"a": letter * (2048 // width), "b": letter * (1024 // width)}
    made(**longest).serialize()
    for name, limit in (("a", "2,048"), ("b", "1,024")):
        too_long = {**longest, name: longest[name] + letter * 3}
        with pytest.raises(KeyRefused, match="bytes"):
            made(**too_long).serialize()
        with pytest.raises(KeyRefused, match=f"bytes and DynamoDB takes {limit}"):
            made.schema.primary.wire(too_long)


def test_the_number_of_a_shard_counts_to_a_keys_length():
    keys = {"primary": Key("{id}", "X"), "by": Key("{a}", "X", index="GSI1", shards=4)}
    made = entity(table(indexes=[Index("GSI1")]), keys, id=Text(), a=Text())
    made.schema.keys["by"].wire({"id": "1", "a": "a" * 2046})
    with pytest.raises(KeyRefused, match="2,049 bytes"):
        made.schema.keys["by"].wire({"id": "1", "a": "a" * 2047})


def test_the_key_of_a_unique_item_has_the_same_limit():
    made = entity(table(), {"primary": Key("{id}", "X"), "by_a": Unique("{a}")}, id=Text(), a=Text())
    with pytest.raises(KeyRefused, match="unique 'by_a' cannot be made: the key is"):
        made.schema.uniques["by_a"].key({"a": "a" * 2048})


# Shards


@given(st.uuids(), st.integers(2, 100))
def test_a_shard_is_the_items_own_and_in_range(token, shards):
    by = sharded(shards).schema.keys["by"]
    key = by.wire({"id": token, "a": "x"})["GSI1PK"]["S"]
    assert key == by.wire({"id": token, "a": "x"})["GSI1PK"]["S"]
    assert sharded(shards)(id=token, a="x").serialize()["GSI1PK"]["S"] == key
    assert key.startswith("A#x#")
    assert int(key.rpartition("#")[2]) in range(shards)
    # Another value of the key itself leaves the item in its shard.
    assert by.wire({"id": token, "a": "y"})["GSI1PK"]["S"].rpartition("#")[2] == key.rpartition("#")[2]


_sharded = {}


def sharded(shards):
    if shards not in _sharded:
        keys = {"primary": Key("T#{id}", "X"), "by": Key("A#{a}", "X", index="GSI1", shards=shards)}
        _sharded[shards] = entity(table(indexes=[Index("GSI1")]), keys, id=Uuid(), a=Text())
    return _sharded[shards]


def test_the_shard_of_an_item_is_the_same_in_every_process_and_release():
    by = sharded(100).schema.keys["by"]
    keys = [by.wire({"id": UUID(int=number), "a": "x"})["GSI1PK"]["S"] for number in range(4)]
    assert keys == ["A#x#38", "A#x#77", "A#x#80", "A#x#47"]


def test_all_shards_are_used():
    by = sharded(4).schema.keys["by"]
    used = {by.wire({"id": UUID(int=number), "a": "x"})["GSI1PK"]["S"] for number in range(100)}
    assert used == {f"A#x#{shard}" for shard in range(4)}


# Reading back


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"GSI1PK": {"S": "A#x#1"}},
        {"GSI1PK": {"S": "A#x#4"}, "GSI1SK": {"S": "X"}},
        {"GSI1PK": {"S": "A#x#01"}, "GSI1SK": {"S": "X"}},
        {"GSI1PK": {"S": "A#x#²"}, "GSI1SK": {"S": "X"}},
        {"GSI1PK": {"S": "A#x"}, "GSI1SK": {"S": "X"}},
        {"GSI1PK": {"S": "A##1"}, "GSI1SK": {"S": "X"}},
        {"GSI1PK": {"S": "B#x#1"}, "GSI1SK": {"S": "X"}},
        {"GSI1PK": {"S": "A#x#1"}, "GSI1SK": {"S": "Y"}},
        {"GSI1PK": {"N": "1"}, "GSI1SK": {"S": "X"}},
    ],
)
def test_another_entitys_key_is_not_read_back(item):
    assert sharded(4).schema.keys["by"].read_back(item) is None


@pytest.mark.parametrize(
    ("template", "declared", "text"),
    [
        ("{a:06d}", Int(), "12"),
        ("{a:06d}", Int(), "0000012"),
        ("{a:06d}", Int(), "+00012"),
        ("{a:03d}", Int(), "٠١٢"),
        ("{a}", Timestamp(), "2025-01-15"),
        ("{a}", Timestamp(), "2025-01-15T10:30:00.000000+00:00"),
        ("{a:%Y-%m-%d}", Timestamp(), "20250115"),
        ("{a:%Y-%m-%d}", Timestamp(), "2025-02-30"),
        ("{a:%Y}", Timestamp(), "٢٠٢٥"),
        ("{a}", Date(), "20250115"),
        ("{a}", Uuid(), "00000000000000000000000000000001"),
        ("{a}", Uuid(), "00000000-0000-0000-0000-00000000000A"),
        ("{a}", Bool(), "True"),
        ("{a}", Text(choices=["x", "y"]), "z"),
        ("{a}", Text(escape=True), "%2"),
        ("{a}", Text(), ""),
    ],
)
def test_only_the_one_spelling_of_a_value_is_read_back(template, declared, text):
    keys = {"primary": Key("{id}", "X"), "by": Key("A", template, index="GSI1")}
    made = entity(table(indexes=[Index("GSI1")]), keys, id=Text(), a=declared)
    assert made.schema.keys["by"].read_back({"GSI1PK": {"S": "A"}, "GSI1SK": {"S": text}}) is None


def test_a_part_of_a_time_that_contradicts_the_time_beside_it_is_not_read_back():
    made = entity(table(), {"primary": Key("{at:%Y}", "{at}")}, at=Timestamp())
    item = made(at=NOW).serialize()
    assert made.schema.primary.read_back(item) == {"at": NOW}
    assert made.schema.primary.read_back({**item, "PK": {"S": "2024"}}) is None


# Keys that are attributes themselves


@pytest.fixture
def message():
    chat = Table("ChatMessages", pk="conversationId", sk=numeric("timestamp"), indexes=[
        Index("ByModule", pk=numeric("moduleId"), sk=numeric("timestamp")),
    ])  # fmt: skip

    class Message(Entity, table=chat):
        conversation: Attr[str] = Text(name="conversationId")
        timestamp: Attr[int] = Int()
        module: Attr[int | None] = Int(default=None, name="moduleId")

        class Keys:
            primary = Key("{conversation}", "{timestamp}")
            by_module = Key("{module}", "{timestamp}", index="ByModule")

    return Message


def test_a_key_may_be_attributes_themselves_and_numbers(message):
    assert ids(message) == []
    item = message(conversation="c", timestamp=-3, module=7).serialize()
    assert item == {
        "conversationId": {"S": "c"}, "timestamp": {"N": "-3"}, "moduleId": {"N": "7"}, "EntityType": {"S": "Message"},
    }  # fmt: skip
    assert message.schema.primary.read_back(item) == {"conversation": "c", "timestamp": -3}


def test_an_attribute_that_is_a_key_cannot_be_empty_or_missing_or_too_long(message):
    for value, reason in (
        ("", "it is empty"),
        (None, "it is not given"),
        (5, "it takes text"),
        ("a" * 2049, "2,049 bytes"),
    ):
        with pytest.raises(KeyRefused, match=reason) as caught:
            message.schema.primary.wire({"conversation": value, "timestamp": 1})
        assert (caught.value.key, caught.value.facet) == ("Message.primary", "conversation")


def test_an_item_of_another_type_in_the_table_is_not_read_back():
    made = entity(table(pk="id", sk=None), {"primary": Key("{id}")}, id=Uuid())
    assert ids(made) == []
    assert made.schema.primary.read_back({"id": {"S": "not a UUID"}}) is None
    token = UUID(int=5)
    assert made.schema.primary.read_back(made(id=token).serialize()) == {"id": token}


def test_bytes_may_be_a_key():
    from dynamo_models.schema.table import KeyAttribute

    made = entity(table(pk=KeyAttribute("id", "B"), sk=None), {"primary": Key("{id}")}, id=Bytes())
    assert ids(made) == []
    assert made(id=b"\x00\xff").serialize()["id"] == {"B": b"\x00\xff"}


def test_a_local_index_has_the_tables_partition_key():
    keys = {"primary": Key("A#{a}", "{b}"), "by_rank": Key("A#{a}", "{rank:04d}", index="LSI", when=Q(rank__gt=0))}
    made = entity(table(indexes=[LocalIndex("LSI", sk="LSISK")]), keys, a=Text(), b=Text(), rank=Int())
    assert ids(made) == []
    assert made.schema.keys["by_rank"].computed == ["LSISK"]
    assert made(a="x", b="y", rank=3).serialize()["LSISK"] == {"S": "0003"}
    assert "LSISK" not in made(a="x", b="y", rank=0).serialize()


def test_an_index_may_turn_the_primary_key_round():
    where = table(indexes=[Index("Inverted", pk="SK", sk="PK")])
    keys = {
        "primary": Key("USER#{user}", "GROUP#{group}"),
        "members": Key("GROUP#{group}", "USER#{user}", index="Inverted"),
    }
    made = entity(where, keys, user=Text(), group=Text())
    assert ids(made) == []
    assert made.schema.keys["members"].computed == []
    assert made(user="u", group="g").serialize() == {
        "PK": {"S": "USER#u"},
        "SK": {"S": "GROUP#g"},
        "EntityType": {"S": "Thing"},
        "user": {"S": "u"},
        "group": {"S": "g"},
    }


# Unique identities


def test_a_unique_item_stands_under_the_entitys_type_name():
    made = entity(
        table(), {"primary": Key("{id}", "X"), "by_mail": Unique("{mail}")}, options={"type_name": "Account"},
        id=Text(), mail=Text(default=None, escape=True),
    )  # fmt: skip
    unique = made.schema.uniques["by_mail"]
    assert unique.key({"mail": "a#b"}) == {"PK": {"S": "UNIQUE#Account#by_mail#a%23b"}, "SK": {"S": "UNIQUE"}}
    assert not unique.holds({"mail": None})
    with pytest.raises(KeyRefused, match="Thing: unique 'by_mail' cannot be made: facet 'mail': it is empty") as caught:
        unique.key({"mail": ""})
    assert caught.value.key == "Thing.by_mail"


def test_a_unique_item_of_a_table_without_a_sort_key():
    made = entity(table(pk="id", sk=None), {"primary": Key("{id}"), "by": Unique("{a}")}, id=Text(), a=Text())
    assert made.schema.uniques["by"].key({"a": "x"}) == {"id": {"S": "UNIQUE#Thing#by#x"}}
