"""Entity classes as they are defined: names, parents, options, redefinition, and what is refused at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.core.exceptions import ObjectDoesNotExist
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from dynamo_models import (
    Attr,
    Bool,
    BytesSet,
    DefinitionError,
    DoesNotExist,
    Entity,
    Expires,
    Index,
    Int,
    Json,
    Key,
    List,
    LocalIndex,
    Map,
    Number,
    NumberSet,
    Provisioned,
    Q,
    Table,
    Text,
    TextSet,
    Timestamp,
    Unique,
    Uuid,
    Version,
    camel_case,
    now,
    numeric,
    pascal_case,
)
from dynamo_models.schema.table import KeyAttribute, registered_tables
from tests.schema.making import entity, ids, table

PRIMARY = {"primary": Key("T#{id}", "X")}


def stored(made):
    return {name: attr.attr_name for name, attr in made.schema.attributes.items()}


# Names


def test_stored_names_are_the_tables_rule_or_given():
    made = entity(table(attribute_names=pascal_case), PRIMARY, id=Int(), problem_url=Text(), metadata=Map(name="meta"))
    assert stored(made) == {"id": "Id", "problem_url": "ProblemUrl", "metadata": "meta"}
    assert set(made(id=1, problem_url="u", metadata={}).serialize()) == {
        "PK",
        "SK",
        "EntityType",
        "Id",
        "ProblemUrl",
        "meta",
    }


def test_without_a_rule_attributes_are_stored_under_their_own_names():
    assert stored(entity(table(), PRIMARY, id=Int(), problem_url=Text())) == {"id": "id", "problem_url": "problem_url"}


@pytest.mark.parametrize(
    ("name", "shown"), [("problem_id", "ProblemId"), ("id", "Id"), ("url2_x", "Url2X"), ("_private", "Private")]
)
def test_pascal_case(name, shown):
    assert pascal_case(name) == shown


@pytest.mark.parametrize(
    ("name", "shown"), [("module_id", "moduleId"), ("cost", "cost"), ("last_message_at", "lastMessageAt")]
)
def test_camel_case(name, shown):
    assert camel_case(name) == shown


def test_expiry_is_stored_under_the_tables_name_for_it():
    made = entity(
        table(attribute_names=pascal_case, ttl="expiresAt"), PRIMARY, id=Int(), ends=Expires(default=timedelta(days=1))
    )
    assert stored(made)["ends"] == "expiresAt"
    assert ids(made) == []
    assert made.schema.ttl == "ends"


def test_attributes_may_be_named_after_pynamodbs_verbs():
    made = entity(table(), PRIMARY, id=Int(), count=Int(default=3), get=Text(default="x"), query=Text(default="y"))
    assert ids(made) == []
    item = made(id=1, count=4)
    assert (item.count, item.get, item.query) == (4, "x", "y")


# Parents


class Stamped(Entity):
    created_at: Attr[datetime] = Timestamp(default=now)
    note: Attr[str | None] = Text(default=None, name="Remark")
    rank: Attr[int] = NumberAttribute()  # type: ignore[assignment]


def test_attributes_are_inherited_and_named_by_each_entitys_own_table():
    one = entity(table(attribute_names=pascal_case), PRIMARY, "One", bases=(Stamped,), id=Int())
    other = entity(table(), PRIMARY, "Other", bases=(Stamped,), id=Int())
    assert stored(one) == {"created_at": "CreatedAt", "note": "Remark", "rank": "Rank", "id": "Id"}
    assert stored(other) == {"created_at": "created_at", "note": "Remark", "rank": "rank", "id": "id"}
    made = one(id=1, rank=1)
    made.note = "x"
    assert made.serialize()["Remark"] == {"S": "x"}
    assert other(id=1, rank=1).note is None


def test_an_inherited_attribute_may_be_replaced_or_left_out():
    made = entity(table(), PRIMARY, bases=(Stamped,), id=Int(), note=Text(default="none"), rank=None)
    assert stored(made) == {"created_at": "created_at", "id": "id", "note": "note"}
    assert made(id=1).note == "none"
    assert "rank" not in made(id=1).serialize()


class Keyed(Entity):
    id: Attr[int] = Int()
    title: Attr[str] = Text(default="t")

    class Keys:
        primary = Key("KEYED#{id}", "X")
        by_title = Key("TITLE#{title}", "{id:05d}", index="GSI1")


def test_keys_are_inherited_with_the_class_of_keys():
    where = table(indexes=[Index("GSI1")])
    one = entity(where, {}, "One", bases=(Keyed,))
    assert set(one.schema.keys) == {"primary", "by_title"}

    class Other(Keyed, table=where):
        class Keys(Keyed.Keys):
            primary = Key("OTHER#{id}", "X")
            by_title = None

    assert list(Other.schema.keys) == ["primary"]
    assert Other(id=1).PK == "OTHER#1"


def test_an_entity_with_a_table_cannot_be_a_parent():
    parent = entity(table(), PRIMARY, "Parent", id=Int())
    with pytest.raises(DefinitionError, match="Child: Parent has a table and cannot be a parent"):
        entity(table(), PRIMARY, "Child", bases=(parent,))


def test_an_entity_without_a_table_makes_no_items():
    with pytest.raises(DefinitionError, match="Stamped has no table and cannot be made"):
        Stamped(rank=1)
    with pytest.raises(AttributeError, match="Stamped has no table, and so no items"):
        Stamped.objects.get()


def test_pynamodbs_own_attributes_may_stand_in_an_entity_and_its_keys():
    made = entity(table(), {"primary": Key("T#{id}", "X")}, id=UnicodeAttribute(), size=NumberAttribute(default=1.5))
    assert made(id="a").serialize() == {
        "PK": {"S": "T#a"}, "SK": {"S": "X"}, "EntityType": {"S": "Thing"}, "id": {"S": "a"}, "size": {"N": "1.5"},
    }  # fmt: skip


# Errors of its own


def test_each_entity_has_its_own_errors():
    one, other = entity(table(), PRIMARY, "One", id=Int()), entity(table(), PRIMARY, "Other", id=Int())
    assert issubclass(one.DoesNotExist, DoesNotExist)
    assert issubclass(one.DoesNotExist, ObjectDoesNotExist)
    assert not issubclass(one.DoesNotExist, other.DoesNotExist)
    assert one.DoesNotExist.__qualname__ == "One.DoesNotExist"


# Options, and the names of types


def test_items_are_marked_with_the_type_name():
    made = entity(table(type_attribute="kind"), PRIMARY, id=Int(), options={"type_name": "T"})
    assert made(id=1).serialize()["kind"] == {"S": "T"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"typename": "T"}, "Thing.Options has no 'typename'; it has type_name, former_names, schema_version"),
        ({"type_name": ""}, "type_name is ''"),
        ({"type_name": 5}, "type_name is 5"),
        ({"former_names": "Old"}, "former_names is 'Old'; give a tuple"),
        ({"former_names": (1,)}, r"former_names is \(1,\)"),
        ({"schema_version": 0}, "schema_version is 0"),
        ({"schema_version": True}, "schema_version is True"),
        ({"schema_version": "2"}, "schema_version is '2'"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(DefinitionError, match=message):
        entity(table(), PRIMARY, id=Int(), options=options)


def test_items_of_former_names_are_the_entitys_own():
    where = table()
    made = entity(where, PRIMARY, id=Int(), options={"former_names": ("Old", "Older")})
    item = made(id=1).serialize()
    assert item["EntityType"] == {"S": "Thing"}
    for name in ("Thing", "Old", "Older"):
        assert made.schema.owns({**item, "EntityType": {"S": name}})
        assert where.discriminator.deserialize(name) is made
    assert not made.schema.owns({**item, "EntityType": {"S": "Other"}})


def test_an_item_without_a_marker_is_known_by_its_key():
    made = entity(table(), PRIMARY, id=Text())
    assert made.schema.owns({"PK": {"S": "T#1"}, "SK": {"S": "X"}})
    assert not made.schema.owns({"PK": {"S": "T#1"}, "SK": {"S": "Y"}})


@pytest.mark.parametrize("options", [{"type_name": "First"}, {"former_names": ("First",)}, {"former_names": ("Old",)}])
def test_no_two_entities_of_a_table_have_one_type(options):
    where = table()
    first = entity(where, PRIMARY, "First", id=Int(), options={"former_names": ("Old",)})
    with pytest.raises(DefinitionError, match=r"has an entity of type '(First|Old)' already"):
        entity(where, PRIMARY, "Second", id=Int(), options=options)
    assert where.entities == {"First": first, "Old": first}


def test_a_class_that_is_defined_again_takes_the_place_of_the_first():
    where = table()
    entity(where, PRIMARY, id=Int(), options={"former_names": ("Old",)})
    again = entity(where, PRIMARY, id=Int(), options={"type_name": "Renamed"})
    assert where.entities == {"Renamed": again}
    assert where.discriminator._class_map == {again: "Renamed"}
    assert where.discriminator._discriminator_map == {"Renamed": again}


# Defaults, choices, and what is refused at once


def test_defaults_are_values_or_made_for_each_new_item():
    made = entity(
        table(), PRIMARY, id=Int(), price=Number(default=Decimal("1.50")), token=Uuid(default=UUID(int=3)),
        tags=List(Text(), default=list), when=Timestamp(default=datetime(2025, 1, 1, tzinfo=UTC)),
        extra=Json(default=dict),
    )  # fmt: skip
    one, other = made(id=1), made(id=2)
    assert (one.price, one.token, one.tags, one.extra) == (Decimal("1.50"), UUID(int=3), [], {})
    one.tags.append("x")
    assert other.tags == []


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (lambda: List(default=[]), "give a callable, such as default=list"),
        (lambda: Map(default={}), "give a callable, such as default=dict"),
        (lambda: TextSet(default={"a"}), "give a callable, such as default=set"),
        (lambda: List(Text(null=True)), "cannot be absent"),
        (lambda: List(TextSet()), "cannot be absent"),
    ],
)
def test_a_field_that_cannot_be_is_refused(field, message):
    with pytest.raises(DefinitionError, match=message):
        field()


@pytest.mark.parametrize(
    "field",
    [
        lambda: Text(default=5),
        lambda: Bool(default="yes"),
        lambda: Int(default=True),
        lambda: Number(default=1.5),
        lambda: Timestamp(default=datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)),
        lambda: Text(default="x", choices=["a", "b"]),
        lambda: Int(choices=["1"]),
    ],
)
def test_a_default_or_a_choice_that_the_attribute_does_not_take_is_refused(field):
    with pytest.raises(DefinitionError, match=r"Thing\.a: its default or one of its choices cannot be"):
        entity(table(), PRIMARY, id=Int(), a=field())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"one": Version(), "two": Version()}, "more than one Version"),
        ({"one": Expires(), "two": Expires(name="b")}, "more than one TTL"),
        ({"entity_type": Text()}, "'entity_type' is the marker that every entity has"),
    ],
)
def test_a_class_that_cannot_be_is_refused(body, message):
    with pytest.raises(DefinitionError, match=message):
        entity(table(), PRIMARY, id=Int(), **body)


# Entities with findings


def test_an_entity_with_faults_is_refused_when_it_is_used_with_every_finding():
    made = entity(
        table(), {"primary": Key("T#{ident}", "X"), "by": Key("A", "B", index="GSI9"), "u": Unique("A")}, id=Int()
    )
    assert ids(made) == ["E001", "E005", "E016"]
    uses = [
        lambda: made(id=1).serialize(),
        lambda: made.schema.primary,
        lambda: list(made.objects.filter(id=1)),
        lambda: made.objects.create(id=1),
    ]
    for use in uses:
        with pytest.raises(DefinitionError) as caught:
            use()
        for part in ("Thing cannot be used as it is defined", "E001", "E005", "E016", "Declare it, or name one of id"):
            assert part in str(caught.value)


# Sets, which DynamoDB does not hold empty


@pytest.mark.parametrize(
    ("field", "some"), [(TextSet, {"a", "b"}), (NumberSet, {1, Decimal("2.5")}), (BytesSet, {b"a"})]
)
def test_an_empty_set_is_stored_as_no_attribute_and_read_as_an_empty_set(field, some):
    made = entity(table(), PRIMARY, id=Int(), marks=field(), maybe=field(default=None))
    item = made(id=1, marks=set()).serialize()
    assert "marks" not in item
    assert made.from_raw_data(item).marks == set()
    assert made.from_raw_data(item).maybe is None
    assert made.from_raw_data(made(id=1, marks=some).serialize()).marks == some


# Tables


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Table("T"), "DynamoDB takes 3 to 255"),
        (lambda: Table("T ble"), "DynamoDB takes 3 to 255"),
        (lambda: Table("Main", delimiter="##"), "must be one mark"),
        (lambda: Table("Main", delimiter="a"), "must be one mark"),
        (lambda: Table("Main", delimiter="%"), "must be one mark"),
        (lambda: Table("Main", delimiter=" "), "must be one mark"),
        (lambda: Table("Main", delimiter="▒"), "must be one mark"),
        (lambda: Table("Main", stream="both"), "stream is 'both'"),
        (lambda: Table("Main", type_attribute="PK"), "type_attribute 'PK' is a key"),
        (lambda: Table("Main", indexes=[Index("GSI1"), Index("GSI1")]), "two indexes named 'GSI1'"),
        (lambda: Table("Main", indexes=[Index(f"GSI{n}") for n in range(21)]), "more than 20 global"),
        (lambda: Table("Main", indexes=[LocalIndex(f"LSI{n}") for n in range(6)]), "has 6 local indexes"),
        (lambda: Table("Main", sk=None, indexes=[LocalIndex("LSI")]), "no sort key"),
        (
            lambda: Table("Main", indexes=[Index("ByA", pk="a"), Index("ByB", pk=numeric("a"))]),
            "'a' is given two types",
        ),
        (lambda: Index("x"), "DynamoDB takes 3 to 255"),
        (lambda: Index("GSI1", projection="some"), "projection is 'some'"),
        (lambda: LocalIndex("LSI", projection="none"), "projection is 'none'"),
        (lambda: Provisioned(read=0, write=1), "read=0"),
        (lambda: Provisioned(read=1, write=(5, 2)), r"write=\(5, 2\)"),
        (lambda: Provisioned(read=1, write=1, target=95), "target=95"),
    ],
)
def test_a_table_that_cannot_be_is_refused(make, message):
    with pytest.raises(DefinitionError, match=message):
        make()


def test_tables_are_registered_by_name_the_later_of_two():
    Table("Second")
    first = Table("First")
    again = Table("Second")
    assert registered_tables() == [first, again]


def test_the_attributes_that_a_table_is_keyed_by():
    where = Table(
        "Main", pk="id", sk=numeric("at"),
        indexes=[Index("GSI1"), Index("ByA", pk="a", sk=None), LocalIndex("Local", sk="rank")],
    )  # fmt: skip
    assert where.key_attributes() == [
        KeyAttribute("id"), KeyAttribute("at", "N"), KeyAttribute("GSI1PK"), KeyAttribute("GSI1SK"), KeyAttribute("a"),
        KeyAttribute("rank"),
    ]  # fmt: skip
    assert where.key_pair("ByA") == (KeyAttribute("a"), None)
    assert where.key_pair("Local") == (KeyAttribute("id"), KeyAttribute("rank"))


@pytest.mark.parametrize("projection", ["keys", ["title"], ("title", "EntityType")])
def test_an_index_may_project_less(projection):
    where = table(indexes=[Index("GSI1", projection=projection)])
    keys = PRIMARY | {"by": Key("A#{title}", "{id:05d}", index="GSI1", when=Q(title__gt="a"))}
    assert ids(entity(where, keys, id=Int(), title=Text())) == []
