"""The SQL of a capturing trigger on each database.

A trigger appends to the change log as part of the write: for an insert the new row's key; for a delete the old one's
with what its key columns were; for an update the key, with what the key columns were where they change, and the old
key as well where the primary key itself changes. The number of a log row is drawn while the row that changed is locked,
so that the numbers of one row grow in the order of its changes.

PostgreSQL does so once for all rows of a statement, which is several times cheaper than once for each. The numbers are
then drawn at the statement's end. The transaction has locked the rows by then, and keeps them so: whoever writes one of
them next waits for its end, and draws later; who wrote it before had drawn before he let it go. Rows that a foreign key
changes, an ON CONFLICT, a MERGE or a part of a WITH are in the transition tables of their own event; a row that the
statement writes twice, as foreign keys can, is in them twice, and logged as often. An update pairs old and new by the
key that is logged, so that a primary key which passes from row to row is told as what that key was and is.

Of a partitioned table, and of a partition, triggers for each row do it: what is written to a partition by its own name
is no statement on the whole, and the other way round.
"""

# ruff: noqa: S608 - what is put in are names of columns and tables, quoted

from __future__ import annotations

from collections.abc import Callable

from dynamo_models.mirror.capture.expressions import (
    MYSQL,
    POSTGRESQL,
    SQLITE,
    Dialect,
    Event,
    Trigger,
    back,
    double,
)

__all__ = ["NOT_WHILE_CAPTURING", "Event", "Trigger", "create", "remove"]

NOT_WHILE_CAPTURING = "dynamo_models: TRUNCATE would pass the mirror by. DELETE the rows, or remove the mirror first."

_OLD, _NEW = "dynamo_old", "dynamo_new"  # the transition tables
_TRANSITIONS = {
    "insert": f"REFERENCING NEW TABLE AS {_NEW}",
    "update": f"REFERENCING OLD TABLE AS {_OLD} NEW TABLE AS {_NEW}",
    "delete": f"REFERENCING OLD TABLE AS {_OLD}",
}


def create(vendor: str, trigger: Trigger) -> list[str]:
    """The statements that install the trigger. KeyError for a database that is none of the three."""
    return _MAKERS[vendor][0](trigger)


def remove(vendor: str, trigger: Trigger) -> list[str]:
    """The statements that remove it; where it is not there, they do nothing."""
    return _MAKERS[vendor][1](trigger)


def _for_each_row(dialect: Dialect, trigger: Trigger) -> str:
    """The body of a trigger for each row, where there is IF."""
    if trigger.event == "insert":
        return dialect.one(trigger, "NEW")
    kept = dialect.kept(trigger, "OLD")
    if trigger.event == "delete":
        return dialect.one(trigger, "OLD", kept)
    if_changed = f"CASE WHEN {dialect.changed(trigger.old)} THEN {kept} END" if trigger.old else "NULL"
    moved = f"IF {dialect.changed(trigger.key)} THEN {dialect.one(trigger, 'OLD', kept)}; END IF"
    body = (
        # Most updates change none of them.
        f"IF {dialect.changed((*trigger.key, *trigger.old))} THEN "
        f"{moved}; {dialect.one(trigger, 'NEW', if_changed)}; ELSE {dialect.one(trigger, 'NEW')}; END IF"
    )
    return f"IF {dialect.changed(trigger.only)} THEN {body}; END IF" if trigger.only else body


def _for_each_statement(trigger: Trigger) -> str:
    """The body of PostgreSQL's trigger for all rows of a statement."""
    say = POSTGRESQL
    old, new = say.key(trigger, "o"), say.key(trigger, "n")
    source, kept = say.source(trigger), say.kept(trigger, "o")
    if trigger.event == "insert":
        chosen = f"SELECT {source}, {new}, NULL, {say.now} FROM {_NEW} n"
    elif trigger.event == "delete":
        chosen = f"SELECT {source}, {old}, {kept}, {say.now} FROM {_OLD} o"
    elif trigger.old:
        left = say.changed((*trigger.key, *trigger.old), "o", "n")
        chosen = (
            f"SELECT {source}, COALESCE({new}, {old}), CASE WHEN {old} IS NOT NULL AND ({new} IS NULL OR {left}) "
            f'THEN {kept} END, {say.now} FROM {_NEW} n FULL JOIN {_OLD} o ON {new} COLLATE "C" = {old} COLLATE "C"'
        )
    else:
        keys = f'SELECT {new} COLLATE "C" FROM {_NEW} n UNION SELECT {old} COLLATE "C" FROM {_OLD} o'
        chosen = f"SELECT {source}, k, NULL, {say.now} FROM ({keys}) AS keys (k)"
    return say.insert(chosen)


