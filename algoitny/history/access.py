"""The questions asked about runs, and what writes them; either store does both."""

from datetime import datetime
from typing import Any

from algoitny.history.records import NewRun, Ranked, Run, RunSummary, Stats
from algoitny.history.stores import dynamodb, sql
from algoitny.keyset import Page
from algoitny.store import Either

# Totals and the ranking: sums over all of a user's runs, or over everybody's, which the stream keeps up.
_store = Either(
    sql=sql,
    dynamodb=dynamodb,
    group="activity",
    beside={"stats", "leaderboard"},
    tasks={"create_run", "add_hints"},
)


def own(
    user_id: int,
    *,
    platform: str | None = None,
    language: str | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> Page[RunSummary]:
    """Patterns 7 and 11: a user's own runs, private ones too, newest first. Raises CursorError."""
    return _store.own(user_id, platform=platform, language=language, limit=limit, cursor=cursor)


def public(
    *, platform: str | None = None, language: str | None = None, limit: int = 20, cursor: str | None = None
) -> Page[RunSummary]:
    """Patterns 8 and 11: everybody's public runs, newest first. Raises CursorError."""
    return _store.public(platform=platform, language=language, limit=limit, cursor=cursor)


def timeline(
    user_id: int,
    *,
    platform: str | None = None,
    language: str | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> Page[RunSummary]:
    """Pattern 9: a user's own runs and others' public ones, each once, newest first. Raises CursorError."""
    return _store.timeline(user_id, platform=platform, language=language, limit=limit, cursor=cursor)


def run_by_id(run_id: int) -> Run | None:
    """Pattern 10. Whoever asks decides whether its caller may see a private one: `visible_to`."""
    return _store.run_by_id(run_id)


def visible_to(run: Run, *, user_id: int | None, is_staff: bool) -> bool:
    """A private run is its owner's and staff's."""
    return run.is_code_public or is_staff or (user_id is not None and run.user_id == user_id)


def create_run(run: NewRun, *, run_id: int | None = None, at: datetime | None = None) -> Run:
    """Pattern 12: keep a run, and count it in its user's totals in the same transaction."""
    return _store.create_run(run, run_id=run_id, at=at)


def add_hints(run_id: int, hints: list[Any]) -> Run | None:
    """Pattern 17: hints behind those that the run has. None where there is no such run.

    Two callers at once both keep theirs.
    """
    return _store.add_hints(run_id, hints)


def hints(run_id: int) -> list[Any] | None:
    """Pattern 18: the run's hints, none at all too; None where there is no such run."""
    return _store.hints(run_id)


def stats(user_id: int) -> Stats:
    """Pattern 31: what a user's runs add up to."""
    return _store.stats(user_id)


def leaderboard(*, limit: int = 10) -> list[Ranked]:
    """Pattern 33: the users with the most runs, most first; of the same number, the newer user first."""
    return _store.leaderboard(limit=limit)
