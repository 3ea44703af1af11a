"""What endpoints other than AWS do not know, told apart from what is wrong."""

from __future__ import annotations

from collections.abc import Mapping

from botocore.exceptions import ClientError

from dynamo_models.tables.state import ENCRYPTION, INDEX_CAPACITY

_NOT_KNOWN = frozenset(
    {
        "UnknownOperationException",
        "UnknownOperation",
        "InvalidAction",
        "NotImplemented",
        "NotImplementedException",
        "UnsupportedOperationException",
        "404",
        "405",
        "501",
    }
)
# UpdateTable says this of a request whose parameters it does not know one of.
_NOTHING_TO_DO = "At least one of ProvisionedThroughput, BillingMode"
_UNSUPPORTED = ("not supported", "unsupported", "not implemented", "not yet implemented", "unknown operation")

# Engines sign their ARNs: "arn:aws:dynamodb:dynoxide:...". What such an engine accepts or refuses, and never changes.
_FIXED = {
    "dynoxide": {
        INDEX_CAPACITY: "dynoxide keeps an index's capacity as the table was created",
        ENCRYPTION: "dynoxide keeps encryption as the table was created",
    },
}


def fixed_after_creation(arn: str) -> Mapping[str, str]:
    """What the endpoint that gave this ARN never changes after a table's creation, and why."""
    parts = arn.split(":")
    return _FIXED.get(parts[3], {}) if len(parts) > 3 else {}  # noqa: PLR2004 - arn:partition:service:region:...


def does_not_know(error: ClientError, *, aws: bool) -> bool:
    """Whether the endpoint says that it has no such operation or option, rather than that the request is wrong."""
    found = error.response.get("Error", {})
    code, message = str(found.get("Code", "")), str(found.get("Message", ""))
    if aws:
        return code in ("UnknownOperationException", "UnsupportedOperationException")
    if code in _NOT_KNOWN:
        return True
    # An answer without a code of its own: botocore puts the HTTP status there.
    if code == "400" and not message:
        return True
    return code == "ValidationException" and (
        _NOTHING_TO_DO in message or any(words in message.lower() for words in _UNSUPPORTED)
    )


def reason(error: Exception) -> str:
    """Why an aspect is unknown, in the endpoint's own words where it has some."""
    if isinstance(error, ClientError):
        found = error.response.get("Error", {})
        code, message = str(found.get("Code", "")), " ".join(str(found.get("Message", "")).split())
        said = ": ".join(part for part in (code, message) if part)
        return f"{error.operation_name} is not known to this endpoint ({said})"
    return f"this endpoint does not answer that ({error})"
