"""Columns as a trigger writes them down, and as they are read back: text that is the same on every database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from django.db import models

from dynamo_models.errors import DefinitionError

Kind = Literal["text", "time"]

# Kinds of keys whose text is the same whichever database writes it, once a UUID is read as one.
_KEYS = (
    models.AutoField,
    models.IntegerField,
    models.CharField,
    models.TextField,
    models.UUIDField,
    models.DateField,
)


@dataclass(frozen=True)
class Column:
    """A column by its name in the database, and how it is written down."""

    name: str
    kind: Kind

    def as_list(self) -> list[str]:
        return [self.name, self.kind]


def column_of(field: models.Field[Any, Any]) -> Column:
    """How a trigger writes down a field's column."""
    target = target_of(field)
    if field.column is None:
        raise DefinitionError(f"{field} has no column.")
    return Column(field.column, "time" if isinstance(target, models.DateTimeField) else "text")


def key_fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The fields of the primary key, one or several. DefinitionError for a kind that has no one text."""
    pk = model._meta.pk
    fields = list(getattr(pk, "fields", None) or [pk])
    for each in fields:
        target = target_of(each)
        if not isinstance(target, _KEYS) or isinstance(target, models.DateTimeField):
            raise DefinitionError(
                f"{model._meta.label}: a primary key of {type(target).__name__} cannot be written down by triggers; "
                "integers, text, UUIDs and dates can."
            )
    return fields


def key_text(values: Iterable[Any]) -> str:
    """A primary key as the change log has it: the text of one column, or of several, each behind its length."""
    texts = [str(value) for value in values]
    return texts[0] if len(texts) == 1 else "".join(f"{len(text)}:{text}" for text in texts)


def key_of(model: type[models.Model], pk: Any, *, native_uuid: bool) -> str:
    """The text of a row's primary key, as the triggers of its database write it."""
    fields = key_fields(model)
    return text_of_values(fields, pk if len(fields) > 1 else (pk,), native_uuid=native_uuid)


def pk_of(model: type[models.Model], text: str) -> Any:
    """The primary key that a text stands for: a value, or a tuple of several."""
    fields = key_fields(model)
    if len(fields) == 1:
        return target_of(fields[0]).to_python(text)
    parts = _parts(text)
    return tuple(target_of(field).to_python(part) for field, part in zip(fields, parts, strict=True))


def text_of_values(fields: Sequence[models.Field[Any, Any]], values: Sequence[Any], *, native_uuid: bool) -> str:
    """The text of some columns of a row, as a trigger that logs them as its key writes it."""
    return key_text(_stored(field, value, native_uuid=native_uuid) for field, value in zip(fields, values, strict=True))


def kept_values(values: Iterable[Any]) -> str:
    """Values of columns as ``values_of`` reads them back, where no trigger writes them."""
    return json.dumps([_kept(value) for value in values])


def values_of(fields: Sequence[models.Field[Any, Any]], text: str) -> dict[str, Any]:
    """The values of captured columns, by the names of their fields' attributes."""
    held = json.loads(text)
    return {field.attname: _read(field, value) for field, value in zip(fields, held, strict=True)}


def _read(field: models.Field[Any, Any], value: Any) -> Any:
    target = target_of(field)
    if value is None:
        return None
    if isinstance(target, models.DateTimeField):
        found = datetime.fromisoformat(str(value))
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return target.to_python(value)


def _parts(text: str) -> list[str]:
    parts = []
    while text:
        length, _, rest = text.partition(":")
        parts.append(rest[: int(length)])
        text = rest[int(length) :]
    return parts


def _stored(field: models.Field[Any, Any], value: Any, *, native_uuid: bool) -> Any:
    target = target_of(field)
    value = target.to_python(value)
    if isinstance(target, models.UUIDField):
        return str(value) if native_uuid else value.hex
    return value


def _kept(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if isinstance(value, date | time) else str(value)


def target_of(field: models.Field[Any, Any]) -> models.Field[Any, Any]:
    """The field that says what a column holds: a foreign key holds what it leads to."""
    while field.is_relation and not field.many_to_many:
        field = field.target_field  # type: ignore[attr-defined]
    return field
