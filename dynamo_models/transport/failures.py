"""Turns what botocore raises into the errors of this library; the AWS error stays the cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own name
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from dynamo_models.errors import (
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
)

THROTTLING = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "RequestLimitExceeded",
        "LimitExceededException",
    }
)
CONFLICTS = frozenset(
    {
        "TransactionConflictException",
        "TransactionConflict",
        "TransactionInProgressException",
        "ReplicatedWriteConflictException",
    }
)
CREDENTIALS = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    }
)
UNREACHABLE = frozenset({"InternalServerError", "InternalFailure", "ServiceUnavailable", "InternalError"})


def translate(error: Exception, operation: str, table: str) -> DynamoModelsError:
    """The library's error for what botocore raised in ``operation`` on ``table``."""
    if isinstance(error, ClientError):
        return _translate_response(error, operation, table)
    if isinstance(error, NoCredentialsError | PartialCredentialsError | NoRegionError):
        return SettingsError(
            f"{operation} on {table}: {error}. Set REGION and, where botocore's own chain finds no credentials, "
            "ACCESS_KEY_ID and SECRET_ACCESS_KEY in settings.DYNAMO_MODELS; or set ENDPOINT to 'embedded'."
        )
    if isinstance(error, ConnectionError | HTTPClientError):
        return EndpointError(
            f"{operation} on {table}: the endpoint did not answer ({error}). "
            "Whether a write was carried out is not known: load the item to see."
        )
    if isinstance(error, BotoCoreError):
        return EndpointError(f"{operation} on {table}: {error}")
    raise TypeError(f"not an error of botocore: {error!r}") from error


def _translate_response(error: ClientError, operation: str, table: str) -> DynamoModelsError:
    response: dict[str, Any] = dict(error.response)
    # PynamoDB wraps the error and keeps only its code; the item that failed the condition is in the original.
    original = error.__cause__
    if isinstance(original, ClientError):
        response = dict(original.response)
    code = str(response.get("Error", {}).get("Code", ""))
    message = str(response.get("Error", {}).get("Message", "") or response.get("message", ""))
    if code == "TransactionCanceledException":
        reasons = response.get("CancellationReasons", [])
        return TransactionCanceled(
            f"The transaction on {table} wrote nothing: {message}",
            causes=[_translate_reason(reason, table) for reason in reasons],
        )
    return _by_code(code, message, f"{operation} on {table}", table, response.get("Item"))


def _translate_reason(reason: dict[str, Any], table: str) -> DynamoModelsError | None:
    code = str(reason.get("Code", "None"))
    if code == "None":
        return None
    return _by_code(code, str(reason.get("Message") or code), f"A write to {table}", table, reason.get("Item"))


def _by_code(code: str, message: str, what: str, table: str, item: Any) -> DynamoModelsError:
    if code in ("ConditionalCheckFailedException", "ConditionalCheckFailed"):
        return ConditionFailed(f"{what}: the condition did not hold.", raw=item or None)
    for codes, make in _BY_CODES:
        if code in codes:
            return make(f"{what}: {message}")
    if code == "ResourceNotFoundException":
        return TableMissing(
            f"{what}: there is no such table or index where the settings point ({message}). "
            f"`manage.py dynamo_tables apply` makes what is missing of {table}."
        )
    if code in ("ValidationException", "ValidationError") and "item size" in message.lower():
        return ItemTooLarge(f"{what}: {message}")
    if code in CREDENTIALS:
        return EndpointError(f"{what}: the endpoint refused the caller ({code}: {message}). Look at the credentials.")
    return RequestRefused(f"{what}: DynamoDB refused the request ({code}: {message}).")


_BY_CODES: tuple[tuple[frozenset[str], Callable[[str], DynamoModelsError]], ...] = (
    (THROTTLING, Throttled),
    (CONFLICTS, Conflict),
    (UNREACHABLE, EndpointError),
    (frozenset({"ItemCollectionSizeLimitExceededException", "ItemCollectionSizeLimitExceeded"}), ItemTooLarge),
)
