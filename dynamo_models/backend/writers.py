"""The compilers of writes. As long as SQL has authority they write there; once DynamoDB has it, by the mapper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError, models
from django.db.models.expressions import Col, CombinedExpression, Value
from django.db.models.sql import compiler
from django.db.models.sql.constants import ROW_COUNT

from dynamo_models.backend import ids, places
from dynamo_models.backend.columns import mirror_for
from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.intents import Intent, Operation, Step, applied
from dynamo_models.backend.rows import Row, writable
from dynamo_models.backend.stored import stored
from dynamo_models.mirror.registration import Mirror, mirrors

# Django's own account of what migrate has done: of SQL's tables, wherever it is asked.
_MIGRATIONS = "django_migrations"


class _Writer(compiler.SQLCompiler):
    """What the three have in common."""

    connection: Any
    query: Any
    using: Any

    @property
    def mirror(self) -> Mirror | None:
        """The mirror of a model that DynamoDB is written for; None where SQL is."""
        self.connection.validate_no_broken_transaction()
        mirror = mirror_for(self.query.model)
        if mirror is None or places.authority(mirror, self.connection) == "sql":
            return None
        writable(mirror)
        self.connection.collected.settle()
        return mirror

    @property
    def sql(self) -> Any:
        """The compiler of the SQL alias, in a transaction with the blocks that are open here."""
        places.unbound(self.query, self.using)
        self.connection.join_sql()
        return self.query.get_compiler(using=self.connection.sql_alias)

    def fanned_out(self, mirror: Mirror, intents: list[Intent], step: Step) -> list[Intent]:
        """Rows of other models whose items copy what is changed: they are written in the same transaction.

        NotServed where no key leads to them.
        """
        found: dict[tuple[str, Any], Intent] = {}
        changes = [(intent, _changed(mirror, intent, step)) for intent in intents]
        for other in mirrors():
            if places.authority(other, self.connection) == "sql":
                continue  # SQL's triggers and relay see to it
            for dependency in other.dependencies:
                if dependency.model is not mirror.model or dependency.lookup is None:
                    continue
                changed = [intent for intent, names in changes if dependency.columns & names]
                for child in self._children(other, dependency.lookup, changed):
                    found.setdefault((child.mirror.label, child.pk), child)
        return list(found.values())

    def _children(self, other: Mirror, lookup: str, intents: list[Intent]) -> Iterator[Intent]:
        for intent in intents:
            rows = other.model._base_manager.using(self.using).filter(**{lookup: intent.pk})
            try:
                yield from self.connection.collected.targets(rows.order_by().query, other)
            except NotServed as refused:
                raise NotServed(
                    f"items of {other.label} copy what is changed of {intent.mirror.label}, and no key leads from it "
                    f"to them: {refused.reason}",
                    candidates=refused.candidates,
                ) from refused


class SQLInsertCompiler(_Writer, compiler.SQLInsertCompiler):
    """``create()``, ``save()`` of a new row, ``bulk_create()``."""

    def execute_sql(self, returning_fields: Any = None) -> list[Any]:  # type: ignore[override]
        mirror = self.mirror
        query: Any = self.query
        if mirror is None:
            if query.model._meta.db_table == _MIGRATIONS:
                raise NotSupportedError(
                    f"Nothing is migrated on {self.using}: manage.py migrate --database={self.connection.sql_alias}."
                )
            found: list[Any] = self.sql.execute_sql(returning_fields)
            return found
        if query.on_conflict is not None:
            raise NotServed("it inserts with ignore_conflicts or update_conflicts; use get_or_create() a row at a time")
        rows = [self.row(mirror, each) for each in query.objs]
        intents = [Intent(mirror=mirror, pk=row[mirror.model._meta.pk.attname], inserted=row) for row in rows]
        self.connection.collected.insert(intents)
        return [tuple(row[field.attname] for field in returning_fields or ()) for row in rows]

    def row(self, mirror: Mirror, instance: models.Model) -> Row:
        """The columns of a new row, as SQL would have them."""
        sql = self.connection.sql
        given = {field.attname: self.given(field, instance) for field in self.query.fields}
        row = {}
        for field in mirror.model._meta.concrete_fields:
            if field.attname in given:
                row[field.attname] = stored(field, given[field.attname], sql)
            elif field.primary_key and isinstance(field, models.AutoField):
                row[field.attname] = ids.next_id(mirror, sql)
            elif field.has_db_default():
                row[field.attname] = stored(field, field.db_default, sql)
            else:
                raise NotServed(f"{mirror.label}.{field.name} is a column that only SQL works out")
        return row

    def given(self, field: Any, instance: models.Model) -> Any:
        return getattr(instance, field.attname) if self.query.raw else field.pre_save(instance, add=True)


class SQLUpdateCompiler(_Writer, compiler.SQLUpdateCompiler):
    """``update()``, and ``save()`` of a row that is there."""

    def execute_sql(self, result_type: Any) -> int:  # type: ignore[override]
        mirror = self.mirror
        query: Any = self.query
        if mirror is None:
            found: int = self.sql.execute_sql(result_type)
            return found
        if query.related_updates:
            raise NotServed("it updates columns of a parent's table")
        step = {field.attname: self.operation(mirror, field, value) for field, _, value in query.values}
        collected = self.connection.collected
        try:
            intents = collected.targets(query, mirror)
        except EmptyResultSet:
            return 0
        children = self.fanned_out(mirror, intents, step)
        for intent in intents:
            intent.update(step)
        for child in children:
            child.update(NO_CHANGE)
        if intents and step:
            collected.write([*intents, *children])
        return len(intents)

    def execute_returning_sql(self, returning_fields: Any) -> list[Any]:
        """As Django 6 asks for columns that SQL works out: of those there are none here."""
        if self.mirror is None:
            found: list[Any] = self.sql.execute_returning_sql(returning_fields)
            return found
        return [()] * self.execute_sql(ROW_COUNT)

    def operation(self, mirror: Mirror, field: Any, value: Any) -> Operation:
        """What becomes of a column."""
        if field.primary_key:
            raise NotServed(f"it changes {mirror.label}.{field.name}, the primary key")
        if hasattr(value, "prepare_database_save"):
            value = value.prepare_database_save(field)
        if type(value) is Col:
            return "copy", value.target.attname
        if type(value) is CombinedExpression:
            return "add", self.summand(field, value)
        return "set", stored(field, value, self.connection.sql)

    def summand(self, field: Any, value: Any) -> Any:
        """The number that is added to a column's own. NotServed for any other expression."""
        left, right = value.lhs, value.rhs
        if value.connector == "+" and type(left) is Value:
            left, right = right, left
        number = getattr(right, "value", None)
        own = type(left) is Col and left.target is field and type(right) is Value
        if not own or value.connector not in "+-" or isinstance(number, bool | float | None):
            raise NotServed(
                f"it sets {field.name} to an expression; a column can be set, or have a whole number or a Decimal added"
            )
        number = stored(field, abs(number), self.connection.sql) * (1 if number >= 0 else -1)
        return number if value.connector == "+" else -number


class SQLDeleteCompiler(_Writer, compiler.SQLDeleteCompiler):
    """``delete()``, with the rows that Django's collector has found by then."""

    def execute_sql(self, result_type: Any = None, **options: Any) -> Any:  # type: ignore[override]
        mirror = self.mirror
        if mirror is None:
            return self.sql.execute_sql(result_type, **options)
        try:
            intents = self.connection.collected.targets(self.query, mirror)
        except EmptyResultSet:
            return 0
        for intent in intents:
            intent.delete()
        if intents:
            self.connection.collected.write(intents)
        return len(intents)


def _changed(mirror: Mirror, intent: Intent, step: Step) -> set[str]:
    """The fields that a step gives another value."""
    row = intent.row() or {}
    after = applied(row, step) if row else {}
    return {
        field.name for field in mirror.model._meta.concrete_fields if row.get(field.attname) != after.get(field.attname)
    }


NO_CHANGE: Step = {}

__all__ = ["SQLDeleteCompiler", "SQLInsertCompiler", "SQLUpdateCompiler"]
