"""Runs: each store by itself keeps, pages and counts them the same way."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from algoitny.history import access
from algoitny.history.records import Count, NewRun
from tests.algoitny.helpers import settle

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def people(either, make_user, make_problem):
    """Two users and three problems in SQL, for the foreign keys; what is asked of them is asked of either store."""
    return [make_user().pk, make_user().pk], [make_problem(problem_id=name).pk for name in "abc"]


def run(user_id, problem_row, *, public=False, failed=0, at=0, platform="baekjoon", language="python", **values):
    return access.create_run(
        NewRun(
            user_id=user_id,
            user_identifier="someone",
            problem_row=problem_row,
            platform=platform,
            problem_number="1000",
            problem_title="A+B",
            language=language,
            code="print()",
            result_summary={"passed": 3 - failed},
            passed_count=3 - failed,
            failed_count=failed,
            total_count=3,
            is_code_public=public,
            test_results=[{"id": 1, "status": "passed", "seconds": 0.25}],
            metadata={},
            **values,
        ),
        at=START + timedelta(seconds=at),
    )


def walk(ask, **question):
    found, cursor = [], None
    while True:
        page = ask(cursor=cursor, **question)
        assert len(page.items) <= question.get("limit", 20)
        found += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_a_run_is_found_as_it_was_kept(people):
    (user, _), (problem, *_) = people
    made = run(user, problem)
    assert access.run_by_id(made.id) == made
    assert (made.user_id, made.created_at, made.test_results[0]["seconds"]) == (user, START, 0.25)
    assert access.run_by_id(made.id + 1) is None


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_lists_hold_each_run_once_newest_first(people, limit):
    (ann, bob), (problem, *_) = people
    mine = [run(ann, problem, public=n % 2 == 0, at=n // 2, language="c" if n % 3 else "python") for n in range(7)]
    theirs = [run(bob, problem, public=n % 2 == 0, at=n // 2) for n in range(7)]
    nobody = run(None, problem, public=True, at=9)

    def newest(runs):
        return [each.id for each in sorted(runs, key=lambda each: (each.created_at, each.id), reverse=True)]

    def public(runs):
        return [each for each in runs if each.is_code_public]

    assert walk(access.own, user_id=ann, limit=limit) == newest(mine)
    assert walk(access.public, limit=limit) == newest([*public(mine), *public(theirs), nobody])
    assert walk(access.timeline, user_id=ann, limit=limit) == newest([*mine, *public(theirs), nobody])
    in_c = [each for each in mine if each.language == "c"]
    assert walk(access.own, user_id=ann, language="c", limit=limit) == newest(in_c)
    assert walk(access.public, language="c", limit=limit) == newest(public(in_c))
    assert walk(access.timeline, user_id=bob, language="c", platform="baekjoon", limit=limit) == newest(public(in_c))
    assert walk(access.public, platform="nowhere", limit=limit) == []


def test_totals_and_the_ranking_follow_the_runs(people):
    (ann, bob), (first, second, _) = people
    assert access.stats(ann) == access.Stats(all=Count(), problems=0, platforms={}, languages={})
    run(ann, first)
    run(ann, first, failed=1, platform="codeforces", at=1)
    run(ann, second, language="c", at=2)
    run(bob, second, failed=3)
    run(None, second)
    settle()
    stats = access.stats(ann)
    assert (stats.all, stats.problems) == (Count(runs=3, passed=2, failed=1), 2)
    assert list(stats.platforms.items()) == [
        ("baekjoon", Count(runs=2, passed=2)),
        ("codeforces", Count(runs=1, failed=1)),
    ]
    assert stats.languages == {"c": Count(runs=1, passed=1), "python": Count(runs=2, passed=1, failed=1)}
    ranking = access.leaderboard()
    assert [(each.rank, each.user_id, each.runs, each.passed, each.problems) for each in ranking] == [
        (1, ann, 3, 2, 2),
        (2, bob, 1, 0, 1),
    ]
    run(bob, first)
    run(bob, first, at=1)
    settle()
    assert [each.user_id for each in access.leaderboard(limit=1)] == [bob]  # the same number: the newer user first


def test_hints_are_added_behind_those_that_are_there(people):
    (ann, _), (problem, *_) = people
    made = run(ann, problem)
    assert access.hints(made.id) == []
    access.add_hints(made.id, ["look at the bounds"])
    assert access.add_hints(made.id, ["and at zero"]).hints == ["look at the bounds", "and at zero"]
    assert access.hints(made.id) == ["look at the bounds", "and at zero"]
    assert access.run_by_id(made.id).code == "print()"
    assert (access.hints(10**9), access.add_hints(10**9, ["x"])) == (None, None)


def test_a_private_run_is_its_owners_and_staffs(people):
    (ann, bob), (problem, *_) = people
    private, shared, nobodys = run(ann, problem), run(ann, problem, public=True, at=1), run(None, problem, at=2)
    sees = access.visible_to
    assert sees(private, user_id=ann, is_staff=False)
    assert sees(private, user_id=bob, is_staff=True)
    assert not sees(private, user_id=bob, is_staff=False)
    assert not sees(private, user_id=None, is_staff=False)
    assert sees(shared, user_id=None, is_staff=False)
    assert not sees(nobodys, user_id=None, is_staff=False)


def test_many_runs_of_one_user_at_once_are_all_counted(db, tables):
    from algoitny import store

    def work(number):
        with store.serving("dynamodb"):
            for turn in range(5):
                run(7, number % 3, at=number * 100 + turn, failed=turn % 2)

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.serving("dynamodb"):
        settle()
        assert access.stats(7).all == Count(runs=20, passed=12, failed=8)
        assert access.stats(7).problems == 3
        assert len(walk(access.own, user_id=7)) == 20


def test_requests(tables, assert_requests):
    from algoitny import store

    with store.serving("dynamodb"):
        made = [run(7, 1, at=n, public=True) for n in range(30)]
        with assert_requests(1):
            assert len(access.own(7).items) == 20
        cursor = access.own(7).next_cursor
        with assert_requests(1):
            assert len(access.own(7, cursor=cursor).items) == 10
        with assert_requests(4):
            access.public()
        with assert_requests(5):
            access.timeline(7)
        with assert_requests(1):
            access.public(platform="baekjoon")
        with assert_requests(1):
            access.stats(7)
        with assert_requests(4):
            access.leaderboard()
        with assert_requests(2):
            access.run_by_id(made[0].id)
        with assert_requests(2):
            access.hints(made[0].id)
        with assert_requests(3):
            access.add_hints(made[0].id, ["x"])
        with assert_requests(1):
            run(7, 1, at=100)
        with assert_requests(1):
            run(None, 1, at=100)
