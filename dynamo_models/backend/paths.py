"""Where a column of a query stands: the tables that it joins, as ways along foreign keys from its model."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.db import models
from django.db.models.expressions import Col
from django.db.models.sql import Query
from django.db.models.sql.constants import INNER
from django.db.models.sql.datastructures import BaseTable, Join

from dynamo_models.backend.columns import ColumnPath, canonical
from dynamo_models.backend.errors import NotServed

Field: TypeAlias = "models.Field[Any, Any]"


class Tables:
    """The tables of a query by alias, each the foreign keys that lead to it. NotServed for other joins."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.model = query.get_meta().concrete_model

    def way(self, alias: str | None) -> tuple[Field, ...]:
        """The foreign keys from the model to the table of an alias."""
        table = self.query.alias_map.get(alias)  # type: ignore[arg-type]
        if type(table) is BaseTable:
            return ()
        if type(table) is not Join:
            raise NotServed(f"it reads {alias}, which is no table of the query itself, such as one of an outer query")
        field: Any = table.join_field
        if table.filtered_relation is not None:
            raise NotServed(f"it joins {table.table_name} by a FilteredRelation, which no item has")
        if not (getattr(field, "concrete", False) and (field.many_to_one or field.one_to_one)):
            raise NotServed(
                f"it joins {table.table_name}, of which a row may have several: an item has only what foreign keys "
                "lead to. Ask for those rows in a query of their own"
            )
        return (*self.way(table.parent_alias), field)

    def path(self, column: Any) -> ColumnPath:
        """The path of a column."""
        return canonical(self.fields(column))

    def fields(self, column: Any) -> tuple[Field, ...]:
        """The foreign keys to a column, and its field."""
        if type(column) is not Col:
            raise NotServed(f"it needs {type(column).__name__}, which is no column")
        return (*self.way(column.alias), column.target)

    def narrowing(self) -> list[ColumnPath]:
        """Foreign keys that may be NULL and are joined so that rows without them are left out."""
        found = []
        for alias, table in self.query.alias_map.items():
            if self.query.alias_refcount.get(alias) and type(table) is Join:
                way = self.way(alias)
                if table.join_type == INNER and way[-1].null:
                    found.append(canonical(way))
        return found
