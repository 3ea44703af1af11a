"""Whole items: create, put, delete, move, upsert."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dynamo_models import AlreadyExists, ConditionFailed, KeyRefused, StaleWrite, ValueRefused, capture
from tests.writing import oracle
from tests.writing.entities import Counted, Everything, Parcel, Record

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def record(tables):
    return Record.objects.create(owner="ann", number=1, topic="x", created_at=START, title="first")


def test_create_never_overwrites(record, raw):
    before = raw.scan()
    with pytest.raises(AlreadyExists, match="number=1, owner='ann' exists") as error:
        Record.objects.create(owner="ann", number=1, title="second")
    assert error.value.item.title == "first"
    assert error.value.raw == before["RECORD#ann", "000001"]
    assert raw.scan() == before


def test_save_of_a_new_item_creates_it(record):
    with pytest.raises(AlreadyExists):
        Record(owner="ann", number=1).save()
    assert Record(owner="ann", number=2).save().unknown_attributes == {}


def test_put_replaces_and_keeps_what_the_class_does_not_know(record, raw):
    raw.set("RECORD#ann", "000001", Foreign={"S": "kept"}, Other={"L": [{"NULL": True}]})
    found = Record.objects.get(owner="ann", number=1)
    found.title = "second"
    found.topic = None
    found.put()
    stored = raw.get("RECORD#ann", "000001")
    assert (stored["Foreign"], stored["Other"]) == ({"S": "kept"}, {"L": [{"NULL": True}]})
    oracle.check(raw.scan())
    Record(owner="ann", number=1, created_at=START).put()
    assert "Foreign" not in raw.get("RECORD#ann", "000001")


def test_put_under_a_condition(record):
    with pytest.raises(ConditionFailed) as error:
        record.put(if_=Record.title == "other")
    assert type(error.value) is ConditionFailed
    assert error.value.item.title == "first"
    record.put(if_=Record.title == "first")
    with pytest.raises(ConditionFailed) as error:
        Record(owner="bob", number=1).put(if_=Record.title == "first")
    assert (type(error.value), error.value.item) == (ConditionFailed, None)


def test_delete_says_whether_there_was_one(record, raw):
    again = Record.objects.get(owner="ann", number=1)
    with pytest.raises(ConditionFailed):
        record.delete(if_=Record.title == "other")
    assert record.delete() is True
    assert again.delete() is False
    assert Record.objects.ref(owner="ann", number=1).delete() is False
    assert raw.scan() == {}


def test_a_deleted_item_can_be_saved_again(tables):
    item = Counted.objects.create(id="a", total=3)
    item.patch(total=4)
    item.delete()
    assert item.version is None
    assert item.save().version == 1
    item.delete()
    assert item.put().version == 1
    assert Counted.objects.get(id="a").total == 4


def test_a_move_changes_the_key_and_carries_everything_along(record, raw):
    raw.set("RECORD#ann", "000001", Foreign={"S": "kept"})
    found = Record.objects.get(owner="ann", number=1)
    found.hits = 4
    with capture() as usage:
        found.move(number=10, language="rust")
    assert [request.operation for request in usage.requests] == ["TransactWriteItems"]
    items = raw.scan()
    assert list(items) == [("RECORD#ann", "000010")]
    (stored,) = items.values()
    assert (stored["Hits"], stored["Foreign"]) == ({"N": "4"}, {"S": "kept"})
    assert stored["GSI2PK"] == {"S": "LANGUAGE#rust#x"}
    assert found.patch(title="second").number == 10
    oracle.check(raw.scan())


def test_a_move_to_a_key_that_is_taken(record, raw):
    Record.objects.create(owner="ann", number=2, title="taken", created_at=START)
    before = raw.scan()
    with pytest.raises(AlreadyExists) as error:
        record.move(number=2)
    assert error.value.item.title == "taken"
    assert raw.scan() == before
    assert record.number == 1


def test_a_move_of_what_another_writer_changed(record, raw):
    for change in (
        {"Title": {"S": "changed"}},
        # What the item lacked when it was loaded would be lost.
        {"Labels": {"SS": ["new"]}},
    ):
        found = Record.objects.get(owner="ann", number=1)
        raw.set("RECORD#ann", "000001", **change)
        before = raw.scan()
        with pytest.raises(StaleWrite, match=next(iter(change))):
            found.move(number=2)
        assert raw.scan() == before


def test_moves_that_are_refused(record, raw):
    (part,) = Record.objects.filter(owner="ann").only("title")
    new = Record(owner="ann", number=3)
    counted = Counted.objects.create(id="a")
    with capture() as usage:
        for item, changes, kind in (
            (record, {"title": "x"}, KeyRefused),
            (record, {}, KeyRefused),
            (record, {"number": 1_000_000}, KeyRefused),
            (record, {"owner": ""}, KeyRefused),
            (record, {"number": "2"}, ValueRefused),
            (record, {"nonsense": 2}, ValueRefused),
            (part, {"number": 2}, ValueRefused),
            (new, {"number": 2}, ValueRefused),
            (counted, {"id": "b", "version": 7}, ValueRefused),
        ):
            with pytest.raises(kind):
                item.move(**changes)
    assert len(usage) == 0


def test_a_move_after_a_transaction_knows_the_keys_that_were_written(record, raw):
    with Record.schema.table.transaction() as tx:
        tx.patch(record, language="rust", is_public=True)
    record.move(number=2)
    oracle.check(raw.scan())
    assert raw.get("RECORD#ann", "000002")["GSI2PK"] == {"S": "LANGUAGE#rust#x"}


def test_an_item_of_many_attributes_is_moved_by_its_version_only(record, raw):
    raw.set("RECORD#ann", "000001", **{f"Foreign{number}": {"N": "1"} for number in range(95)})
    with pytest.raises(ValueRefused, match="version"):
        Record.objects.get(owner="ann", number=1).move(number=2)
    counted = Counted.objects.create(id="a")
    raw.set("COUNTED#a", "COUNTED", **{f"Foreign{number}": {"N": "1"} for number in range(95)})
    counted.refresh().move(id="b")
    assert len(raw.get("COUNTED#b", "COUNTED")) > 95


# upsert


def test_upsert_makes_an_item_with_its_defaults_and_then_changes_it(tables, raw):
    values = {"language": "c", "topic": "x", "is_public": True, "is_deleted": False, "score": 2, "created_at": START}
    with capture() as usage:
        made = Record.objects.upsert(owner="ann", number=1, **values)
    assert len(usage) == 1
    assert (made.title, made.hits, made.metadata) == ("", 0, {})
    oracle.check(raw.scan())
    made.patch(hits=5, labels={"a"})
    changed = Record.objects.upsert(owner="ann", number=1, **{**values, "language": "rust", "is_public": False})
    assert (changed.hits, changed.labels, changed.language) == (5, {"a"}, "rust")
    oracle.check(raw.scan())
    assert list(Record.objects.feed()) == []


def test_upsert_of_a_facet_wants_all_that_its_keys_depend_on(tables, raw):
    with capture() as usage:
        with pytest.raises(KeyRefused, match="by_language") as error:
            Record.objects.upsert(owner="ann", number=1, is_public=True, is_deleted=False, score=2, created_at=START)
        assert "topic" in error.value.facet
        with pytest.raises(KeyRefused):
            Record.objects.upsert(owner="ann", number=1, title="x")
        with pytest.raises(KeyRefused, match="number"):
            Record.objects.upsert(owner="ann")
        with pytest.raises(ValueRefused, match="version"):
            Counted.objects.upsert(id="a", version=3)
    assert len(usage) == 0
    assert raw.scan() == {}


def test_upsert_where_an_absent_attribute_decides(tables):
    with capture() as usage, pytest.raises(KeyRefused, match="owner"):
        Parcel.objects.upsert(id="a")
    assert len(usage) == 0
    parcel = Parcel.objects.upsert(id="a", owner=None)
    assert list(Parcel.objects.free()) == [parcel]
    Parcel.objects.upsert(id="a", owner="ann")
    assert list(Parcel.objects.free()) == []
    Parcel.objects.get(id="a").patch(owner=None)
    assert list(Parcel.objects.free()) == [parcel]


def test_upsert_without_a_default_for_what_must_be_there(tables):
    from tests.writing.entities import Document

    with capture() as usage, pytest.raises(ValueRefused, match="title"):
        Document.objects.upsert(id="a", language="c")
    assert len(usage) == 0


def test_upsert_of_an_item_with_nothing_but_its_key(tables, raw):
    assert Everything.objects.upsert(id="a") == Everything(id="a")
    assert Everything.objects.upsert(id="a", text="x").text == "x"
    assert Everything.objects.upsert(id="a", text=None, whole=3).text is None
    assert raw.get("EVERYTHING#a", "EVERYTHING")["EntityType"] == {"S": "Everything"}
