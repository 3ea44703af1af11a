"""The SQL of a capturing trigger on each database.

A trigger appends to the change log as part of the write: for an insert the new row's key; for a delete the old one's
with what its key columns were; for an update the key, with what the key columns were where they change, and the old
key as well where the primary key itself changes. The number of a log row is drawn while the row that changed is locked,
so that the numbers of one row grow in the order of its changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from dynamo_models.mirror.capture.columns import Column

Event = Literal["insert", "update", "delete", "truncate"]

LOG = "dynamo_models_change"
NOT_WHILE_CAPTURING = "dynamo_models: TRUNCATE would pass the mirror by. DELETE the rows, or remove the mirror first."


@dataclass(frozen=True)
class Trigger:
    """What one trigger does. key: the columns of the key that it logs; old: columns to keep as they were; only: an
    update that changes none of these is not logged, where there are any."""

    name: str
    table: str
    event: Event
    source: str
    key: tuple[Column, ...]
    old: tuple[Column, ...] = ()
    only: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Dialect:
    """How one database says it. create and remove give whole statements, to be carried out one after the other."""

    quote: Callable[[str], str]
    text: str  # of a column: {0}
    length: str
    concat: str  # texts, one after the other: {0}
    between: str  # what stands between the texts in it
    array: str  # JSON of values: {0}
    time: str  # a time in UTC as ISO text: {0}
    now: str
    distinct: str  # {0} and {1} differ, or one of them is NULL
    nowhere: str = ""  # what a SELECT without a table says

    def key(self, trigger: Trigger, row: str) -> str:
        texts = [self.text.format(f"{row}.{self.quote(column.name)}") for column in trigger.key]
        if len(texts) == 1:
            return texts[0]
        parts = [part for text in texts for part in (self.length.format(text), "':'", text)]
        return self.concat.format(self.between.join(parts))

    def values(self, columns: Sequence[Column], row: str) -> str:
        said = [
            (self.time if column.kind == "time" else "{0}").format(f"{row}.{self.quote(column.name)}")
            for column in columns
        ]
        return self.array.format(", ".join(said))

    def changed(self, columns: Sequence[Column]) -> str:
        return " OR ".join(
            self.distinct.format(f"OLD.{self.quote(column.name)}", f"NEW.{self.quote(column.name)}")
            for column in columns
        )

    def insert(self, trigger: Trigger, row: str, old: str = "NULL", where: str = "") -> str:
        columns = ", ".join(self.quote(name) for name in ("source", "row_key", "old", "at"))
        source = trigger.source.replace("'", "''")
        chosen = f"SELECT '{source}', {self.key(trigger, row)}, {old}, {self.now}{self.nowhere}"
        return f"INSERT INTO {self.quote(LOG)} ({columns}) {chosen}{f' WHERE {where}' if where else ''}"

    def body(self, trigger: Trigger) -> list[str]:
        """The statements that the trigger carries out."""
        if trigger.event == "insert":
            return [self.insert(trigger, "NEW")]
        kept = self.values(trigger.old, "OLD") if trigger.old else "NULL"
        if trigger.event == "delete":
            return [self.insert(trigger, "OLD", kept)]
        moved = self.distinct.format(self.key(trigger, "OLD"), self.key(trigger, "NEW"))
        kept_if_changed = f"CASE WHEN {self.changed(trigger.old)} THEN {kept} END" if trigger.old else "NULL"
        where = f"({self.changed(trigger.only)})" if trigger.only else ""
        return [
            self.insert(trigger, "OLD", kept, f"{moved}{f' AND {where}' if where else ''}"),
            self.insert(trigger, "NEW", kept_if_changed, where),
        ]


def _double(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _back(name: str) -> str:
    return "`{}`".format(name.replace("`", "``"))


POSTGRESQL = Dialect(
    quote=_double,
    text="{0}::text",
    length="length({0})",
    concat="({0})",
    between=" || ",
    array="json_build_array({0})::text",
    time="to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    now="clock_timestamp()",
    distinct="{0} IS DISTINCT FROM {1}",
)
MYSQL = Dialect(
    quote=_back,
    text="CAST({0} AS CHAR)",
    length="CHAR_LENGTH({0})",
    concat="CONCAT({0})",
    between=", ",
    array="JSON_ARRAY({0})",
    time="DATE_FORMAT({0}, '%Y-%m-%dT%H:%i:%S.%fZ')",
    now="UTC_TIMESTAMP(6)",
    distinct="NOT ({0} <=> {1})",
    nowhere=" FROM DUAL",
)
SQLITE = Dialect(
    quote=_double,
    text="CAST({0} AS TEXT)",
    length="length({0})",
    concat="({0})",
    between=" || ",
    array="json_array({0})",
    time="{0}",
    now="strftime('%Y-%m-%d %H:%M:%f', 'now')",
    distinct="{0} IS NOT {1}",
)


def create(vendor: str, trigger: Trigger) -> list[str]:
    """The statements that install the trigger. KeyError for a database that is none of the three."""
    return _MAKERS[vendor][0](trigger)


def remove(vendor: str, trigger: Trigger) -> list[str]:
    """The statements that remove it; where it is not there, they do nothing."""
    return _MAKERS[vendor][1](trigger)


def _create_postgresql(trigger: Trigger) -> list[str]:
    name, table = _double(trigger.name), _double(trigger.table)
    if trigger.event == "truncate":
        body, when, each = f"RAISE EXCEPTION '{NOT_WHILE_CAPTURING}'", "BEFORE TRUNCATE", "STATEMENT"
    else:
        body, when, each = "; ".join(POSTGRESQL.body(trigger)), f"AFTER {trigger.event.upper()}", "ROW"
    code = f"$dynamo$\nBEGIN\n{body};\nRETURN NULL;\nEND $dynamo$"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS {code}",
        f"CREATE OR REPLACE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()",
    ]


def _remove_postgresql(trigger: Trigger) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {_double(trigger.name)} ON {_double(trigger.table)}",
        f"DROP FUNCTION IF EXISTS {_double(trigger.name)}()",
    ]


def _create_mysql(trigger: Trigger) -> list[str]:
    if trigger.event == "truncate":
        # No trigger sees a TRUNCATE; a table that another's foreign key leads to refuses it.
        columns = ", ".join(_back(column.name) for column in trigger.key)
        guard, table = _back(trigger.name), _back(trigger.table)
        key = f"FOREIGN KEY ({columns}) REFERENCES {table} ({columns}) ON DELETE CASCADE ON UPDATE CASCADE"
        return [
            f"CREATE TABLE IF NOT EXISTS {guard} AS SELECT {columns} FROM {table} LIMIT 0",  # noqa: S608 - names of ours
            f"ALTER TABLE {guard} ADD {key}",
        ]
    name, table = _back(trigger.name), _back(trigger.table)
    body = "; ".join(MYSQL.body(trigger))
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {trigger.event.upper()} ON {table} FOR EACH ROW BEGIN {body}; END",
    ]


def _remove_mysql(trigger: Trigger) -> list[str]:
    kind = "TABLE" if trigger.event == "truncate" else "TRIGGER"
    return [f"DROP {kind} IF EXISTS {_back(trigger.name)}"]


def _create_sqlite(trigger: Trigger) -> list[str]:
    if trigger.event == "truncate":
        return []  # SQLite has none: a DELETE of all rows is carried out row by row where there are triggers
    name, table = _double(trigger.name), _double(trigger.table)
    body = "; ".join(SQLITE.body(trigger))
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {trigger.event.upper()} ON {table} FOR EACH ROW BEGIN {body}; END",
    ]


def _remove_sqlite(trigger: Trigger) -> list[str]:
    return [] if trigger.event == "truncate" else [f"DROP TRIGGER IF EXISTS {_double(trigger.name)}"]


_MAKERS = {
    "postgresql": (_create_postgresql, _remove_postgresql),
    "mysql": (_create_mysql, _remove_mysql),
    "sqlite": (_create_sqlite, _remove_sqlite),
}
