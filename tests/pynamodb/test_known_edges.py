"""PynamoDB's known edges: what it does, where that is cheap to show (a mend upstream is seen); then what we do."""

# ruff: noqa: PT012 - it is the end of the block that raises

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pynamodb import attributes as pynamo
from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from dynamo_models import (
    AlreadyExists,
    DoesNotExist,
    Entity,
    Expires,
    Index,
    Key,
    Text,
    Timestamp,
    TransactionCanceled,
    Version,
    capture,
    tables,
    transport,
)  # fmt: skip
from tests.codec.tables import private_table

main = private_table("Edges", indexes=[Index("GSI1")], ttl="expires")
TIME = datetime(2025, 1, 15, tzinfo=UTC)
made: list[str] = []


def make_default() -> str:
    made.append("x")
    return "made"


class Note(Entity, table=main):
    owner = Text()
    number = Text()
    title = Text(default="")
    tag = Text(null=True)
    written_at = Timestamp(default=lambda: TIME)
    stamp = Text(default=make_default)

    class Keys:
        primary = Key("OWNER#{owner}", "NOTE#{number}")
        by_tag = Key("TAG#{tag}", "{written_at}", index="GSI1")


class Task(Entity, table=main):
    owner = Text()
    number = Text()
    version = Version()
    expires = Expires(null=True)

    class Keys:
        primary = Key("OWNER#{owner}", "TASK#{number}")


@pytest.fixture(autouse=True)
def _tables(make_tables):
    make_tables(main)
    made.clear()


@pytest.fixture
def stock(dynamo_endpoint):
    """PynamoDB's own models of the same table, over a base with a discriminator: ``stock("Note", title=...)``."""

    class Base(Model):
        class Meta:
            table_name = main.endpoint_name
            region = "us-east-1"
            host = dynamo_endpoint
            aws_access_key_id = "local"
            aws_secret_access_key = "local"

        PK = pynamo.UnicodeAttribute(hash_key=True)
        SK = pynamo.UnicodeAttribute(range_key=True)
        EntityType = pynamo.DiscriminatorAttribute()

    def make(name: str, **attributes: Any) -> Any:
        return type(Base)(name, (Base,), attributes, discriminator=name)

    return make


def stored(owner: str, number: str, kind: str = "NOTE") -> dict[str, Any]:
    key = {"PK": {"S": f"OWNER#{owner}"}, "SK": {"S": f"{kind}#{number}"}}
    found = transport.client(main.name).get_item(TableName=main.endpoint_name, Key=key, ConsistentRead=True)
    return found.get("Item", {})


def test_one_client_serves_all_entity_classes(stock):
    one, other = stock("One"), stock("Two")
    assert one._get_connection().connection.client is not other._get_connection().connection.client

    assert Note._get_connection() is Task._get_connection()
    assert Note._get_connection().connection.client is transport.client(main.name)


def test_a_limit_is_of_matches_and_the_type_is_no_filter_where_the_key_decides_it(stock):
    other, wanted = stock("Task"), stock("Zebra")
    for number in range(12):
        other("OWNER#o", f"A#{number:02d}").save()
    wanted("OWNER#o", "Z#1").save()
    sent: list[Any] = []
    wanted._get_connection().connection.client.meta.events.register(
        "before-call.dynamodb.Query", lambda **_: sent.append(1)
    )
    assert [each.SK for each in wanted.query("OWNER#o", limit=1)] == ["Z#1"]
    assert len(sent) == 13

    Note.objects.create(owner="o", number="1")
    with capture() as usage:
        assert [each.number for each in Note.objects.filter(owner="o")[:1]] == ["1"]
    assert len(usage) == 1
    assert "filter" not in str(Note.objects.filter(owner="o").explain()).lower()


