"""The columns that a query selects, out of the items that were found; rows behind foreign keys in one batch a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.expressions import Col, Value

from dynamo_models.backend.asking import Asked
from dynamo_models.backend.columns import canonical, python_value
from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.paths import Field


@dataclass(frozen=True, kw_only=True)
class _Column:
    """One selected column.

    attribute: what carries it; of a column behind foreign keys that no attribute carries, what carries the first key,
    and ``way`` are those keys. constant: it is this value.
    """

    attribute: str | None = None
    field: Field | None = None
    way: tuple[Field, ...] = ()
    constant: Any = None


class Selection:
    """The columns of a query, in its order. NotServed for one that no attribute carries."""

    def __init__(self, asked: Asked, expressions: Iterable[Any], *, using: str) -> None:
        self.asked = asked
        self.using = using
        self.columns = [self._column(each) for each in expressions]

    @property
    def attributes(self) -> list[str]:
        """The attributes that have to be read of each item."""
        return list(dict.fromkeys(column.attribute for column in self.columns if column.attribute is not None))

    def _column(self, expression: Any) -> _Column:
        if type(expression) is Value:
            return _Column(constant=expression.value)
        if type(expression) is not Col:
            raise NotServed(f"it selects {type(expression).__name__}, which is no column")
        fields = self.asked.tables.fields(expression)
        name = self.asked.columns.attribute(canonical(fields))
        if name is not None:
            return _Column(attribute=name, field=fields[-1])
        way = fields[:-1]
        first = self.asked.columns.attribute(canonical(fields[:1])) if len(fields) > 1 else None
        if first is None:
            raise NotServed(self.asked.columns.describe(canonical(fields)))
        return _Column(attribute=first, field=fields[-1], way=way)

    def rows(self, items: Iterable[Any]) -> list[list[Any]]:
        """A row for each item."""
        found = list(items)
        behind = _Behind(found, self.using)
        return [[self._value(column, item, behind) for column in self.columns] for item in found]

    def _value(self, column: _Column, item: Any, behind: _Behind) -> Any:
        if column.attribute is None:
            return column.constant
        assert column.field is not None  # noqa: S101 - where there is an attribute there is a field
        if not column.way:
            return python_value(column.field, item.attribute_values.get(column.attribute))
        row = behind.row(column.attribute, column.way, item)
        return None if row is None else getattr(row, column.field.attname)


class _Behind:
    """The rows behind foreign keys of some items, each table's read at once when the first of them is asked for."""

    def __init__(self, items: Sequence[Any], using: str) -> None:
        self.items = items
        self.using = using
        self.tables: dict[tuple[Field, ...], dict[Any, Any]] = {}

    def row(self, attribute: str, way: tuple[Field, ...], item: Any) -> Any:
        """The row at the end of the way; None where a key on it is NULL, or nothing is there."""
        key = item.attribute_values.get(attribute)
        if len(way) > 1:
            before = self.row(attribute, way[:-1], item)
            key = None if before is None else getattr(before, way[-1].attname)
        if key is None:
            return None
        if way not in self.tables:
            self.tables[way] = self._read(way, set(self._keys(attribute, way)))
        return self.tables[way].get(key)

    def _keys(self, attribute: str, way: tuple[Field, ...]) -> Iterator[Any]:
        for item in self.items:
            if len(way) == 1:
                key = item.attribute_values.get(attribute)
            else:
                before = self.row(attribute, way[:-1], item)
                key = None if before is None else getattr(before, way[-1].attname)
            if key is not None:
                yield key

    def _read(self, way: tuple[Field, ...], keys: set[Any]) -> dict[Any, Any]:
        target: Any = way[-1].target_field  # type: ignore[attr-defined]
        rows = way[-1].related_model._base_manager.using(self.using).filter(**{f"{target.name}__in": keys})  # type: ignore[union-attr]
        return {getattr(row, target.attname): row for row in rows}
