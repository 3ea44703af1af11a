"""Hints from the failing cases of a run, with no service asked: the same run always has the same hints.

A hint may show the input of a failing case and what the program answered, never the output that is expected.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from algoitny.hints.providers.contract import MAX_COUNT, MAX_HINT, HintRequest
from algoitny.hints.providers.differences import difference
from algoitny.hints.providers.shapes import shared
from algoitny.hints.providers.values import shown

_LINE = re.compile(r'(?:File "solution\.py", line |solution\.(?:js|c|cpp):)(\d+)')
_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|StopIteration))\b:? ?(.*)", re.MULTILINE)

_ADVICE = {
    "AttributeError": "Check for None, or a value of another type than you expect, before the dot.",
    "IndexError": "An index is beyond the end: check the last step of the loop, and lists that are empty or short.",
    "KeyError": "A key is missing: give it a starting value, or use get with a default.",
    "MemoryError": "It asks for too much memory: keep less, or build what you need piece by piece.",
    "NameError": "A name is used that is not defined there: check its spelling and imports.",
    "RecursionError": "The recursion does not end, or goes too deep: check its base case, or use a loop.",
    "SyntaxError": "The code cannot be read: check brackets, colons and indentation at that line.",
    "IndentationError": "The code cannot be read: check the indentation at that line.",
    "TypeError": "A value has another type than the operation takes: check the arguments, and for None.",
    "UnboundLocalError": "A name is read before it has a value on some path: set it before the condition or loop.",
    "ValueError": "A value has the right type and no right content: check what is converted, and empty inputs.",
    "ZeroDivisionError": "Check for a divisor of zero first: a count, a length or a difference may be 0.",
}


class CaseHints:
    """The provider behind ALGOITNY_HINTS = "cases"."""

    def hints(self, request: HintRequest) -> list[str]:
        wanted = max(1, min(request.count, MAX_COUNT))
        if not request.test_results:
            return ["There are no results yet: run the code against the test cases first."]
        bad = [one for one in request.test_results if one.get("status") != "passed"]
        if not bad:
            return _after_success(request)[:wanted]
        found: list[str] = []
        for hint in _about(bad, request):
            if hint not in found:
                found.append(hint[:MAX_HINT])
        return found[:wanted]


def _about(bad: list[dict[str, Any]], request: HintRequest) -> Iterator[str]:
    """Hints by weight: what stops the code from answering, then what it answers, then what the inputs share."""

    def of(status: str) -> list[dict[str, Any]]:
        return [one for one in bad if one.get("status") == status]

    yield from _errors(of("error"), len(request.test_results))
    yield from _timeouts(of("timeout"))
    yield from _differences(of("failed"))
    passing = [one.get("input", "") for one in request.test_results if one.get("status") == "passed"]
    for group in (bad, of("failed")):  # an error on one input must not hide what the wrong answers share
        if group and (common := shared([one.get("input", "") for one in group], passing)):
            name, advice = common
            what = "failing" if group is bad else "wrongly answered"
            which = f"The {what} case has" if len(group) == 1 else f"All {len(group)} {what} cases have"
            yield f"{which} {name} in the input. {advice}"
            break
    smallest = min(bad, key=lambda one: len(str(one.get("input", ""))))
    answered = f", where your code answers {shown(smallest['output'])}" if smallest.get("output") else ""
    yield (
        f"The smallest failing case is input {shown(smallest.get('input', ''))}{answered}: follow your code through it "
        "by hand, line by line, and compare each value with what you expect."
    )


def _errors(errors: list[dict[str, Any]], total: int) -> Iterator[str]:
    kinds = Counter(_kind_of(str(one.get("error", ""))) for one in errors)
    # By number, then by name: equal numbers do not depend on the order of the cases.
    for (name, line), number in sorted(kinds.items(), key=lambda item: (-item[1], item[0])):
        first = next(one for one in errors if _kind_of(str(one.get("error", ""))) == (name, line))
        where = f" in line {line}" if line else ""
        often = "every case" if number == total else f"{number} of {total} cases"
        if name:
            advice = _ADVICE.get(name.rpartition(".")[2], "Read the message and look at the values on that line.")
            what = f"{name}{where} stops {often}"
        else:
            advice = f"It says: {shown(first.get('error', ''))}"
            what = f"An error{where} stops {often}"
        yield f"{what}, for example with input {shown(first.get('input', ''))}. {advice}"


def _timeouts(timeouts: list[dict[str, Any]]) -> Iterator[str]:
    if not timeouts:
        return
    smallest = min(timeouts, key=lambda one: len(str(one.get("input", ""))))
    number = "One case runs" if len(timeouts) == 1 else f"{len(timeouts)} cases run"
    yield (
        f"{number} out of time, the smallest with input {shown(smallest.get('input', ''))}. If that is small, a loop "
        "or recursion does not end for it; if it is large, look for a loop in a loop that a dictionary, sorting or a "
        "running total can replace."
    )


def _differences(failed: list[dict[str, Any]]) -> Iterator[str]:
    seen: dict[str, list[dict[str, Any]]] = {}
    for one in failed:
        if said := difference(one.get("output", ""), one.get("expected", "")):
            seen.setdefault(said, []).append(one)
    for said, ones in sorted(seen.items(), key=lambda item: (-len(item[1]), item[0])):
        first = ones[0]
        yield f"With input {shown(first.get('input', ''))} your code answers {shown(first.get('output', ''))}. {said}"
    if failed and not seen:
        first = min(failed, key=lambda one: len(str(one.get("input", ""))))
        yield f"With input {shown(first.get('input', ''))} your code answers {shown(first.get('output', ''))}, wrongly."


def _kind_of(error: str) -> tuple[str, str]:
    """The exception's name and the last line of the solution in the traceback; empty where it has none."""
    names, lines = _EXCEPTION.findall(error), _LINE.findall(error)
    last = lines[-1] if "Traceback" in error else (lines[0] if lines else "")
    return (names[-1][0] if names else ""), last if lines else ""


def _after_success(request: HintRequest) -> list[str]:
    done = (
        f"All {len(request.test_results)} cases pass. Next, look at how the time grows: which input allowed by the "
        "constraints makes your loops longest?"
    )
    limits = request.constraints.strip()
    borders = f"Try the borders of the constraints yourself: {shown(limits)}" if limits else None
    largest = max((str(one.get("input", "")) for one in request.test_results), key=len)
    size = f"The largest input of the cases is {shown(largest)}: make one a hundred times as large and time it."
    return [one for one in (done, borders, size) if one]
