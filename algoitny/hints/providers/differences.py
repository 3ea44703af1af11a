"""How an answer differs from what was expected, said without saying what was expected."""

from typing import Any

from algoitny.hints.providers.values import NOTHING, read


def difference(output: Any, expected: Any) -> str | None:
    """One sentence on the first kind of difference that is recognised, or None."""
    given, wanted = read(output), read(expected)
    if isinstance(output, str) and not output.strip() and str(expected).strip():
        return "Nothing was answered: check that every path prints or returns."
    if given is None and wanted is not None:
        return "The answer was None: check that every path through the code returns something."
    if given is NOTHING or wanted is NOTHING:
        return _of_texts(str(output), str(expected))
    try:
        return _of_values(given, wanted)
    except OverflowError:  # a number that no float can hold
        return None


def _of_values(given: Any, wanted: Any) -> str | None:
    if _is_number(given) and _is_number(wanted):
        return _of_numbers(given, wanted)
    if type(given) is not type(wanted):
        return f"The answer has another type than is asked for: {_kind(given)} and not {_kind(wanted)}."
    if isinstance(given, str):
        return _of_texts(given, wanted)
    if isinstance(given, bool):
        return "The answer is the opposite of what is asked for: check the condition, and the cases on its border."
    if isinstance(given, list | tuple):
        return _of_sequences(given, wanted)
    return None


def _of_numbers(given: float, wanted: float) -> str | None:
    if abs(given - wanted) == 1:
        return "The answer is off by one: check the borders of ranges, < against <=, and where counting starts."
    if given == -wanted:
        return "The answer has the wrong sign: check the order of a subtraction."
    if isinstance(given, float) != isinstance(wanted, float):
        return "The answer is a whole number where a fraction is asked for, or the other way round: check / against //."
    if abs(given - wanted) <= 1e-3 * max(1.0, abs(wanted)):
        return "The answer is near but not near enough: check where you round, and how often."
    return None


def _of_sequences(given: Any, wanted: Any) -> str | None:
    if len(given) == len(wanted):
        if sorted(map(repr, given)) == sorted(map(repr, wanted)):
            return "The answer has the right elements in another order: check how you sort, and what decides a tie."
        pairs = list(zip(given, wanted, strict=True))
        if all(_is_number(one) and _is_number(other) and abs(one - other) == 1 for one, other in pairs):
            return "Each element is off by one: check whether counting starts at 0 or at 1."
        if all(repr(one) == repr(other) or type(one) is not type(other) for one, other in pairs):
            return "Some elements have another type than is asked for."
        return None
    longer = "many" if len(given) > len(wanted) else "few"
    by = abs(len(given) - len(wanted))
    return f"The answer has {by} element{'s' if by > 1 else ''} too {longer}: check what is taken in at both ends."


def _of_texts(given: str, wanted: str) -> str | None:
    if given.split() == wanted.split():
        return "The answer differs in spaces or line breaks only: check how it is printed."
    if given.casefold() == wanted.casefold():
        return "The answer differs in capitals only."
    if sorted(given.split()) == sorted(wanted.split()):
        return "The answer has the right words in another order: check how you sort, and what decides a tie."
    given_lines, wanted_lines = given.strip().splitlines(), wanted.strip().splitlines()
    if len(given_lines) != len(wanted_lines):
        more = "more" if len(given_lines) > len(wanted_lines) else "fewer"
        return f"The answer has {more} lines than are asked for: check for prints left over or left out."
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__
