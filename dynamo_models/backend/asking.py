"""What a query asks, in the mapper's words: conditions, order and slice. Nothing is read to find out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.expressions import F, OrderBy
from django.db.models.sql import Query

from dynamo_models.backend.columns import ColumnPath, Columns, canonical, columns_of
from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.paths import Tables
from dynamo_models.backend.texts import decided_here
from dynamo_models.backend.where import EMPTY, NOTHING, Where
from dynamo_models.errors import DefinitionError
from dynamo_models.keys import predicate
from dynamo_models.keys.predicate import Condition, Lookup
from dynamo_models.mirror.mapping import LOOKUP, resolve
from dynamo_models.mirror.registration import Mirror
from dynamo_models.reading import lookups


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A query on a mirrored model.

    conditions all hold; None where nothing can match. kept: those that are decided here besides. order: (attribute,
    descending). given: the values that a column is said to have one of, by its path, also of columns that no attribute
    carries.
    """

    mirror: Mirror
    columns: Columns
    tables: Tables
    conditions: tuple[Condition, ...] | None
    kept: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    distinct: bool = False
    start: int = 0
    stop: int | None = None
    given: dict[ColumnPath, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def sliced(self) -> bool:
        return self.start > 0 or self.stop is not None

    @cached_property
    def pks(self) -> tuple[Any, ...] | None:
        """The primary keys that it names; None where it names none."""
        return self.given.get(canonical([self.mirror.model._meta.pk]))

    @property
    def at_most_one(self) -> bool:
        """Whether no two rows can match: a unique column is said to have one value."""
        named = {self.columns.own[path].attname for path, values in self.given.items()
                 if path in self.columns.own and len(values) == 1}  # fmt: skip
        return any(field.unique and field.attname in named for field in self.columns.own.values())

    def holds(self, item: Any) -> bool:
        """Whether an item matches, by its own values."""
        return lookups.all_hold((*(self.conditions or ()), *self.kept), item.attribute_values)

    @property
    def pk(self) -> str:
        """The attribute that carries the primary key. NotServed where none does."""
        path = canonical([self.mirror.model._meta.pk])
        name = self.columns.attribute(path)
        if name is None:
            raise NotServed(self.columns.describe(path))
        return name

    def __str__(self) -> str:
        shown = ", ".join(map(str, (*(self.conditions or ()), *self.kept)))
        text = f"{self.mirror.model._meta.object_name}.filter({shown})"
        if self.order:
            text += f".order_by({', '.join(repr(('-' if down else '') + name) for name, down in self.order)})"
        if self.sliced:
            text += f"[{self.start or ''}:{'' if self.stop is None else self.stop}]"
        return text


def understand(query: Query, mirror: Mirror) -> Asked:
    """What a query asks that ``refuse_unknown`` has looked at. NotServed names what is not understood."""
    tables, columns = Tables(query), columns_of(mirror)
    where = Where(tables, columns)
    whole = where.condition(query.where)
    for path in tables.narrowing():
        attribute = columns.attribute(path)
        if attribute is None:
            raise NotServed(columns.describe(path))
        whole = where.all_of([whole, Lookup(attribute, "isnull", value=False)])
    found = [leaf for leaf in predicate.conjuncts(whole) if leaf != EMPTY]
    conditions = None if whole == NOTHING else tuple(leaf for leaf in found if not decided_here(leaf))
    return Asked(
        mirror=mirror,
        columns=columns,
        tables=tables,
        conditions=conditions,
        kept=tuple(leaf for leaf in found if decided_here(leaf)),
        order=tuple(_order(query, columns)),
        distinct=query.distinct,
        start=query.low_mark,
        stop=query.high_mark,
        given=given(columns, conditions or ()),
    )


def given(columns: Columns, conditions: Sequence[Condition]) -> dict[ColumnPath, tuple[Any, ...]]:
    """The values that a column is said to have one of."""
    found = {}
    paths = {name: path for path, name in columns.attributes.items()}
    for leaf in conditions:
        if isinstance(leaf, Lookup) and leaf.op in ("exact", "in") and leaf.name in paths and not leaf.path:
            found[paths[leaf.name]] = tuple(leaf.value) if leaf.op == "in" else (leaf.value,)
    return found


def _order(query: Query, columns: Columns) -> Iterator[tuple[str, bool]]:
    ordering: Sequence[Any] = query.order_by
    if not ordering and query.default_ordering:
        ordering = query.get_meta().ordering or ()
    for each in ordering:
        text, down = _ordered_by(each)
        path = _ordered_path(query, text)
        name = columns.attribute(path)
        if name is None:
            raise NotServed(f"it is ordered by {text}, and {columns.describe(path)}")
        yield name, down == query.standard_ordering


def _ordered_by(each: Any) -> tuple[str, bool]:
    """(the look-up that is ordered by, whether the highest is first)"""
    if isinstance(each, str) and each not in ("?", "-?"):
        return each.removeprefix("-"), each.startswith("-")
    if type(each) is F:
        return str(getattr(each, "name")), False  # noqa: B009 - which its stubs do not know
    if type(each) is OrderBy and type(each.expression) is F and not each.nulls_first and not each.nulls_last:
        return _ordered_by(each.expression)[0], each.descending
    shown = each if isinstance(each, str) else type(each).__name__
    raise NotServed(f"it is ordered by {shown}, which is no column, or by where NULL goes")


def _ordered_path(query: Query, text: str) -> ColumnPath:
    model: type[models.Model] = query.get_meta().concrete_model  # type: ignore[assignment]
    try:
        steps = [step.field for step in resolve(model, text).steps]
    except (DefinitionError, FieldError) as error:
        raise NotServed(f"it is ordered by {text!r}, which is no column of its own or behind foreign keys") from error
    last = steps[-1]
    names = text.split(LOOKUP)
    if any(step.many_to_many for step in steps):
        raise NotServed(f"it is ordered by {text!r}, of which a row may have several")
    by_name = last.is_relation and names[-1] not in ("pk", last.attname)
    if by_name and last.related_model._meta.ordering:  # type: ignore[union-attr]
        raise NotServed(f"it is ordered by the order of {text!r}; name the column that is meant, {text}_id say")
    return canonical(steps)
