"""Varies example inputs: numbers nudged, lists emptied, shortened, turned round and repeated.

This text is also the body of the scripts that are made, so it uses nothing but the standard library.
"""

from __future__ import annotations

import ast
import json
import random
import re
from collections.abc import Iterator
from typing import Any

LONGEST = 1000  # elements of what is repeated
SMALL = 100  # what a number is multiplied by ten up to
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")


def varied(examples: list[str], text_format: str, limit: int, seed: int) -> list[str]:
    """At most `limit` distinct inputs that are none of the examples, from each example by turns.

    `text_format` is `json` or `python` for lists of arguments, `text` for standard input.
    """
    chance = random.Random(seed)  # noqa: S311
    known = set(examples)
    columns = []
    for example in examples:
        texts = lines_varied(example) if text_format == "text" else arguments_varied(example, text_format, chance)
        texts = [text for text in dict.fromkeys(texts) if text not in known]
        chance.shuffle(texts)
        columns.append(texts)
    rounds = max(map(len, columns), default=0)
    turns = [column[at] for at in range(rounds) for column in columns if at < len(column)]
    return list(dict.fromkeys(turns))[:limit]


def arguments_varied(example: str, text_format: str, chance: random.Random) -> Iterator[str]:
    """The example with one argument in another shape, as texts."""
    arguments = json.loads(example) if text_format == "json" else ast.literal_eval(example)
    for at, argument in enumerate(arguments):
        for other in variants(argument, chance):
            changed = [*arguments[:at], other, *arguments[at + 1 :]]
            yield json.dumps(changed) if text_format == "json" else literal(changed)


def variants(value: Any, chance: random.Random) -> list[Any]:
    """Values of the same type near the value, and at the borders of its type."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return nudged(value)
    if isinstance(value, float):
        return [0.0, -value, value + 0.5, value / 2, value * 2]
    if isinstance(value, (list, str)):
        return sequences(value, chance)
    return collections_varied(value, chance)


def collections_varied(value: Any, chance: random.Random) -> list[Any]:
    if isinstance(value, tuple):  # its length often means something
        return [value[::-1], *(tuple(one) for one in with_one_changed(list(value), chance))]
    if isinstance(value, dict):
        keys, values = list(value), list(value.values())
        smaller = [{}, dict(list(value.items())[: len(keys) // 2])]
        return smaller + [dict(zip(keys, one)) for one in with_one_changed(values, chance)]  # noqa: B905
    if isinstance(value, set):
        ordered = sorted(value, key=repr)
        return [set(), set(ordered[: len(ordered) // 2]), set(ordered[:1])]
    return []


def nudged(number: float) -> list[float]:
    larger = [number * 10] if abs(number) <= SMALL else []
    return [0, 1, -number, number + 1, number - 1, number * 2, *larger]


def sequences(value: Any, chance: random.Random) -> list[Any]:
    half = len(value) // 2
    found = [value[:0], value[:1], value[:half], value[half:], value[::-1]]
    if len(value) <= LONGEST:
        found.append(value * 2)
    if isinstance(value, list):
        found += [sorted_or_same(value), *with_one_changed(value, chance)]
    return found


def sorted_or_same(value: list[Any]) -> list[Any]:
    try:
        return sorted(value)
    except TypeError:
        return value


def with_one_changed(value: list[Any], chance: random.Random) -> list[list[Any]]:
    """The list with one element, chosen by chance, in another shape."""
    if not value:
        return []
    at = chance.randrange(len(value))
    return [[*value[:at], other, *value[at + 1 :]] for other in variants(value[at], chance)]


def lines_varied(text: str) -> Iterator[str]:
    """Standard input with one number nudged; words shortened and turned round where it has no number."""
    numbers = [one for one in NUMBER.finditer(text) if not is_count(text, one)]
    for one in numbers:
        number = float(one.group()) if "." in one.group() else int(one.group())
        for other in nudged(number):
            yield text[: one.start()] + str(other) + text[one.end() :]
    if not numbers:
        for at, line in enumerate(lines := text.split("\n")):
            for other in (line[: len(line) // 2], line[::-1], line * 2):
                yield "\n".join([*lines[:at], other, *lines[at + 1 :]])


def is_count(text: str, one: re.Match[str]) -> bool:
    """Whether it stands alone in the first line and counts the lines, or the words, that follow."""
    first, _, rest = text.partition("\n")
    if one.end() > len(first) or first.strip() != one.group():
        return False
    return one.group() in {str(len(rest.strip().split("\n"))), str(len(rest.split()))} and bool(rest.strip())


def literal(value: Any) -> str:
    """As repr, but with the elements of a set in an order that does not change."""
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(literal(key) + ": " + literal(item) for key, item in value.items()) + "}"
    if isinstance(value, set) and value:
        return "{" + ", ".join(sorted(map(literal, value))) + "}"
    return ascii(value)
