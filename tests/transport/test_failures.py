"""What AWS and botocore raise, as the library's own errors; the AWS error stays the cause."""

from __future__ import annotations

import botocore.exceptions
import pytest
from botocore.exceptions import ClientError

from dynamo_models import (
    ConditionFailed,
    Conflict,
    DynamoModelsError,
    EndpointError,
    ItemTooLarge,
    RequestRefused,
    SettingsError,
    TableMissing,
    Throttled,
    TransactionCanceled,
    transport,
)  # fmt: skip
from dynamo_models.transport import failures
from tests.codec.tables import private_table
from tests.transport.answers import Answers, refusal

table = private_table("Failing")
ITEM = {"PK": {"S": "x"}}

CODES = [
    ("ConditionalCheckFailedException", "The conditional request failed", ConditionFailed),
    ("ProvisionedThroughputExceededException", "exceeded", Throttled),
    ("ThrottlingException", "Rate exceeded", Throttled),
    ("RequestLimitExceeded", "Too many", Throttled),
    ("LimitExceededException", "Too many operations", Throttled),
    ("TransactionConflictException", "Transaction is ongoing for the item", Conflict),
    ("TransactionInProgressException", "in progress", Conflict),
    ("ReplicatedWriteConflictException", "another region", Conflict),
    ("ItemCollectionSizeLimitExceededException", "too large", ItemTooLarge),
    ("ValidationException", "Item size has exceeded the maximum allowed size", ItemTooLarge),
    ("ValidationException", "Item size to update has exceeded the maximum allowed size", ItemTooLarge),
    (
        "ValidationException",
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum",
        RequestRefused,
    ),
    ("ValidationException", "Invalid KeyConditionExpression", RequestRefused),
    ("IdempotentParameterMismatchException", "other parameters", RequestRefused),
    ("ResourceNotFoundException", "Requested resource not found", TableMissing),
    ("UnrecognizedClientException", "The security token is invalid", EndpointError),
    ("AccessDeniedException", "not authorized", EndpointError),
    ("ExpiredTokenException", "expired", EndpointError),
    ("InternalServerError", "oops", EndpointError),
    ("SomethingNewException", "new", RequestRefused),
]


@pytest.fixture
def answers(dynamo_settings):
    dynamo_settings(ENDPOINT="http://127.0.0.1:1", RETRIES=0)

    def prepare(*given):
        return Answers(transport.client(), given)

    return prepare


def failing_call(operation="PutItem", **kwargs):
    with pytest.raises(DynamoModelsError) as raised:
        transport.call(table, operation, {"TableName": "Failing", **kwargs})
    return raised.value


@pytest.mark.parametrize(("code", "message", "kind"), CODES)
def test_each_code_is_an_error_of_ours_with_the_aws_error_as_its_cause(answers, code, message, kind):
    answers(refusal(code, message))
    error = failing_call()
    assert type(error) is kind
    assert str(error).startswith("PutItem on Failing")
    assert isinstance(error.__cause__, ClientError)
    assert error.__cause__.response["Error"]["Code"] == code


def test_a_failed_condition_has_the_item_as_it_was(answers):
    answers(refusal("ConditionalCheckFailedException", Item=ITEM), refusal("ConditionalCheckFailedException"))
    assert failing_call().raw == ITEM
    assert failing_call().raw is None


def test_a_missing_table_says_which_command_makes_it(answers):
    answers(refusal("ResourceNotFoundException"))
    assert "manage.py dynamo_tables apply" in str(failing_call())


def test_a_canceled_transaction_has_a_cause_for_each_of_its_actions_in_their_order(answers):
    reasons = [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "failed", "Item": ITEM},
        {"Code": "TransactionConflict", "Message": "ongoing"},
        {"Code": "ThrottlingError", "Message": "slow"},
        {"Code": "ProvisionedThroughputExceeded", "Message": "slow"},
        {"Code": "ValidationError", "Message": "Item size has exceeded the maximum allowed size"},
        {"Code": "ItemCollectionSizeLimitExceeded", "Message": "large"},
        {"Code": "ValidationError", "Message": "bad"},
    ]
    answers(refusal("TransactionCanceledException", "cancelled", CancellationReasons=reasons))
    actions = [{"Put": {"TableName": "Failing", "Item": ITEM}}] * len(reasons)
    with pytest.raises(TransactionCanceled) as raised:
        transport.call(table, "TransactWriteItems", {"TransactItems": actions})
    kinds = [type(cause) for cause in raised.value.causes]
    assert kinds == [
        type(None), ConditionFailed, Conflict, Throttled, Throttled, ItemTooLarge, ItemTooLarge, RequestRefused,
    ]  # fmt: skip
    assert raised.value.causes[1].raw == ITEM


UNREACHED = [
    botocore.exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
    botocore.exceptions.ConnectTimeoutError(endpoint_url="x"),
    botocore.exceptions.ReadTimeoutError(endpoint_url="x"),
    botocore.exceptions.ConnectionClosedError(endpoint_url="x"),
    botocore.exceptions.HTTPClientError(error="x"),
]


@pytest.mark.parametrize("raised", UNREACHED, ids=lambda error: type(error).__name__)
def test_an_endpoint_that_does_not_answer_leaves_open_whether_it_wrote(answers, raised):
    answers(raised)
    error = failing_call()
    assert type(error) is EndpointError
    assert "Whether a write was carried out is not known" in str(error)
    assert error.__cause__ is raised


def test_an_endpoint_where_nobody_listens_is_an_endpoint_error(dynamo_settings):
    dynamo_settings(ENDPOINT="http://127.0.0.1:1", RETRIES=0)
    assert type(failing_call()) is EndpointError


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (botocore.exceptions.NoCredentialsError(), SettingsError),
        (botocore.exceptions.PartialCredentialsError(provider="env", cred_var="x"), SettingsError),
        (botocore.exceptions.NoRegionError(), SettingsError),
        (botocore.exceptions.ParamValidationError(report="x"), EndpointError),
    ],
)
def test_what_botocore_lacks_is_named(raised, kind):
    assert type(failures.translate(raised, "GetItem", "Failing")) is kind


def test_another_error_is_not_taken_for_one_of_botocores():
    with pytest.raises(TypeError, match=r"not an error of botocore"):
        failures.translate(KeyError("x"), "GetItem", "Failing")
