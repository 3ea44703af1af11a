"""Where a page of problems ends: one form of cursor for both stores, so that a cursor outlives a change of store."""

from datetime import datetime
from typing import Any

from algoitny.api import cursors
from algoitny.problems.records import ProblemPage, ProblemSummary


def query(**filters: Any) -> dict[str, Any]:
    """What a cursor of a list of problems belongs to."""
    return {"list": "problems", **filters}


def unseal(cursor: str, asked: dict[str, Any]) -> tuple[datetime, int]:
    """The created_at and id of the last problem of the page before. Raises CursorError."""
    created_at, row_id = cursors.unseal(cursor, query=asked)
    return datetime.fromisoformat(created_at), row_id


def page(found: list[ProblemSummary], limit: int, asked: dict[str, Any]) -> ProblemPage:
    """The page of what was found, which is one more than the page holds where more follow."""
    items = tuple(found[:limit])
    if len(found) <= limit:
        return ProblemPage(items=items, next_cursor=None)
    last = [items[-1].created_at.isoformat(timespec="microseconds"), items[-1].id]
    return ProblemPage(items=items, next_cursor=cursors.seal(last, query=asked))
