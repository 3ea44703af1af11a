"""An item back to a row: which attribute of an entity carries which column of its model, and what it is in Python.

A column is named by the way to it from the model: ("title",) is its own, ("problem", "platform") one behind a foreign
key. An attribute carries a column where the mapping takes it from there as it is; what a function computes has no way
back, and needs none as long as the columns themselves are carried.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models

from dynamo_models.mirror.mapping import Computed
from dynamo_models.mirror.registration import Mirror, mirrors
from dynamo_models.schema.attributes import ExpiresAttribute

ColumnPath = tuple[str, ...]


def mirror_for(model: type[models.Model]) -> Mirror | None:
    """The mirror of a model or of what it is a proxy of; None where it has none."""
    concrete = model._meta.concrete_model
    return next((each for each in mirrors() if each.model is concrete), None)


def canonical(fields: Sequence[models.Field[Any, Any]]) -> ColumnPath:
    """One name for all ways to the same column: a link to a parent's row is no step, a foreign key is what it holds."""
    way = [field for field in fields[:-1] if not _is_parent_link(field)]
    last = fields[-1]
    while _is_parent_link(last):
        last = last.target_field  # type: ignore[attr-defined]
    if way and last is getattr(way[-1], "target_field", None):
        last = way.pop()
    return (*(field.name for field in way), last.name)


def _is_parent_link(field: models.Field[Any, Any]) -> bool:
    return bool(field.is_relation and getattr(field.remote_field, "parent_link", False))


class Columns:
    """The columns that a mirror's items carry."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.attributes: dict[ColumnPath, str] = {}
        self.own = {canonical([field]): field for field in mirror.model._meta.concrete_fields}
        for name, source in mirror.sources.items():
            if isinstance(source, Computed):
                continue
            steps = [step.field for step in mirror.paths[source].steps]
            if mirror.paths[source].many is None and self._goes_back(name, steps):
                self.attributes.setdefault(canonical(steps), name)

    def _goes_back(self, name: str, steps: Sequence[models.Field[Any, Any]]) -> bool:
        """Whether the attribute has the column's value whole, and its absence means that there is none."""
        attr = self.mirror.entity.schema.attributes[name]
        if isinstance(attr, ExpiresAttribute):
            return False  # whole seconds
        nullable = any(field.null for field in steps)
        if nullable and attr.default is not None and not callable(attr.default):
            return False
        return getattr(steps[-1], "decoder", None) is None

    def attribute(self, path: ColumnPath) -> str | None:
        """The attribute that carries a column; None where none does."""
        return self.attributes.get(path)

    @property
    def missing(self) -> list[ColumnPath]:
        """The model's own columns that no attribute carries."""
        return [path for path in self.own if path not in self.attributes]

    def describe(self, path: ColumnPath) -> str:
        """Why a column is not there, and what would bring it."""
        entity = self.mirror.entity.__name__
        return (
            f"no attribute of {entity} carries {self.mirror.label}.{'__'.join(path)}: give the entity one, and map it "
            f"by its plain path {'__'.join(path)!r} in dual_write()"
        )


@cache
def columns_of(mirror: Mirror) -> Columns:
    return Columns(mirror)


def python_value(field: models.Field[Any, Any], value: Any) -> Any:
    """An attribute's value as the model's field has it when it is read from SQL."""
    if value is None:
        return None
    while field.is_relation:
        field = field.target_field  # type: ignore[attr-defined]
    if isinstance(field, models.DecimalField):
        # DynamoDB keeps no zeros behind the last digit; a column of two places always shows two.
        return Decimal(value).quantize(Decimal(1).scaleb(-field.decimal_places), context=field.context)
    if isinstance(field, models.IntegerField) and not isinstance(value, bool):
        return int(value)
    return value
