"""The main job's comparison of pages must see what is different. `.ci/run` runs the main job itself."""

import pytest
from django.core.management import CommandError, call_command

from algoitny import store
from algoitny.demo.pages import compare_pages
from algoitny.problems import items, models
from tests.algoitny.conftest import START
from tests.algoitny.helpers import mirrored


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
    mirrored()
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
    mirrored()
    with store.serving("dynamodb"), assert_requests(requests) as usage:
        assert client.get(path).status_code == 200
    assert usage.scans == []


def test_json_without_once_is_refused():
    with pytest.raises(CommandError, match="--once"):
        call_command("demo", format="json")
