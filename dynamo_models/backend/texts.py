"""Look-ups of text that DynamoDB has none of: decided here, of the items that a key has led to.

Small and capital letters are those of Python's ``str.lower``, whatever the collation of a database makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import lookups

from dynamo_models.backend.errors import NotServed
from dynamo_models.keys.predicate import Condition, Junction, Lookup, Negation

OPERATIONS: dict[type, str] = {
    lookups.IExact: "iexact",
    lookups.IContains: "icontains",
    lookups.IStartsWith: "istartswith",
    lookups.EndsWith: "endswith",
    lookups.IEndsWith: "iendswith",
}

_HOLDS: dict[str, Callable[[str, str], bool]] = {
    "iexact": lambda value, other: value.lower() == other.lower(),
    "icontains": lambda value, other: other.lower() in value.lower(),
    "istartswith": lambda value, other: value.lower().startswith(other.lower()),
    "endswith": lambda value, other: value.endswith(other),
    "iendswith": lambda value, other: value.lower().endswith(other.lower()),
}


@dataclass(frozen=True)
class TextLookup(Lookup):
    """One of these look-ups of an attribute."""

    def holds(self, values: Mapping[str, Any]) -> bool:
        found = values.get(self.name)
        return isinstance(found, str) and _HOLDS[self.op](found, self.value)

    __str__ = Lookup.__str__


def text_lookup(field: models.Field[Any, Any], name: str, op: str, value: Any) -> TextLookup:
    """The look-up of an attribute that carries a column. NotServed for a column that is no text."""
    if not isinstance(field, models.CharField | models.TextField) or not isinstance(value, str):
        raise NotServed(f"its condition {op} is of {name}, which is no text here; SQL would compare how it is written")
    return TextLookup(name, op, value)


def decided_here(condition: Condition) -> bool:
    """Whether any part of a condition is one of these, so that the whole has to be decided here."""
    return any(isinstance(leaf, TextLookup) for leaf in leaves(condition))


def leaves(condition: Condition) -> Iterator[Lookup]:
    """The look-ups of a condition."""
    if isinstance(condition, Junction):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Negation):
        yield from leaves(condition.part)
    else:
        yield condition
