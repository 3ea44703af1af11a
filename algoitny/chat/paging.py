"""Pages of what DynamoDB alone holds, by the mapper's own cursors, which are bound to their query."""

from collections.abc import Callable
from typing import TypeVar

from algoitny.api.cursors import CursorError
from algoitny.keyset import Page
from dynamo_models import CursorRefused, Entity, QuerySet

E = TypeVar("E", bound=Entity)
R = TypeVar("R")


def page_of(asked: QuerySet[E], make: Callable[[E], R], *, limit: int, cursor: str | None) -> Page[R]:
    """The page behind a cursor. Raises CursorError for one that is not this list's."""
    try:
        found = asked.page(limit, cursor)
    except CursorRefused as error:
        raise CursorError(str(error)) from error
    return Page(items=tuple(make(item) for item in found.items), next_cursor=found.next)
