"""A pattern's conversation with one store: what it asked, what the answers were, and what they cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from algoitny import store
from algoitny.counting.catch_up import catch_up
from algoitny.keyset import Page
from dynamo_models import capture

# How far a list is walked: with each of these page sizes, at most so many pages.
WALKS = ((50, 20), (7, 5), (1, 3))
_SHOWN = 60  # characters of one argument in a call's name


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An error in place of an answer. It is compared as one: both stores refuse with the same words."""

    error: str
    message: str

    def __str__(self) -> str:
        return f"{self.error}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One question.

    measured: False for what only prepares a pattern or looks at what it left behind. compared: False where the answer
    by itself is not one that the stores have to agree on.
    """

    name: str
    answer: Any
    measured: bool
    compared: bool
    seconds: float
    requests: int
    read_units: float
    write_units: float
    scans: int
    operations: tuple[str, ...]


class Stopped(Exception):  # noqa: N818 - the end of a conversation
    """A call failed where it should not have, and what follows has nothing to go on; the call says how."""


@dataclass
class Asking:
    calls: list[Call] = field(default_factory=list)
    failed: bool = False

    def ask(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The answer, which is measured and compared."""
        return self._call(_name(function, args, kwargs), lambda: function(*args, **kwargs))

    def look(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The answer, which is compared but is no part of what the pattern costs."""
        return self._call(_name(function, args, kwargs), lambda: function(*args, **kwargs), measured=False)

    def settle(self) -> None:
        """Let the counters that follow the writes be up to now, where they follow at all: no part of the pattern."""
        if store.current() == "dynamodb":
            catch_up()

    def refused(self, error: type[Exception], function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """A question that has to be refused with this error; an answer to it is a fault of the store."""
        name = _name(function, args, kwargs)

        def refusal() -> Raised:
            try:
                answer = function(*args, **kwargs)
            except error as raised:
                return Raised(error=type(raised).__name__, message=str(raised))
            raise AssertionError(f"{name} was to be refused with {error.__name__}, and answered {answer!r}")

        self._call(name, refusal)

    def walk(self, function: Callable[..., Page[Any]], *args: Any, **filters: Any) -> None:
        """A list, page by page, with several page sizes."""
        for limit, pages in WALKS:
            self.follow(function, *args, limit=limit, pages=pages, **filters)

    def follow(self, function: Callable[..., Page[Any]], *args: Any, limit: int, pages: int, **filters: Any) -> None:
        """A list with one page size. Its pages are compared with their cursors, which either store takes."""
        cursor: str | None = None
        for number in range(1, pages + 1):
            name = f"page {number} of {_name(function, args, {**filters, 'limit': limit})}"
            page = self._call(name, lambda at=cursor: function(*args, limit=limit, cursor=at, **filters))
            cursor = page.next_cursor
            if cursor is None:
                return

    def gather(
        self,
        function: Callable[..., Page[Any]],
        *args: Any,
        limit: int,
        most: int,
        in_order: bool = True,
        **filters: Any,
    ) -> None:
        """A list whose pages may end elsewhere in each store: what they hold together is compared, up to so many rows.

        in_order: False where the store has an order of its own, as a scan has.
        """
        found: list[Any] = []
        cursor: str | None = None
        name = _name(function, args, {**filters, "limit": limit})
        while len(found) < most:
            page = self._call(
                f"a page of {name}",
                lambda at=cursor: function(*args, limit=limit, cursor=at, **filters),
                compared=False,
            )
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        items = tuple(found[:most] if in_order else sorted(found[:most], key=lambda item: item.id))
        self._call(f"the pages of {name}", lambda: items, measured=False)

    def _call(self, name: str, function: Callable[[], Any], *, measured: bool = True, compared: bool = True) -> Any:
        error: Exception | None = None
        with capture() as usage:
            started = time.perf_counter()
            try:
                answer = function()
            except Exception as raised:  # noqa: BLE001 - whatever it is, the report says it
                error = raised
                answer = Raised(error=type(raised).__name__, message=str(raised))
            seconds = time.perf_counter() - started
        self.calls.append(
            Call(
                name=name,
                answer=answer,
                measured=measured,
                compared=compared or error is not None,
                seconds=seconds,
                requests=len(usage),
                read_units=usage.read_units,
                write_units=usage.write_units,
                scans=len(usage.scans),
                operations=tuple(request.operation for request in usage.requests),
            )
        )
        if error is not None:
            self.failed = True
            raise Stopped from error
        return answer


def _name(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    shown = [_shown(value) for value in args] + [f"{name}={_shown(value)}" for name, value in kwargs.items()]
    return f"{function.__name__}({', '.join(shown)})"


def _shown(value: object) -> str:
    if is_dataclass(value):
        return f"{type(value).__name__}(…{len(fields(value))} fields)"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
