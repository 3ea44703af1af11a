"""Changes of rows that are locked, in either store."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction

from algoitny import store
from dynamo_models.cutover.pause import is_of_pause

TRIES = 8
FIRST_PAUSE = 0.01  # seconds; it doubles, give or take a half

T = TypeVar("T")


def locked(group: str, change: Callable[[], T]) -> T:
    """Carry out a change that locks rows, in a block of its own.

    SQL lets one in at a time. Where DynamoDB has authority over the group a lock is optimistic: of two at once one is
    told as its block ends that the other was first, and is carried out again. OperationalError where that happens
    TRIES times, and Frozen where a switch is in its pause.
    """
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return change()
        except OperationalError as error:
            if attempt == TRIES - 1 or is_of_pause(error) or store.authority(group) == "sql":
                raise
        time.sleep(FIRST_PAUSE * 2**attempt * (0.5 + random.random()))  # noqa: S311 - no secret
    raise AssertionError("unreachable")
