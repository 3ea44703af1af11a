"""What requests were made and what they cost: per block, nested, over threads, of every operation."""

# ruff: noqa: E501 - cases stand in rows

from __future__ import annotations

import contextvars
import threading

import pytest

from dynamo_models import ConditionFailed, capture, transport
from dynamo_models.transport.usage import Request
from tests.codec.tables import private_table
from tests.transport.answers import Answers, refusal

table = private_table("Used")
KEY = {"PK": {"S": "x"}, "SK": {"S": "y"}}
OK = (200, {})


@pytest.fixture
def answers(dynamo_settings):
    dynamo_settings(ENDPOINT="http://127.0.0.1:1", RETRIES=2)

    def prepare(*given):
        return Answers(transport.client(), given)

    return prepare


def get():
    return transport.call(table, "GetItem", {"TableName": "Used", "Key": KEY})


def request(**values):
    blank = {
        "table": "Used",
        "index": None,
        "read_units": 0.0,
        "write_units": 0.0,
        "scanned": 0,
        "returned": 0,
        "retries": 0,
    }
    return Request(**{**blank, **values})


def units(count, **more):
    return {"ConsumedCapacity": {"TableName": "Used", "CapacityUnits": count}, **more}


CASES = [
    ("GetItem", {"TableName": "Used", "Key": KEY}, units(0.5, Item=KEY), {"read_units": 0.5, "scanned": 1, "returned": 1}),
    ("GetItem", {"TableName": "Used", "Key": KEY}, units(0.5), {"read_units": 0.5}),
    (
        "Query", {"TableName": "Used", "IndexName": "GSI1"}, units(3, Items=[KEY], Count=1, ScannedCount=20),
        {"index": "GSI1", "read_units": 3.0, "scanned": 20, "returned": 1},
    ),
    ("Scan", {"TableName": "Used"}, units(9, Items=[], Count=0, ScannedCount=7), {"read_units": 9.0, "scanned": 7}),
    ("PutItem", {"TableName": "Used", "Item": KEY}, units(2), {"write_units": 2.0}),
    ("UpdateItem", {"TableName": "Used", "Key": KEY}, units(1, Attributes=KEY), {"write_units": 1.0}),
    ("DeleteItem", {"TableName": "Used", "Key": KEY}, units(1), {"write_units": 1.0}),
    (
        "BatchGetItem", {"RequestItems": {"Used": {"Keys": [KEY, KEY]}, "Other": {"Keys": [KEY]}}},
        {
            "Responses": {"Used": [KEY], "Other": [KEY]},
            "ConsumedCapacity": [{"TableName": "Used", "CapacityUnits": 1}, {"TableName": "Other", "CapacityUnits": 0.5}],
        },
        {"table": "Used,Other", "read_units": 1.5, "scanned": 2, "returned": 2},
    ),
    (
        "BatchWriteItem", {"RequestItems": {"Used": [{"PutRequest": {"Item": KEY}}]}},
        {"ConsumedCapacity": [{"TableName": "Used", "CapacityUnits": 1}]}, {"write_units": 1.0},
    ),
    (
        "TransactGetItems", {"TransactItems": [{"Get": {"TableName": "Used", "Key": KEY}}] * 2},
        {"Responses": [{"Item": KEY}, {}], "ConsumedCapacity": [{"TableName": "Used", "CapacityUnits": 4}]},
        {"read_units": 4.0, "scanned": 1, "returned": 1},
    ),
    (
        "TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "Used", "Item": KEY}}, {"Delete": {"TableName": "Other", "Key": KEY}}]},
        {"ConsumedCapacity": [{"TableName": "Used", "CapacityUnits": 2}, {"TableName": "Other", "CapacityUnits": 2}]},
        {"table": "Used,Other", "write_units": 4.0},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "kwargs", "answer", "found"), CASES)
def test_every_operation_is_counted_with_what_it_was_billed(answers, operation, kwargs, answer, found):
    sent = answers((200, answer)).sent
    with capture() as usage:
        transport.call(table, operation, kwargs)
    assert usage.requests == [request(operation=operation, **found)]
    assert sent[0][1]["ReturnConsumedCapacity"] == "TOTAL"


def test_a_block_sums_its_requests_and_an_outer_block_has_them_too(answers):
    answers(*[(200, units(1))] * 3)
    with capture() as outer:
        get()
        with capture() as inner:
            get()
            get()
    assert (len(outer), len(inner)) == (3, 2)
    assert (outer.read_units, inner.read_units, outer.write_units) == (3.0, 2.0, 0)


def test_a_block_that_raised_is_closed(answers):
    answers(OK)
    with pytest.raises(KeyError), capture() as usage:
        raise KeyError
    get()
    assert len(usage) == 0


def test_nothing_is_kept_where_no_block_is_open(answers):
    answers(OK, OK)
    get()
    with capture() as usage:
        pass
    get()
    assert len(usage) == 0


def test_a_thread_counts_where_it_is_started_with_the_blocks_context_and_only_there(answers):
    answers(*[(200, units(1))] * 9)
    with capture() as usage:
        contexts = [contextvars.copy_context() for _ in range(8)]
        threads = [threading.Thread(target=context.run, args=(get,)) for context in contexts]
        threads.append(threading.Thread(target=get))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(usage) == 8
    assert usage.read_units == 8.0


def test_what_botocore_tried_again_is_one_request_with_its_retries(answers, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    answers(
        refusal("ProvisionedThroughputExceededException"), refusal("InternalServerError", status=500), (200, units(1))
    )
    with capture() as usage:
        get()
    assert [(each.retries, each.error) for each in usage.requests] == [(2, None)]


def test_a_refused_request_is_a_request_with_its_code(answers):
    answers(refusal("ConditionalCheckFailedException", Item=KEY))
    with capture() as usage, pytest.raises(ConditionFailed):
        transport.call(table, "PutItem", {"TableName": "Used", "Item": KEY})
    assert usage.requests == [request(operation="PutItem", error="ConditionalCheckFailedException")]


def test_scans_are_told_apart(answers):
    answers(OK, (200, {"Count": 0}))
    with capture() as usage:
        get()
        transport.call(table, "Scan", {"TableName": "Used"})
    assert [each.operation for each in usage.scans] == ["Scan"]
