"""What can go wrong, one class for each outcome. A message says what was asked, what is wrong and what to do."""

# ruff: noqa: N818 - each is named for its outcome, as Django's own DoesNotExist is

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import MultipleObjectsReturned as DjangoMultipleObjectsReturned
from django.core.exceptions import ObjectDoesNotExist
from pynamodb.exceptions import DoesNotExist as PynamoDoesNotExist

RawItem = Mapping[str, Mapping[str, Any]]


class DynamoModelsError(Exception):
    """Whatever this library raises of its own accord. The AWS error, where there is one, is its ``__cause__``."""


class DefinitionError(DynamoModelsError, TypeError):
    """A class that cannot be what it says; raised while the class is being made."""


class SettingsError(DynamoModelsError, ValueError):
    """``DYNAMO_MODELS`` says something that cannot be followed."""


class ValueRefused(DynamoModelsError, ValueError):
    """A value that its attribute cannot hold. Nothing was sent."""


class KeyRefused(ValueRefused):
    """A key that cannot be written truthfully: a facet is missing, empty, too wide or holds the delimiter.

    Nothing was sent. ``entity``, ``key`` and ``facet`` name the place.
    """

    def __init__(self, message: str, *, entity: str = "", key: str = "", facet: str = "") -> None:
        super().__init__(message)
        self.entity = entity
        self.key = key
        self.facet = facet


class ItemTooLarge(ValueRefused):
    """An item over DynamoDB's 400 KB. ``largest`` has the (attribute, bytes) pairs, largest first."""

    def __init__(self, message: str, *, size: int | None = None, largest: Sequence[tuple[str, int]] = ()) -> None:
        super().__init__(message)
        self.size = size
        self.largest = tuple(largest)


class QueryRefused(DynamoModelsError, ValueError):
    """A read that DynamoDB cannot answer as it was asked. Nothing was sent."""


class NeedsScan(QueryRefused):
    """No key serves the read. ``candidates`` says for each key what it would need."""

    def __init__(self, message: str, *, candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class CursorRefused(QueryRefused):
    """A cursor that is forged, damaged, too old, or taken in another query."""


class BudgetSpent(DynamoModelsError):
    """A read stopped at its budget. ``items`` are what it found, ``cursor`` says where to go on."""

    def __init__(self, message: str, *, items: Sequence[Any], cursor: str | None) -> None:
        super().__init__(message)
        self.items = list(items)
        self.cursor = cursor


class DeferredAttribute(DynamoModelsError, AttributeError):
    """An attribute was read that the query did not load."""


class UnknownItem(DynamoModelsError):
    """An item was met that is none of the classes it was asked for as. ``raw`` is the item."""

    def __init__(self, message: str, *, raw: RawItem | None = None) -> None:
        super().__init__(message)
        self.raw = raw


class DoesNotExist(DynamoModelsError, PynamoDoesNotExist, ObjectDoesNotExist):
    """There is no such item. Each entity has its own subclass, as a Django model has."""

    def __init__(self, message: str = "There is no such item.", cause: Exception | None = None) -> None:
        PynamoDoesNotExist.__init__(self, message, cause)


class MultipleObjectsReturned(DynamoModelsError, DjangoMultipleObjectsReturned):
    """``get()`` found more than one item."""


class ConditionFailed(DynamoModelsError):
    """A condition did not hold, and nothing was written. ``item`` is the item as it was, decoded where it can be."""

    def __init__(self, message: str, *, item: Any = None, raw: RawItem | None = None) -> None:
        super().__init__(message)
        self.item = item
        self.raw = raw


class AlreadyExists(ConditionFailed):
    """``create`` met an item with the same identity. ``item`` is that item."""


class StaleWrite(ConditionFailed):
    """Another writer changed what this write was based on. Load the item again, and decide again."""


class Conflict(DynamoModelsError):
    """Other transactions held the items for as long as this one was tried. Trying again later is safe."""


class TransactionCanceled(DynamoModelsError):
    """A transaction wrote nothing. ``causes[n]`` is why the n-th call failed, or None."""

    def __init__(self, message: str, *, causes: Sequence[DynamoModelsError | None]) -> None:
        super().__init__(message)
        self.causes = list(causes)


class BatchIncomplete(DynamoModelsError):
    """Part of a batch was not done after all retries. ``unwritten`` (or ``unread``) is that part."""

    def __init__(self, message: str, *, unwritten: Sequence[Any] = (), unread: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.unwritten = list(unwritten)
        self.unread = list(unread)


class Throttled(DynamoModelsError):
    """DynamoDB refused for want of throughput, after the client's own retries."""


class TableMissing(DynamoModelsError):
    """The table does not exist where the settings point."""


class EndpointError(DynamoModelsError):
    """The endpoint could not be reached, could not be started, or refused a request for a reason of its own."""


class RequestRefused(DynamoModelsError):
    """DynamoDB refused a request as malformed. A fault of this library, or of an expression that was given to it."""
