"""The main job, as a newcomer runs it, and its comparison of pages, which must see what is different."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from algoitny import store
from algoitny.copying import copy_all
from algoitny.demo.pages import compare_pages
from algoitny.problems import items, models
from tests.algoitny.conftest import START

ROOT = Path(__file__).resolve().parents[3]


def quiet(_done, _total):
    pass


@pytest.fixture
def two_problems(db, tables):
    for number in range(2):
        problem = models.Problem.objects.create(
            platform="baekjoon",
            problem_id=str(1000 + number),
            title=f"Sum {number}",
            language="python",
            tags=["math", "easy"],
            metadata={"tolerance": 1e-06, "nested": [1, None, {"a": True}]},
            is_completed=True,
            created_at=START.replace(day=1 + number),
        )
        models.TestCase.objects.create(problem=problem, input="[1, 2]", output="3")
        models.TestCase.objects.create(problem=problem, input="[]", output="")


def test_the_pages_are_equal_and_a_difference_is_seen(two_problems):
    copy_all(quiet)
    pages = compare_pages(quiet)
    assert pages.different == []
    assert pages.problems == 2
    assert pages.usage.scans == []

    items.Problem.objects.ref(platform="baekjoon", problem_id="1000").patch(title="another")

    different = compare_pages(quiet).different
    assert any(line.startswith("/api/problems/baekjoon/1000/") for line in different)
    assert any(line.startswith("/api/problems/?platform=baekjoon") for line in different)


def test_a_page_that_neither_store_answers_counts_as_different(two_problems):
    # Never copied: SQL answers, DynamoDB has nothing.
    different = compare_pages(quiet).different
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
    two_problems, client, assert_requests, path, requests
):
    copy_all(quiet)
    with store.serving("dynamodb"), assert_requests(requests) as usage:
        assert client.get(path).status_code == 200
    assert usage.scans == []


def test_json_without_once_is_refused():
    with pytest.raises(CommandError, match="--once"):
        call_command("demo", format="json")


def test_the_main_job_ends_with_everything_equal_in_both_stores(tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "algoitny.settings",
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
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert all(row["ok"] for row in report["rows"])
    assert report["compared"]["problems"] == 164
    assert report["compared"]["test cases"] > 164
    assert report["compared"]["runs"] == 1_000
    assert len(report["patterns"]) == 33
    assert {row["number"] for row in report["patterns"] if row["scanned"]} == {23, 28}
    assert report["differences"] == []
    assert json.loads((tmp_path / "dynamo" / "report.json").read_text())["ok"] is True
