"""Values on their way into a row: what SQL would have made of them, and its refusals, before anything is sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import DataError, IntegrityError, models
from django.db.backends.utils import format_number
from django.db.models.expressions import Value
from django.db.models.functions import Now
from django.utils import timezone

from dynamo_models.backend.errors import NotServed


def stored(field: models.Field[Any, Any], value: Any, sql: Any) -> Any:  # noqa: PLR0911 - one return for each type
    """A value as it would be read back from SQL. sql: the connection of the SQL alias.

    IntegrityError for NULL where there may be none, DataError for what the column has no room for, NotServed for what
    only SQL works out.
    """
    value = _constant(field, value)
    if value is None:
        if not field.null:
            raise IntegrityError(f"NULL in {field.model._meta.label}.{field.name}, which takes none.")
        return None
    target = field
    while target.is_relation:
        target = target.target_field  # type: ignore[attr-defined]
    value = field.get_prep_value(value)
    if isinstance(target, models.DecimalField):
        return _decimal(target, value)
    if isinstance(target, models.IntegerField | models.AutoField):
        return _whole(target, value, sql)
    if isinstance(target, models.JSONField):
        return json.loads(json.dumps(value, cls=target.encoder), cls=target.decoder)
    if isinstance(value, datetime) and timezone.is_aware(value):
        return value.astimezone(UTC)
    if isinstance(value, str):
        return _text(target, value)
    return value


def _constant(field: models.Field[Any, Any], value: Any) -> Any:
    if type(value).__name__ == "DatabaseDefault":
        value = field.db_default
    if type(value) is Value:
        return value.value
    if type(value) is Now:
        return timezone.now()
    if hasattr(value, "resolve_expression"):
        raise NotServed(f"{field.name} is set to {type(value).__name__}, which only SQL works out")
    return value


def _decimal(field: Any, value: Any) -> Decimal:
    try:
        return Decimal(format_number(field.to_python(value), field.max_digits, field.decimal_places))  # type: ignore[arg-type]
    except InvalidOperation as error:
        raise DataError(
            f"{value!r} has more than the {field.max_digits} digits of {field.model._meta.label}.{field.name}."
        ) from error


def _whole(field: Any, value: Any, sql: Any) -> int:
    low, high = sql.ops.integer_field_range(field.get_internal_type())
    number = int(value)
    if (low is not None and number < low) or (high is not None and number > high):
        raise DataError(f"{number} is out of the range of {field.model._meta.label}.{field.name}.")
    return number


def _text(field: Any, value: str) -> str:
    most = field.max_length
    if most is not None and isinstance(field, models.CharField) and len(value) > most:
        raise DataError(f"{len(value)} characters in {field.model._meta.label}.{field.name}, which takes {most}.")
    return str.__str__(value)
