"""Sends writes: one action as a request of its own, several as one transaction; tries again where that is safe."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from dynamo_models import conf, wire
from dynamo_models.errors import (
    ConditionFailed,
    Conflict,
    DynamoModelsError,
    ItemTooLarge,
    RawItem,
    RequestRefused,
    Throttled,
    TransactionCanceled,
    ValueRefused,
)
from dynamo_models.transport import call as send
from dynamo_models.writing.call import Action, Call

T = TypeVar("T")

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html, November 2026
MAX_ACTIONS = 100
MAX_TOKEN = 36

CONFLICT_TRIES = 6
FIRST_DELAY = 0.02
LONGEST_DELAY = 1.0

OPERATIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
RETURNS = {"Put": "NONE", "Update": "ALL_NEW", "Delete": "ALL_OLD"}


def pause(attempt: int) -> None:
    """Wait before the next try: full jitter under a ceiling that doubles (the first attempt is 0)."""
    time.sleep(random.uniform(0, min(LONGEST_DELAY, FIRST_DELAY * 2**attempt)))  # noqa: S311 - not for secrets


def run(call: Call, *, tries: int = CONFLICT_TRIES) -> RawItem | None:
    """Carry one call out; what DynamoDB returned of the item. The error is the one that the call's action gives."""
    if len(call.actions) > 1:
        try:
            transact([call], token=None, tries=tries)
        except TransactionCanceled as canceled:
            cause = next((cause for cause in canceled.causes if cause is not None), canceled)
            raise cause from canceled.__cause__
        return None
    (action,) = call.actions
    request = action.request() | {"ReturnValues": RETURNS[action.kind]}
    returned = retry_conflicts(lambda: _single(action, request), tries)
    call.done(returned if action.kind == "Update" else None)
    return returned


def _single(action: Action, request: dict[str, Any]) -> RawItem | None:
    try:
        answer = send(action.table, OPERATIONS[action.kind], dict(request))
    except (ConditionFailed, ItemTooLarge) as error:
        if isinstance(error, ConditionFailed) and _done_before(action, error):
            return None
        raise _meaning(action, error) from error.__cause__
    attributes: RawItem | None = answer.get("Attributes")
    return attributes


def _done_before(action: Action, failed: ConditionFailed) -> bool:
    """Whether a put only met itself: carried out, its answer lost, and sent again by botocore."""
    aws = failed.__cause__
    while aws is not None and not (isinstance(aws, ClientError) and "ResponseMetadata" in aws.response):
        aws = aws.__cause__
    sent_again = aws is not None and aws.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
    return (
        sent_again
        and action.item is not None
        and failed.raw is not None
        and wire.same_value({"M": action.item}, {"M": failed.raw})
    )


def _meaning(action: Action, error: DynamoModelsError) -> DynamoModelsError:
    """What an error means for the action that met it."""
    if isinstance(error, ConditionFailed):
        return action.failure(error)
    if isinstance(error, ItemTooLarge) and action.known:
        counted = [(name, len(name.encode()) + wire.value_size(value)) for name, value in action.known.items()]
        sizes = sorted(counted, key=lambda each: -each[1])
        largest = ", ".join(f"{name} ({count:,} bytes)" for name, count in sizes[:3])
        return ItemTooLarge(f"{error} Largest, as far as the item is known here: {largest}.", largest=sizes)
    return error


def retry_conflicts(attempt: Callable[[], T], tries: int = CONFLICT_TRIES) -> T:
    """Try again, with growing jittered delay, while another transaction holds an item."""
    for number in range(tries - 1):
        try:
            return attempt()
        except Conflict:
            pause(number)
    return attempt()


