"""Rows of a mirrored model as they are written: the columns of an item, the item of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import prefetch_related_objects

from dynamo_models.backend.columns import columns_of, python_value
from dynamo_models.backend.errors import NotServed
from dynamo_models.codec import codec_of
from dynamo_models.errors import RawItem
from dynamo_models.mirror.mapping import Computed
from dynamo_models.mirror.registration import Mirror
from dynamo_models.schema.definition import EntityDefinition

Row = dict[str, Any]
"""The columns of a row, by the attributes of their fields."""


def writable(mirror: Mirror) -> None:
    """NotServed for a model whose items do not tell all of a row: to write one, the rest would have to be made up."""
    columns = columns_of(mirror)
    if mirror.model._meta.parents:
        raise NotServed(
            f"{mirror.label} has a parent with a table of its own, and a row of both is written in SQL alone"
        )
    missing = [path for path in columns.missing if not getattr(columns.own[path], "generated", False)]
    if missing:
        raise NotServed(f"{mirror.label} cannot be written: {columns.describe(missing[0])}")


def row_of(mirror: Mirror, item: EntityDefinition) -> Row:
    """The columns of an item."""
    columns = columns_of(mirror)
    return {
        field.attname: python_value(field, item.attribute_values.get(columns.attributes[path]))
        for path, field in columns.own.items()
    }


def decoded(mirror: Mirror, raw: RawItem) -> Any:
    """A stored item as an instance of its entity."""
    return codec_of(mirror.entity).decode(raw)


def items_of(mirror: Mirror, rows: Sequence[Row], *, using: str) -> list[Any]:
    """The items of rows, as the mirror makes them. What a row is related to is read by ``using``, each table once."""
    return made(mirror, rows, [{} for _ in rows], using=using)


def made(mirror: Mirror, rows: Sequence[Row], known: Sequence[Mapping[str, Any]], *, using: str) -> list[Any]:
    """The same, where of each row some attributes are known already and are not made again."""
    names = [field.attname for field in mirror.model._meta.concrete_fields]
    instances: list[models.Model] = [mirror.model.from_db(using, names, [row[name] for name in names]) for row in rows]
    related: dict[str, list[models.Model]] = {}
    for instance, values in zip(instances, known, strict=True):
        for way in {way for name in mirror.sources if name not in values for way in ways_of(mirror, name)}:
            related.setdefault(way, []).append(instance)
    for way, several in related.items():
        prefetch_related_objects(several, way)
    return [
        mirror.entity(
            **{name: values[name] if name in values else _value(mirror, name, instance) for name in mirror.sources}
        )
        for instance, values in zip(instances, known, strict=True)
    ]


def ways_of(mirror: Mirror, attribute: str) -> set[str]:
    """The foreign keys behind which an attribute is made, as prefetch_related() has them."""
    paths = [mirror.paths[text] for text in needs(mirror, attribute)]
    return {path.related for path in paths if path.related and path.many is None}


def needs(mirror: Mirror, attribute: str) -> tuple[str, ...]:
    """The paths that an attribute is made of."""
    source = mirror.sources[attribute]
    return source.needs if isinstance(source, Computed) else (source,)


def _value(mirror: Mirror, attribute: str, instance: models.Model) -> Any:
    source = mirror.sources[attribute]
    return source.function(instance) if isinstance(source, Computed) else mirror.paths[source].value(instance)


def copied(mirror: Mirror, changed: frozenset[str]) -> frozenset[str]:
    """The attributes that other rows have a part in, where none of the columns that lead to those is changed."""
    found = set()
    for name in mirror.sources:
        steps = [mirror.paths[text].steps for text in needs(mirror, name)]
        elsewhere = any(len(each) > 1 or each[0].field.many_to_many for each in steps)
        if elsewhere and not any(_attname(each[0].field) in changed for each in steps):
            found.add(name)
    return frozenset(found)


def _attname(field: Any) -> str:
    return str(getattr(field, "attname", field.name))
