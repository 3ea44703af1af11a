"""PynamoDB's own ways to an item: its transactions and its update actions write the right keys, or are refused."""

# ruff: noqa: PT012 - what raises is the end of a block, and the block is more than one call

from __future__ import annotations

import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.operand import Path
from pynamodb.transactions import TransactGet, TransactWrite

from dynamo_models import KeyRefused, StaleWrite, ValueRefused, capture, transport
from tests.writing import oracle
from tests.writing.entities import Account, Counted, Job, Record, main, plain


@pytest.fixture
def connection(tables):
    return transport.connection(main.name)


@pytest.fixture
def record(tables):
    return Record.objects.create(owner="ann", number=1, topic="x")


def test_save_update_delete_and_condition_check(connection, record, raw):
    gone = Record.objects.create(owner="ann", number=2)
    Record.objects.create(owner="ann", number=3, hits=7)
    with TransactWrite(connection=connection) as tx:
        tx.save(Record(owner="bob", number=1, topic="z"))
        tx.update(record, actions=[Record.language.set("rust"), Record.hits.add(2), Record.is_public.set(True)])
        tx.delete(gone)
        tx.condition_check(Record, "RECORD#ann", "000003", condition=Record.hits == 7)
    oracle.check(raw.scan())
    assert raw.get("RECORD#ann", "000001")["GSI2PK"] == {"S": "LANGUAGE#rust#x"}
    assert {item.number for item in Record.objects.filter(owner="ann")} == {1, 3}
    assert Record.objects.get(owner="bob", number=1).topic == "z"
    # The instance knows what was written: its next change is held to that and to nothing older.
    record.patch(topic="y")
    assert (record.language, record.hits) == ("rust", 2)
    oracle.check(raw.scan())


def test_a_failed_condition_check_writes_nothing(connection, record, raw):
    before = raw.scan()
    with pytest.raises(TransactWriteError) as failed, TransactWrite(connection=connection) as tx:
        tx.update(record, actions=[Record.language.set("rust")])
        tx.condition_check(Record, "RECORD#ann", "000009", condition=Record.hits == 7)
    assert [reason.code if reason else None for reason in failed.value.cancellation_reasons] == [
        "ConditionalCheckFailed",
        None,
    ]
    assert raw.scan() == before
    record.patch(language="c")


def test_an_update_never_creates_there_either(connection, raw):
    with pytest.raises(TransactWriteError), TransactWrite(connection=connection) as tx:
        tx.update(Record.objects.ref(owner="no", number=1), actions=[Record.title.set("x")])
    assert raw.scan() == {}


def test_versions_are_held_to_and_counted(connection, raw):
    first = Counted.objects.create(id="a")
    second = Counted.objects.get(id="a")
    with TransactWrite(connection=connection) as tx:
        tx.update(first, actions=[Counted.total.set(5)])
    assert first.version == 2
    with TransactWrite(connection=connection) as tx:
        tx.save(first)
    assert (first.version, first.patch(total=6).version) == (3, 4)
    for write in ("save", "update", "delete"):
        with pytest.raises(TransactWriteError), TransactWrite(connection=connection) as tx:
            if write == "update":
                tx.update(second, actions=[Counted.total.set(1)])
            else:
                getattr(tx, write)(second)
    assert second.version == 1
    with TransactWrite(connection=connection) as tx:
        tx.delete(second, add_version_condition=False)
    assert raw.scan() == {}


def test_what_a_transaction_that_failed_had_taken_is_forgotten(connection):
    item = Counted.objects.create(id="a")
    with pytest.raises(TransactWriteError), TransactWrite(connection=connection) as tx:
        tx.update(item, actions=[Counted.total.set(5)])
        tx.delete(Record.objects.ref(owner="no", number=1), condition=Record.hits == 7)
    assert (item.total, item.version) == (0, 1)
    item.patch(total=1)
    assert item.version == 2


