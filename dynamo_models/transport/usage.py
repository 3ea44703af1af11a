"""What requests were made and what they cost, collected for the block that asks for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call to DynamoDB: its operation, table and index, the units it was billed, the items read and returned.

    ``read_units`` and ``write_units`` are what the endpoint reported: not every local endpoint reports them right.
    """

    operation: str
    table: str
    index: str | None
    read_units: float
    write_units: float
    scanned: int
    returned: int
    retries: int


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
    if not collectors:
        return
    request = _request(operation, kwargs, data)
    for usage in collectors:
        usage.add(request)


def _request(operation: str, kwargs: Mapping[str, Any], data: Mapping[str, Any]) -> Request:
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
