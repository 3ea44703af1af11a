"""What requests were made and what they cost, collected for the block that asks for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call to DynamoDB: its operation, table and index, the units it was billed, the items read and returned.

    ``read_units`` and ``write_units`` are what the endpoint reported: not every local endpoint reports them right, and
    none reports those of a request that it refused. ``error`` is the code of such a refusal. ``retries`` is how often
    botocore tried again.
    """

    operation: str
    table: str
    index: str | None
    read_units: float
    write_units: float
    scanned: int
    returned: int
    retries: int
    error: str | None = None


@dataclass
class Usage:
    """The requests of one block, in the order in which they were answered."""

    requests: list[Request] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    @property
    def read_units(self) -> float:
        return sum(request.read_units for request in self.requests)

    @property
    def write_units(self) -> float:
        return sum(request.write_units for request in self.requests)

    @property
    def scans(self) -> list[Request]:
        return [request for request in self.requests if request.operation == "Scan"]

    def __len__(self) -> int:
        return len(self.requests)


# A tuple, so that a block nested in another adds to both; a context variable, so that each request of an
# asynchronous server and each thread that is started with a copied context has its own.
_collectors: ContextVar[tuple[Usage, ...]] = ContextVar("dynamo_models_usage", default=())


@contextmanager
def capture() -> Iterator[Usage]:
    """Collect the requests that the block makes: ``with capture() as usage: ...; usage.read_units``."""
    usage = Usage()
    token = _collectors.set((*_collectors.get(), usage))
    try:
        yield usage
    finally:
        _collectors.reset(token)


def record(operation: str, kwargs: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Add one answered call to the blocks that are open."""
    collectors = _collectors.get()
    if collectors:
        _add(collectors, _request(operation, kwargs, data))


def record_failure(operation: str, kwargs: Mapping[str, Any], error: ClientError) -> None:
    """Add one refused call to the blocks that are open."""
    collectors = _collectors.get()
    if collectors:
        original = error.__cause__ if isinstance(error.__cause__, ClientError) else error
        code = str(original.response.get("Error", {}).get("Code", ""))
        # Of an error only the metadata is looked at: a failed condition's Item is not what was read.
        metadata = {"ResponseMetadata": original.response.get("ResponseMetadata", {})}
        _add(collectors, _request(operation, kwargs, metadata, code))


def _add(collectors: tuple[Usage, ...], request: Request) -> None:
    for usage in collectors:
        usage.add(request)


def _request(operation: str, kwargs: Mapping[str, Any], data: Mapping[str, Any], error: str | None = None) -> Request:
    consumed = data.get("ConsumedCapacity") or []
    entries = [consumed] if isinstance(consumed, Mapping) else list(consumed)
    units = sum(float(entry.get("CapacityUnits", 0)) for entry in entries)
    if operation in ("Query", "Scan"):
        returned = int(data.get("Count", 0))
        scanned = int(data.get("ScannedCount", returned))
    elif operation == "GetItem":
        returned = scanned = int("Item" in data)
    elif operation == "BatchGetItem":
        returned = scanned = sum(len(items) for items in data.get("Responses", {}).values())
    elif operation == "TransactGetItems":
        returned = scanned = sum("Item" in response for response in data.get("Responses", []))
    else:
        returned = scanned = 0
    is_read = operation in READS
    return Request(
        operation=operation,
        table=_table(kwargs),
        index=kwargs.get("IndexName"),
        read_units=units if is_read else 0.0,
        write_units=0.0 if is_read else units,
        scanned=scanned,
        returned=returned,
        retries=int(data.get("ResponseMetadata", {}).get("RetryAttempts", 0)),
        error=error,
    )


def _table(kwargs: Mapping[str, Any]) -> str:
    if "TableName" in kwargs:
        return str(kwargs["TableName"])
    if "RequestItems" in kwargs:
        return ",".join(kwargs["RequestItems"])
    names = dict.fromkeys(
        str(part["TableName"]) for action in kwargs.get("TransactItems", []) for part in action.values()
    )
    return ",".join(names)
