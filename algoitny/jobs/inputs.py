"""Inputs and outputs of new test cases, on their way from scripts and solutions: checked, and held to bounds."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from algoitny.execution.runners import CaseResult
from algoitny.jobs.working import MAX_RESULT_BYTES, Unable
from algoitny.problems.importing.drafts import ProblemDraft, TestCaseDraft, refusal

MAX_CASES = 90
MAX_SCRIPT_BYTES = 80_000
# The embedded generator writes its examples into the script.
_MAX_EXAMPLE_BYTES = 20_000
_SPARE_BYTES = 1_000
_ERROR_LENGTH = 150  # characters of what is said of one input
_ERROR_BYTES = 60 + 6 * _ERROR_LENGTH  # JSON's escapes have six bytes for a character


def examples_of(inputs: Iterable[str]) -> list[str]:
    """Those inputs that a script has room for, in their order."""
    found, room = [], _MAX_EXAMPLE_BYTES
    for one in inputs:
        size = len(ascii(one))
        if size <= room:
            found.append(one)
            room -= size
    return found


def checked_script(script: str) -> str:
    """The script. Raises Unable where a job's item has no room for it."""
    size = len(script.encode(errors="surrogatepass"))
    if size > MAX_SCRIPT_BYTES:
        raise Unable(f"The generator's script has {size} bytes; at most {MAX_SCRIPT_BYTES} can be kept.")
    return script


def checked_inputs(printed: str) -> list[str]:
    """The inputs that a script printed. Raises Unable, which says what is wrong with them."""
    try:
        inputs = json.loads(printed)
    except (ValueError, RecursionError) as error:
        raise Unable(f"The script printed something that is no JSON: {str(error)[:200]}") from error
    if not isinstance(inputs, list) or not all(isinstance(one, str) for one in inputs):
        raise Unable("The script has to print a JSON list of texts.")
    if not 1 <= len(inputs) <= MAX_CASES:
        raise Unable(f"The script printed {len(inputs)} inputs; 1 to {MAX_CASES} are taken.")
    if reason := cases_refusal([(one, "") for one in inputs]):
        raise Unable(reason)
    size = _size(inputs)
    if size > MAX_RESULT_BYTES - _SPARE_BYTES:
        raise Unable(f"The script's inputs have {size} bytes as JSON; {MAX_RESULT_BYTES - _SPARE_BYTES} can be kept.")
    return inputs


def cases_refusal(cases: Sequence[tuple[str, str]]) -> str | None:
    """Why these cannot be test cases, or None: the bounds are those of an import."""
    cases_of_any = tuple(TestCaseDraft(input=given, output=expected) for given, expected in cases)
    return refusal(ProblemDraft(platform="any", problem_id="any", title="any", language="any", test_cases=cases_of_any))


def answered(inputs: Sequence[str], results: Sequence[CaseResult]) -> dict[str, Any]:
    """{"cases": [{"input", "output"}], "errors": [{"index", "error"}]}, which a task's result has room for.

    index: of the input. A case that would no longer fit is an error too, so that nothing is left out unsaid.
    """
    cases: list[dict[str, str]] = []
    errors: list[dict[str, Any]] = []
    room = MAX_RESULT_BYTES - _SPARE_BYTES - len(inputs) * _ERROR_BYTES
    for index, (given, result) in enumerate(zip(inputs, results, strict=True)):
        if result.status != "passed":
            errors.append({"index": index, "error": f"{result.status}: {result.error[-_ERROR_LENGTH:]}".rstrip(": ")})
            continue
        case = {"input": given, "output": result.output}
        size = _size(case) + 2
        if reason := cases_refusal([(given, result.output)]):
            errors.append({"index": index, "error": reason[:_ERROR_LENGTH]})
        elif size > room:
            errors.append({"index": index, "error": "The result has no room for this case: ask for it separately."})
        else:
            room -= size
            cases.append(case)
    return {"cases": cases, "errors": errors}


def _size(value: Any) -> int:
    return len(json.dumps(value))
