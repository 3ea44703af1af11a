"""Answers in one form, so that those that mean the same are equal, whichever store gave them.

Numbers by their value, whatever their type; times with a zone in UTC; rows of a query without an order sorted; model
instances by their fields. What is left as it is (text, None) is compared as it is. The form is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import models

_FIXED = (type(None), str, int, float, Decimal, bytes, datetime, date, time, timedelta, UUID)
_LONGEST = 20_000  # characters of an answer that are kept


def normal(answer: Any, *, ordered: bool = True) -> Any:
    """The form of an answer. ordered: False sorts the rows of the answer itself, not lists within them."""
    found = _plain(answer)
    if not ordered and isinstance(found, list):
        return sorted(found, key=_text)
    return found


def snapshot(answer: Any) -> Any:
    """An answer as it is now, for a comparison later: what its reader does to it meanwhile does not matter.

    A list of rows that are tuples of plain values is copied as it is; what else can be altered is brought into its form
    at once.
    """
    if isinstance(answer, _FIXED):
        return answer
    if isinstance(answer, (list, tuple)) and all(
        type(row) is tuple and all(isinstance(each, _FIXED) for each in row) for row in answer
    ):
        return list(answer)
    return _Normal(_plain(answer))


def kept(form: Any) -> str:
    """A form as text, cut where it is long."""
    text = _text(form)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


class _Normal:
    """What has its form already."""

    def __init__(self, form: Any) -> None:
        self.form = form


def _text(form: Any) -> str:
    return json.dumps(form, sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:  # noqa: PLR0911, C901 - one form for each type
    if value is None or isinstance(value, str):
        return str(value.value) if isinstance(value, Enum) else value
    if isinstance(value, _Normal):
        return value.form
    if isinstance(value, (int, float, Decimal)):
        return {"number": _number(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, (datetime, date, time, timedelta, UUID)):
        return {type(value).__name__: _moment(value)}
    if isinstance(value, models.Model):
        fields = [each.attname for each in value._meta.concrete_fields if each.attname in value.__dict__]
        return {value._meta.concrete_model._meta.label_lower: {name: _plain(getattr(value, name)) for name in fields}}  # type: ignore[union-attr]
    if isinstance(value, Mapping):
        return {"mapping": sorted(([_plain(key), _plain(each)] for key, each in value.items()), key=_text)}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted(map(_plain, value), key=_text)}
    if isinstance(value, Enum):
        return _plain(value.value)
    if hasattr(value, "__iter__"):
        return [_plain(each) for each in value]
    return {type(value).__name__: repr(value)}


def _number(value: float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        return str(number)
    # Not normalize(): that rounds to the context's precision.
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _moment(value: datetime | date | time | timedelta | UUID) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC)
    return str(value)
