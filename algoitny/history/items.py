"""Runs on the DynamoDB side, in their user's partition, and the counters that are kept beside them.

A private run is in no index. A user's number is text in keys, as an anonymous run has `anonymous-{shard}` in its
place; `user_row` is the number itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from algoitny.tables import main
from dynamo_models import Attr, Bool, Collection, Entity, Int, Json, Key, Q, Text, Timestamp, Unique, now

ANONYMOUS_SHARDS = 16

_PUBLIC = Q(is_code_public=True)


def owner_of(user_id: int | None, row_id: int) -> str:
    """The user facet of a run's key: anonymous runs are spread, so that they do not pile up in one partition."""
    return f"anonymous-{row_id % ANONYMOUS_SHARDS}" if user_id is None else str(user_id)


def owner_of_row(row: Any) -> str:
    """The same of a row. A user's own says it by itself, so that a query for a user's runs leads to their partition."""
    return str(row.user_id) if row.user_id is not None else owner_of(None, row.pk)


def user_of(owner: str) -> int | None:
    """The user's number, None for an anonymous run."""
    return None if owner.startswith("anonymous-") else int(owner)


class SearchHistory(Entity, table=main):
    id: Attr[int] = Int()
    user_id: Attr[str] = Text()
    user_row: Attr[int | None] = Int(default=None)
    user_identifier: Attr[str] = Text()
    problem_row: Attr[int] = Int()
    platform: Attr[str] = Text()
    problem_number: Attr[str] = Text()
    problem_title: Attr[str] = Text()
    language: Attr[str] = Text()
    code: Attr[str] = Text()
    result_summary: Attr[dict[str, Any]] = Json(default=dict)
    passed_count: Attr[int] = Int(default=0)
    failed_count: Attr[int] = Int(default=0)
    total_count: Attr[int] = Int(default=0)
    is_code_public: Attr[bool] = Bool(default=False)
    test_results: Attr[list[Any]] = Json(default=list)
    hints: Attr[list[Any] | None] = Json(default=None, null=True)
    metadata: Attr[dict[str, Any]] = Json(default=dict)
    created_at: Attr[datetime] = Timestamp(default=now)

    class Keys:
        primary = Key("USER#{user_id}", "HISTORY#{created_at}#{id:019d}")
        public = Key("PUBLIC#{is_code_public}", "{created_at}#{id:019d}", index="GSI1", when=_PUBLIC, shards=4)
        by_platform = Key("HISTORY_PLATFORM#{platform}", "{created_at}#{id:019d}", index="GSI2", when=_PUBLIC)
        by_language = Key("HISTORY_LANGUAGE#{language}", "{created_at}#{id:019d}", index="GSI3", when=_PUBLIC)
        by_id = Unique("{id}")


class UserTotals(Entity, table=main):
    """All of a user's runs, and their place in the ranking. A run has passed where no test case of it failed."""

    user_id: Attr[str] = Text()
    user_number: Attr[int] = Int()
    runs: Attr[int] = Int(default=0)
    passed: Attr[int] = Int(default=0)
    failed: Attr[int] = Int(default=0)
    problems: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("USER#{user_id}", "TOTALS")
        # Users of the same number of runs are sorted by their own number, which has a width of its own.
        ranking = Key("RANKING", "{runs:012d}#{user_number:019d}", index="GSI1", shards=4)


class PlatformTotals(Entity, table=main):
    user_id: Attr[str] = Text()
    platform: Attr[str] = Text()
    runs: Attr[int] = Int(default=0)
    passed: Attr[int] = Int(default=0)
    failed: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("USER#{user_id}", "TOTALS#PLATFORM#{platform}")


class LanguageTotals(Entity, table=main):
    user_id: Attr[str] = Text()
    language: Attr[str] = Text()
    runs: Attr[int] = Int(default=0)
    passed: Attr[int] = Int(default=0)
    failed: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("USER#{user_id}", "TOTALS#LANGUAGE#{language}")


class TriedProblem(Entity, table=main):
    """That a user has run a problem, so that the next run of it is known not to be the first."""

    user_id: Attr[str] = Text()
    problem_row: Attr[int] = Int()
    runs: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("USER#{user_id}", "TRIED#{problem_row:019d}")


class Totals(Collection):
    """A user's totals in one read."""

    user: UserTotals
    platforms: list[PlatformTotals]
    languages: list[LanguageTotals]
