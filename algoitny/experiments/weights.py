"""Who gets which variation: decided by a hash of user and experiment, the same in every process and release."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from algoitny.experiments.errors import VariationsRefusedError

MAX_VARIATIONS = 20
MAX_WEIGHT = 1_000_000
_BITS = 64


def point(*parts: str) -> int:
    """A number from 0 to 2**64 - 1, evenly spread, that is always the same for these texts."""
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    return int.from_bytes(digest[: _BITS // 8], "big")


def share(*parts: str, of: int) -> int:
    """The same as a number from 0 to of - 1."""
    return point(*parts) * of >> _BITS


def choose(user_id: str, experiment_id: str, variations: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The variation of a user, by the variations' weights in their order. They have passed ``check``."""
    at = share(experiment_id, user_id, of=sum(each["weight"] for each in variations))
    for each in variations:
        at -= each["weight"]
        if at < 0:
            return each
    raise AssertionError("The weights add up to more than was asked for.")


def check(variations: Sequence[dict[str, Any]]) -> None:
    """VariationsRefusedError unless there are some, of different names and ids, of whole weights that are not all 0."""
    if not 1 <= len(variations) <= MAX_VARIATIONS:
        raise VariationsRefusedError(f"There are {len(variations)} variations; give 1 to {MAX_VARIATIONS}.")
    for what in ("name", "id"):
        seen = set()
        for each in variations:
            if each[what] in seen:
                raise VariationsRefusedError(f"Two variations have the {what} {each[what]!r}; give each its own.")
            seen.add(each[what])
    for each in variations:
        weight = each["weight"]
        if isinstance(weight, bool) or not isinstance(weight, int) or not 0 <= weight <= MAX_WEIGHT:
            raise VariationsRefusedError(
                f"The weight of {each['name']!r} is {weight!r}; it takes a whole number from 0 to {MAX_WEIGHT}."
            )
    if not any(each["weight"] for each in variations):
        raise VariationsRefusedError("All weights are 0, and nobody could be assigned; give one a weight above 0.")
