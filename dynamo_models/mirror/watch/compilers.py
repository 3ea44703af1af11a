"""Where every write of Django's ORM passes, whichever manager, query set or signal it comes by: the SQL compilers.

An instance's save, an update, a bulk of any kind, a cascade, SET_NULL and the rows of a many-to-many field have nothing
in common above them. ``post_save`` and its like see about a quarter of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cache, partial
from typing import Any

from django.db import connections, models
from django.db.models.constants import OnConflict

from dynamo_models.mirror.capture.dialects import Event, Trigger
from dynamo_models.mirror.transactions import writing
from dynamo_models.mirror.watch.changes import Log
from dynamo_models.mirror.watch.connections import Watcher, watcher_of
from dynamo_models.mirror.watch.refused import WriteRefused
from dynamo_models.mirror.watch.rows import Row, Rows, columns_of
from dynamo_models.mirror.watch.specs import specs


def watched(compiler: type[Any]) -> type[Any]:
    """A compiler of a backend's that logs what it writes; itself where it only reads."""
    for name, mixin in (
        ("SQLInsertCompiler", _Inserts),
        ("SQLUpdateCompiler", _Updates),
        ("SQLDeleteCompiler", _Deletes),
    ):
        if any(each.__name__ == name for each in compiler.__mro__):
            return _mixed(mixin, compiler)  # type: ignore[arg-type]
    return compiler


@cache
def _mixed(mixin: type[Any], compiler: type[Any]) -> type[Any]:
    return type(f"Watched{compiler.__name__}", (mixin, compiler), {})


class _Watched:
    """One statement of the ORM's to a table. ``write`` carries it out as Django would."""

    query: Any
    using: str
    event: Event
    _in_hand = False
    _returning: list[Any]

    def _told(self, write: Callable[[], Any]) -> Any:
        """Carry it out, and log what it did, in one transaction."""
        if self._in_hand:
            return write()
        model: type[models.Model] = self.query.get_meta().concrete_model
        triggers = specs().get(model._meta.db_table)
        connection = connections[self.using]
        watcher = watcher_of(connection)
        announced = partial(_announced, watcher, write)
        if triggers is None or not watcher.has_log(connection):
            return announced()
        self._in_hand = True
        try:
            with nullcontext() if connection.in_atomic_block else writing(self.using):
                return self._logged(model, triggers.get(self.event, ()), announced)
        finally:
            self._in_hand = False

    def _logged(self, model: type[models.Model], triggers: Sequence[Trigger], write: Callable[..., Any]) -> Any:
        raise NotImplementedError


def _announced(watcher: Watcher, write: Callable[..., Any], *arguments: Any) -> Any:
    with watcher.announced():
        return write(*arguments)


class _Inserts(_Watched):
    event = "insert"

    def execute_sql(self, returning_fields: Sequence[models.Field[Any, Any]] | None = None) -> Any:
        self._returning = list(returning_fields or [])
        return self._told(
            partial(
                self._carry_out,
                super().execute_sql,  # type: ignore[misc]
                returning_fields,
            )
        )

    @staticmethod
    def _carry_out(write: Callable[..., Any], asked: Any, fields: Any = None) -> Any:
        return write(fields or asked)

    def _logged(self, model: type[models.Model], triggers: Sequence[Trigger], write: Callable[..., Any]) -> Any:
        fields = columns_of(model)
        needed = [fields[name] for name in sorted({each.name for trigger in triggers for each in trigger.key})]
        rows, found = self._written(model, needed, write)
        Log(self.using, fields).append(triggers, [(None, row) for row in found])
        return rows

    def _written(
        self, model: type[models.Model], needed: list[Any], write: Callable[..., Any]
    ) -> tuple[Any, list[Row]]:
        """What Django expects of the statement, and the needed columns of the rows that it made or changed."""
        features = connections[self.using].features
        objs: list[Any] = list(self.query.objs)
        upsert = self.query.on_conflict == OnConflict.UPDATE
        if upsert:
            self._check_upsert(model)
        if not upsert and all(_is_given(obj, field) for obj in objs for field in needed):
            result = write()
            return result, [{each.column: getattr(obj, each.attname) for each in needed} for obj in objs]
        more = [each for each in needed if each not in self._returning]
        asked = [*self._returning, *more]
        one = len(objs) == 1 and self.query.on_conflict is None
        if not (
            features.can_return_columns_from_insert and (len(objs) == 1 or features.can_return_rows_from_bulk_insert)
        ) and not (one and len(asked) == 1 and isinstance(asked[0], models.AutoField)):
            raise WriteRefused(
                f"This database does not tell which rows of {model._meta.db_table} a bulk_create() makes or changes: "
                "give each its primary key beforehand, or save() each."
            )
        rows = write(asked)
        places = {field.column: place for place, field in enumerate(asked)}
        # None: the one row was there already, and the statement said to leave it.
        found = [{each.column: row[places[each.column]] for each in needed} for row in rows if row is not None]
        kept = len(self._returning)
        return [row[:kept] for row in rows] if kept else [], found

    def _check_upsert(self, model: type[models.Model]) -> None:
        """What the rows were before is not known; so nothing may change that has to be known as it was."""
        matter = {
            each.name
            for trigger in specs()[model._meta.db_table].get("update", ())
            for each in (*trigger.key, *trigger.old)
        }
        clash = sorted(each.name for each in self.query.update_fields if each.column in matter)
        if clash:
            raise WriteRefused(
                f"bulk_create(update_conflicts=True) would change {', '.join(clash)} of {model._meta.label}, which "
                "keys in DynamoDB are made of, and what it was is not known: leave it out of update_fields, or save() "
                "each."
            )


