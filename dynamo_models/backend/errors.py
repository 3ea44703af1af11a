"""What the alias raises: Django's own errors, as code that catches them knows no others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import DatabaseError, DataError, IntegrityError, NotSupportedError, OperationalError

from dynamo_models.errors import (
    AlreadyExists,
    ConditionFailed,
    Conflict,
    DynamoModelsError,
    EndpointError,
    TableMissing,
    Throttled,
    TransactionCanceled,
    ValueRefused,
)


class NotServed(NotSupportedError):  # noqa: N818 - it is named for its outcome, as the mapper's own errors are
    """DynamoDB cannot answer this query. ``reason`` says why, without values of the query; ``candidates`` what each key
    would need to serve it."""

    def __init__(self, reason: str, *, candidates: Sequence[str] = (), shown: str = "") -> None:
        listed = "".join(f"\n  {each}" for each in candidates)
        super().__init__(f"DynamoDB cannot serve this query: {reason}{': ' if shown else ''}{shown}{listed}")
        self.reason = reason
        self.candidates = tuple(candidates)


class TooManyWrites(DatabaseError):  # noqa: N818 - as NotServed
    """A block writes more items than DynamoDB takes at once. ``reason`` says so, and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_MEANINGS: tuple[tuple[type[DynamoModelsError], type[DatabaseError]], ...] = (
    (AlreadyExists, IntegrityError),
    (ConditionFailed, OperationalError),
    (Conflict, OperationalError),
    (Throttled, OperationalError),
    (EndpointError, OperationalError),
    (TableMissing, OperationalError),
    (ValueRefused, DataError),
)


def as_django(error: DynamoModelsError) -> DatabaseError:
    """The error of Django's that says the same. Of a transaction, that of the first call that failed."""
    if isinstance(error, TransactionCanceled):
        causes = [cause for cause in error.causes if isinstance(cause, DynamoModelsError)]
        if causes:
            return as_django(causes[0])
        return OperationalError(str(error))
    for kind, meaning in _MEANINGS:
        if isinstance(error, kind):
            return meaning(str(error))
    return DatabaseError(str(error))


@contextmanager
def translated() -> Iterator[None]:
    """What the mapper raises in the block comes out as Django's error, with the mapper's as its cause."""
    try:
        yield
    except DynamoModelsError as error:
        raise as_django(error) from error