def transact(calls: Sequence[Call], *, token: str | None, tries: int = CONFLICT_TRIES) -> None:
    """Carry calls out, all or none. TransactionCanceled has a cause for each call that failed, in the order of calls.

    token: the same for tries of the same writes: within ten minutes DynamoDB carries them out once. tries: how often
    they are sent while other transactions, or the want of throughput, stand in the way.
    """
    owners = [number for number, call in enumerate(calls) for _ in call.actions]
    actions = [action for call in calls for action in call.actions]
    if not actions:
        return
    _refuse(calls, actions, owners, token)
    request = {
        "TransactItems": [{action.kind: action.request()} for action in actions],
        "ClientRequestToken": token or uuid.uuid4().hex,
    }
    for number in range(tries):
        last = number == tries - 1
        try:
            send(actions[0].table, "TransactWriteItems", dict(request))
            break
        except TransactionCanceled as canceled:
            if last or not _passing(canceled):
                raise _explained(canceled, calls, actions, owners, tries) from canceled.__cause__
        except Conflict:
            if last:
                raise
        except RequestRefused as refused:
            raise _token_mismatch(refused, token) from refused.__cause__
        pause(number)
    for call in calls:
        call.done(None)


def _token_mismatch(refused: RequestRefused, token: str | None) -> RequestRefused:
    cause = refused.__cause__
    code = cause.response.get("Error", {}).get("Code") if isinstance(cause, ClientError) else None
    if code != "IdempotentParameterMismatchException":
        return refused
    return RequestRefused(
        f"The token {token!r} was used within the last ten minutes for a transaction of other writes; nothing was "
        "written. A token is for tries of the very same writes: values that differ from try to try, such as a default "
        "of the present time, make another transaction. Make the items once and write them again, or give "
        "another token."
    )


def _passing(canceled: TransactionCanceled) -> bool:
    """Whether nothing but other transactions, or the want of throughput, stood in the way."""
    causes = [cause for cause in canceled.causes if cause is not None]
    return bool(causes) and all(isinstance(cause, Conflict | Throttled) for cause in causes)


def _explained(
    canceled: TransactionCanceled, calls: Sequence[Call], actions: Sequence[Action], owners: Sequence[int], tries: int
) -> DynamoModelsError:
    """The same error with the n-th cause for the n-th call, each as its action explains it."""
    causes: list[DynamoModelsError | None] = [None] * len(calls)
    for action, owner, cause in zip(actions, owners, canceled.causes, strict=False):
        if cause is None or causes[owner] is not None:
            continue  # of a call's actions the first says most: that on the item itself
        meant = _meaning(action, cause)
        meant.__cause__ = canceled.__cause__
        causes[owner] = meant
    found = [cause for cause in causes if cause is not None]
    if not found:
        return canceled
    listed = "\n".join(f"  call {n + 1}, {call.what}: {causes[n]}" for n, call in enumerate(calls) if causes[n])
    for kind in (Conflict, Throttled):
        if all(isinstance(cause, kind) for cause in found):
            return kind(f"The transaction was tried {tries} times, and wrote nothing:\n{listed}")
    return TransactionCanceled(f"The transaction wrote nothing:\n{listed}", causes=causes)


def _refuse(calls: Sequence[Call], actions: Sequence[Action], owners: Sequence[int], token: str | None) -> None:
    if token is not None and not 1 <= len(token) <= MAX_TOKEN:
        raise ValueRefused(
            f"The transaction's token {token!r} has {len(token)} characters; DynamoDB takes 1 to {MAX_TOKEN}."
        )
    if len(actions) > MAX_ACTIONS:
        raise ValueRefused(
            f"The transaction has {len(actions)} actions (unique items count too); DynamoDB takes {MAX_ACTIONS}. "
            "Divide it, or use a batch where all-or-none is not needed."
        )
    tables = {action.table.name: conf.connection_settings(action.table.name) for action in actions}
    if any(reached != tables[actions[0].table.name] for reached in tables.values()):
        raise ValueRefused(
            f"The transaction writes to {', '.join(sorted(tables))}, which settings.DYNAMO_MODELS['TABLES'] reaches by "
            "different connections; DynamoDB takes a transaction in one account and region. Divide it."
        )
    seen: dict[tuple[str, str], int] = {}
    for action, owner in zip(actions, owners, strict=True):
        other = seen.setdefault(action.identity, owner)
        if other != owner:
            raise ValueRefused(
                f"Calls {other + 1} ({calls[other].what}) and {owner + 1} ({calls[owner].what}) of the transaction "
                "write the same item; DynamoDB takes one action on an item. Make them one call."
            )
