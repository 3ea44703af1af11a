"""One definition for each system check: it is found under its id, named, and comes with what to do."""

# ruff: noqa: E501 - a definition and what is found in it, each on a line

import gc
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import checks as django_checks
from django.test import override_settings
from pynamodb.attributes import NumberAttribute

from dynamo_models import (
    Bool,
    Bytes,
    Collection,
    Date,
    Expires,
    Float,
    Index,
    Int,
    Json,
    Key,
    List,
    LocalIndex,
    Map,
    Number,
    Q,
    Table,
    Text,
    TextSet,
    Timestamp,
    Unique,
    Uuid,
    checks,
    numeric,
    upgrade,
)
from tests.schema.making import entity, table

ID = {"id": Int()}
PRIMARY = {"primary": Key("T#{id}", "X")}
GSI1 = (Index("GSI1"),)


@pytest.fixture(autouse=True)
def _isolated(isolated_tables):
    """The tables of these tests are nobody else's."""


@pytest.fixture
def _forgotten():
    """``Collection.__subclasses__()`` has a test's classes until they are collected."""
    yield
    gc.collect()


def found():
    """Every finding of the defined tables: (id, message)."""
    messages = checks.check_entities()
    for message in messages:
        assert message.hint
        assert message.obj is not None
    return [(message.id.removeprefix("dynamo_models."), message.msg) for message in messages]


def thing(keys, name="Thing", where=None, options=None, **attributes):
    """An entity with an ``id`` and a primary key where none is given."""
    return entity(where or table(indexes=GSI1), PRIMARY | keys, name, options=options, **{"id": Int(), **attributes})


def by(pk="A#{id}", sk="X", **options):
    return {"by": Key(pk, sk, **{"index": "GSI1", **options})}


def dashed(field):
    """An entity whose key holds this attribute, in a table whose delimiter is a dash."""
    keys = {"primary": Key("T", "{id:03d}"), "by": Key("A-{a}", "X", index="GSI1")}
    entity(table(indexes=GSI1, delimiter="-"), keys, id=Int(), a=field)


def two(*, one, other, where):
    entity(where, one, "One", id=Int(), title=Text(), day=Date())
    entity(where, other, "Other", id=Int(), title=Text(), day=Date())


