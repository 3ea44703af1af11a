"""Reads the texts of test cases as values where they are such, so that hints can speak of them."""

import ast
import json
from typing import Any

from algoitny.execution.runners.answers import storable

# What the two parsers raise on text that somebody made up.
_UNREADABLE = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)
_LONGEST = 20_000  # characters that are read as a value
_DEEPEST = 50
_SHOWN = 120  # characters of a value in a hint

NOTHING = object()


def read(text: Any) -> Any:
    """The value that a JSON text or a Python literal says, NOTHING where it is neither."""
    if not isinstance(text, str) or len(text) > _LONGEST or _is_deep(text):
        return NOTHING
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text.strip())
        except _UNREADABLE:
            continue
    return NOTHING


def parts(text: Any) -> list[Any]:
    """The arguments of a call, or the whole input where it is no list of them."""
    value = read(text)
    if value is NOTHING:
        return [text] if isinstance(text, str) else []
    return value if isinstance(value, list) else [value]


def numbers_in(value: Any) -> list[float]:
    """All numbers in the value, at any depth; those in a text where it is words, as the input of a script is."""
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int | float):
        return [value]
    if isinstance(value, dict):
        return [number for pair in value.items() for one in pair for number in numbers_in(one)]
    if isinstance(value, list | tuple | set | frozenset):
        return [number for one in value for number in numbers_in(one)]
    if isinstance(value, str) and value[:1] in "-0123456789":
        return [number for word in value.split() for number in _word(word)]
    return []


def shown(text: Any) -> str:
    """A text as it stands in a hint: on one line and not too long."""
    line = storable(" ".join(str(text).split()))
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _is_deep(text: str) -> bool:
    """Whether brackets are nested so deeply that looking through the value could exhaust our own stack."""
    depth = 0
    for one in text:
        depth += (one in "([{") - (one in ")]}")
        if depth > _DEEPEST:
            return True
    return False


def _word(word: str) -> list[float]:
    value = read(word)
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []
