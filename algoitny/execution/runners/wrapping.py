"""Puts the driver around a solution, and reads what it answers."""

import inspect
import json
from functools import cache
from typing import Any

from algoitny.execution.runners import driver
from algoitny.execution.runners.answers import Answer
from algoitny.execution.runners.contract import Program
from algoitny.problems.importing import case_text

# The future import is for Python 3.8, which knows no Iterable[Any].
_SCRIPT = """\
import types

def _module(name, source):
    module = types.ModuleType(name)
    exec(compile("from __future__ import annotations\\n" + source, name + ".py", "exec"), module.__dict__)
    return module

_driver = _module("driver", {driver!a})
_driver.main(_module("case_text", {case_text!a}), **{request!a})
"""


@cache
def _sources() -> dict[str, str]:
    return {"driver": inspect.getsource(driver), "case_text": inspect.getsource(case_text)}


def wrapped(program: Program) -> str:
    """The source of a script, in ASCII, that reads a case's input and prints what the entry point answers."""
    request = {
        "code": program.code,
        "entry_point": str(program.metadata["entry_point"]),
        "input_format": str(program.metadata.get("input_format", "json")),
        "output_format": str(program.metadata.get("output_format", "json")),
    }
    return _SCRIPT.format(**_sources(), request=request)


def unwrapped(printed: Answer) -> Answer:
    """The entry point's answer, from what the script printed."""
    if printed.status != "ran":
        return printed
    try:
        said: Any = json.loads(printed.text)
        if "format" not in said:
            return Answer(status="error", error=str(said["error"]), seconds=printed.seconds)
        if not str(said["text"]).isascii():
            raise ValueError("not what the driver writes")  # noqa: TRY301 - one message for all that it did not write
        text_format = said["format"] if said["format"] in {"json", "python"} else None
        return Answer(
            status="ran",
            text=str(said["text"]),
            text_format=text_format,
            error=str(said.get("error", "")),
            seconds=printed.seconds,
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        # It ended by os._exit, or wrote into the pipe itself.
        return Answer(status="error", error="It ended without an answer.", seconds=printed.seconds)
