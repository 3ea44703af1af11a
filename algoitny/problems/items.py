"""The DynamoDB side of problems: their entities, and a problem with its test cases in one read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from algoitny.tables import main
from dynamo_models import (
    Attr,
    Bool,
    Collection,
    Entity,
    Int,
    Json,
    Key,
    List,
    Q,
    Text,
    Timestamp,
    Unique,
    now,
)


class Problem(Entity, table=main):
    """A problem. While it is deleted it is in no index. The lists are sorted by created_at, then id, as SQL's are."""

    id: Attr[int] = Int()
    platform: Attr[str] = Text()
    problem_id: Attr[str] = Text()
    title: Attr[str] = Text()
    problem_url: Attr[str] = Text(default="")
    tags: Attr[list[str]] = List(Text(), default=list)
    solution_code: Attr[str] = Text(default="")
    language: Attr[str] = Text()
    constraints: Attr[str] = Text(default="")
    is_completed: Attr[bool] = Bool(default=False)
    is_deleted: Attr[bool] = Bool(default=False)
    deleted_at: Attr[datetime | None] = Timestamp(default=None)
    deleted_reason: Attr[str] = Text(default="")
    # As text: it is a JSON column, whose fractions are floats, and DynamoDB's own maps hold none exactly.
    metadata: Attr[dict[str, Any]] = Json(default=dict)
    created_at: Attr[datetime] = Timestamp(default=now)
    updated_at: Attr[datetime] = Timestamp(default=now)

    class Keys:
        primary = Key("PROBLEM#{platform}#{problem_id}", "METADATA")
        by_platform = Key("PLATFORM#{platform}", "{created_at}#{id:019d}", index="GSI1", when=Q(is_deleted=False))
        completed = Key(
            "COMPLETED#{is_completed}", "{created_at}#{id:019d}", index="GSI2", when=Q(is_deleted=False), shards=4
        )
        by_language = Key("LANGUAGE#{language}", "{created_at}#{id:019d}", index="GSI3", when=Q(is_deleted=False))
        by_id = Unique("{id}")


class TestCase(Entity, table=main):
    """A test case of a problem, in the problem's partition. problem_row: the number of the problem's row."""

    id: Attr[int] = Int()
    problem_row: Attr[int | None] = Int(default=None)
    platform: Attr[str] = Text()
    problem_id: Attr[str] = Text()
    input: Attr[str] = Text()
    output: Attr[str] = Text()
    created_at: Attr[datetime] = Timestamp(default=now)

    class Keys:
        primary = Key("PROBLEM#{platform}#{problem_id}", "TESTCASE#{created_at}#{id:019d}")
        # No unique: those count towards the items of a transaction, and a problem's cases are written in one.
        by_row = Key("TESTCASE#{id}", "METADATA", index="GSI1")


class ProblemWithCases(Collection):
    """A problem and its test cases, in the order in which they were made."""

    problem: Problem
    test_cases: list[TestCase]
