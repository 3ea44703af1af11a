"""Pages of lists that are sorted by a time and then by id, with one form of cursor that outlives a change of store.

A cursor holds the time and the id of the last row of its page, and belongs to the list and the filters that it was
given out for, not to a page size.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Q
from django.db.models import QuerySet as Rows

from algoitny.api import cursors
from dynamo_models import BudgetSpent
from dynamo_models import QuerySet as Items

# Requests that a read may make for one page where most of what it reads is left out.
BUDGET = 20

T = TypeVar("T")

Position = tuple[datetime, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[T]):
    """Some of a list, and the cursor of what follows it: None at the end.

    complete: False where the page ends before it is full because a read's budget was spent; the cursor goes on.
    """

    items: tuple[T, ...]
    next_cursor: str | None
    complete: bool = True


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One list with its filters. `newest_first` by `time` and then id, or oldest first."""

    name: str
    filters: Mapping[str, Any]
    time: str = "created_at"
    newest_first: bool = True

    @property
    def order(self) -> tuple[str, str]:
        sign = "-" if self.newest_first else ""
        return f"{sign}{self.time}", f"{sign}id"

    def position(self, cursor: str | None) -> Position | None:
        """Where the page before ended. Raises CursorError."""
        if cursor is None:
            return None
        time, row_id = cursors.unseal(cursor, query=self._asked())
        return datetime.fromisoformat(time), row_id

    def page(self, found: Sequence[T], limit: int) -> Page[T]:
        """The page of what was found, which is one more than the page holds where more follow."""
        items = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items=items, next_cursor=None)
        return Page(items=items, next_cursor=self._cursor(self.place(items[-1])))

    def place(self, item: object) -> Position:
        return getattr(item, self.time), item.id  # type: ignore[attr-defined]

    def rows(self, rows: Rows[Any], after: Position | None, wanted: int) -> Rows[Any]:
        """So many rows behind the position, as one query that an index serves."""
        rows = rows.order_by(*self.order)
        if after is not None:
            at, row_id = after
            side = "lt" if self.newest_first else "gt"
            # The first half repeats the second in a form that an index range serves on every database.
            rows = rows.filter(**{f"{self.time}__{side}e": at}).filter(
                Q(**{f"{self.time}__{side}": at}) | Q(**{f"id__{side}": row_id})
            )
        return rows[:wanted]

    def answer(
        self,
        items: Items[Any],
        cursor: str | None,
        limit: int,
        make: Callable[[Any], T],
        keep: Callable[[Any], bool] | None = None,
    ) -> Page[T]:
        """The page behind a cursor, read from DynamoDB: one request where no key is sharded and nothing is left out.

        keep: what no key can say. Items are then read until enough are found or BUDGET requests are spent; the page
        says so by `complete`, and its cursor goes on from there. Raises CursorError.
        """
        after = self.position(cursor)
        if keep is None:
            return self.page([make(item) for item in self.items(items, after, limit + 1)], limit)
        found: list[T] = []
        last: Position | None = None
        try:
            for item in self._behind(items, after).budget(requests=BUDGET).iterator():
                place = self.place(item)
                if self._is_behind(place, after) and keep(item):
                    found.append(make(item))
                    if len(found) > limit:
                        break
                last = place
        except BudgetSpent:
            if last is None:  # not even one more was seen: the same question again would end here too
                raise
            return Page(items=tuple(found), next_cursor=self._cursor(last), complete=False)
        return self.page(found, limit)

    def items(self, items: Items[Any], after: Position | None, wanted: int) -> list[Any]:
        """So many items behind the position."""
        items = self._behind(items, after)
        size = wanted + (after is not None)
        while True:
            read = list(items[:size])
            found = [item for item in read if self._is_behind(self.place(item), after)][:wanted]
            if len(found) == wanted or len(read) < size:
                return found
            size *= 2  # several rows of one microsecond stood before the position

    def _behind(self, items: Items[Any], after: Position | None) -> Items[Any]:
        items = items.order_by(*self.order)
        if after is None:
            return items
        return items.filter(**{f"{self.time}__{'lte' if self.newest_first else 'gte'}": after[0]})

    def _is_behind(self, place: Position, after: Position | None) -> bool:
        return after is None or (place < after if self.newest_first else place > after)

    def _cursor(self, place: Position) -> str:
        return cursors.seal([place[0].isoformat(timespec="microseconds"), place[1]], query=self._asked())

    def _asked(self) -> dict[str, Any]:
        return {"list": self.name, **self.filters}
