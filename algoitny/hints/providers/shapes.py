"""What the inputs of failing cases have in common and those of the passing ones have not."""

from collections.abc import Callable
from typing import Any

from algoitny.hints.providers.values import numbers_in, parts

_LARGE = 10**6
_LONG = 100

# A sized value is a list, a string, a dictionary: what can be empty.
_SIZED = (list, tuple, dict, set, str)


def _any_sized(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda text: any(isinstance(one, _SIZED) and test(one) for one in parts(text))


def _is_doubled(value: Any) -> bool:
    try:
        return isinstance(value, list | tuple) and len({repr(one) for one in value}) < len(value)
    except RecursionError:
        return False


# Each shape: how a hint names it, what to check, and whether an input (its text) has it; the narrower come first.
SHAPES: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
    (
        "an empty value",
        "Check what your code does before its first loop and what it answers when there is nothing to go through.",
        lambda text: text == "" or _any_sized(lambda one: len(one) == 0)(text),
    ),
    (
        "a value with exactly one element",
        "Check comparisons of neighbours and slices that expect a second element.",
        _any_sized(lambda one: len(one) == 1),
    ),
    (
        "a negative number",
        "Check starting values such as 0 for a maximum, and the signs of // and % below zero.",
        lambda text: any(number < 0 for one in parts(text) for number in numbers_in(one)),
    ),
    (
        f"a number of {_LARGE:,} or more",
        "Check for loops as long as the number, for overflow, and for / where // keeps every digit.",
        lambda text: any(abs(number) >= _LARGE for one in parts(text) for number in numbers_in(one)),
    ),
    (
        "the number zero",
        "Check for divisions by it, and for conditions such as `if x` that take it for a missing value.",
        lambda text: any(number == 0 for one in parts(text) for number in numbers_in(one)),
    ),
    (
        "a fraction",
        "Check for int() or // where the fraction counts, and for == between floats.",
        lambda text: any(isinstance(number, float) for one in parts(text) for number in numbers_in(one)),
    ),
    (
        "repeated elements",
        "Check whether a set or a dictionary drops one of two equal elements.",
        _any_sized(_is_doubled),
    ),
    (
        f"a value with more than {_LONG} elements",
        "Check how the work grows with the size.",
        _any_sized(lambda one: len(one) > _LONG),
    ),
)


def shared(failing: list[Any], passing: list[Any]) -> tuple[str, str] | None:
    """Name and advice of the first shape that every failing input has, and not every passing one."""
    for name, advice, has in SHAPES:
        if all(map(has, failing)) and (not passing or not all(map(has, passing))):
            return name, advice
    return None
