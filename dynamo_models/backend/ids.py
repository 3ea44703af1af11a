"""Numbers for new rows: from the sequence that SQL itself would take them from, as long as there is a way back; from
``final`` on from a counter beside the items, in blocks.

So whichever store has authority, no number is given twice. A number that was drawn and not used is lost, as those of
SQL's own are; so is what a process has left of its block when it ends.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from django.db import NotSupportedError, models
from django.db.models import Max

from dynamo_models import conf
from dynamo_models.backend import counter
from dynamo_models.cutover.state import state_of
from dynamo_models.mirror.registration import Mirror

BLOCK = 100
"""Numbers that a process draws at once."""
GAP = 10_000
"""Numbers between the last of SQL's and the counter's first: for a process that has not heard of ``final`` yet, and
draws from SQL for a moment more."""


def next_id(mirror: Mirror, sql: Any) -> int:
    """The next primary key of a mirrored model. sql: the connection of the SQL alias.

    PostgreSQL: its sequence. SQLite: the table by which AUTOINCREMENT counts. MySQL and MariaDB, from whose counters
    nobody can draw without writing a row: the counter, which goes on from the highest number in SQL; theirs goes on
    above the rows that come back. From ``final`` on the counter for all of them, and SQL is not asked.
    """
    if state_of(mirror.group, sql.alias).place.is_final:
        return _blocks.draw(mirror, sql)
    draw = {"postgresql": _postgresql, "sqlite": _sqlite, "mysql": _mysql}.get(sql.vendor)
    if draw is None:
        raise NotSupportedError(
            f"Numbers for {mirror.label} are drawn on PostgreSQL, MySQL and SQLite, not {sql.vendor}."
        )
    return draw(mirror, sql)


def hand_over(mirror: Mirror, sql: Any) -> int | None:
    """Have the counter go on above all that SQL has given, with a gap; where it begins, None for a model whose primary
    key is not counted. Never down: doing it twice loses numbers, and gives none twice."""
    pk = mirror.model._meta.pk
    if not isinstance(pk, models.AutoField):
        return None
    drawn = max(_drawn(mirror, sql), _highest(mirror.model, sql), counter.last(mirror))
    _, most = sql.ops.integer_field_range(pk.get_internal_type())
    gap = GAP if most is None else max(0, min(GAP, (most - drawn) // 100))
    counter.begin(mirror, drawn + gap, above=drawn + gap)
    return drawn + gap


class _Blocks:
    """The numbers that this process has drawn and not given yet, by model."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.left: dict[tuple[Any, ...], range] = {}

    def draw(self, mirror: Mirror, sql: Any) -> int:
        table = mirror.entity.schema.table
        whose = (conf.connection_settings(table.name), table.endpoint_name, mirror.label)
        with self.lock:
            left = self.left.get(whose) or self._more(mirror, sql)
            self.left[whose] = left[1:]
            return left[0]

    def _more(self, mirror: Mirror, sql: Any) -> range:
        last = counter.add(mirror, BLOCK)
        while last is None:  # somebody has removed it, or a test has put the group where it is
            hand_over(mirror, sql)
            last = counter.add(mirror, BLOCK)
        return range(last - BLOCK + 1, last + 1)


_blocks = _Blocks()


def _after_fork() -> None:
    """What is left of the block is the parent's."""
    global _blocks  # noqa: PLW0603 - one for a process
    _blocks = _Blocks()


os.register_at_fork(after_in_child=_after_fork)


def _postgresql(mirror: Mirror, sql: Any) -> int:
    model = mirror.model
    with sql.cursor() as cursor:
        table = sql.ops.quote_name(model._meta.db_table)
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s))", [table, model._meta.pk.column])
        return int(cursor.fetchone()[0])


def _sqlite(mirror: Mirror, sql: Any) -> int:
    table = mirror.model._meta.db_table
    with sql.cursor() as cursor:
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = %s RETURNING seq", [table])
        found = cursor.fetchone()
        if found is None:  # no row was ever written
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, 1) RETURNING seq", [table])
            found = cursor.fetchone()
        return int(found[0])


def _mysql(mirror: Mirror, sql: Any) -> int:
    highest = _highest(mirror.model, sql)
    while True:
        # Not below what SQL has: rows may have been written there since the counter was last used.
        found = counter.add(mirror, 1, least=highest)
        if found is None:  # another process may set it meanwhile
            found = counter.begin(mirror, highest + 1, above=highest)
        if found is not None:
            return found


def _highest(model: type[models.Model], sql: Any) -> int:
    found = model._base_manager.using(sql.alias).aggregate(highest=Max("pk"))["highest"]
    return int(found or 0)


def _drawn(mirror: Mirror, sql: Any) -> int:
    """The last number that SQL has given, as far as it says so; 0 where it does not."""
    table, column = mirror.model._meta.db_table, mirror.model._meta.pk.column
    with sql.cursor() as cursor:
        if sql.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [sql.ops.quote_name(table), column])
            (sequence,) = cursor.fetchone()
            if sequence is None:
                return 0
            cursor.execute(f"SELECT last_value FROM {sequence}")  # noqa: S608 - the database's own name for it, quoted
        elif sql.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        else:
            cursor.execute(
                "SELECT AUTO_INCREMENT - 1 FROM information_schema.tables WHERE table_schema = DATABASE() "
                "AND table_name = %s",
                [table],
            )
        found = cursor.fetchone()
    return int((found and found[0]) or 0)