class _Updates(_Watched):
    event = "update"

    def execute_sql(self, result_type: Any) -> Any:
        return self._told(
            partial(
                super().execute_sql,  # type: ignore[misc]
                result_type,
            )
        )

    def execute_returning_sql(self, returning_fields: Any) -> Any:
        return self._told(partial(super().execute_returning_sql, returning_fields))  # type: ignore[misc]

    def _logged(self, model: type[models.Model], triggers: Sequence[Trigger], write: Callable[..., Any]) -> Any:
        values: dict[Any, Any] = {field.column: _assigned(field, value) for field, _, value in self.query.values}
        told = [each for each in triggers if not each.only or values.keys() & {column.name for column in each.only}]
        if not values or not told:
            return write()
        matter = {column.name for each in told for column in (*each.key, *each.old, *each.only)}
        rows = Rows(model, self.using, frozenset(matter))
        before = rows.lock(self.query, gone=False)
        moved = {rows.pk_of(row): self._moved_to(rows, row, values) for row in before}
        rows.held_to(self.query, before)
        result = write()
        after = {rows.pk_of(row): row for row in before}
        if any(name in matter and any(not _same(row[name], value) for row in before) for name, value in values.items()):
            after = rows.after({*moved, *moved.values()})
        pairs = [(row, after.get(moved[key]) or after.get(key)) for row in before for key in [rows.pk_of(row)]]
        lost = [rows.pk_of(old) for old, new in pairs if new is None]
        if lost:
            raise WriteRefused(f"{model._meta.label}: {lost[0]} was not found again after its primary key had changed.")
        Log(self.using, rows.fields).append(told, pairs)
        return result

    @staticmethod
    def _moved_to(rows: Rows, row: Row, values: Row) -> tuple[Any, ...]:
        """The primary key that a row is going to have."""
        for field in rows.pk:
            if hasattr(values.get(field.column), "resolve_expression"):
                raise WriteRefused(
                    f"{field.name} of {rows.model._meta.label} is its primary key, and would become what the database "
                    "makes of an expression: update each row to a value."
                )
        return rows.assigned(rows.pk_of(row), values)


class _Deletes(_Watched):
    event = "delete"

    def execute_sql(self, result_type: Any) -> Any:
        return self._told(
            partial(
                super().execute_sql,  # type: ignore[misc]
                result_type,
            )
        )

    def _logged(self, model: type[models.Model], triggers: Sequence[Trigger], write: Callable[..., Any]) -> Any:
        if not triggers:
            return write()
        rows = Rows(model, self.using, frozenset(column.name for each in triggers for column in (*each.key, *each.old)))
        gone = rows.lock(self.query, gone=True)
        rows.held_to(self.query, gone)
        result = write()
        Log(self.using, rows.fields).append(triggers, [(row, None) for row in gone])
        return result


def _is_given(obj: Any, field: models.Field[Any, Any]) -> bool:
    value = getattr(obj, field.attname)
    return value is not None and not hasattr(value, "resolve_expression")


def _assigned(field: models.Field[Any, Any], value: Any) -> Any:
    return value.prepare_database_save(field) if hasattr(value, "prepare_database_save") else value


def _same(held: Any, value: Any) -> bool:
    return type(held) is type(value) and bool(held == value)
