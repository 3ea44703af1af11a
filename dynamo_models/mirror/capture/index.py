"""Triggers as Django's migrations see them: indexes of a model, which are added, removed and rebuilt like any other.

An index of Django's is whatever SQL its class says, and schema editors carry it along: SQLite, which makes a table anew
for many a change, makes its indexes anew as well. So ``makemigrations`` finds triggers that are missing or out of date,
``migrate`` installs them, and a rollback of the migration removes them.
"""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Index

from dynamo_models.mirror.capture import dialects
from dynamo_models.mirror.capture.columns import Column
from dynamo_models.mirror.capture.dialects import Event, Trigger

VENDORS = ("postgresql", "mysql", "sqlite")


class CaptureTrigger(Index):
    """One trigger that writes to the change log. It says all about itself, so that an old migration stays true."""

    def __init__(
        self,
        *,
        name: str,
        fields: list[str] | tuple[str, ...],
        table: str,
        event: Event,
        source: str,
        key: list[list[str]],
        old: list[list[str]] | None = None,
        only: list[list[str]] | None = None,
    ) -> None:
        super().__init__(fields=list(fields), name=name)
        self.table, self.event, self.source = table, event, source
        self.key, self.old, self.only = key, old or [], only or []

    @property
    def trigger(self) -> Trigger:
        return Trigger(
            name=self.name,
            table=self.table,
            event=self.event,
            source=self.source,
            key=_columns(self.key),
            old=_columns(self.old),
            only=_columns(self.only),
        )

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        _, _, kwargs = super().deconstruct()
        kwargs |= {"table": self.table, "event": self.event, "source": self.source, "key": self.key}
        kwargs |= {name: value for name, value in (("old", self.old), ("only", self.only)) if value}
        return "dynamo_models.mirror.capture.CaptureTrigger", (), kwargs

    def create_sql(  # type: ignore[override]
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",  # noqa: ARG002 - Django's signature
        **_kwargs: Any,
    ) -> str:
        return _carried_out(schema_editor, dialects.create(_vendor(schema_editor, model), self.trigger))

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, **_kwargs: Any) -> str:
        return _carried_out(schema_editor, dialects.remove(_vendor(schema_editor, model), self.trigger))


def _columns(said: list[list[str]]) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name, kind in said)  # type: ignore[arg-type]


def _vendor(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model]) -> str:
    vendor = schema_editor.connection.vendor
    if vendor not in VENDORS:
        raise NotSupportedError(
            f"{model._meta.label}: triggers are for {', '.join(VENDORS)}, and this database is {vendor}; nothing tells "
            "here what was written."
        )
    return vendor


def _carried_out(schema_editor: BaseDatabaseSchemaEditor, statements: list[str]) -> str:
    """Django carries one statement out for an index: all but the last are carried out here."""
    if not statements:
        return "SELECT 1"
    for statement in statements[:-1]:
        schema_editor.execute(statement, None)
    return statements[-1]