def _create_postgresql(trigger: Trigger) -> list[str]:
    name, table = double(trigger.name), double(trigger.table)
    made = f"CREATE OR REPLACE TRIGGER {name} {{}} ON {table} {{}} EXECUTE FUNCTION {name}()"
    when = f"AFTER {trigger.event.upper()}"
    rows = _for_each_row(POSTGRESQL, trigger) if trigger.event != "truncate" else ""
    if trigger.event == "truncate":
        body = f"RAISE EXCEPTION '{NOT_WHILE_CAPTURING}'"
        install = made.format("BEFORE TRUNCATE", "FOR EACH STATEMENT")
    elif trigger.only:
        # A row that changes none of these does not even call the function.
        body = rows
        install = made.format(when, f"FOR EACH ROW WHEN ({POSTGRESQL.changed(trigger.only)})")
    else:
        body = f"IF TG_LEVEL = 'ROW' THEN {rows}; ELSE {_for_each_statement(trigger)}; END IF"
        in_parts = f"SELECT FROM pg_class WHERE oid = '{table}'::regclass AND (relkind = 'p' OR relispartition)"
        install = (
            f"DO $dynamo$ BEGIN IF EXISTS ({in_parts}) THEN {made.format(when, 'FOR EACH ROW')}; "
            f"ELSE {made.format(when, f'{_TRANSITIONS[trigger.event]} FOR EACH STATEMENT')}; END IF; END $dynamo$"
        )
    code = f"$dynamo$\nBEGIN\n{body};\nRETURN NULL;\nEND $dynamo$"
    return [f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS {code}", install]


def _remove_postgresql(trigger: Trigger) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {double(trigger.name)} ON {double(trigger.table)}",
        f"DROP FUNCTION IF EXISTS {double(trigger.name)}()",
    ]


def _create_mysql(trigger: Trigger) -> list[str]:
    if trigger.event == "truncate":
        # No trigger sees a TRUNCATE; a table that another's foreign key leads to refuses it.
        columns = ", ".join(back(column.name) for column in trigger.key)
        guard, table = back(trigger.name), back(trigger.table)
        key = f"FOREIGN KEY ({columns}) REFERENCES {table} ({columns}) ON DELETE CASCADE ON UPDATE CASCADE"
        return [
            f"CREATE TABLE IF NOT EXISTS {guard} AS SELECT {columns} FROM {table} LIMIT 0",
            f"ALTER TABLE {guard} ADD {key}",
        ]
    name, table = back(trigger.name), back(trigger.table)
    body = _for_each_row(MYSQL, trigger)
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {trigger.event.upper()} ON {table} FOR EACH ROW BEGIN {body}; END",
    ]


def _remove_mysql(trigger: Trigger) -> list[str]:
    kind = "TABLE" if trigger.event == "truncate" else "TRIGGER"
    return [f"DROP {kind} IF EXISTS {back(trigger.name)}"]


def _create_sqlite(trigger: Trigger) -> list[str]:
    if trigger.event == "truncate":
        return []  # SQLite has none: a DELETE of all rows is carried out row by row where there are triggers
    name, table, say = double(trigger.name), double(trigger.table), SQLITE
    kept = say.kept(trigger, "OLD")
    if trigger.event == "insert":
        body = say.one(trigger, "NEW")
    elif trigger.event == "delete":
        body = say.one(trigger, "OLD", kept)
    else:
        if_changed = f"CASE WHEN {say.changed(trigger.old)} THEN {kept} END" if trigger.old else "NULL"
        moved = f"{say.key(trigger, 'OLD')}, {kept}, {say.now} WHERE {say.changed(trigger.key)}"
        body = f"{say.insert(f'SELECT {say.source(trigger)}, {moved}')}; {say.one(trigger, 'NEW', if_changed)}"
    when = f" WHEN {say.changed(trigger.only)}" if trigger.only else ""
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {trigger.event.upper()} ON {table} FOR EACH ROW{when} BEGIN {body}; END",
    ]


def _remove_sqlite(trigger: Trigger) -> list[str]:
    return [] if trigger.event == "truncate" else [f"DROP TRIGGER IF EXISTS {double(trigger.name)}"]


_MAKERS: dict[str, tuple[Callable[[Trigger], list[str]], Callable[[Trigger], list[str]]]] = {
    "postgresql": (_create_postgresql, _remove_postgresql),
    "mysql": (_create_mysql, _remove_mysql),
    "sqlite": (_create_sqlite, _remove_sqlite),
}
