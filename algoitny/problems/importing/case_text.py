"""Values of test cases as text, exactly: JSON where it says the same value again, a Python literal where it cannot.

A problem's inputs share one format and so do its outputs, so that nobody has to guess which one a text is in:
`json`, or `python` (what ast.literal_eval reads) for tuples, sets, bytes, complex numbers and keys other than strings.
Both are ASCII. An input is the list of a call's arguments.
"""

import ast
import json
import math
from collections.abc import Iterable
from typing import Any, Literal

Format = Literal["json", "python"]

_SCALARS = (str, int, float, complex, bool, bytes, type(None))


class UnwritableError(ValueError):
    """The value has no exact text: a function, an object of a class, NaN, infinity, or something nested too deeply."""


def format_for(values: Iterable[Any]) -> Format:
    """The format that can say each of the values."""
    return "json" if all(_json_says(value) for value in values) else "python"


def encode(value: Any, text_format: Format) -> str:
    """The value's text. Raises UnwritableError where it would not be read back as the same value of the same type."""
    try:
        text = json.dumps(value, allow_nan=False) if text_format == "json" else _literal(value)
        if _literal(decode(text, text_format)) == _literal(value):
            return text
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise UnwritableError(f"A value of type {type(value).__name__} has no exact text: {error}") from error
    raise UnwritableError(
        f"A value of type {type(value).__name__} is not the same after it is read back as {text_format}."
    )


def decode(text: str, text_format: Format) -> Any:
    return json.loads(text) if text_format == "json" else ast.literal_eval(text)


def same(one: Any, other: Any) -> bool:
    """Equal in value and in type at every level, as == is not: 1 and True differ here, and so do 1 and 1.0."""
    return _literal(one) == _literal(other)


def _literal(value: Any) -> str:
    kind = type(value)
    if kind in _SCALARS:
        if kind is float and not math.isfinite(value):
            raise UnwritableError(f"{value!r} is no literal")
        return ascii(value)
    if kind is list:
        return f"[{', '.join(map(_literal, value))}]"
    if kind is tuple:
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    if kind is dict:
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if kind is set:
        # Sorted: the order of a set is an accident, and the same set has to be the same text.
        return f"{{{', '.join(sorted(map(_literal, value)))}}}" if value else "set()"
    raise UnwritableError(f"a {kind.__name__} is no literal")


def _json_says(value: Any) -> bool:
    kind = type(value)
    if kind is list:
        return all(map(_json_says, value))
    if kind is dict:
        return all(type(key) is str and _json_says(item) for key, item in value.items())
    return kind in (str, int, bool, type(None)) or (kind is float and math.isfinite(value))
