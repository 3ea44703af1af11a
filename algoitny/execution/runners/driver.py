"""What calls the entry point: read as text and put around a solution, here and on a Judge0 server alike.

The case's arguments come on standard input, the answer goes to standard output as one JSON object: `text` and `format`,
or `error`. It uses nothing but the standard library and the case_text module that it is handed, and runs on Python 3.8.
"""

import json
import linecache
import os
import sys
import traceback
import types
from typing import Any

_FILE = "solution.py"
_BASES = (int, float, complex, str, bytes)  # bool has no subclasses


def main(case_text: Any, *, code: str, entry_point: str, input_format: str, output_format: str) -> None:
    given = sys.stdin.buffer.read().decode("utf-8")
    # The solution prints into nothing: the pipe is between this module and whoever reads the answer.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    try:
        answer = _answer(case_text, given, code=code, entry_point=entry_point, formats=(input_format, output_format))
    except BaseException as error:  # noqa: BLE001 - SystemExit of a solution is an error of the solution too
        answer = {"error": _explained(error)}
    json.dump(answer, answers)
    answers.close()
    os._exit(0)  # a thread that the solution left behind must not keep the answer waiting


def _answer(case_text: Any, given: str, *, code: str, entry_point: str, formats: "tuple[str, str]") -> "dict[str, Any]":
    input_format, output_format = formats
    try:
        arguments = case_text.decode(given, input_format)
        if not isinstance(arguments, list):
            raise TypeError("no list")  # noqa: TRY301 - one message for all that is wrong with an input
    except Exception:  # noqa: BLE001 - the same
        return {"error": f"The input of this case is no list of arguments in {input_format}."}
    function = _load(code).get(entry_point)
    if not callable(function):
        return {"error": f"The code defines no function {entry_point}."}
    return _written(case_text, function(*arguments), output_format)


def _load(code: str) -> "dict[str, Any]":
    """The names that the code defines. It is a module of its own, as dataclasses and pickle look theirs up."""
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    linecache.cache[_FILE] = (len(code), None, code.splitlines(keepends=True), _FILE)
    exec(compile(code, _FILE, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - what this process is for
    return module.__dict__


def _written(case_text: Any, value: Any, output_format: str) -> "dict[str, Any]":
    for text_format in (output_format, "python"):
        try:
            return {"text": case_text.encode(_plain(value), text_format), "format": text_format}
        except (ValueError, TypeError, RecursionError):  # it cannot be said in this format
            continue
    return {"text": "", "format": None, "error": f"The answer is a {type(value).__name__}, which has no exact text."}


def _plain(value: Any) -> Any:
    """The value in Python's own types: a Counter equals a dictionary, a named tuple a tuple, and they pass as such."""
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(map(_plain, value))
    if isinstance(value, (set, frozenset)):
        return set(map(_plain, value))
    for base in _BASES:
        if isinstance(value, base) and not isinstance(value, bool):
            return base(value)
    return value


def _explained(error: BaseException) -> str:
    """The traceback from the solution's first line on; the driver's own frames are nobody's concern."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
    lines = (
        ["Traceback (most recent call last):\n", *traceback.StackSummary.from_list(frames).format()] if frames else []
    )
    return "".join(lines + traceback.format_exception_only(type(error), error)).rstrip()
