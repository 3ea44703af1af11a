"""Records: what either store answers, as plain values that compare equal where the stores agree."""

from dataclasses import fields
from typing import Any, TypeVar

R = TypeVar("R")


def names_of(record: type) -> list[str]:
    """The names of a record's fields."""
    return [field.name for field in fields(record)]


def record_of(record: type[R], source: object, **given: Any) -> R:
    """The record of a row or an item that has its attributes by the same names, but for those that are given."""
    return record(**{name: getattr(source, name) for name in names_of(record) if name not in given}, **given)