WRONG = {
    # E001 unknown facet
    "E001 in a partition key": (lambda: thing(by("A#{nothing}")), "E001", "Thing: key 'by', partition key 'A#{nothing}': there is no attribute 'nothing'."),
    "E001 in a sort key": (lambda: thing(by(sk="{nothing:06d}")), "E001", "there is no attribute 'nothing'"),
    "E001 in a unique": (lambda: thing({"by": Unique("{nothing}")}), "E001", "Thing: unique 'by', '{nothing}': there is no attribute 'nothing'."),
    # E002 number in a sort key without a width
    "E002": (lambda: thing(by(sk="{id}")), "E002", "Thing: key 'by', sort key '{id}': id is a number without a width, and 10 would sort before 2."),
    "E002 in the primary key": (lambda: thing({"primary": Key("T", "{id}")}), "E002", "id is a number without a width"),
    # E003 nullable facet in a primary key
    "E003": (lambda: thing({"primary": Key("T#{a}", "X")}, a=Text(null=True)), "E003", "Thing: key 'primary', partition key 'T#{a}': a may be absent, and the primary key may not."),
    "E003 by its default": (lambda: thing({"primary": Key("T", "{a}")}, a=Text(default=None)), "E003", "a may be absent"),
    "E003 of an attribute itself": (lambda: entity(table(pk="id", sk=None), {"primary": Key("{id}")}, id=Text(null=True)), "E003", "id may be absent"),
    # E004 keys of two entities overlap
    "E004 in one partition": (
        lambda: two(one={"primary": Key("T#{id}", "{day}")}, other={"primary": Key("T#{id}", "{title}")}, where=table()), "E004",
        re.compile(r"One: key 'primary' \(T#{id} / {day}\) and key 'primary' of Other \(T#{id} / {title}\) overlap in Throwaway-\d+: a read of one meets items of the other."),
    ),
    "E004 in an index": (
        lambda: two(one={"primary": Key("A#{id}", "X"), "by": Key("L#{title}", "{day}", index="GSI1")}, other={"primary": Key("B#{id}", "X"), "by": Key("L#{title}", "{day}", index="GSI1")}, where=table(indexes=GSI1)), "E004",
        "overlap in GSI1: a read of one meets items of the other.",
    ),
    "E004 of a prefix": (
        lambda: two(one={"primary": Key("T#{id}", "A#{day}")}, other={"primary": Key("T#{id}", "A#{title}#{day}")}, where=table()), "E004", "overlap in",
    ),
    # E005 no such index
    "E005": (lambda: thing(by(index="GSI9")), "E005", re.compile(r"Thing: key 'by' is on index 'GSI9', which table Throwaway-\d+ lacks \(it has GSI1\).")),
    "E005 without indexes": (lambda: thing(by(), where=table()), "E005", "(it has none)"),
    # W006 constant index partition without shards
    "W006": (lambda: thing(by("ALL", "{id:09d}")), "W006", "Thing: key 'by' (ALL / {id:09d}) puts all its items into one partition of GSI1."),
    "W006 of a boolean": (lambda: thing(by("DONE#{flag}", "{id:09d}"), flag=Bool()), "W006", "into 2 partitions of GSI1"),
    "W006 of two booleans": (lambda: thing(by("{flag}#{other}", "{id:09d}"), flag=Bool(), other=Bool()), "W006", "into 4 partitions of GSI1"),
    # E007 an index lacks what every read of the key asks for
    "E007 of an expiry": (
        lambda: thing(by(), where=table(indexes=[Index("GSI1", projection=["id"])], ttl="TTL"), ends=Expires(default=timedelta(1))), "E007",
        "Thing: every read by key 'by' filters on TTL, which GSI1 does not project: DynamoDB refuses such a read.",
    ),
    "E007 of KEYS_ONLY": (lambda: thing(by(), where=table(indexes=[Index("GSI1", projection="keys")], ttl="TTL"), ends=Expires(default=timedelta(1))), "E007", "filters on TTL"),
    # E008 template cannot be read
    "E008 two facets without a delimiter": (lambda: thing(by("{id}{id}")), "E008", "Thing: key 'by', partition key '{id}{id}': '{id}{id}' is not one facet alone: put '#' between a facet and what stands beside it."),
    "E008 text beside a facet": (lambda: thing(by(sk="ID-{id:06d}")), "E008", "'ID-{id:06d}' is not one facet alone"),
    "E008 half a brace": (lambda: thing(by("A#{id")), "E008", "'{id' is not one facet alone"),
    "E008 empty": (lambda: thing(by("")), "E008", "partition key '': it is empty"),
    "E008 of a unique": (lambda: thing({"by": Unique("{id}{id}")}), "E008", "unique 'by', '{id}{id}'"),
    # E009 attribute cannot stand in a key
    **{
        f"E009 of {type(field).__name__}": ((lambda field=field: thing(by("A#{a}"), a=field)), "E009", f"Thing: key 'by', partition key 'A#{{a}}': a: {reason}")
        for field, reason in (
            (Float(), "a float never is a facet"), (Number(), "a number with a fraction cannot stand in a key"),
            (Bytes(), "Bytes cannot stand in a key"), (Json(), "Json cannot stand in a key"), (List(), "List cannot stand in a key"),
            (Map(), "Map cannot stand in a key"), (TextSet(), "TextSet cannot stand in a key"),
        )
    },
    "E009 a format that is none": (lambda: thing(by("A#{a:06d}"), a=Text()), "E009", "a: text takes no format, and '06d' is given"),
    "E009 a width that is none": (lambda: thing(by(sk="{id:wide}")), "E009", "id: 'wide' is no width"),
    "E009 a float that is a key itself": (
        lambda: thing(by("A#{id}", "{rank}"), where=table(indexes=[Index("GSI1", sk=numeric("rank"))]), rank=Float()), "E009", "Thing: key 'by', sort key '{rank}': rank: a float never is a key.",
    ),
    "E009 a stock number that is a key itself": (
        lambda: thing(by("A#{id}", "{rank}"), where=table(indexes=[Index("GSI1", sk=numeric("rank"))]), rank=NumberAttribute()), "E009", "rank: a float never is a key.",
    ),
    "E009 no room": (lambda: thing(by(sk="{id:00d}")), "E009", "id: '00d' is no width"),
    "E009 a part out of order": (lambda: thing(by(sk="{a:%d.%m.%Y}"), a=Timestamp()), "E009", "a: '%d.%m.%Y' is not a part of a time that keeps order"),
    "E009 a time that holds the delimiter": (lambda: dashed(Timestamp()), "E009", "a time holds the delimiter '-'"),
    "E009 a date that holds the delimiter": (lambda: dashed(Date()), "E009", "a date holds the delimiter '-'"),
    "E009 a UUID that holds the delimiter": (lambda: dashed(Uuid()), "E009", "a UUID holds the delimiter '-'"),
    "E009 a number that holds the delimiter": (lambda: dashed(Int()), "E009", "a negative number holds the delimiter '-'"),
    # E010 not exactly one primary key
    "E010 none": (lambda: entity(table(), {}, **ID), "E010", "Thing: it has 0 keys without an index, and needs one, the primary."),
    "E010 two": (lambda: thing({"other": Key("B#{id}", "X")}), "E010", "it has 2 keys without an index"),
    # E011 halves do not fit the table or index, or each other
    "E011 no sort key": (lambda: thing({"primary": Key("T#{id}")}), "E011", re.compile(r"Thing: key 'primary' has no sort key and table Throwaway-\d+ has one.")),
    "E011 a sort key": (lambda: thing(by(), where=table(indexes=[Index("GSI1", sk=None)])), "E011", "key 'by' has a sort key and GSI1 has none."),
    "E011 a local index": (lambda: thing(by(index="LSI"), where=table(indexes=[LocalIndex("LSI")])), "E011", "Thing: key 'by' on LSI makes PK otherwise than the primary key does, and an item has it once."),
    "E011 an index of the primary key": (lambda: thing(by("A#{id}", "X"), where=table(indexes=[Index("GSI1", pk="SK", sk="PK")])), "E011", "makes SK and PK otherwise than the primary key does"),
    "E011 two keys of one index": (lambda: thing(by() | {"other": Key("B#{id}", "X", index="GSI1")}), "E011", "Thing: keys 'by' and 'other' both make GSI1PK and GSI1SK, and an item has it once."),
    "E011 an attribute of two indexes": (
        lambda: thing(by("{a}", "X#{id:03d}") | {"other": Key("O#{id}", "X", index="GSI2")}, where=table(indexes=[Index("GSI1", pk="a"), Index("GSI2", sk="a")]), a=Text()), "E011",
        "keys 'by' and 'other' both make a, and",
    ),
    # E012 primary key has only a part of a time
    "E012": (lambda: thing({"primary": Key("T", "{at:%Y-%m-%d}")}, at=Timestamp()), "E012", "Thing: key 'primary': of at only a part is in the primary key, so two items that differ in the rest would be one."),
    # E013 name taken
    "E013 of entities": (lambda: thing({}, save=Text()), "E013", "Thing: 'save' is a name that entities have for themselves."),
    "E013 self": (lambda: thing({}, self=Text()), "E013", "'self' is a name that entities have for themselves"),
    "E013 private": (lambda: thing({}, _stored=Text()), "E013", "'_stored' is a name that entities have for themselves"),
    "E013 stored twice": (lambda: thing({}, a=Text(), b=Text(name="a")), "E013", "Thing: 'b' is stored as 'a', and so is 'a'."),
    "E013 the marker": (lambda: thing({}, a=Text(name="EntityType")), "E013", "'a' is stored as 'EntityType', and so is the marker of the entity."),
    "E013 the version": (lambda: thing({}, a=Text(name="SchemaVersion")), "E013", "and so is the mark of the schema's version"),
    "E013 a key attribute": (lambda: thing({}, a=Text(name="GSI1PK")), "E013", re.compile(r"'a' is stored as 'GSI1PK', which is a key attribute of table Throwaway-\d+, and no key of the entity is that attribute alone.")),
    "E013 a key attribute that another key is": (
        lambda: thing(by("{a}", "{id:03d}") , where=table(indexes=[*GSI1, Index("GSI2", pk="a")]), a=Text()), "E013", "'a' is stored as 'a', which is a key attribute",
    ),
    # E014 condition of a key
    "E014 unknown": (lambda: thing(by(when=Q(nothing=1))), "E014", "Thing: key 'by': when: there is no attribute for 'nothing'; there are id."),
    "E014 of the primary key": (lambda: thing({"primary": Key("T#{id}", "X", when=Q(id=1))}), "E014", "key 'primary' is the primary one and has a condition."),
    "E014 of another type": (lambda: thing(by(when=Q(flag="false")), flag=Bool()), "E014", "key 'by': when: flag is 'false' (str); it takes True or False."),
    "E014 of other types": (lambda: thing(by(when=Q(id__in=[1, "2"]))), "E014", "it takes a whole number"),
    "E014 no choice": (lambda: thing(by(when=~Q(state="gone")), state=Text(choices=["new", "old"])), "E014", "state is 'gone'; it takes one of 'new', 'old'"),
    "E014 no such look-up": (lambda: thing(by(when=Q(state__icontains="x")), state=Text()), "E014", "state is no Map, and there is no such look-up on it"),
    "E014 of text": (lambda: thing(by(when=Q(id__startswith="1"))), "E014", "id is no text"),
    "E014 joined by XOR": (lambda: thing(by(when=Q(id=1) ^ Q(id=2))), "E014", "joined by XOR"),
    "E014 of attributes": (
        lambda: thing({"by": Key("{a}", "{b}", index="GSI1", when=Q(id=1))}, where=table(indexes=[Index("GSI1", pk="a", sk="b")]), a=Text(), b=Text()), "E014",
        "Thing: key 'by' has a condition, and its halves are attributes that stay whether it holds or not.",
    ),
    # E015 shards
    "E015 one": (lambda: thing(by(shards=1)), "E015", "Thing: key 'by': shards=1: only the partition key of a global index that is made of a template is sharded, over 2 to 100."),
    "E015 too many": (lambda: thing(by(shards=101)), "E015", "shards=101"),
    "E015 negative": (lambda: thing(by(shards=-2)), "E015", "shards=-2"),
    "E015 the primary key": (lambda: thing({"primary": Key("T#{id}", "X", shards=4)}), "E015", "key 'primary': shards=4"),
    "E015 a local index": (lambda: thing(by("T#{id}", "X", index="LSI", shards=4), where=table(indexes=[LocalIndex("LSI")])), "E015", "shards=4"),
    "E015 a number": (lambda: thing(by("{a}", "X", shards=4), where=table(indexes=[Index("GSI1", pk=numeric("a"))]), a=Int()), "E015", "key 'by': shards=4"),
    "E015 an attribute": (lambda: thing(by("{a}", "X", shards=4), where=table(indexes=[Index("GSI1", pk="a")]), a=Text()), "E015", "shards=4"),
    # E016 unique
    "E016 without a facet": (lambda: thing({"by": Unique("ALL")}), "E016", "Thing: unique 'by', 'ALL': it needs a facet, each whole, and a table whose keys are text."),
    "E016 a part": (lambda: thing({"by": Unique("{at:%Y}")}, at=Timestamp()), "E016", "unique 'by'"),
    "E016 numeric keys": (
        lambda: entity(table(pk="id", sk=numeric("at")), {"primary": Key("{id}", "{at}"), "by": Unique("{id}")}, id=Text(), at=Int()), "E016", "a table whose keys are text",
    ),
    # E017 expiry
    "E017": (lambda: thing({}, ends=Expires(name="ends"), where=table(ttl="TTL")), "E017", re.compile(r"Thing: ends is stored as 'ends', and table Throwaway-\d+ expires by 'TTL': DynamoDB would never remove the item.")),
    "E017 without": (lambda: thing({}, ends=Expires()), "E017", "expires by None"),
    # E018 type of a key attribute
    "E018 of a template": (lambda: thing(by("A#{id}", "X"), where=table(indexes=[Index("GSI1", sk=numeric("rank"))])), "E018", "Thing: key 'by', sort key 'X': rank holds N, and a template makes text."),
    "E018 of an attribute": (lambda: thing(by("A#{id}", "{rank}"), where=table(indexes=[Index("GSI1", sk="rank")]), rank=Int()), "E018", "rank is stored as N, and the key attribute rank holds S."),
    "E018 of a number and more": (
        lambda: entity(table(pk="id", sk=numeric("at")), {"primary": Key("{id}", "{at}#{n:03d}")}, id=Text(), at=Int(), n=Int()), "E018",
        "Thing: key 'primary', sort key '{at}#{n:03d}': at holds N, and a template makes text.",
    ),
    "E018 of a number with a width": (lambda: thing(by("A#{id}", "{rank:03d}"), where=table(indexes=[Index("GSI1", sk=numeric("rank"))]), rank=Int()), "E018", "rank holds N, and a template makes text."),
    # E019 upgrades
    "E019": (
        lambda: thing({}, options={"schema_version": 3}, first=upgrade(1, 2)(lambda item: None)), "E019",
        "Thing: its schema version is 3, and its upgrades do not lead there from every version before by one way (faulty from 2).",
    ),
    # E022 unique and expiry together
    "E022": (lambda: thing({"by": Unique("{id}")}, ends=Expires(), where=table(ttl="TTL")), "E022", "Thing expires and has unique items, which would outlive it: its values would stay taken."),
    # E024 in an index without a key that says so
    "E024 by its attributes": (
        lambda: thing({"by": Key("{a}", "{b}", index="GSI1")}, where=table(indexes=[Index("GSI1", pk="a", sk="b"), Index("GSI2", pk="b", sk=None)]), a=Text(), b=Text()), "E024",
        "Thing: its items have b, and so are in GSI2, where no key of the entity is.",
    ),
    "E024 by its primary key": (lambda: thing({}, where=table(indexes=[Index("Inverted", pk="SK", sk="PK")])), "E024", "its items have SK and PK, and so are in Inverted"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_an_entity_is_found(case):
    define, expected, message = WRONG[case]
    define()
    assert [id_ for id_, _ in found()] == [expected]
    shown = found()[0][1]
    assert message.search(shown) if isinstance(message, re.Pattern) else message in shown


# Collections


def collection_findings():
    messages = [message for message in checks.check_collections() if message.obj.__module__ == __name__]
    return [(message.id, message.msg, bool(message.hint)) for message in messages]


@pytest.mark.usefixtures("_forgotten")
def test_a_collection_of_what_is_no_entity_is_found():
    class Things(Collection):
        things: list[int]

    ((id_, message, hint),) = collection_findings()
    assert (id_, hint) == ("dynamo_models.E023", True)
    assert "Things: Things.things: <class 'int'> is not an entity" in message


@pytest.mark.usefixtures("_forgotten")
def test_a_collection_of_two_partitions_is_found():
    where = table()
    one = entity(where, {"primary": Key("ONE#{id}", "X")}, "One", **ID)
    other = entity(where, {"primary": Key("OTHER#{id}", "X")}, "Other", id=Int())

    members = {"__annotations__": {"one": one, "others": list[other]}, "__module__": __name__}
    both = type("Both", (Collection,), members)

    ((id_, message, _),) = collection_findings()
    assert id_ == "dynamo_models.E023"
    assert both.__name__ in message
    assert "others and one are not in one partition" in message


@pytest.mark.usefixtures("_forgotten")
def test_a_collection_of_one_partition_is_in_order():
    where = table()
    one = entity(where, {"primary": Key("ONE#{id}", "X")}, "One", **ID)
    other = entity(where, {"primary": Key("ONE#{id}", "Y#{n:03d}")}, "Other", id=Int(), n=Int())

    members = {"__annotations__": {"one": one, "others": list[other]}, "__module__": __name__}
    both = type("Both", (Collection,), members)

    assert collection_findings() == []
    assert len(both.members()) == 2


# Definitions that are in order


def test_a_definition_with_everything_has_no_findings():
    where = table(
        indexes=[*GSI1, Index("GSI2", sk=None), Index("ByOwner", pk="owner", sk=numeric("rank")), LocalIndex("LSI", sk="LSISK", projection="keys")],
        ttl="TTL",
    )  # fmt: skip
    entity(
        where,
        {
            "primary": Key("USER#{owner}", "NOTE#{at}#{id}"),
            "by_day": Key("DAY#{at:%Y-%m-%d}", "{at}", index="GSI1", when=Q(flag=False) & ~Q(title=None)),
            "by_flag": Key("FLAG#{flag}", index="GSI2", shards=4),
            "by_owner": Key("{owner}", "{rank}", index="ByOwner"),
            "by_title": Key("USER#{owner}", "TITLE#{title}", index="LSI"),
        },
        "Note",
        owner=Text(), at=Timestamp(), id=Uuid(), title=Text(null=True, escape=True), flag=Bool(), rank=Int(),
    )  # fmt: skip
    entity(
        where,
        {"primary": Key("USER#{owner_id}", "PROFILE"), "by_mail": Unique("{mail}")},
        "Profile",
        owner_id=Text(),
        mail=Text(),
    )
    messages = [message for message in found() if message[0] != "E007"]
    assert messages == []


def test_the_definitions_of_the_application_are_in_order():
    # The registry of this test is empty; the application's own is checked by ``manage.py check`` in CI.
    from algoitny.problems import items

    assert [message.id for message in checks.check_table(items.main)] == []


def test_a_broken_entity_does_not_keep_its_neighbours_from_being_checked():
    where = table(indexes=[Index("GSI1", projection="keys")])
    entity(where, {"primary": Key("T#{nothing}", "X"), "by": Key("A#{id}", "X", index="GSI1")}, "Broken", **ID)
    faulty = {"primary": Key("V#{id}", "X"), "by": Key("B#{id}", "X", index="GSI1")}
    entity(where, faulty, "Faulty", id=Int(), save=Text())
    entity(where, {"primary": Key("U#{id}", "X"), "by": Key("ALL", "X", index="GSI1")}, "Whole", id=Int())
    assert [id_ for id_, _ in found()] == ["E001", "E013", "W006"]


def test_each_overlap_is_reported_once():
    where = table()
    for name in ("One", "Two", "Three"):
        entity(where, {"primary": Key("T#{id}", "{day}")}, name, id=Int(), day=Date())
    assert [id_ for id_, _ in found()] == ["E004"] * 3


# Settings


WRONG_SETTINGS = {
    "E020 unknown": ({"ENDPIONT": "http://x"}, "E020", "DYNAMO_MODELS has 'ENDPIONT', which nothing reads."),
    "E020 unknown of a table": ({"TABLES": {"Main": {"TABLE_PREFIX": "x"}}}, "E020", "DYNAMO_MODELS['TABLES']['Main'] has 'TABLE_PREFIX'"),
    "E020 no such table": ({"TABLES": {"Mian": {}}}, "E020", "DYNAMO_MODELS['TABLES']['Mian']: there is no table of that name."),
    "E020 unknown of the embedded": ({"EMBEDDED": {"PORT": 1}}, "E020", "DYNAMO_MODELS['EMBEDDED'] has 'PORT'"),
    "E021 no dict": ("x", "E021", "settings.DYNAMO_MODELS is str."),
    "E021 tables": ({"TABLES": []}, "E021", "DYNAMO_MODELS['TABLES'] is not a dict."),
    "E021 a table": ({"TABLES": {"Main": "x"}}, "E021", "DYNAMO_MODELS['TABLES']['Main'] is not a dict."),
    "E021 embedded": ({"EMBEDDED": "x"}, "E021", "DYNAMO_MODELS['EMBEDDED'] is not a dict."),
    "E021 metrics": ({"METRICS": "x"}, "E021", "DYNAMO_MODELS['METRICS'] is str."),
    "E020 metrics": ({"METRICS": {"KEY": "x"}}, "E020", "DYNAMO_MODELS['METRICS'] has 'KEY'"),
    "E021 token": ({"METRICS": {"TOKEN": "short"}}, "E021", "DYNAMO_MODELS['METRICS']['TOKEN'] cannot be a secret."),
    "E021 text": ({"REGION": 5}, "E021", "DYNAMO_MODELS['REGION'] is 5."),
    "E021 a table's name": ({"TABLES": {"Main": {"NAME": 5}}}, "E021", "DYNAMO_MODELS['TABLES']['Main']['NAME'] is 5."),
    "E021 endpoint": ({"ENDPOINT": "localhost:8000"}, "E021", "DYNAMO_MODELS['ENDPOINT'] is 'localhost:8000'."),
    "E021 timeout": ({"READ_TIMEOUT": 0}, "E021", "DYNAMO_MODELS['READ_TIMEOUT'] is 0."),
    "E021 timeout of text": ({"CONNECT_TIMEOUT": "2"}, "E021", "DYNAMO_MODELS['CONNECT_TIMEOUT'] is '2'."),
    "E021 retries": ({"RETRIES": -1}, "E021", "DYNAMO_MODELS['RETRIES'] is -1."),
    "E021 retries of a bool": ({"RETRIES": True}, "E021", "DYNAMO_MODELS['RETRIES'] is True."),
    "E021 cursors": ({"CURSOR_MAX_AGE": -5}, "E021", "DYNAMO_MODELS['CURSOR_MAX_AGE'] is -5."),
    "E021 half of the credentials": ({"ACCESS_KEY_ID": "x"}, "E021", "has one of ACCESS_KEY_ID and SECRET_ACCESS_KEY without the other."),
    "E021 directory": ({"EMBEDDED": {"DIRECTORY": None}}, "E021", "DYNAMO_MODELS['EMBEDDED']['DIRECTORY'] is None."),
    "E021 engine": ({"EMBEDDED": {"ENGINE": "sqlite"}}, "E021", "DYNAMO_MODELS['EMBEDDED']['ENGINE'] is 'sqlite'."),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_SETTINGS)
def test_what_is_wrong_with_the_settings_is_found(case):
    settings, expected, message = WRONG_SETTINGS[case]
    Table("Main")
    with override_settings(DYNAMO_MODELS=settings):
        (found_,) = checks.check_settings()
    assert found_.id == f"dynamo_models.{expected}"
    assert message in found_.msg
    assert found_.hint


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"ENDPOINT": "embedded"},
        {
            "ENDPOINT": "https://dynamodb.eu-central-1.amazonaws.com", "REGION": "eu-central-1", "ACCESS_KEY_ID": "a",
            "SECRET_ACCESS_KEY": "b", "SESSION_TOKEN": None, "TABLE_PREFIX": "dev-", "CONNECT_TIMEOUT": 0.5,
            "READ_TIMEOUT": 3, "RETRIES": 0, "POOL": 5, "CURSOR_MAX_AGE": 86_400,
            "TABLES": {"Main": {"NAME": "main", "REGION": "us-east-1"}},
            "EMBEDDED": {"DIRECTORY": Path("/data"), "ENGINE": "moto"},
        },
    ],
)  # fmt: skip
def test_settings_that_are_in_order_have_no_findings(settings):
    Table("Main")
    with override_settings(DYNAMO_MODELS=settings):
        assert checks.check_settings() == []


# The list of ids


def test_the_checks_run_with_djangos_own():
    thing(by("ALL", "{id:09d}"))
    assert "dynamo_models.W006" in [message.id for message in django_checks.run_checks(tags=[checks.TAG])]


def test_every_id_is_in_the_modules_list_and_has_a_test():
    own, _, _of_mirrors = checks.__doc__.partition("Those of mirrors")
    listed = set(re.findall(r"\b[EW]\d{3}\b", own))
    tested = {case.split()[0] for case in (*WRONG, *WRONG_SETTINGS)} | {"E023"}
    assert listed == tested
