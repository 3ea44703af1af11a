"""What a patch writes, what it keeps, and what it refuses before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dynamo_models import ConditionFailed, DeferredAttribute, KeyRefused, StaleWrite, ValueRefused, capture, wire
from tests.writing import oracle
from tests.writing.entities import Counted, Job, Record

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def record(tables):
    return Record.objects.create(owner="ann", number=1, topic="x", created_at=START, title="first")


@pytest.fixture
def refused(raw):
    """Asserts that nothing is sent and nothing written."""

    def refuse(kind, function, match=None):
        before = raw.scan()
        with capture() as usage, pytest.raises(kind, match=match) as error:
            function()
        assert len(usage) == 0
        assert raw.scan() == before
        return error.value

    return refuse


def test_a_patch_is_one_request_and_leaves_the_instance_as_the_item_is(record, raw):
    raw.set("RECORD#ann", "000001", Hits={"N": "7"}, Foreign={"S": "kept"})
    with capture() as usage:
        assert record.patch(title="second") is record
    assert len(usage) == 1
    assert (record.title, record.hits) == ("second", 7)
    assert record.unknown_attributes == {"Foreign": {"S": "kept"}}


def test_what_was_assigned_and_not_patched_stays_assigned_and_unwritten(record, raw):
    record.hits = 5
    record.language = "rust"
    record.patch(title="second", topic="y")
    assert (record.hits, record.language) == (5, "rust")
    stored = raw.get("RECORD#ann", "000001")
    assert stored["Hits"] == {"N": "0"}
    # The key is made of what is stored, and not of what may yet be saved.
    assert stored["GSI2PK"] == {"S": "LANGUAGE#python#y"}
    record.save()
    assert raw.get("RECORD#ann", "000001")["GSI2PK"] == {"S": "LANGUAGE#rust#y"}


def test_a_patch_does_not_mind_what_else_was_assigned(record):
    record.hits = "many"
    record.patch(title="second")
    assert (record.title, record.hits) == ("second", "many")
    with pytest.raises(ValueRefused, match="hits"):
        record.save()


def test_save_sends_what_was_assigned_and_nothing_where_nothing_was(record, raw):
    with capture() as usage:
        record.save()
    assert len(usage) == 0
    record.metadata["level"] = 1
    with capture() as usage:
        record.save()
    assert len(usage) == 1
    assert raw.get("RECORD#ann", "000001")["Metadata"] == {"M": {"level": {"N": "1"}}}


def test_save_of_an_item_that_another_program_wrote_in_its_own_words_sends_nothing(record, raw):
    item = raw.get("RECORD#ann", "000001")
    del item["Hits"], item["Title"]
    item |= {"Score": {"N": "0.0"}, "Labels": {"NULL": True}}
    raw.put(item)
    found = Record.objects.get(owner="ann", number=1)
    with capture() as usage:
        found.save()
    assert len(usage) == 0


def test_none_removes_and_an_empty_set_too(record, raw):
    record.patch(labels={"a"}, notes=[1])
    record.patch(labels=set(), notes=None)
    assert not {"Labels", "Notes"} & raw.get("RECORD#ann", "000001").keys()
    assert (record.labels, record.notes) == (None, None)


def test_what_an_attribute_cannot_be_is_refused(record, refused):
    refused(ValueRefused, lambda: record.patch(title=None), "title cannot be absent")
    refused(ValueRefused, lambda: record.patch(hits="7"), "hits")
    refused(ValueRefused, lambda: record.patch(created_at=datetime(2025, 1, 1)), "time zone")  # noqa: DTZ001 - meant
    refused(ValueRefused, lambda: record.patch(nonsense=1), "nonsense")
    refused(ValueRefused, lambda: record.patch(title="a\ud800"), "Title|title")
    refused(ValueRefused, record.patch, "nothing to change")
    refused(ValueRefused, lambda: record.patch(owner="ann"), "nothing to change")
    refused(ValueRefused, lambda: record.patch("title"), "not an update action")
    refused(ValueRefused, lambda: record.patch(Record.hits.add(1), hits=1), "twice")
    refused(ValueRefused, lambda: record.patch(Record.hits.add(1), Record.hits.add(1)), "twice")


def test_keys_are_not_written_by_hand(record, refused):
    for name in ("PK", "GSI1PK", "GSI1SK", "entity_type"):
        refused(KeyRefused, lambda name=name: record.patch(**{name: "x"}), "computed")
    error = refused(KeyRefused, lambda: record.patch(owner="bob"), "move")
    assert (error.entity, error.key, error.facet) == ("Record", "primary", "owner")
    for action in (Record.owner.set("bob"), Record.number.add(1)):
        assert refused(KeyRefused, lambda action=action: record.patch(action), "move").facet in ("owner", "number")
    record.owner = "bob"
    refused(KeyRefused, record.save, "move")
    refused(KeyRefused, record.put, "move")


def test_a_primary_facet_may_be_given_as_it_is(record):
    assert record.patch(owner="ann", number=1, title="second").title == "second"


def test_a_key_that_cannot_be_made_is_refused_by_name(record, refused):
    for values, facet in (
        ({"topic": ""}, "topic"),
        ({"language": "a#b"}, "language"),
        ({"score": -1}, "score"),
        ({"score": 1_000_000}, "score"),
    ):
        error = refused(KeyRefused, lambda values=values: record.patch(**values))
        assert error.facet == facet
        assert error.entity == "Record"
    refused(KeyRefused, lambda: record.patch(topic="x" * 1025), "1,024|bytes")


def test_an_action_on_a_facet_has_to_have_a_known_result(record, refused):
    error = refused(KeyRefused, lambda: record.patch(Record.score.set(Record.score + 1)), "only DynamoDB knows")
    assert (error.key, error.facet) == ("Record.by_score", "score")
    record.patch(Record.score.set(3))
    assert record.score == 3


def test_counters_lists_sets_and_maps_are_changed_in_place(record):
    stale = Record.objects.get(owner="ann", number=1)
    record.patch(Record.hits.add(2), labels={"a"}, notes=["x"], metadata={"level": 1})
    stale.patch(
        Record.hits.add(3),
        Record.labels.add({"b"}),
        Record.notes.set(Record.notes.append(["y"])),
        Record.metadata["level"].set(2),
        Record.metadata["name"].set("n"),
    )
    assert (stale.hits, stale.labels, stale.notes) == (5, {"a", "b"}, ["x", "y"])
    assert stale.metadata == {"level": 2, "name": "n"}


def test_a_patch_never_creates(tables, raw):
    for item in (Record.objects.ref(owner="no", number=1), Record(owner="no", number=1)):
        with pytest.raises(Record.DoesNotExist, match="no"):
            item.patch(title="x")
        with pytest.raises(Record.DoesNotExist):
            item.update(actions=[Record.hits.add(1)])
    assert raw.scan() == {}


def test_a_reference_becomes_the_item(record):
    item = Record.objects.ref(owner="ann", number=1)
    with pytest.raises(DeferredAttribute):
        item.title  # noqa: B018 - that is what raises
    item.patch(Record.hits.add(1))
    assert (item.title, item.hits) == ("first", 1)


def test_an_item_loaded_in_part_knows_what_was_loaded(record, raw, refused):
    (part,) = Record.objects.filter(owner="ann").only("topic", "created_at")
    error = refused(KeyRefused, lambda: part.patch(topic="y"), "language")
    assert error.key == "Record.by_language"
    part.patch(topic="y", language="c")
    assert raw.get("RECORD#ann", "000001")["GSI2PK"] == {"S": "LANGUAGE#c#y"}
    oracle.check(raw.scan())

    (part,) = Record.objects.filter(owner="ann").only("topic")
    whole = Record.objects.get(owner="ann", number=1)
    whole.patch(topic="z")
    with pytest.raises(StaleWrite, match="Topic"):
        part.patch(language="rust", created_at=START, is_public=False, is_deleted=False, score=0)


def test_what_a_part_does_not_hold_is_not_written(record):
    (part,) = Record.objects.filter(owner="ann").only("hits")
    part.hits = 9
    part.save()
    assert (part.hits, part.title) == (9, "first")
    (part,) = Record.objects.filter(owner="ann").only("hits")
    with capture() as usage, pytest.raises(DeferredAttribute):
        part.put()
    assert len(usage) == 0


def test_a_condition_that_fails_is_told_from_a_stale_facet(record):
    with pytest.raises(ConditionFailed) as error:
        record.patch(topic="y", if_=Record.hits == 5)
    assert type(error.value) is ConditionFailed
    assert (error.value.item.title, error.value.item.hits) == ("first", 0)
    stale = Record.objects.get(owner="ann", number=1)
    record.patch(language="rust", topic="z")
    with pytest.raises(StaleWrite):
        stale.patch(topic="y", if_=Record.hits == 0)
    record.patch(topic="y", if_=Record.hits == 0)


def test_null_that_another_program_stored_is_no_value(record, raw):
    raw.set("RECORD#ann", "000001", Topic={"NULL": True}, Labels={"NULL": True})
    item = Record.objects.get(owner="ann", number=1)
    assert item.topic is None
    # The guard on what was loaded has to hold for NULL as it is.
    item.patch(language="rust")
    stored = raw.get("RECORD#ann", "000001")
    assert "GSI2PK" not in stored
    item.put()
    assert not {"Topic", "Labels"} & raw.get("RECORD#ann", "000001").keys()
    oracle.check(raw.scan())


def test_auto_now_is_stamped_by_each_write_and_its_keys_follow(tables, raw):
    item = Counted.objects.create(id="a")
    for write in (lambda: item.patch(total=1), item.put, lambda: item.patch(Counted.total.add(1))):
        before = item.updated_at
        write()
        assert item.updated_at > before
        stored = raw.get("COUNTED#a", "COUNTED")
        assert stored["GSI1SK"]["S"][:26] == stored["UpdatedAt"]["S"][:26]
        assert stored["GSI1SK"]["S"][:26] == item.updated_at.isoformat(timespec="microseconds")[:26]


def test_auto_now_needs_what_its_keys_depend_on(tables, refused):
    Counted.objects.create(id="a")
    error = refused(KeyRefused, lambda: Counted.objects.ref(id="a").patch(total=1))
    assert error.facet == "state"
    Counted.objects.ref(id="a").patch(total=1, state="open")


def test_an_item_too_large_is_refused_with_its_largest_attributes(record, refused):
    from dynamo_models import ItemTooLarge

    error = refused(ItemTooLarge, lambda: record.patch(title="x" * 410_000, notes=["y" * 100]))
    assert error.largest[0][0] == "Title"
    record.patch(title="x" * 300_000)
    error = refused(ItemTooLarge, lambda: Record.objects.create(owner="bob", number=1, title="x" * 410_000))
    assert error.largest[0] == ("Title", 410_005)


def test_an_update_that_grows_an_item_too_far_names_the_largest(record, raw):
    from dynamo_models import ItemTooLarge

    record.patch(title="x" * 300_000)
    before = raw.scan()
    with pytest.raises(ItemTooLarge, match="Title") as error:
        record.patch(notes=["y" * 150_000])
    assert [name for name, _ in error.value.largest[:2]] == ["Title", "Notes"]
    assert raw.scan() == before
    assert wire.item_size(before["RECORD#ann", "000001"]) < wire.MAX_ITEM_BYTES


def test_plain_attribute_keys_stay_what_the_attributes_are(tables):
    job = Job.objects.create(id="1", owner="ann")
    job.patch(state="done")
    assert list(Job.objects.by_state(state="done", owner="ann")) == [job]
    with capture() as usage, pytest.raises(KeyRefused, match="empty"):
        job.patch(owner="")
    assert len(usage) == 0
    job.patch(owner=None)
    assert list(Job.objects.by_state(state="done")) == []
    made = Job.objects.upsert(id="2", owner="bob")
    assert list(Job.objects.by_state(state="open", owner="bob")) == [made]
