"""Anyone's problems, from a file of UTF-8 text with one JSON object on each line.

| field         | what                                                            |          |
| ------------- | --------------------------------------------------------------- | -------- |
| platform      | text without '#' and '/', at most 40 characters                 | required |
| problem_id    | text without '#' and '/', at most 100 characters                | required |
| title         | text, at most 300 characters                                    | required |
| language      | of the reference solution; text without '#', at most 40         | required |
| test_cases    | list of {"input": text, "output": text}, in order; may be empty | required |
| problem_url   | http or https address                                           | ""       |
| tags          | list of words                                                   | []       |
| solution_code | the reference solution                                          | ""       |
| constraints   | text                                                            | ""       |
| is_completed  | true or false: false is a draft                                 | true where there are test cases |
| metadata      | any object                                                      | {}       |

Input and output of a test case have at most 100,000 bytes together, the rest of a problem at most 300,000. Platform and
problem_id name a problem: one that is there already is updated, and its test cases become those of the line. Blank
lines are skipped. Nothing in the file is run, so its test cases are not confirmed.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from algoitny.problems.importing.drafts import ProblemDraft, TestCaseDraft, refusal

_REQUIRED = {"platform": str, "problem_id": str, "title": str, "language": str, "test_cases": list}
_OPTIONAL = {
    "problem_url": str,
    "tags": list,
    "solution_code": str,
    "constraints": str,
    "is_completed": bool,
    "metadata": dict,
}
_FIELDS = _REQUIRED | _OPTIONAL
_SAID = {str: "text", list: "a list", bool: "true or false", dict: "an object"}


class LineError(ValueError):
    """The line is no problem; the message says what is wrong with it."""


def read_lines(path: Path) -> Iterator[tuple[int, int, ProblemDraft | LineError]]:
    """For each line that is not blank: its number, the bytes read so far, and its problem or what is wrong with it."""
    first_seen: dict[tuple[str, str], int] = {}
    read = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            read += len(line)
            if not line.strip():
                continue
            try:
                found: ProblemDraft | LineError = parse_line(line)
            except LineError as error:
                found = error
            else:
                earlier = first_seen.setdefault((found.platform, found.problem_id), number)
                if earlier != number:
                    found = LineError(
                        f"problem {found.problem_id!r} of {found.platform!r} is on line {earlier} already."
                    )
            yield number, read, found


def parse_line(line: bytes) -> ProblemDraft:
    """The problem on a line. Raises LineError."""
    try:
        record = json.loads(
            line.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise LineError(f"is not UTF-8: byte {error.start + 1} of the line.") from error
    except RecursionError as error:
        raise LineError("is nested too deeply.") from error
    except LineError:
        raise
    except ValueError as error:
        raise LineError(f"is not JSON: {error}.") from error
    if not isinstance(record, dict):
        raise LineError(f"is {_json_name(record)}; a line is an object with the fields of a problem.")
    _check_fields(record)
    cases = tuple(_case(number, case) for number, case in enumerate(record.pop("test_cases"), 1))
    draft = ProblemDraft(**{"is_completed": bool(cases), **record}, test_cases=cases)
    if reason := refusal(draft):
        raise LineError(reason)
    return draft


def _check_fields(record: dict[str, Any]) -> None:
    if missing := [name for name in _REQUIRED if name not in record]:
        raise LineError(f"lacks {', '.join(missing)}.")
    if unknown := [name for name in record if name not in _FIELDS]:
        raise LineError(f"has unknown fields: {', '.join(unknown)}. Known are: {', '.join(_FIELDS)}.")
    for name, value in record.items():
        if type(value) is not _FIELDS[name]:
            raise LineError(f"{name} is {_json_name(value)}; it takes {_SAID[_FIELDS[name]]}.")
    if not all(isinstance(tag, str) for tag in record.get("tags", [])):
        raise LineError("tags takes a list of text.")


def _case(number: int, case: Any) -> TestCaseDraft:
    if not (isinstance(case, dict) and set(case) == {"input", "output"}):
        raise LineError(f"test case {number} is not an object with exactly input and output.")
    if not all(isinstance(value, str) for value in case.values()):
        raise LineError(f"test case {number}: input and output take text.")
    return TestCaseDraft(**case)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise LineError(f"gives {twice!r} more than once in one object.")
    return found


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        _no_constant(text)
    return number


def _no_constant(text: str) -> NoReturn:
    raise LineError(f"holds {text}, which no database keeps as a number.")


def _json_name(value: Any) -> str:
    if value is None:
        return "null"
    return _SAID.get(type(value), "a number")
