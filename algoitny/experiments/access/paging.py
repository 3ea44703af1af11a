"""Pages of the mapper's as the rest of the interface has them, and the retry of what others came in between."""

import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from algoitny.api.cursors import CursorError
from algoitny.experiments.errors import ChangedMeanwhileError
from algoitny.keyset import BUDGET, Page
from dynamo_models import CursorRefused, Entity, QuerySet, StaleWrite, TransactionCanceled

PAGE = 100
TRIES = 5
FIRST_DELAY = 0.01  # seconds; it doubles, give or take a half

E = TypeVar("E", bound=Entity)
T = TypeVar("T")


def page(items: QuerySet[E], limit: int, cursor: str | None) -> Page[E]:
    """A page, for at most BUDGET requests. Raises CursorError."""
    try:
        found = items.budget(requests=BUDGET).page(limit, cursor)
    except CursorRefused as error:
        raise CursorError(str(error)) from error
    return Page(items=tuple(found.items), next_cursor=found.next, complete=found.stopped is None)


def pointed_at(rows: Page[Any], get_many: Callable[[list[Any]], list[E | None]]) -> Page[E]:
    """The items that a page of rows leads to, in its order, without those that are gone since."""
    found = get_many(list(rows.items)) if rows.items else []
    return Page(
        items=tuple(each for each in found if each is not None), next_cursor=rows.next_cursor, complete=rows.complete
    )


def between(name: str, since: datetime | None, until: datetime | None) -> dict[str, datetime]:
    """The look-ups of a range of times."""
    ends = {f"{name}__gte": since, f"{name}__lt": until}
    return {look_up: end for look_up, end in ends.items() if end is not None}


def again(attempt: Callable[[], T]) -> T:
    """Try a change that reads first, again where another writer came in between. Raises ChangedMeanwhileError."""
    for number in range(TRIES):
        try:
            return attempt()
        except StaleWrite as error:
            last: Exception = error
        except TransactionCanceled as error:
            if not any(isinstance(cause, StaleWrite) for cause in error.causes):
                raise
            last = error
        time.sleep(FIRST_DELAY * 2**number * (0.5 + random.random()))  # noqa: S311 - no secret
    raise ChangedMeanwhileError(
        f"Others changed it each of the {TRIES} times that this change was tried; try again later."
    ) from last
