"""Which rows have changed while a switch looks: a trigger on the change log keeps what leaves it.

So the last check, in the pause, asks for these rows alone. It is there for the switch and no longer; a trigger, as
relays that run already know nothing of a switch.
"""

# ruff: noqa: S608 - what is put in are names of tables, quoted

from __future__ import annotations

from typing import Any

from django.db import connections

from dynamo_models.mirror.log.models import Change
from dynamo_models.switch.gate import insist, triggers_there
from dynamo_models.switch.records import ChangedRow

NAME = "dynamo_switch_recorder"


def start(using: str, *, until: float) -> None:
    """Keep what leaves the log from now on. NotDrained where a transaction on the log does not end by ``until``."""
    insist(using, until, lambda: _carry_out(using, _create(connections[using])), Change._meta.db_table)


def is_there(using: str) -> bool:
    """Whether anything is kept."""
    return NAME in triggers_there(using)


def stop(using: str, *, until: float) -> None:
    """Keep nothing more, and forget what was kept. Doing it twice is harmless."""
    if is_there(using):
        insist(using, until, lambda: _carry_out(using, _drop(connections[using])), Change._meta.db_table)
    ChangedRow.objects.using(using).all().delete()


def _carry_out(using: str, statements: list[str]) -> None:
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _create(connection: Any) -> list[str]:
    quote = connection.ops.quote_name
    log, kept, name = quote(Change._meta.db_table), quote(ChangedRow._meta.db_table), quote(NAME)
    columns = f"{quote('source')}, {quote('row_key')}"
    if connection.vendor == "postgresql":
        body = f"BEGIN INSERT INTO {kept} ({columns}) SELECT {columns} FROM gone; RETURN NULL; END"
        event = f"AFTER DELETE ON {log} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT"
        return [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $dynamo$ {body} $dynamo$",
            f"CREATE OR REPLACE TRIGGER {name} {event} EXECUTE FUNCTION {name}()",
        ]
    body = f"INSERT INTO {kept} ({columns}) VALUES (OLD.{quote('source')}, OLD.{quote('row_key')})"
    return [f"CREATE TRIGGER IF NOT EXISTS {name} AFTER DELETE ON {log} FOR EACH ROW BEGIN {body}; END"]


def _drop(connection: Any) -> list[str]:
    quote = connection.ops.quote_name
    if connection.vendor == "postgresql":
        return [
            f"DROP TRIGGER IF EXISTS {quote(NAME)} ON {quote(Change._meta.db_table)}",
            f"DROP FUNCTION IF EXISTS {quote(NAME)}()",
        ]
    return [f"DROP TRIGGER IF EXISTS {quote(NAME)}"]
