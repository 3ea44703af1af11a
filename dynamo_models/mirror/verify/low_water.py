"""The number that a verification begins with: every change that it may not have seen has a higher one.

A number is drawn when a row is written, and shows when that is committed: a transaction that is open while a
verification begins may have drawn a lower one, and commit behind its back. So those are waited for that are open.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import DatabaseError, connections

from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.verify.report import draw_seq

LONGEST = 5.0  # seconds
# InnoDB answers from a cache that is renewed only when nobody has asked for 0.1 s.
LOOK = 0.15
UNKNOWN = 0  # as a number: everything is later

_OPEN = {
    # Who has written to the log holds this lock until the end of the transaction.
    "postgresql": (
        "SELECT DISTINCT virtualtransaction FROM pg_locks WHERE relation = %s::regclass AND mode = 'RowExclusiveLock' "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()"
    ),
    # It takes the privilege PROCESS to see those of others.
    "mysql": (
        "SELECT trx_id FROM information_schema.innodb_trx WHERE trx_rows_modified > 0 AND %s <> '' "
        "AND trx_mysql_thread_id <> CONNECTION_ID()"
    ),
}


def low_water(using: str) -> int:
    """Draw a number, and wait for the transactions that were open then. UNKNOWN where they stay open for longer than
    LONGEST, or the database does not say which are."""
    number = draw_seq(using)
    connection = connections[using]
    if connection.vendor == "sqlite":  # it has one writer at a time, and that was this one
        return number
    if connection.vendor not in _OPEN:
        return UNKNOWN
    try:
        waited_for = _open(connection)
        until = time.monotonic() + LONGEST
        while waited_for and time.monotonic() < until:
            time.sleep(LOOK)
            waited_for &= _open(connection)
    except DatabaseError:
        if connection.in_atomic_block:
            raise
        return UNKNOWN
    return UNKNOWN if waited_for else number


def _open(connection: Any) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN[connection.vendor], [Change._meta.db_table])
        return {str(each) for (each,) in cursor.fetchall()}
