"""What a table has: its columns by kind, and its rows in the order of their primary keys, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connections, models
from django.db.models.functions import Cast

from dynamo_models.mirror.registration import mirrors
from dynamo_models.switch.archive.errors import ArchiveError

PAGE = 2000  # rows that are read at once

_KINDS: dict[type[models.Field[Any, Any]], str] = {
    models.BooleanField: "boolean",
    models.IntegerField: "integer",
    models.DecimalField: "decimal",
    models.FloatField: "float",
    models.DateTimeField: "datetime",  # before the date that it is as well
    models.DateField: "date",
    models.TimeField: "time",
    models.DurationField: "duration",
    models.BinaryField: "binary",
    models.UUIDField: "uuid",
    models.JSONField: "json",
    models.CharField: "text",
    models.TextField: "text",
    models.GenericIPAddressField: "text",
    models.FileField: "text",
}


@dataclass(frozen=True)
class Column:
    """A column. field: of the model. kind: one of those above; what is none of them is kept as the database's text."""

    field: Any

    @cached_property
    def _valued(self) -> Any:
        """The field that its values are of: where it is a foreign key, the one that this leads to."""
        field = self.field
        while field.is_relation:
            field = field.target_field
        return field

    @property
    def name(self) -> str:
        return str(self.field.column)

    @property
    def kind(self) -> str:
        return next((kind for each, kind in _KINDS.items() if isinstance(self._valued, each)), "text")

    @property
    def digits(self) -> tuple[int, int]:
        """Of a decimal: digits in all, and behind the point."""
        return self._valued.max_digits, self._valued.decimal_places

    @property
    def expression(self) -> Any:
        """What is selected for it. JSON is kept as its text: NULL is not the JSON null then."""
        if self.kind == "json" or not isinstance(self._valued, tuple(_KINDS)):
            return Cast(models.F(self.field.attname), models.TextField())
        return models.F(self.field.attname)

    def plain(self, value: Any) -> Any:
        """A value as it was read, without what a field of the application's makes of it."""
        if value is None or self.kind == "json" or not hasattr(self._valued, "from_db_value"):
            return value
        return self._valued.get_prep_value(value)


@dataclass(frozen=True)
class Source:
    """A table of a group in SQL."""

    model: Any
    using: str

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    @cached_property
    def columns(self) -> list[Column]:
        """All that it has. ArchiveError where the model does not know all of them."""
        found = [Column(field) for field in self.model._meta.local_concrete_fields if field.column is not None]
        connection = connections[self.using]
        with connection.cursor() as cursor:
            there = [each.name for each in connection.introspection.get_table_description(cursor, self.table)]
        if unknown := [name for name in there if name not in {each.name for each in found}]:
            raise ArchiveError(
                f"{self.table} has columns that {self.model._meta.label} does not know, and an archive would lose: "
                f"{', '.join(unknown)}. Give the model fields for them, or drop them."
            )
        return found

    def count(self) -> int:
        return int(self.model._base_manager.using(self.using).count())

    def pages(self) -> Iterator[list[tuple[Any, ...]]]:
        """Its rows in the order of their primary keys, each as its columns."""
        names = {f"archive_{number}": each.expression for number, each in enumerate(self.columns)}
        rows = self.model._base_manager.using(self.using).order_by("pk").annotate(**names).values_list("pk", *names)
        after = None
        while page := list((rows if after is None else rows.filter(pk__gt=after))[:PAGE]):
            yield [tuple(each.plain(value) for each, value in zip(self.columns, row[1:], strict=True)) for row in page]
            after = page[-1][0]


def sources(group: str, using: str) -> list[Source]:
    """The tables of a group: its models', and the many-to-many tables that their items are made of."""
    found: dict[Any, Source] = {}
    for mirror in mirrors(group):
        found.setdefault(mirror.model, Source(mirror.model, using))
        for dependency in mirror.dependencies:
            if dependency.target is not None:
                found.setdefault(dependency.model, Source(dependency.model, using))
    return list(found.values())
