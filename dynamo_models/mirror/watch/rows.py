"""The rows that a write is about to change: read before it, under lock, and after it, so that both are known.

The write is then held to the rows that were locked: one that comes to match in between is as if it came later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, models
from django.db.models.query import QuerySet
from django.db.models.sql import Query

from dynamo_models.mirror.capture.columns import target_of
from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.watch.refused import WriteRefused

AT_ONCE = 500  # keys in one statement that reads
MOST = 10_000  # rows of one write: it names them, where the database lets others write meanwhile

Row = dict[str, Any]
"""The values of some columns, by their names in the database."""


def columns_of(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    """The fields of a table, by their columns."""
    return {each.column: each for each in model._meta.local_concrete_fields if each.column is not None}


@dataclass(frozen=True)
class Rows:
    """Some columns of one table's rows, its primary key always among them."""

    model: type[models.Model]
    using: str
    columns: frozenset[str]

    @property
    def fields(self) -> dict[str, models.Field[Any, Any]]:
        return {name: each for name, each in columns_of(self.model).items() if name in self._wanted}

    @property
    def pk(self) -> list[Any]:
        pk = self.model._meta.pk
        return list(getattr(pk, "fields", None) or [pk])

    @property
    def _wanted(self) -> set[str]:
        return {*self.columns, *(each.column for each in self.pk)}

    def pk_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(row[each.column] for each in self.pk)

    def lock(self, query: Any, *, gone: bool) -> list[Row]:
        """The rows that an UpdateQuery or DeleteQuery is about to meet, as they are, locked until the transaction ends.

        gone: they are about to be deleted. WriteRefused where there are too many.
        """
        connection = connections[self.using]
        chosen = query.chain(klass=Query)
        chosen.clear_ordering(force=True)
        chosen.extra, chosen.select, chosen.distinct, chosen.select_related = {}, (), False, False
        chosen.get_initial_alias()
        joined = sum(count > 0 for count in chosen.alias_refcount.values()) > 1
        rows: QuerySet[Any] = QuerySet(model=query.model, query=chosen, using=self.using)
        if connection.vendor == "sqlite":
            # Whoever writes has the database to itself; this takes it before anything is read.
            Change.objects.using(self.using).filter(seq=0)._raw_delete(self.using)  # noqa: SLF001 - public in all but name
            return self._read(rows)
        if not connection.features.has_select_for_update or (joined and connection.vendor == "postgresql"):
            # PostgreSQL locks no row that an outer join may leave out: those that were found are locked by their keys.
            found = [self.pk_of(row) for row in self._read(rows)]
            self._bounded(len(found))
            return self._by_key(found, connection, gone=gone)
        found_rows = self._read(self._for_update(rows, connection, gone=gone))
        self._bounded(len(found_rows))
        return found_rows

    def held_to(self, query: Any, rows: Sequence[Row]) -> None:
        """Let a query write to these rows alone."""
        if connections[self.using].vendor == "sqlite":
            return
        query.add_filter("pk__in", [self._plain(self.pk_of(row)) for row in rows])

    def after(self, keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], Row]:
        """Rows by their primary keys, as this transaction has left them."""
        return {self.pk_of(row): row for row in self._by_key(list(keys), None, gone=False)}

    def _by_key(self, keys: list[tuple[Any, ...]], lock: Any, *, gone: bool) -> list[Row]:
        found: list[Row] = []
        for start in range(0, len(keys), AT_ONCE):
            part = [self._plain(key) for key in keys[start : start + AT_ONCE]]
            rows: QuerySet[Any] = QuerySet(model=self.model, using=self.using).filter(pk__in=part).order_by("pk")
            found += self._read(rows if lock is None else self._for_update(rows, lock, gone=gone))
        return found

    def _for_update(self, rows: QuerySet[Any], connection: Any, *, gone: bool) -> QuerySet[Any]:
        if not connection.features.has_select_for_update:
            return rows
        # Against those that only refer to a row, as little as the write itself does.
        return rows.select_for_update(no_key=not gone and connection.features.has_select_for_no_key_update)

    def _read(self, rows: QuerySet[Any]) -> list[Row]:
        columns = list(self.fields)
        names = [each.attname for each in self.fields.values()]
        found = {}
        for values in rows.values_list(*names).iterator(chunk_size=2000):
            row = dict(zip(columns, values, strict=True))
            found[self.pk_of(row)] = row  # once, where a join gives it several times
        return list(found.values())

    def assigned(self, key: tuple[Any, ...], values: Row) -> tuple[Any, ...]:
        """The primary key that a row has once these values are written to its columns."""
        return tuple(
            target_of(field).to_python(values[field.column]) if field.column in values else held
            for field, held in zip(self.pk, key, strict=True)
        )

    def _bounded(self, count: int) -> None:
        if count > MOST:
            raise WriteRefused(
                f"{count:,} rows of {self.model._meta.db_table} in one statement: without triggers at most {MOST:,} "
                "can be followed. Do it by ranges of the primary key."
            )

    @staticmethod
    def _plain(key: tuple[Any, ...]) -> Any:
        return key if len(key) > 1 else key[0]
