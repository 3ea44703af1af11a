"""What a capturing trigger does, and how each database says its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from dynamo_models.mirror.capture.columns import Column

Event = Literal["insert", "update", "delete", "truncate"]

LOG = "dynamo_models_change"


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
    """How one database says it.

    Values are the same where they are the same to the byte: under a collation that takes "a" and "A" for equal a change
    from the one to the other is one all the same.
    """

    quote: Callable[[str], str]
    text: str  # of a column: {0}
    length: str
    concat: str  # texts, one after the other: {0}
    between: str  # what stands between the texts in it
    array: str  # JSON of values: {0}
    time: str  # a time in UTC as ISO text: {0}
    now: str
    same: str  # {0} and {1} are the same, or both are NULL

    def key(self, trigger: Trigger, row: str) -> str:
        """The text of the key that is logged for a row."""
        texts = [self.text.format(f"{row}.{self.quote(column.name)}") for column in trigger.key]
        if len(texts) == 1:
            return texts[0]
        parts = [part for text in texts for part in (self.length.format(text), "':'", text)]
        return self.concat.format(self.between.join(parts))

    def kept(self, trigger: Trigger, row: str) -> str:
        """What is kept of a row, as JSON."""
        if not trigger.old:
            return "NULL"
        said = [
            (self.time if column.kind == "time" else "{0}").format(f"{row}.{self.quote(column.name)}")
            for column in trigger.old
        ]
        return self.array.format(", ".join(said))

    def changed(self, columns: Sequence[Column], old: str = "OLD", new: str = "NEW") -> str:
        """Whether one of these columns is not what it was."""
        pairs = [(f"{old}.{self.quote(each.name)}", f"{new}.{self.quote(each.name)}") for each in columns]
        return f"NOT ({' AND '.join(self.same.format(*pair) for pair in dict.fromkeys(pairs))})"

    def insert(self, rows: str) -> str:
        """Add to the log what ``rows`` says: VALUES or a SELECT of source, key, what is kept, and the time."""
        columns = ", ".join(self.quote(name) for name in ("source", "row_key", "old", "at"))
        return f"INSERT INTO {self.quote(LOG)} ({columns}) {rows}"

    def source(self, trigger: Trigger) -> str:
        return "'{}'".format(trigger.source.replace("'", "''"))

    def one(self, trigger: Trigger, row: str, kept: str = "NULL") -> str:
        """Log one row."""
        return self.insert(f"VALUES ({self.source(trigger)}, {self.key(trigger, row)}, {kept}, {self.now})")


def double(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def back(name: str) -> str:
    return "`{}`".format(name.replace("`", "``"))


POSTGRESQL = Dialect(
    quote=double,
    text="{0}::text",
    length="length({0})",
    concat="({0})",
    between=" || ",
    array="json_build_array({0})::text",
    time="to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    now="clock_timestamp()",
    same="ROW({0})::record *= ROW({1})::record",
)
MYSQL = Dialect(
    quote=back,
    text="CAST({0} AS CHAR)",
    length="CHAR_LENGTH({0})",
    concat="CONCAT({0})",
    between=", ",
    array="JSON_ARRAY({0})",
    time="DATE_FORMAT({0}, '%Y-%m-%dT%H:%i:%S.%fZ')",
    now="UTC_TIMESTAMP(6)",
    same="CAST({0} AS BINARY) <=> CAST({1} AS BINARY)",
)
SQLITE = Dialect(
    quote=double,
    text="CAST({0} AS TEXT)",
    length="length({0})",
    concat="({0})",
    between=" || ",
    array="json_array({0})",
    time="{0}",
    now="strftime('%Y-%m-%d %H:%M:%f', 'now')",
    same="{0} COLLATE BINARY IS {1}",
)
