"""Transactions of several calls: all or none, and the n-th cause for the n-th call."""

# ruff: noqa: PT012 - what raises is the end of a block, and the block is more than one call

from __future__ import annotations

import uuid

import pytest

from dynamo_models import (
    AlreadyExists,
    ConditionFailed,
    Conflict,
    RequestRefused,
    StaleWrite,
    Throttled,
    TransactionCanceled,
    ValueRefused,
    capture,
)
from tests.writing import oracle
from tests.writing.conftest import error
from tests.writing.entities import Account, Counted, Job, Note, Record, elsewhere, main


@pytest.fixture
def records(tables):
    return [Record.objects.create(owner="ann", number=number, topic="x") for number in range(5)]


def test_everything_in_one_request(records, raw):
    created = Record(owner="bob", number=1)
    with capture() as usage, main.transaction() as tx:
        assert tx.create(created) is created
        tx.patch(records[0], Record.hits.add(1), topic="y")
        tx.delete(records[1])
        records[2].title = "put"
        tx.put(records[2])
        tx.move(records[3], number=9)
        tx.require(records[4], Record.hits == 0)
        assert len(usage) == 0
    assert [request.operation for request in usage.requests] == ["TransactWriteItems"]
    assert {item.number for item in Record.objects.filter(owner="ann")} == {0, 2, 4, 9}
    assert Record.objects.get(owner="ann", number=0).hits == 1
    assert created._stored == raw.get("RECORD#bob", "000001")
    assert records[2]._stored == raw.get("RECORD#ann", "000002")
    assert records[3]._stored == raw.get("RECORD#ann", "000009")
    oracle.check(raw.scan())


def test_the_nth_cause_is_that_of_the_nth_call(records, raw):
    Account.objects.create(id=1, email="ann", handle="ann")
    counted = Counted.objects.create(id="a")
    old = Counted.objects.get(id="a")
    counted.patch(total=1)
    before = raw.scan()
    with pytest.raises(TransactionCanceled) as canceled, main.transaction() as tx:
        tx.require(records[0], Record.hits == 7)
        tx.put(Record(owner="bob", number=5))
        tx.create(Account(id=2, email="ann", handle="bob"))
        tx.patch(Record.objects.ref(owner="no", number=1), title="x")
        tx.delete(records[1])
        tx.create(Record(owner="ann", number=2))
        tx.patch(old, total=5)
        tx.create(Account(id=3, email="c", handle="c"))
        tx.delete(records[3], if_=Record.hits == 7)
    assert raw.scan() == before
    causes = canceled.value.causes
    assert [type(cause) for cause in causes] == [
        ConditionFailed,
        type(None),
        AlreadyExists,
        Record.DoesNotExist,
        type(None),
        AlreadyExists,
        StaleWrite,
        type(None),
        ConditionFailed,
    ]
    assert causes[0].item == records[0]
    assert causes[5].item == records[2]
    assert causes[6].item.total == 1
    assert "call 4, patch Record" in str(canceled.value)
    aws = canceled.value.__cause__
    assert aws.response["Error"]["Code"] == "TransactionCanceledException"
    assert all(cause.__cause__ is aws for cause in causes if cause is not None)


def test_the_instances_of_a_canceled_transaction_are_as_they_were(records, raw):
    counted = Counted.objects.create(id="a")
    held = dict(records[0]._stored)
    with pytest.raises(TransactionCanceled), main.transaction() as tx:
        tx.patch(records[0], title="x")
        tx.patch(counted, total=4)
        tx.create(Record(owner="ann", number=1))
    assert (records[0].title, records[0]._stored) == ("", held)
    assert (counted.total, counted.version) == (0, 1)
    counted.patch(total=1)


def test_nothing_is_sent_where_the_block_raised_or_was_empty(records, raw):
    before = raw.scan()
    with capture() as usage:
        with pytest.raises(KeyError), main.transaction() as tx:
            tx.patch(records[0], title="x")
            raise KeyError
        with tx:
            pass
        with pytest.raises(ValueRefused, match="within its block"):
            tx.patch(records[0], title="x")
    assert len(usage) == 0
    assert raw.scan() == before


def test_what_dynamodb_would_refuse_is_refused_before(records, raw):
    before = raw.scan()
    with capture() as usage:
        with (
            pytest.raises(ValueRefused, match=r"Calls 1 .patch Record. and 2 .delete Record."),
            main.transaction() as tx,
        ):
            tx.patch(records[0], title="x")
            tx.delete(records[0])
        with pytest.raises(ValueRefused, match="101 actions"), main.transaction() as tx:
            for number in range(101):
                tx.create(Record(owner="bob", number=number))
        with pytest.raises(ValueRefused, match="36"), main.transaction(token="x" * 37) as tx:
            tx.patch(records[0], title="x")
        with pytest.raises(ValueRefused, match="nothing to change"), main.transaction() as tx:
            tx.patch(records[0])
    assert len(usage) == 0
    assert raw.scan() == before


