"""What a failed write raises: an error of our own, the AWS error as its cause, the item where there was one."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from dynamo_models import (
    AlreadyExists,
    ConditionFailed,
    Conflict,
    DynamoModelsError,
    EndpointError,
    RequestRefused,
    StaleWrite,
    TableMissing,
    Throttled,
)
from dynamo_models.writing import run
from tests.writing.conftest import error
from tests.writing.entities import Account, Counted, Everything, Note, Record


@pytest.fixture
def record(tables):
    return Record.objects.create(owner="ann", number=1, topic="x")


def test_each_failed_condition_has_the_aws_error_and_the_item(record):
    old = Record.objects.get(owner="ann", number=1)
    record.patch(topic="y")
    for write, kind in (
        (lambda: Record.objects.create(owner="ann", number=1), AlreadyExists),
        (lambda: old.patch(language="c"), StaleWrite),
        (lambda: old.patch(title="x", if_=Record.hits == 3), ConditionFailed),
        (lambda: old.put(if_=Record.hits == 3), ConditionFailed),
        (lambda: old.delete(if_=Record.hits == 3), ConditionFailed),
    ):
        with pytest.raises(ConditionFailed) as failed:
            write()
        assert type(failed.value) is kind
        assert failed.value.item.topic == "y"
        assert failed.value.raw["Topic"] == {"S": "y"}
        assert failed.value.__cause__.response["Error"]["Code"] == "ConditionalCheckFailedException"


def test_an_item_that_cannot_be_read_is_given_raw(tables, raw):
    raw.put({"PK": {"S": "EVERYTHING#a"}, "SK": {"S": "EVERYTHING"}, "EntityType": {"S": "Other"}})
    with pytest.raises(AlreadyExists) as failed:
        Everything.objects.create(id="a")
    assert failed.value.item is None
    assert failed.value.raw["EntityType"] == {"S": "Other"}
    broken = {"EntityType": {"S": "Everything"}, "Id": {"S": "a"}, "Moment": {"S": "yesterday"}}
    raw.put({"PK": {"S": "EVERYTHING#a"}, "SK": {"S": "EVERYTHING"}, **broken})
    with pytest.raises(AlreadyExists) as failed:
        Everything.objects.create(id="a")
    assert (failed.value.item, failed.value.raw["Moment"]) == (None, {"S": "yesterday"})


def test_does_not_exist_is_the_entitys_and_djangos(record):
    from django.core.exceptions import ObjectDoesNotExist

    for item, change in ((Record.objects.ref(owner="no", number=1), "title"), (Account.objects.ref(id=1), "name")):
        with pytest.raises(type(item).DoesNotExist) as failed:
            item.patch(**{change: "x"})
        assert isinstance(failed.value, ObjectDoesNotExist)
        assert isinstance(failed.value, DynamoModelsError)
        assert failed.value.__cause__.response["Error"]["Code"] == "ConditionalCheckFailedException"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ProvisionedThroughputExceededException", Throttled),
        ("ThrottlingException", Throttled),
        ("InternalServerError", EndpointError),
        ("ResourceNotFoundException", TableMissing),
        ("ValidationException", RequestRefused),
    ],
)
@pytest.mark.parametrize("write", ["create", "put", "patch", "delete", "transaction"])
def test_what_the_endpoint_answers_is_an_error_of_our_own(record, stub, code, kind, write):
    def transaction():
        with Record.schema.table.transaction() as tx:
            tx.patch(record, title="x")

    answer = stub.always = error(code)
    with pytest.raises(DynamoModelsError) as failed:
        {
            "create": lambda: Record.objects.create(owner="bob", number=1),
            "put": record.put,
            "patch": lambda: record.patch(title="x"),
            "delete": record.delete,
            "transaction": transaction,
        }[write]()
    assert type(failed.value) is kind
    assert answer in (failed.value.__cause__, failed.value.__cause__.__cause__)


def test_a_table_that_is_not_there(tables):
    with pytest.raises(TableMissing, match="Writing-Elsewhere"):
        Note.objects.create(id="1")


def test_an_item_held_by_a_transaction_is_waited_for(record, stub, slept):
    stub.answers += [error("TransactionConflictException")] * 3
    record.patch(title="x")
    assert record.title == "x"
    assert len(slept) == 3
    stub.sent.clear()
    stub.always = error("TransactionConflictException")
    for write in (record.put, record.delete, lambda: record.patch(title="y")):
        slept.clear()
        stub.sent.clear()
        with pytest.raises(Conflict):
            write()
        assert (len(stub.sent), len(slept)) == (run.CONFLICT_TRIES, run.CONFLICT_TRIES - 1)
    stub.always = None
    assert record.refresh().title == "x"


def test_delays_grow_to_a_limit_and_are_spread(slept):
    for _ in range(200):
        for attempt in range(12):
            run.pause(attempt)
    by_attempt = [slept[attempt::12] for attempt in range(12)]
    ceilings = [min(1.0, 0.02 * 2**attempt) for attempt in range(12)]
    for waits, ceiling in zip(by_attempt, ceilings, strict=True):
        assert 0.8 * ceiling < max(waits) <= ceiling
        assert min(waits) < 0.2 * ceiling
        assert len(set(waits)) > 150


def lost_answer(stub, attempts):
    """The endpoint carries a request out, the answer is lost, and botocore sends it again, so many times."""

    def answer(operation, request):
        stub._real(operation, request)
        try:
            return stub._real(operation, request)
        except ClientError as refused:
            refused.response["ResponseMetadata"]["RetryAttempts"] = attempts
            return refused

    return answer


def test_a_create_that_botocore_sent_twice_is_one_create(tables, stub):
    stub.answers.append(lost_answer(stub, 1))
    made = Record.objects.create(owner="ann", number=1)
    assert Record.objects.get(owner="ann", number=1) == made
    with pytest.raises(AlreadyExists):
        Record.objects.create(owner="ann", number=1)
    stub.answers.append(lost_answer(stub, 0))
    with pytest.raises(AlreadyExists):
        Record.objects.create(owner="ann", number=2)


def test_a_put_under_a_version_that_botocore_sent_twice_is_one_put(tables, stub):
    item = Counted.objects.create(id="a")
    stub.answers.append(lost_answer(stub, 2))
    assert item.put().version == 2
    assert Counted.objects.get(id="a").version == 2
