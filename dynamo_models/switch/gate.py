"""Gates: triggers by which SQL refuses to write a group's tables, whoever asks, but for what comes back from DynamoDB.

A gate is made by DDL, and that is what the switch needs of it. It takes a lock that waits for every transaction that
has written to the table and is still open, so that a gate which stands has drained them; and who comes later meets it
whatever snapshot his transaction has, as no transaction sees a table without its triggers. The wait is short and
repeated: behind a statement that waits for such a lock all others queue up.

A transaction is let through that has inserted a row into ``dynamo_models_passage``: it deletes it before it ends, so
that nobody else ever sees one.
"""

# ruff: noqa: S608 - what is put in are names of tables, quoted

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, OperationalError, connections, transaction

from dynamo_models.cutover.pause import CLOSED
from dynamo_models.cutover.records import GroupState
from dynamo_models.cutover.stages import Stage
from dynamo_models.cutover.state import of_row
from dynamo_models.mirror.registration import mirrors
from dynamo_models.mirror.transactions import writing
from dynamo_models.switch.records import Passage

# Shorter than PostgreSQL takes to look for deadlocks: rather this gives up than a transaction of the application's.
LOCK_WAIT = 0.8  # seconds; MariaDB counts whole ones
_BETWEEN = 0.1  # seconds, in which those that queued up behind the lock are served
_EVENTS = ("INSERT", "UPDATE", "DELETE")


class NotDrained(OperationalError):  # noqa: N818 - named for its outcome, as all of them are
    """Somebody holds a table in a transaction that does not end: the gate could not be closed in time."""


def tables(group: str) -> list[str]:
    """The tables of a group: its models', and the many-to-many tables that their items are made of."""
    found: dict[str, None] = {}
    for mirror in mirrors(group):
        found[mirror.model._meta.db_table] = None
        for dependency in mirror.dependencies:
            if dependency.target is not None:
                found[dependency.model._meta.db_table] = None
    return list(found)


def close(group: str, using: str, *, until: float) -> None:
    """Let nobody write the group's tables any more, once those that do have ended. Doing it twice is harmless.

    until: of ``time.monotonic()``. NotDrained where a transaction does not end by then: what was closed stays so.
    """
    for table in tables(group):
        insist(using, until, lambda table=table: _close(using, table), table)  # type: ignore[misc]


def open_up(group: str, using: str, *, until: float) -> None:
    """Let everybody write again. NotDrained as for ``close``, of a table that has its gate."""
    for table in closed(group, using):
        insist(using, until, lambda table=table: _open(using, table), table)  # type: ignore[misc]


def is_closed(group: str, using: str) -> bool:
    """Whether every table of the group has its gate."""
    return not missing(group, using)


def missing(group: str, using: str) -> list[str]:
    """The tables of a group that have no gate, or not all of it."""
    there = triggers_there(using)
    return [table for table in tables(group) if not _names(using, table) <= there]


def closed(group: str, using: str) -> list[str]:
    """The tables of a group that have a gate, or a part of one."""
    there = triggers_there(using)
    return [table for table in tables(group) if _names(using, table) & there]


def triggers_there(using: str) -> set[str]:
    """The names of all triggers of the database."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(_LISTED[connection.vendor])
        return {row[0] for row in cursor.fetchall()}


def close_again(sender: Any, using: str, **_: Any) -> None:
    """After a migrate: SQLite makes tables anew, and drops their triggers."""
    if (
        sender.name != "dynamo_models"
        or GroupState._meta.db_table not in connections[using].introspection.table_names()
    ):
        return
    rows = GroupState.objects.using(using).filter(stage__in=[Stage.DYNAMODB, Stage.FINAL, Stage.COMPLETE])
    for row in rows:
        known = mirrors(row.group)
        if known and of_row(vars(row)).place.authority == "dynamodb" and missing(row.group, using):
            close(row.group, using, until=time.monotonic() + 30)


@contextmanager
def passage(using: str) -> Iterator[None]:
    """A transaction that gates let through."""
    with writing(using):
        row = Passage.objects.using(using).create()
        yield
        Passage.objects.using(using).filter(pk=row.pk).delete()


def insist(using: str, until: float, act: Callable[[], None], table: str) -> None:
    """Carry out DDL on a table, again and again until its lock is had. NotDrained where it is not by ``until``."""
    while True:
        try:
            with _impatient(using):
                act()
        except DatabaseError as error:
            if not _is_lock(error):
                raise
            if time.monotonic() > until:
                raise NotDrained(
                    f"{table} is in use by a transaction that does not end, and nobody can be kept from writing it: "
                    f"{error}"
                ) from error
            time.sleep(_BETWEEN)
        else:
            return


@contextmanager
def _impatient(using: str) -> Iterator[None]:
    """Statements of the block give up soon where another transaction holds what they need."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with transaction.atomic(using=using):
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {int(LOCK_WAIT * 1000)}")
            yield
    elif connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION lock_wait_timeout = 1")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION lock_wait_timeout = DEFAULT")
    else:
        with writing(using):
            yield


