"""The main job, as a newcomer runs it, and its comparison, which must see what is different."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from algoitny import store
from algoitny.demo.pages import compare_pages
from algoitny.problems import items, models
from algoitny.problems.copying import compare_all, copy_all

ROOT = Path(__file__).resolve().parents[3]


def _quiet(_done: int, _total: int) -> None:
    pass


@pytest.fixture
def two_problems(db: None, make_tables: Callable[..., None]) -> list[models.Problem]:
    make_tables(items.main)
    problems = []
    for number in range(2):
        problem = models.Problem.objects.create(
            platform="baekjoon",
            problem_id=str(1000 + number),
            title=f"Sum {number}",
            language="python",
            tags=["math", "easy"],
            metadata={"tolerance": 1e-06, "nested": [1, None, {"a": True}]},
            is_completed=True,
            created_at=datetime(2026, 1, 1 + number, tzinfo=UTC),
        )
        models.TestCase.objects.create(problem=problem, input="[1, 2]", output="3")
        models.TestCase.objects.create(problem=problem, input="[]", output="")
        problems.append(problem)
    return problems


def test_a_copy_is_equal_and_the_same_copy_again_changes_nothing(two_problems: list[models.Problem]) -> None:
    for _ in range(2):
        report = copy_all(_quiet)
        assert (report.problems, report.test_cases, report.removed) == (2, 4, 0)
        found = compare_all()
        assert found.equal
        assert (found.problems, found.test_cases) == (2, 4)


def test_a_copy_removes_what_has_no_row_any_more(two_problems: list[models.Problem]) -> None:
    copy_all(_quiet)
    two_problems[0].delete()

    assert copy_all(_quiet).removed == 3
    assert compare_all().equal


def test_a_problem_that_took_the_id_of_a_removed_one_is_copied(two_problems: list[models.Problem]) -> None:
    copy_all(_quiet)
    taken = two_problems[0].pk
    two_problems[0].delete()
    models.Problem.objects.create(id=taken, platform="other", problem_id="1", title="t", language="c")

    copy_all(_quiet)

    assert compare_all().equal
    assert items.Problem.objects.get(id=taken).platform == "other"


def test_the_comparison_sees_what_is_missing_extra_and_different(two_problems: list[models.Problem]) -> None:
    copy_all(_quiet)
    first = items.Problem.objects.get(platform="baekjoon", problem_id="1000")
    first.patch(title="another")
    items.TestCase.objects.filter(platform="baekjoon", problem_id="1001")[0].delete()
    items.Problem.objects.create(id=99, platform="extra", problem_id="1", title="t", language="c")

    found = compare_all()

    assert not found.equal
    assert len(found.different) == 1
    assert "Title" in found.different[0]
    assert len(found.missing) == 1
    assert "problem_id='1001'" in found.missing[0]
    assert len(found.extra) == 1
    assert "extra" in found.extra[0]


def test_the_pages_are_equal_and_a_difference_is_seen(two_problems: list[models.Problem]) -> None:
    copy_all(_quiet)
    pages = compare_pages(_quiet)
    assert pages.different == []
    assert pages.problems == 2
    assert pages.usage.scans == []

    items.Problem.objects.ref(platform="baekjoon", problem_id="1000").patch(title="another")

    different = compare_pages(_quiet).different
    assert any(line.startswith("/api/problems/baekjoon/1000/") for line in different)
    assert any(line.startswith("/api/problems/?platform=baekjoon") for line in different)


def test_a_page_that_neither_store_answers_counts_as_different(two_problems: list[models.Problem]) -> None:
    # Never copied: SQL answers, DynamoDB has nothing.
    different = compare_pages(_quiet).different
    assert any("not answered (SQL 200, DynamoDB 404)" in line for line in different)


@pytest.mark.parametrize(
    ("path", "requests"),
    [
        ("/api/problems/baekjoon/1000/", 1),
        ("/api/problems/?platform=baekjoon", 1),
        ("/api/problems/?language=python", 1),
        ("/api/problems/", 4),  # one for each shard of the completed list
    ],
)
def test_a_page_costs_the_requests_that_its_access_pattern_implies(
    two_problems: list[models.Problem], client, assert_requests, path: str, requests: int
) -> None:
    copy_all(_quiet)
    with store.serving("dynamodb"), assert_requests(requests) as usage:
        assert client.get(path).status_code == 200
    assert usage.scans == []


def test_json_without_once_is_refused() -> None:
    with pytest.raises(CommandError, match="--once"):
        call_command("demo", format="json")


def test_the_main_job_ends_with_164_problems_equal_in_both_stores(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "ALGOITNY_SQLITE": str(tmp_path / "demo.sqlite3"),
        "ALGOITNY_DYNAMO_DIRECTORY": str(tmp_path / "dynamo"),
        "ALGOITNY_DYNAMODB_ENDPOINT": "embedded",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--once", "--format", "json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert all(row["ok"] for row in report["rows"])
    values = {row["name"]: row["value"] for row in report["rows"]}
    assert values["problems equal in both stores"] == 164
    assert values["test cases equal in both stores"] > 164
    assert report["differences"] == []
