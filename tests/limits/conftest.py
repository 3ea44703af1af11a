"""A table, a clock that stands still, and people."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from dynamo_models.limits import decided
from tests.limits.entities import main

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def tables(make_tables):
    make_tables(main)


class Clock:
    """Tells the time that a test sets."""

    def __init__(self):
        self.at = NOON

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def use(clock):
    """``use(limiter, limit=5)``: ann's, with a row of its own."""
    numbers = itertools.count(1)

    def consume(limiter, action="hint", *, user="ann", limit=-1, **options):
        values = {"n": next(numbers)} if options.get("log", True) else {}
        return limiter.consume(user, action, limit=limit, **{"at": clock(), "values": values, **options})

    return consume


@pytest.fixture
def told():
    """What the signal said."""
    found = []

    def receive(**said):
        found.append((said["action"], said["outcome"], said["tries"]))

    decided.connect(receive)
    yield found
    decided.disconnect(receive)