def test_a_patch_of_a_missing_item_creates_nothing(stock):
    model = stock("Note", title=pynamo.UnicodeAttribute(null=True))
    model("OWNER#o", "NOTE#stock").update(actions=[model.title.set("x")])
    assert "EntityType" not in stored("o", "stock")
    assert stored("o", "stock")["title"] == {"S": "x"}

    with pytest.raises(DoesNotExist):
        Note.objects.ref(owner="o", number="1").patch(title="x")
    with pytest.raises(DoesNotExist):
        Note.objects.ref(owner="o", number="1").update([Note.title.set("x")])
    assert stored("o", "1") == {}


def test_a_callers_list_of_actions_stays_as_it_is(stock):
    model = stock("Versioned", version=pynamo.VersionAttribute(), title=pynamo.UnicodeAttribute(null=True))
    item = model("OWNER#o", "V#1")
    item.save()
    actions = [model.title.set("x")]
    item.update(actions=actions)
    assert len(actions) == 2

    task = Task.objects.create(owner="o", number="1")
    ours = [Task.expires.set(datetime.now(UTC) + timedelta(days=1))]
    task.update(ours)
    assert len(ours) == 1
    task.update(ours)
    assert task.version == 3


def test_set_none_removes_the_attribute(stock):
    model = stock("Note", title=pynamo.UnicodeAttribute(null=True))
    item = model("OWNER#o", "NOTE#stock", title="x")
    item.save()
    item.update(actions=[model.title.set(None)])
    assert stored("o", "stock")["title"] == {"NULL": True}

    note = Note.objects.create(owner="o", number="1", tag="a")
    assert stored("o", "1")["GSI1PK"] == {"S": "TAG#a"}
    note.patch(Note.tag.set(None))
    assert not {"tag", "GSI1PK", "GSI1SK"} & stored("o", "1").keys()


def test_attributes_that_the_class_does_not_know_survive_load_and_save(stock):
    writer = stock("Note", title=pynamo.UnicodeAttribute(), color=pynamo.UnicodeAttribute())
    writer("OWNER#o", "NOTE#1", title="x", color="red").save()

    class Blind(Model):
        Meta = writer.Meta
        PK = pynamo.UnicodeAttribute(hash_key=True)
        SK = pynamo.UnicodeAttribute(range_key=True)

    blind = Blind.get("OWNER#o", "NOTE#1")
    blind.save()
    assert stored("o", "1").keys() == {"PK", "SK"}

    Note.objects.create(owner="o", number="2")
    transport.client(main.name).update_item(
        TableName=main.endpoint_name, Key={"PK": {"S": "OWNER#o"}, "SK": {"S": "NOTE#2"}},
        UpdateExpression="SET color = :red", ExpressionAttributeValues={":red": {"S": "red"}},
    )  # fmt: skip
    for write in ("save", "put", "patch"):
        note = Note.objects.get(owner="o", number="2")
        note.title = write
        note.patch(title=write) if write == "patch" else getattr(note, write)()
        assert (stored("o", "2")["color"], stored("o", "2")["title"]) == ({"S": "red"}, {"S": write})


def test_a_batch_whose_block_raised_writes_nothing(stock):
    model = stock("Note")
    with pytest.raises(KeyError), model.batch_write() as batch:
        batch.save(model("OWNER#o", "NOTE#stock"))
        raise KeyError
    assert stored("o", "stock")

    with pytest.raises(KeyError), main.batch() as ours:
        ours.put(Note(owner="o", number="1"))
        raise KeyError
    assert stored("o", "1") == {}


class Unprocessed:
    """Gives what a batch asks for back as unprocessed, for so many calls."""

    def __init__(self, monkeypatch: Any, operation: str, key: str, times: int) -> None:
        self.times = times
        self.calls = 0
        dispatch = Connection.dispatch

        def wrapped(connection: Any, name: str, kwargs: dict[str, Any]) -> Any:
            if name != operation:
                return dispatch(connection, name, kwargs)
            self.calls += 1
            if self.calls <= self.times:
                return {key: kwargs["RequestItems"], "Responses": {}}
            return dispatch(connection, name, kwargs)

        monkeypatch.setattr(Connection, "dispatch", wrapped)


