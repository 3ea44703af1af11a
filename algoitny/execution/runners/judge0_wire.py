"""What goes to a Judge0 server and comes back, as its documentation says; no requests here."""

import base64
import re
from typing import Any

from algoitny.execution.runners.answers import Answer, short
from algoitny.execution.runners.contract import RunnerUnavailable
from algoitny.execution.runners.limits import Limits

BATCH = 20  # submissions of one request: the server's MAX_SUBMISSION_BATCH_SIZE where nobody changed it
FIELDS = "token,stdout,stderr,compile_output,message,status_id,time,wall_time"

_PENDING = {1, 2}  # in queue, processing
_ACCEPTED, _WRONG, _TOO_SLOW, _NOT_COMPILED, _INTERNAL = 3, 4, 5, 6, 13

# The server's names have versions: "Python (3.8.1)", "C++ (GCC 9.2.0)". The newest of those that match is taken.
_NAMES = {
    "c": r"C \(GCC",
    "cpp": r"C\+\+ \(GCC",
    "csharp": r"C# \(",
    "go": r"Go \(",
    "java": r"Java \(",
    "javascript": r"JavaScript \(",
    "kotlin": r"Kotlin \(",
    "php": r"PHP \(",
    "python": r"Python \(3",
    "ruby": r"Ruby \(",
    "rust": r"Rust \(",
    "swift": r"Swift \(",
    "typescript": r"TypeScript \(",
}


def language_ids(listed: Any) -> dict[str, int]:
    """Our names of the languages in the answer to GET /languages, with the server's ids. Raises RunnerUnavailable."""
    try:
        pairs = [(str(one["name"]), int(one["id"])) for one in listed]
    except (TypeError, KeyError, ValueError) as error:
        raise RunnerUnavailable("The Judge0 server's list of languages cannot be read.") from error
    ids = {}
    for ours, pattern in _NAMES.items():
        matching = [(_version(name), number) for name, number in pairs if re.match(pattern, name)]
        if matching:
            ids[ours] = max(matching)[1]
    return ids


def submission(language_id: int, source: str, stdin: str, limits: Limits) -> dict[str, object]:
    """One submission. The seconds are the limits'; the server refuses those above its own maximum."""
    return {
        "language_id": language_id,
        "source_code": _encoded(source),
        "stdin": _encoded(stdin),
        "cpu_time_limit": limits.cpu_seconds,
        "wall_time_limit": limits.case_seconds,
    }


def read_submission(said: Any) -> Answer | None:
    """The answer in a submission, None while it is under way. Raises RunnerUnavailable for an error of the server."""
    try:
        status = int(said["status_id"])
        if status in _PENDING:
            return None
        text, seconds = _decoded(said.get("stdout")), float(said.get("wall_time") or said.get("time") or 0)
        stderr, message = _decoded(said.get("stderr")).strip(), _decoded(said.get("message")).strip()
        compiled = _decoded(said.get("compile_output")).strip()
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise RunnerUnavailable("The Judge0 server's answer for a submission cannot be read.") from error
    if status in {_ACCEPTED, _WRONG}:  # the second where a server compares after all
        return Answer(status="ran", text=text, seconds=seconds)
    if status == _TOO_SLOW:
        return Answer(status="timeout", text=text, error="It did not end within its time.", seconds=seconds)
    if status == _INTERNAL:
        raise RunnerUnavailable(f"The Judge0 server failed to run a submission: {message[:300] or 'it says not why'}")
    error = compiled if status == _NOT_COMPILED else stderr
    return Answer(status="error", text=text, error=short(error or message or "It failed.", 4000), seconds=seconds)


def _version(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


def _decoded(text: str | None) -> str:
    return base64.b64decode(text).decode("utf-8", "replace") if text else ""
