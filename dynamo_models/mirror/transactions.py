"""Transactions of the mirror's own."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import OperationalError, connections, transaction

TRIES = 10  # of what is given up for a deadlock
LONGEST = 0.5  # seconds between two of them

T = TypeVar("T")


@contextmanager
def writing(using: str) -> Iterator[None]:
    """A transaction that will write. On SQLite it takes its turn as it begins: one that reads first and finds another
    writing when it comes to write has to fail."""
    connection: Any = connections[using]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic(using=using):
            yield
        return
    connection.ensure_connection()  # which reads the settings
    mode = connection.transaction_mode
    connection.transaction_mode = "IMMEDIATE"
    try:
        with transaction.atomic(using=using):
            connection.transaction_mode = mode
            yield
    finally:
        connection.transaction_mode = mode


def again(work: Callable[[], T]) -> T:
    """What work gives; it is done anew where the database has given up a transaction of its own for a deadlock.

    For what can be done twice, outside a transaction: within one, all of it is gone.
    """
    for number in range(1, TRIES):
        try:
            return work()
        except OperationalError as error:
            if not _deadlocked(error):
                raise
        time.sleep(random.uniform(0, min(LONGEST, 0.01 * 2**number)))  # noqa: S311 - not for secrets
    return work()


def _deadlocked(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == "40P01" or error.args[:1] == (1213,)