def test_a_hundred_actions_are_one_transaction(tables, raw):
    with main.transaction() as tx:
        for number in range(100):
            tx.create(Record(owner="bob", number=number))
    assert len(raw.scan()) == 100


def test_items_of_two_tables(records):
    with main.transaction() as tx:
        tx.patch(records[0], title="x")
        tx.create(Job(id="1", owner="ann"))
    assert Job.objects.get(id="1").owner == "ann"
    with pytest.raises(TransactionCanceled) as canceled, main.transaction() as tx:
        tx.patch(records[0], title="y")
        tx.create(Job(id="1", owner="ann"))
    assert [type(cause) for cause in canceled.value.causes] == [type(None), AlreadyExists]


def test_tables_that_are_reached_in_different_ways_do_not_take_part_together(records, settings):
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "TABLES": {elsewhere.name: {"REGION": "eu-west-1"}}}
    with capture() as usage, pytest.raises(ValueRefused, match="different connections"), main.transaction() as tx:
        tx.patch(records[0], title="x")
        tx.create(Note(id="1"))
    assert len(usage) == 0


@pytest.mark.endpoint_cannot("moto", reason="it ignores a transaction's token")
def test_a_token_makes_tries_of_the_same_writes_one(records):
    token = uuid.uuid4().hex  # the endpoint is the session's, and remembers the tokens of other tests
    for _ in range(3):
        item = Record.objects.ref(owner="ann", number=0)
        with main.transaction(token=token) as tx:
            tx.patch(item, Record.hits.add(1))
    assert Record.objects.get(owner="ann", number=0).hits == 1


@pytest.mark.endpoint_cannot("moto", reason="it ignores a transaction's token")
def test_a_token_of_other_writes(records, raw):
    def write(title):
        with main.transaction(token="request-2") as tx:
            tx.patch(Record.objects.ref(owner="ann", number=0), title=title)

    write("a")
    before = raw.scan()
    with pytest.raises(RequestRefused, match=r"request-2.*other writes") as refused:
        write("b")
    assert refused.value.__cause__.response["Error"]["Code"] == "IdempotentParameterMismatchException"
    assert raw.scan() == before


def test_conflicts_are_tried_again_with_the_same_token(records, stub, slept):
    stub.answers += [
        error("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}, {"Code": "None"}]),
        error("TransactionInProgressException"),
        error(
            "TransactionCanceledException",
            CancellationReasons=[{"Code": "None"}, {"Code": "ProvisionedThroughputExceeded"}],
        ),
    ]
    with main.transaction() as tx:
        tx.patch(records[0], title="x")
        tx.patch(records[1], title="x")
    assert len({request["ClientRequestToken"] for _, request in stub.sent}) == 1
    assert len(stub.sent) == 4
    assert len(slept) == 3
    assert Record.objects.get(owner="ann", number=1).title == "x"


@pytest.mark.parametrize(
    ("code", "kind"), [("TransactionConflict", Conflict), ("ProvisionedThroughputExceeded", Throttled)]
)
def test_what_does_not_pass_is_said_after_some_tries(records, stub, slept, raw, code, kind):  # noqa: PLR0917
    before = raw.scan()
    stub.sent.clear()
    reasons = [{"Code": "None"}, {"Code": code, "Message": "held"}]
    stub.always = error("TransactionCanceledException", CancellationReasons=reasons)
    with pytest.raises(kind, match="call 2, patch Record") as failed, main.transaction() as tx:
        tx.patch(records[0], title="x")
        tx.patch(records[1], title="x")
    assert failed.value.__cause__.response["Error"]["Code"] == "TransactionCanceledException"
    assert len(stub.sent) == 6
    assert len(slept) == 5
    stub.always = None
    assert raw.scan() == before


def test_a_failed_condition_beside_a_conflict_is_not_tried_again(records, stub, slept):
    reasons = [{"Code": "TransactionConflict"}, {"Code": "ConditionalCheckFailed"}]
    stub.always = error("TransactionCanceledException", CancellationReasons=reasons)
    with pytest.raises(TransactionCanceled) as canceled, main.transaction() as tx:
        tx.patch(records[0], title="x")
        tx.patch(records[1], title="x")
    assert [type(cause) for cause in canceled.value.causes] == [Conflict, Record.DoesNotExist]
    assert (len(stub.sent), slept) == (1, [])
