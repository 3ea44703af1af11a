"""What runs inside the subprocess: a reference solution, called by its own check or with stored inputs.

One request as JSON on standard input, one answer as JSON on standard output. The request names the program, the entry
point, a seed for `random` and the limits; with `check` it is to be recorded, with `cases` to be confirmed. The limits
keep a mistake from hurting; they are no sandbox against a hostile program, and only packaged problems are run here.
"""

import contextlib
import inspect
import json
import os
import random
import resource
import sys
from collections.abc import Callable
from typing import Any

from algoitny.problems.importing import case_text
from algoitny.problems.importing.case_text import UnwritableError


class Recorder:
    """A candidate that answers as the solution does, and keeps each distinct call with its result."""

    def __init__(self, solution: Callable[..., Any], *, max_cases: int, max_bytes: int) -> None:
        self._solution = solution
        self._signature = inspect.signature(solution)
        self._max_cases = max_cases
        self._max_bytes = max_bytes
        self._seen: set[str] = set()
        self.calls: list[tuple[list[Any], Any]] = []
        self.over_bound = self.too_large = self.unwritable = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # Taken down before the call, as a solution may change its arguments; the result at once, as a check may.
        arguments = self._taken_down(args, kwargs)
        result = self._solution(*args, **kwargs)
        with contextlib.suppress(UnwritableError):
            self._keep(arguments, case_text.encode(result, "python"))
            return result
        self.unwritable += 1
        return result

    def _taken_down(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
        """The arguments as text; None where a list of values does not say them."""
        bound = self._signature.bind(*args, **kwargs)
        if bound.kwargs:  # what can be given by name only
            return None
        with contextlib.suppress(UnwritableError):
            return case_text.encode(list(bound.args), "python")
        return None

    def _keep(self, arguments: str | None, output: str) -> None:
        if arguments is None:
            raise UnwritableError("the arguments have no exact text")
        if arguments in self._seen:
            return
        self._seen.add(arguments)
        if len(arguments) + len(output) > self._max_bytes:
            self.too_large += 1
        elif len(self.calls) >= self._max_cases:
            self.over_bound += 1
        else:
            self.calls.append((case_text.decode(arguments, "python"), case_text.decode(output, "python")))


def record(request: dict[str, Any]) -> dict[str, Any]:
    """Runs the check on the solution. An assertion that fails is an error: it is the reference that is checked."""
    names = _load(request)
    recorder = Recorder(
        names[request["entry_point"]], max_cases=request["max_cases"], max_bytes=request["max_case_bytes"]
    )
    exec(compile(request["check"], "check.py", "exec"), names)  # noqa: S102 - what this process is for
    random.seed(request["seed"])
    names["check"](recorder)
    inputs = [arguments for arguments, _ in recorder.calls]
    outputs = [output for _, output in recorder.calls]
    input_format, output_format = case_text.format_for(inputs), case_text.format_for(outputs)
    return {
        "input_format": input_format,
        "output_format": output_format,
        "cases": [
            [case_text.encode(arguments, input_format), case_text.encode(output, output_format)]
            for arguments, output in recorder.calls
        ],
        "argument_kinds": sorted({type(argument).__name__ for arguments in inputs for argument in arguments}),
        "over_bound": recorder.over_bound,
        "too_large": recorder.too_large,
        "unwritable": recorder.unwritable,
    }


def confirm(request: dict[str, Any]) -> dict[str, Any]:
    """Runs the solution on each stored input; true where it answers what is stored, of the same types."""
    solution = _load(request)[request["entry_point"]]
    random.seed(request["seed"])

    def holds(input_text: str, output_text: str) -> bool:
        try:
            arguments = case_text.decode(input_text, request["input_format"])
            expected = case_text.decode(output_text, request["output_format"])
            return case_text.same(solution(*arguments), expected)
        except Exception:  # noqa: BLE001 - whatever it raises, the case does not hold
            return False

    return {"confirmed": [holds(*case) for case in request["cases"]]}


def _load(request: dict[str, Any]) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "solution"}  # so that a main block does not run
    exec(compile(request["program"], "solution.py", "exec"), names)  # noqa: S102 - what this process is for
    return names


def _limit(limits: dict[str, int]) -> None:
    cpu = limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and refuses to set it
        resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))


def main() -> None:
    request = json.load(sys.stdin)
    # The program prints into nothing and reads nothing: the pipes are between this module and its parent, and what the
    # program starts must not hold them open.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, sys.stdin.fileno())
    os.dup2(nothing, sys.stdout.fileno())
    os.dup2(nothing, sys.stderr.fileno())
    _limit(request["limits"])
    try:
        answer = record(request) if "check" in request else confirm(request)
    except BaseException as error:  # noqa: BLE001 - SystemExit of a program is an error of the program too
        answer = {"error": f"{type(error).__name__}: {error}"[:500]}
    json.dump(answer, answers)
    answers.close()


if __name__ == "__main__":
    main()
