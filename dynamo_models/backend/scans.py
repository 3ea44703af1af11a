"""Scans on purpose, for pages that show everything to a few people: an admin's lists, and what a deletion looks for.

    with scanning(requests=20):
        list(Problem.objects.filter(title__icontains="sum"))

While SQL has authority it answers what no key serves, in such a block as anywhere. Once DynamoDB has it, that is read
by a scan in the block, filtered and sorted here, and refused by name, ``NotServed``, where that takes more requests
than are allowed (each reads up to 1 MB of the table, other entities' items too). What a key serves is read by that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

REQUESTS = 20
ADVICE = ("ask for less: give what a key is made of, or allow a scan more requests",)

_allowed: ContextVar[int | None] = ContextVar("dynamo_models_scans", default=None)


@contextmanager
def scanning(requests: int = REQUESTS) -> Iterator[None]:
    """Scans are allowed in the block, each of at most so many requests."""
    if requests < 1:
        raise ValueError(f"scanning(requests={requests}): it takes 1 or more.")
    token = _allowed.set(requests)
    try:
        yield
    finally:
        _allowed.reset(token)


def allowed() -> int | None:
    """How many requests a scan may take now; None where there is to be none."""
    return _allowed.get()