def test_keys_are_given_there_as_they_are_stored(connection, record):
    for key in (("ann", "000001"), ("RECORD#ann", "1"), ("RECORD#ann", None), ("COUNTED#ann", "000001")):
        with pytest.raises(KeyRefused, match="as they are stored"), TransactWrite(connection=connection) as tx:
            tx.condition_check(Record, *key, condition=Record.hits == 7)
    Job.objects.create(id="1", owner="ann")
    with TransactGet(connection=connection) as tx:
        found = tx.get(Record, "RECORD#ann", "000001")
        job = tx.get(Job, "1")
        missing = tx.get(Record, "RECORD#ann", "000009")
    assert found.get() == record
    assert job.get().owner == "ann"
    with pytest.raises(Record.DoesNotExist):
        missing.get()
    assert plain.name == "Writing-Plain"


def test_unique_items_are_beyond_it(connection, raw):
    account = Account.objects.create(id=1, email="ann", handle="ann")
    before = raw.scan()
    with capture() as usage:
        for take in (
            lambda tx: tx.save(account),
            lambda tx: tx.save(Account(id=2, handle="bob")),
            lambda tx: tx.delete(account),
            lambda tx: tx.delete(Account.objects.ref(id=1)),
            lambda tx: tx.update(account, actions=[Account.email.set("other")]),
        ):
            with pytest.raises(ValueRefused, match=r"transaction\(\)"), TransactWrite(connection=connection) as tx:
                take(tx)
    assert len(usage) == 0
    assert raw.scan() == before
    with TransactWrite(connection=connection) as tx:
        tx.update(account, actions=[Account.name.set("Ann")])
    oracle.check(raw.scan())


def test_update_leaves_the_callers_list_alone(record):
    actions = [Record.title.set("x"), Record.hits.add(1)]
    given = list(actions)
    assert record.update(actions=actions) is record
    assert all(one is other for one, other in zip(actions, given, strict=True))
    assert len(actions) == 2
    record.update(actions=actions, condition=Record.hits == 1)
    assert record.hits == 2


def test_update_with_none_removes_and_stores_no_null(record, raw):
    record.update(actions=[Record.topic.set(None), Path("Labels").set(None)])
    stored = raw.get("RECORD#ann", "000001")
    assert not {"Topic", "Labels", "GSI2PK", "GSI2SK", "GSI4PK", "GSI4SK"} & stored.keys()


def test_actions_on_raw_paths_are_actions_on_the_attributes(record, raw):
    record.update(actions=[Path("Language").set("rust"), Path("Topic").remove()])
    assert (record.language, record.topic) == ("rust", None)
    oracle.check(raw.scan())


@pytest.mark.parametrize("name", ["PK", "SK", "GSI1PK", "GSI1SK", "GSI3PK", "GSI4SK"])
def test_computed_keys_are_not_set_by_any_path(record, raw, name):
    before = raw.scan()
    with capture() as usage:
        for action in (Path(name).set("x"), Path(name).remove(), getattr(Record, name).set("x")):
            with pytest.raises(KeyRefused, match="computed"):
                record.update(actions=[action])
        with pytest.raises(KeyRefused, match="computed"):
            setattr(record, name, "x")
    assert len(usage) == 0
    assert raw.scan() == before


def test_marks_of_the_mapper_and_what_the_class_does_not_know_are_not_set(record):
    with capture() as usage:
        for name in ("EntityType", "SchemaVersion", "Foreign", "title"):
            with pytest.raises(ValueRefused, match=name):
                record.update(actions=[Path(name).set("x")])
        with pytest.raises(ValueRefused, match="stored as S"):
            record.update(actions=[Path("Title").set(5)])
        with pytest.raises(ValueRefused, match="created_at"):
            record.update(actions=[Path("CreatedAt").set("yesterday")])
        with pytest.raises(ValueRefused, match="nothing to change"):
            record.update(actions=[])
    assert len(usage) == 0


def test_update_of_an_old_copy(record):
    old = Record.objects.get(owner="ann", number=1)
    record.patch(language="rust")
    with pytest.raises(StaleWrite):
        old.update(actions=[Record.topic.set("y")])


def test_verbs_that_entities_have_under_other_names_say_so():
    for name, instead in (
        ("get", "objects.get"),
        ("query", "objects.filter"),
        ("scan", "objects.scan"),
        ("count", "count()"),
        ("batch_write", "batch()"),
        ("batch_get", "get_many"),
        ("exists", "exists()"),
        ("create_table", "dynamo_tables"),
    ):
        with pytest.raises(AttributeError) as refused:
            getattr(Record, name)
        assert instead in str(refused.value)
