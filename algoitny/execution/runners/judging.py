"""Compares answers with what is stored, in our own process: a program never sees the output that is expected."""

from collections.abc import Mapping
from typing import Any

from algoitny.execution.runners.answers import Answer, shown, storable
from algoitny.execution.runners.contract import MAX_OUTPUT, Case, CaseResult
from algoitny.problems.importing import case_text

# What json.loads and ast.literal_eval raise on text that a program made up, deep nesting and huge numbers included.
_UNREADABLE = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)

_PROPERTY = "The answer differs from the stored one. For this problem other answers can be right too."


def judge(metadata: Mapping[str, Any], case: Case, answer: Answer) -> CaseResult:
    """The case's result, output and error cut to what is kept."""
    if answer.status != "ran":
        return shown(CaseResult(case.id, answer.status, answer.text, answer.error, answer.seconds))
    try:
        right = _is_right(metadata, case.output, answer)
    except _UnjudgeableError as error:
        return shown(CaseResult(case.id, "error", answer.text, str(error), answer.seconds))
    error = answer.error
    if not right and metadata.get("comparison") == "property":
        error = error or _PROPERTY
    return shown(CaseResult(case.id, "passed" if right else "failed", answer.text, error, answer.seconds))


def unjudged(metadata: Mapping[str, Any], index: int, answer: Answer) -> CaseResult:
    """The answer as it is, for the output of a new test case: an error where a case could not hold it."""
    if answer.status != "ran":
        text, error = storable(answer.text[:MAX_OUTPUT]), storable(answer.error)
        return CaseResult(index, answer.status, text, error, answer.seconds)
    wanted = metadata.get("output_format", "json") if metadata.get("entry_point") else None
    if answer.text_format != wanted:
        error = answer.error or f"The answer cannot be said as {wanted}: {answer.text[:200]}"
        return CaseResult(index, "error", "", error, answer.seconds)
    if len(answer.text) > MAX_OUTPUT:
        error = f"The output has {len(answer.text)} characters; a test case holds {MAX_OUTPUT}."
        return CaseResult(index, "error", "", error, answer.seconds)
    if "\0" in answer.text:
        return CaseResult(index, "error", "", "The output has a NUL character.", answer.seconds)
    return CaseResult(index, "passed", answer.text, "", answer.seconds)


class _UnjudgeableError(Exception):
    """The stored output is at fault."""


def _is_right(metadata: Mapping[str, Any], expected: str, answer: Answer) -> bool:
    tolerance = float(metadata.get("tolerance", 0)) if metadata.get("comparison") == "tolerance" else None
    if not metadata.get("entry_point"):
        return _same_print(answer.text, expected, tolerance)
    text_format = metadata.get("output_format", "json")
    try:
        wanted = case_text.decode(expected, text_format)
    except _UNREADABLE as error:
        raise _UnjudgeableError(
            f"The stored output of this case is no {text_format}: {type(error).__name__}"
        ) from error
    if answer.text_format is None:
        return False
    if (answer.text, answer.text_format) == (expected, text_format):
        return True
    try:
        given = case_text.decode(answer.text, "json" if answer.text_format == "json" else "python")
        return _same_value(given, wanted, tolerance)
    except _UNREADABLE:
        return False


def _same_value(given: Any, wanted: Any, tolerance: float | None) -> bool:
    """As a check's own assertion compares: by ==, or by the distance of two numbers, in lists and tuples too."""
    if tolerance is None:
        return bool(given == wanted)
    if isinstance(wanted, list | tuple) and type(given) is type(wanted) and len(given) == len(wanted):
        return all(_same_value(one, other, tolerance) for one, other in zip(given, wanted, strict=True))
    return given == wanted or (_is_number(given) and _is_number(wanted) and _near(given, wanted, tolerance))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | complex) and not isinstance(value, bool)


def _near(given: complex, wanted: complex, tolerance: float) -> bool:
    try:
        return abs(given - wanted) <= tolerance
    except OverflowError:  # an int too large for a float
        return False


def _same_print(given: str, wanted: str, tolerance: float | None) -> bool:
    """Spaces at the end of a line, and empty lines at the end, are not part of what a program prints."""
    given_lines, wanted_lines = _lines(given), _lines(wanted)
    if given_lines == wanted_lines:
        return True
    if tolerance is None or len(given_lines) != len(wanted_lines):
        return False
    pairs = zip(map(str.split, given_lines), map(str.split, wanted_lines), strict=True)
    return all(
        len(words) == len(others) and all(_near_word(*pair, tolerance) for pair in zip(words, others, strict=True))
        for words, others in pairs
    )


def _near_word(given: str, wanted: str, tolerance: float) -> bool:
    try:
        return given == wanted or _near(float(given), float(wanted), tolerance)
    except ValueError:
        return False


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.replace("\r\n", "\n").rstrip().split("\n")]
