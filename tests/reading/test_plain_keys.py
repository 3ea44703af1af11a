"""Tables whose keys are attributes of the items themselves, and what may lie beside such items."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from dynamo_models import Attr, Entity, Index, Key, Table, Text, Uuid, checks
from dynamo_models.testing import isolated_tables


def define(id_attribute, row="TAG#{thing}#{tag}", delimiter="#"):
    """An entity under its plain id, and rows of it beside it: (table, Thing, Tag)."""
    with isolated_tables():
        table = Table(
            "Plain", pk="id", sk=None, indexes=[Index("tag-index", pk="tag", sk="thing")], delimiter=delimiter
        )

    class Thing(Entity, table=table):
        id: Attr[object] = id_attribute
        name: Attr[str] = Text(default="")

        class Keys:
            primary = Key("{id}")

    class Tag(Entity, table=table):
        thing: Attr[UUID] = Uuid()
        tag: Attr[str] = Text()

        class Keys:
            primary = Key(row)
            by_tag = Key("{tag}", "{thing}", index="tag-index")

    return table, Thing, Tag


def findings(*args, **kwargs):
    return [message.id for message in checks.check_table(define(*args, **kwargs)[0])]


def test_items_under_a_uuid_never_meet_items_under_a_template_with_a_delimiter():
    assert findings(Uuid()) == []


@pytest.mark.parametrize(
    ("id_attribute", "row"),
    [(Text(), "TAG#{thing}#{tag}"), (Uuid(), "{tag}"), (Uuid(), "TAG")],
    ids=["text may hold a delimiter", "another text alone", "a literal alone"],
)
def test_what_could_be_one_key_is_found(id_attribute, row):
    assert "dynamo_models.E004" in findings(id_attribute, row)


def test_a_delimiter_that_stands_in_a_uuid_tells_nothing():
    assert "dynamo_models.E004" in findings(Uuid(), row="TAG-{tag}", delimiter="-")


def test_both_are_read_apart_from_one_table(make_tables):
    table, thing, tag = define(Uuid())
    make_tables(table)
    one, other = thing.objects.create(id=uuid4(), name="one"), thing.objects.create(id=uuid4())
    with table.transaction() as tx:
        for each in ("a", "b"):
            tx.create(tag(thing=one.id, tag=each))
        tx.create(tag(thing=other.id, tag="b"))
    assert thing.objects.get(id=one.id).name == "one"
    assert {each.thing for each in tag.objects.by_tag(tag="b")} == {one.id, other.id}
    assert {each.id for each in thing.objects.scan()} == {one.id, other.id}
    assert len(list(tag.objects.scan())) == 3