def _is_lock(error: DatabaseError) -> bool:
    """Whether a statement has waited for a lock in vain, or was given up for a deadlock."""
    said = f"{getattr(error.__cause__, 'sqlstate', '')} {error}"
    return any(each in said for each in ("55P03", "40P01", "1205", "1213", "locked", "busy"))


def _close(using: str, table: str) -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        for _, statements in _triggers(connection, table):
            for statement in statements:
                cursor.execute(statement)


def _open(using: str, table: str) -> None:
    connection = connections[using]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for name, _ in _triggers(connection, table):
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {quote(name)} ON {quote(table)}")
                cursor.execute(f"DROP FUNCTION IF EXISTS {quote(name)}()")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {quote(name)}")


def _triggers(connection: Any, table: str) -> list[tuple[str, list[str]]]:
    """The names of a table's gate, each with the statements that make it where it is not there."""
    return _MAKERS[connection.vendor](connection.ops.quote_name, table)


def _names(using: str, table: str) -> set[str]:
    return {name for name, _ in _triggers(connections[using], table)}


def _message(table: str) -> str:
    return f"{CLOSED} {table}, or is about to have it".replace("'", "''")[:128]


def _name(table: str, event: str = "") -> str:
    digest = hashlib.sha256(f"gate|{table}".encode()).hexdigest()[:12]
    return f"dynamo_gate_{event.lower()}{'_' if event else ''}{digest}"


def _postgresql(quote: Callable[[str], str], table: str) -> list[tuple[str, list[str]]]:
    name = _name(table)
    passing = quote(Passage._meta.db_table)
    body = (
        f"$dynamo$ BEGIN IF NOT EXISTS (SELECT 1 FROM {passing}) THEN RAISE EXCEPTION '{_message(table)}' "
        "USING ERRCODE = '55000'; END IF; RETURN NULL; END $dynamo$"
    )
    return [
        (
            name,
            [
                f"CREATE OR REPLACE FUNCTION {quote(name)}() RETURNS trigger LANGUAGE plpgsql AS {body}",
                # Of no effect on the data, but taken before the trigger is looked for: what comes in between waits.
                f"LOCK TABLE {quote(table)} IN SHARE ROW EXCLUSIVE MODE",
                (
                    f"CREATE OR REPLACE TRIGGER {quote(name)} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "
                    f"{quote(table)} FOR EACH STATEMENT EXECUTE FUNCTION {quote(name)}()"
                ),
            ],
        )
    ]


def _mysql(quote: Callable[[str], str], table: str) -> list[tuple[str, list[str]]]:
    passing = quote(Passage._meta.db_table)
    body = (
        f"IF NOT EXISTS (SELECT 1 FROM {passing}) THEN SIGNAL SQLSTATE '45000' "
        f"SET MESSAGE_TEXT = '{_message(table)}'; END IF"
    )
    return [
        (
            _name(table, event),
            [
                (
                    f"CREATE TRIGGER IF NOT EXISTS {quote(_name(table, event))} BEFORE {event} ON {quote(table)} "
                    f"FOR EACH ROW BEGIN {body}; END"
                )
            ],
        )
        for event in _EVENTS
    ]


def _sqlite(quote: Callable[[str], str], table: str) -> list[tuple[str, list[str]]]:
    passing = quote(Passage._meta.db_table)
    body = f"SELECT RAISE(ABORT, '{_message(table)}') WHERE NOT EXISTS (SELECT 1 FROM {passing})"
    return [
        (
            _name(table, event),
            [
                (
                    f"CREATE TRIGGER IF NOT EXISTS {quote(_name(table, event))} BEFORE {event} ON {quote(table)} "
                    f"FOR EACH ROW BEGIN {body}; END"
                )
            ],
        )
        for event in _EVENTS
    ]


_MAKERS: dict[str, Callable[[Callable[[str], str], str], list[tuple[str, list[str]]]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "sqlite": _sqlite,
}

_LISTED = {
    "postgresql": (
        "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)"
    ),
    "mysql": "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}
"""The names of all triggers that act."""
