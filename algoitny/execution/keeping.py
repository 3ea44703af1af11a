"""What of a run's results is kept, so that its history row fits an item of DynamoDB with room for hints."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

MAX_CODE_BYTES = 50_000
MAX_ROW_BYTES = 200_000
# Keys, names and columns without a length of their own: title, identifier and the rest are a few hundred characters.
_OTHER_BYTES = 6_000
_STATUS_ONLY = 0


def bounded(
    results: Sequence[Mapping[str, Any]], *, code: str, summary: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The results as a row can hold them beside its code, and the row's metadata, which says what was cut.

    Outputs and errors are cut to fewer and fewer characters until all fit. If not even the bare statuses do, the last
    results are left out, those that passed before those that did not; what is kept stays in its order.
    """
    room = MAX_ROW_BYTES - _OTHER_BYTES - len(code.encode()) - _size(summary)
    kept = [dict(result) for result in results]
    longest = max((len(one[name]) for one in kept for name in ("output", "error")), default=0)
    metadata: dict[str, Any] = {}
    while _size(kept) > room and longest > _STATUS_ONLY:
        longest //= 2
        kept = [{**one, "output": one["output"][:longest], "error": one["error"][:longest]} for one in kept]
        metadata["cut_to_characters"] = longest
    if _size(kept) > room:
        kept = _fitting(kept, room)
        metadata["results_left_out"] = len(results) - len(kept)
    return kept, metadata


def _fitting(results: list[dict[str, Any]], room: int) -> list[dict[str, Any]]:
    wanted = sorted(range(len(results)), key=lambda at: (results[at]["status"] == "passed", at))
    chosen: list[int] = []
    left = room - 2  # the list's brackets
    for at in wanted:
        left -= _size(results[at]) + 2  # and a comma with its space
        if left < 0:
            break
        chosen.append(at)
    return [results[at] for at in sorted(chosen)]


def _size(value: Any) -> int:
    """As the item holds it: JSON with escapes, which is ASCII."""
    return len(json.dumps(value))
