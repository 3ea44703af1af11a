"""Two answers compared exactly, with the first difference in words."""

from dataclasses import fields, is_dataclass
from typing import Any

from algoitny.patterns.asking import Asking, Call

_SHOWN = 200  # characters of a value in words


def difference(sql: Asking, dynamodb: Asking) -> str | None:
    """What is different in the answers to the same questions, None where nothing is."""
    asked = [[call for call in each.calls if call.compared] for each in (sql, dynamodb)]
    for ours, theirs in zip(*asked, strict=False):
        if found := _of_calls(ours, theirs):
            return found
    if len(asked[0]) != len(asked[1]):
        which, more = ("SQL", asked[0]) if len(asked[0]) > len(asked[1]) else ("DynamoDB", asked[1])
        return f"{more[min(map(len, asked))].name} is asked of {which} alone: its list goes on"
    return None


def _of_calls(ours: Call, theirs: Call) -> str | None:
    if ours.name != theirs.name:
        return f"SQL is asked {ours.name}, and DynamoDB {theirs.name}: one of them ended earlier"
    found = of_values(ours.answer, theirs.answer)
    return None if found is None else f"{ours.name}{found}"


def of_values(ours: Any, theirs: Any) -> str | None:
    """Where two values differ first and how, from the place on: `.items[3].title is …`; None where they are equal.

    Types have to be the same: 1, 1.0 and True are three values.
    """
    if type(ours) is not type(theirs):
        return _said(ours, theirs)
    if is_dataclass(ours):
        parts = [(f".{each.name}", getattr(ours, each.name), getattr(theirs, each.name)) for each in fields(ours)]
    elif isinstance(ours, dict):
        if ours.keys() != theirs.keys():  # their order is no value: PostgreSQL keeps one of its own in JSON
            return f" has the keys {_shown(list(theirs))} in DynamoDB, and {_shown(list(ours))} in SQL"
        parts = [(f"[{name!r}]", ours[name], theirs[name]) for name in ours]
    elif isinstance(ours, list | tuple):
        parts = [(f"[{place}]", *pair) for place, pair in enumerate(zip(ours, theirs, strict=False))]
    else:
        return None if ours == theirs else _said(ours, theirs)
    for place, one, other in parts:
        if found := of_values(one, other):
            return f"{place}{found}"
    if len(parts) == _size(ours) == _size(theirs):
        return None
    return f" has {_size(theirs)} entries in DynamoDB, and {_size(ours)} in SQL"


def _size(value: Any) -> int:
    return len(fields(value)) if is_dataclass(value) else len(value)


def _said(ours: Any, theirs: Any) -> str:
    return f" is {_shown(theirs)} in DynamoDB, and {_shown(ours)} in SQL"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
