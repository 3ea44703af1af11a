"""Assertions on the requests that a block makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dynamo_models.transport import Usage, capture


def _listed(usage: Usage) -> str:
    lines = [
        f"  {n}. {request.operation} {request.table}{'.' + request.index if request.index else ''}"
        f" (read {request.scanned}, returned {request.returned})"
        for n, request in enumerate(usage.requests, 1)
    ]
    return "\n".join(lines) or "  none"


@contextmanager
def assert_requests(count: int) -> Iterator[Usage]:
    """The block makes exactly so many requests to DynamoDB; on failure they are listed."""
    with capture() as usage:
        yield usage
    if len(usage) != count:
        raise AssertionError(f"{count} requests were expected, {len(usage)} were made:\n{_listed(usage)}")


@contextmanager
def assert_no_scan() -> Iterator[Usage]:
    """The block scans nothing."""
    with capture() as usage:
        yield usage
    if usage.scans:
        raise AssertionError(f"{len(usage.scans)} of these requests are scans:\n{_listed(usage)}")