def test_what_a_batch_gets_back_is_tried_again_after_growing_jittered_delays(stock, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    Unprocessed(monkeypatch, "BatchWriteItem", "UnprocessedItems", 2)
    model = stock("Note")
    with model.batch_write() as batch:
        batch.save(model("OWNER#o", "NOTE#stock"))
    assert slept == []

    monkeypatch.undo()
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    unprocessed = Unprocessed(monkeypatch, "BatchWriteItem", "UnprocessedItems", 3)
    with main.batch() as ours:
        ours.put(Note(owner="o", number="1"))
    assert unprocessed.calls == 4
    assert len(slept) == 3
    assert slept == sorted(slept)
    assert slept[0] > 0
    assert slept[2] > slept[0]
    assert stored("o", "1")


def test_a_batch_get_keeps_the_order_of_its_keys(stock):
    numbers = ["3", "1", "7", "5", "0", "9"]
    for number in numbers:
        Note.objects.create(owner="o", number=number)
    asked = [{"owner": "o", "number": number} for number in [*numbers, "missing", "3"]]
    with capture() as usage:
        found = Note.objects.get_many(asked)
    assert [each and each.number for each in found] == [*numbers, None, "3"]
    assert len(usage) == 1


def test_the_nth_cause_of_a_transaction_belongs_to_its_nth_call(stock, dynamo_endpoint):
    model = stock("Note", title=pynamo.UnicodeAttribute(null=True))
    connection = model._get_connection().connection
    with pytest.raises(TransactWriteError) as canceled, TransactWrite(connection=connection) as tx:
        tx.save(model("OWNER#o", "NOTE#a"))
        tx.update(model("OWNER#o", "NOTE#b"), actions=[model.title.set("x")], condition=model.PK.exists())
        tx.delete(model("OWNER#o", "NOTE#c"))
    assert [reason is not None for reason in canceled.value.cancellation_reasons] == [False, False, True]

    Note.objects.create(owner="o", number="there")
    with pytest.raises(TransactionCanceled) as ours, main.transaction() as transaction:
        transaction.put(Note(owner="o", number="a"))
        transaction.patch(Note.objects.ref(owner="o", number="b"), title="x")
        transaction.delete(Note(owner="o", number="c"))
        transaction.create(Note(owner="o", number="there"))
    assert [type(cause) for cause in ours.value.causes] == [type(None), Note.DoesNotExist, type(None), AlreadyExists]
    assert stored("o", "a") == {}


def test_a_count_of_a_slice_counts_no_further(stock):
    model = stock("Note")
    for number in range(5):
        model("OWNER#o", f"NOTE#{number}").save()
    assert model.count("OWNER#o", limit=2) == 5

    assert Note.objects.filter(owner="o")[:2].count() == 2
    assert Note.objects.filter(owner="o").count() == 5


def test_a_default_is_made_once_for_a_row(stock):
    calls: list[int] = []
    model = stock("Note", stamp=pynamo.UnicodeAttribute(default=lambda: calls.append(1) or "x"))
    model("OWNER#o", "NOTE#stock").save()
    calls.clear()
    model.get("OWNER#o", "NOTE#stock")
    assert len(calls) == 2

    Note.objects.create(owner="o", number="1")
    assert len(made) == 1
    assert Note.objects.get(owner="o", number="1").stamp == "made"
    assert len(made) == 1


def test_a_table_is_made_twice_with_its_time_to_live(monkeypatch):
    client = transport.client(main.name)
    before = client.describe_table(TableName=main.endpoint_name)["Table"]["CreationDateTime"]
    tables.ensure(main)
    assert client.describe_table(TableName=main.endpoint_name)["Table"]["CreationDateTime"] == before
    described = client.describe_time_to_live(TableName=main.endpoint_name)["TimeToLiveDescription"]
    assert (described["TimeToLiveStatus"], described["AttributeName"]) == ("ENABLED", "expires")
