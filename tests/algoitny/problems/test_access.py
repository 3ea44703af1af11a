"""Problems are read in one order, each once, whatever the page size and the filters."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from algoitny.api.cursors import CursorError
from algoitny.problems import access
from algoitny.problems.models import Problem
from tests.algoitny.conftest import START


def walk(limit, **filters):
    found, cursor = [], None
    while True:
        page = access.list_problems(limit=limit, cursor=cursor, **filters)
        assert len(page.items) <= limit
        found += [item.problem_id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
        assert page.items


@pytest.fixture
def many(make_problem):
    """Three to each time, so that only the id orders them."""
    for number in range(20):
        make_problem(
            problem_id=f"p{number}",
            platform="codeforces" if number % 3 else "baekjoon",
            language="c++" if number % 2 else "python",
            title=f"Sum of {number}" if number % 4 else f"Product of {number}",
            is_completed=number != 7,
            is_deleted=number == 8,
            created_at=START + timedelta(microseconds=number // 3),
        )


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 18, 19, 100])
@pytest.mark.parametrize(
    ("filters", "keeps"),
    [
        ({}, lambda number: number != 7),
        ({"completed": None}, lambda number: True),
        ({"completed": False}, lambda number: number == 7),
        ({"platform": "codeforces"}, lambda number: number != 7 and number % 3),
        ({"language": "c++"}, lambda number: number != 7 and number % 2),
        ({"search": "PRODUCT"}, lambda number: number != 7 and not number % 4),
        (
            {"platform": "codeforces", "language": "python", "search": "sum", "completed": None},
            lambda number: number % 3 and not number % 2 and number % 4,
        ),
        ({"platform": "nobody"}, lambda number: False),
    ],
)
def test_a_walk_meets_each_match_once_newest_first(many, limit, filters, keeps):
    expected = [f"p{number}" for number in reversed(range(20)) if number != 8 and keeps(number)]
    assert walk(limit, **filters) == expected


def test_a_page_stays_where_it_was_while_problems_come_in(many, make_problem):
    first = access.list_problems(limit=5)
    make_problem(problem_id="new", created_at=START + timedelta(days=1))
    second = access.list_problems(limit=5, cursor=first.next_cursor)
    names = [item.problem_id for item in (*first.items, *second.items)]
    assert names == [f"p{number}" for number in (19, 18, 17, 16, 15, 14, 13, 12, 11, 10)]


def test_a_cursor_is_refused_when_it_is_forged_or_belongs_to_other_filters(many):
    cursor = access.list_problems(limit=1).next_cursor
    with pytest.raises(CursorError, match="other filters"):
        access.list_problems(limit=1, cursor=cursor, platform="codeforces")
    payload, signature = cursor.rsplit(":", 1)
    for forged in ("", "x", "a:b", payload, f"{payload}x:{signature}", f"{payload}:{signature[:-1]}", "é:ü"):
        with pytest.raises(CursorError, match="not one that this server gave out"):
            access.list_problems(limit=1, cursor=forged)


def test_a_problem_is_found_by_name_and_by_id_with_its_test_cases(make_problem):
    problem = make_problem(tags=["math"], metadata={"level": 3}, solution_code="print()", constraints="n < 3")
    for number in range(3):
        problem.test_cases.create(input=str(number), output="0", created_at=START + timedelta(seconds=-number))
    by_name = access.get_problem("baekjoon", "1000")
    assert by_name == access.problem_by_id(problem.pk)
    assert (by_name.tags, by_name.metadata, by_name.constraints) == (["math"], {"level": 3}, "n < 3")
    assert [case.input for case in by_name.test_cases] == ["2", "1", "0"]


def test_a_draft_is_read_and_a_deleted_or_missing_problem_is_none(make_problem):
    draft, deleted = make_problem(is_completed=False), make_problem(is_deleted=True)
    assert access.problem_by_id(draft.pk).problem_id == draft.problem_id
    assert access.problem_by_id(deleted.pk) is None
    assert access.get_problem("baekjoon", deleted.problem_id) is None
    assert access.get_problem("baekjoon", "\x00") is None
    assert access.problem_by_id(10**30) is None


def test_a_list_is_one_query_without_the_large_columns_and_a_problem_is_two(many, django_assert_num_queries):
    with django_assert_num_queries(1) as captured:
        access.list_problems(limit=5)
    assert "solution_code" not in captured[0]["sql"]
    with django_assert_num_queries(2):
        access.get_problem("baekjoon", "p0")


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "problem_completed"),
        ({"platform": "codeforces", "completed": None}, "problem_by_platform"),
        ({"language": "c++", "completed": None}, "problem_by_language"),
    ],
)
def test_each_list_is_read_through_its_index_in_order(many, filters, index):
    if connection.vendor != "sqlite":
        pytest.skip("the plan's wording is SQLite's")
    cursor = access.list_problems(limit=1, **filters).next_cursor
    with CaptureQueriesContext(connection) as captured:
        access.list_problems(limit=1, cursor=cursor, **filters)
    with connection.cursor() as database:
        database.execute(f"EXPLAIN QUERY PLAN {captured[0]['sql']}")
        plan = " ".join(str(row) for row in database.fetchall())
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert Problem.objects.count() == 20
