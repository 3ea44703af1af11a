"""The documented use as a type checker sees it: ``tests/typing/test_typing.py`` runs mypy --strict over this file.

What is written is right unless its line ends in ``# E: [code]``: then mypy finds that. Nothing here is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, assert_type
from uuid import UUID

from dynamo_models import (
    Attr,
    Bool,
    Bytes,
    Collection,
    Date,
    Entity,
    Expires,
    Float,
    Index,
    Int,
    Json,
    Key,
    List,
    Map,
    Number,
    NumberSet,
    Page,
    Q,
    QuerySet,
    Table,
    Text,
    TextSet,
    Timestamp,
    Unique,
    Uuid,
    Version,
    capture,
    now,
    pascal_case,
    upgrade,
)

main = Table("Main", indexes=[Index("GSI1")], attribute_names=pascal_case, ttl="TTL")


class Stamped(Entity):
    created_at: Attr[datetime] = Timestamp(default=now)


class Problem(Stamped, table=main):
    platform: Attr[str] = Text()
    number: Attr[str] = Text()
    title: Attr[str] = Text(default="")
    language: Attr[str | None] = Text(default=None)
    level: Attr[int] = Int(default=0, choices=[0, 1, 2])
    price: Attr[Decimal] = Number(default=Decimal(0))
    rating: Attr[float | None] = Float(null=True, default=None)
    is_deleted: Attr[bool] = Bool(default=False)
    deleted_at: Attr[datetime | None] = Timestamp(default=None)
    day: Attr[date | None] = Date(default=None)
    token: Attr[UUID | None] = Uuid(default=None)
    body: Attr[bytes | None] = Bytes(default=None)
    tags: Attr[list[str]] = List(Text(), default=list)
    days: Attr[list[date] | None] = List(Date(), default=None)
    anything: Attr[list[Any]] = List(default=list)
    extra: Attr[Any] = Json(default=dict)
    metadata: Attr[dict[str, Any]] = Map(default=dict)
    words: Attr[set[str]] = TextSet(default=set)
    numbers: Attr[set[Any] | None] = NumberSet(default=None)
    expires: Attr[datetime] = Expires(default=timedelta(days=90))
    version: Attr[int | None] = Version()

    class Keys:
        primary = Key("PROBLEM#{platform}#{number}", "METADATA")
        by_platform = Key("PLATFORM#{platform}", "{created_at}", index="GSI1", when=Q(is_deleted=False), shards=4)
        by_token = Unique("{token}")

    class Options:
        type_name = "Problem"
        schema_version = 2

    @upgrade(1, 2)
    @staticmethod
    def rename(item: dict[str, Any]) -> None:
        item["Title"] = item.pop("Name", "")


class TestCase(Entity, table=main):
    platform: Attr[str] = Text()
    number: Attr[str] = Text()
    id: Attr[int] = Int()

    class Keys:
        primary = Key("PROBLEM#{platform}#{number}", "CASE#{id:06d}")


class ProblemWithCases(Collection):
    problem: Problem
    cases: list[TestCase]


class WrongDeclarations(Entity):
    title: Attr[str] = Text(default=None)  # E: [assignment]
    language: Attr[str | None] = Text(null=True)
    words: Attr[int] = Text()  # E: [assignment]
    flag: Attr[bool] = Bool(default="yes")  # E: [call-overload]
    tags: Attr[list[int]] = List(Text())  # E: [arg-type]
    listed: Attr[list[str]] = List(Text(), default=[])  # E: [call-overload]
    mapped: Attr[dict[str, Any]] = Map(default={})  # E: [call-overload]
    price: Attr[Decimal] = Number(default=1.5)  # E: [call-overload]
    unknown: Attr[str] = Text(blank=True)  # E: [call-overload]
    state: Attr[str] = Text(choices=[1, 2])  # E: [list-item]


def constructors() -> None:
    Problem(platform="baekjoon", number="1000")
    Problem(platform="baekjoon", number="1000", title="A+B", language="C", tags=["x"], expires=datetime.now(UTC))
    Problem(platform="baekjoon", number="1000", language=None, deleted_at=None)
    TestCase(platform="baekjoon", number="1000", id=1)
    Problem(platform="baekjoon")  # E: [call-arg]
    Problem("baekjoon", "1000")  # E: [call-arg]
    Problem(platform="baekjoon", number="1000", tilte="A+B")  # E: [call-arg]
    Problem(platform="baekjoon", number=1000)  # E: [arg-type]
    Problem(platform="baekjoon", number="1000", title=None)  # E: [arg-type]
    Problem(platform="baekjoon", number="1000", tags=[1])  # E: [list-item]
    Problem(platform="baekjoon", number="1000", version=3)  # E: [call-arg]
    Problem(platform="baekjoon", number="1000", _stored=None)  # E: [call-arg]
    TestCase(platform="baekjoon", number="1000")  # E: [call-arg]


def instances(problem: Problem) -> None:
    assert_type(problem.title, str)
    assert_type(problem.language, str | None)
    assert_type(problem.created_at, datetime)
    assert_type(problem.price, Decimal)
    assert_type(problem.rating, float | None)
    assert_type(problem.tags, list[str])
    assert_type(problem.days, list[date] | None)
    assert_type(problem.metadata, dict[str, Any])
    assert_type(problem.words, set[str])
    assert_type(problem.version, int | None)
    assert_type(problem.expires, datetime)
    problem.language.upper()  # E: [union-attr]
    problem.title = "A-B"
    problem.language = None
    problem.title = None  # E: [assignment]
    problem.level = "2"  # E: [assignment]
    instances(problem.nothing)  # E: [attr-defined]


def reads() -> None:
    assert_type(Problem.objects.get(platform="baekjoon", number="1000"), Problem)
    assert_type(Problem.objects.create(platform="baekjoon", number="1000"), Problem)
    assert_type(Problem.objects.ref(platform="baekjoon", number="1000"), Problem)
    found = Problem.objects.filter(Q(is_deleted=False), platform="baekjoon").order_by("-created_at")
    assert_type(found, QuerySet[Problem])
    assert_type(found[:20], QuerySet[Problem])
    assert_type(found[0], Problem)
    assert_type(found.first(), Problem | None)
    assert_type(iter(found), Iterator[Problem])
    assert_type([problem.title for problem in found], list[str])
    assert_type(found.count(), int)
    assert_type(found.exists(), bool)
    page = found.page(20, cursor=None)
    assert_type(page, Page[Problem])
    assert_type(page.items, list[Problem])
    assert_type(page.next, str | None)
    assert_type(Problem.objects.by_platform(platform="baekjoon"), QuerySet[Problem])
    with suppress(TestCase.DoesNotExist):
        TestCase.objects.get(platform="baekjoon", number="1000", id=1)


def collections() -> None:
    both = ProblemWithCases.get(platform="baekjoon", number="1000")
    assert_type(both, ProblemWithCases)
    assert_type(both.problem, Problem)
    assert_type(both.cases, list[TestCase])


def writes(problem: Problem) -> None:
    assert_type(problem.save(), Problem)
    assert_type(problem.put(), Problem)
    assert_type(problem.patch(is_deleted=True), Problem)
    assert_type(problem.patch(Problem.level.add(1), Problem.language.remove(), if_=Problem.title == "A+B"), Problem)
    assert_type(problem.move(number="1001"), Problem)
    assert_type(problem.refresh(), Problem)
    assert_type(problem.delete(if_=(Problem.level > 1) & Problem.language.exists()), bool)
    problem.patch(Problem.title.set("A-B"), Problem.language.set(None), Problem.level.set(Problem.level + 1))
    problem.patch(Problem.tags.set(Problem.tags.append(["x"])), Problem.metadata["hard"].set(True))
    problem.patch(Problem.title.set(None))  # E: [arg-type]
    problem.patch(Problem.title.set(5))  # E: [arg-type]
    problem.patch(if_=Problem.level == "1")  # E: [arg-type]
    problem.patch(if_=Problem.level > "1")  # E: [operator]
    with main.transaction(token="t") as transaction:
        transaction.create(problem)
        transaction.patch(problem, title="x")
    with main.batch() as batch:
        batch.put(problem)
    with capture() as usage:
        problem.refresh()
    assert_type(len(usage), int)
