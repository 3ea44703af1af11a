"""Jobs and results of tasks: each store by itself keeps, lists and moves them on the same way."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from algoitny import store
from algoitny.api.cursors import CursorError
from algoitny.jobs import access
from algoitny.jobs.items import TaskResult
from algoitny.jobs.models import KEPT
from algoitny.jobs.records import NewJob, StatusChanged

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


def job(number=0, *, job_type="generate_outputs", at=None, **values):
    new = NewJob(
        platform="baekjoon",
        problem_id="1000",
        title="A+B",
        language="python",
        job_type=job_type,
        task_id=f"task-{number}",
        tags=("math", "easy"),
        **values,
    )
    return access.create_job(new, at=START + timedelta(seconds=number // 2) if at is None else at)


def walk(ask, which, **question):
    found, cursor = [], None
    while True:
        page = ask(which, cursor=cursor, **question)
        assert len(page.items) <= question.get("limit", 20)
        found += [each.id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def newest(jobs):
    return [each.id for each in sorted(jobs, key=lambda each: (each.updated_at, each.id), reverse=True)]


def test_a_job_is_found_as_it_was_made(either):
    made = job(solution_code="print()", generator_code="g")
    assert (made.status, type(made.status), made.tags) == ("PENDING", str, ["math", "easy"])
    assert (made.created_at, made.updated_at, made.error_message) == (START, START, "")
    assert access.job_by_id(made.id) == access.job_by_task("task-0") == made
    assert access.jobs_by_type("generate_outputs").items == access.jobs_by_status("PENDING").items == (made,)
    assert access.job_by_id(made.id + 1) is None


@pytest.mark.parametrize("nothing", ["no-such-task", "", "a#b", "a\x00b", " "])
def test_what_is_not_there_is_none(either, nothing):
    assert access.job_by_task(nothing) is None
    assert access.result(nothing) is None
    assert access.jobs_by_type(nothing).items == ()
    assert access.jobs_by_status(nothing).items == ()


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_lists_hold_each_job_once_newest_first(either, limit):
    jobs = [job(number, job_type=("generate_outputs", "execute_test_cases")[number % 3 == 0]) for number in range(9)]
    for job_type in ("generate_outputs", "execute_test_cases"):
        assert walk(access.jobs_by_type, job_type, limit=limit) == newest(
            [each for each in jobs if each.job_type == job_type]
        )
    assert walk(access.jobs_by_status, "PENDING", limit=limit) == newest(jobs)
    # Those that changed last come first, whenever they were made.
    moved = [
        access.advance(each.id, seen="PENDING", status="PROCESSING", at=START + timedelta(days=1, seconds=-number))
        for number, each in enumerate(jobs[:4])
    ]
    assert walk(access.jobs_by_status, "PROCESSING", limit=limit) == newest(moved) == [each.id for each in moved]
    assert walk(access.jobs_by_status, "PENDING", limit=limit) == newest(jobs[4:])
    assert walk(access.jobs_by_type, "execute_test_cases", limit=limit) == newest(jobs[::3])


def test_a_cursor_belongs_to_its_list(either):
    for number in range(3):
        job(number)
    cursor = access.jobs_by_status("PENDING", limit=1).next_cursor
    for ask in (
        lambda: access.jobs_by_status("FAILED", cursor=cursor),
        lambda: access.jobs_by_type("generate_outputs", cursor=cursor),
    ):
        with pytest.raises(CursorError):
            ask()


def test_a_job_moves_on_only_from_the_status_it_was_seen_in(either):
    made = job(generator_code="old")
    at = START + timedelta(hours=1)
    moved = access.advance(made.id, seen="PENDING", status="PROCESSING", at=at)
    assert (moved.status, moved.generator_code, moved.updated_at, moved.created_at) == ("PROCESSING", "old", at, START)
    with pytest.raises(StatusChanged, match="not PENDING"):
        access.advance(made.id, seen="PENDING", status="FAILED", error_message="x")
    assert access.job_by_id(made.id) == moved
    done = access.advance(
        made.id, seen="PROCESSING", status="FAILED", generator_code="new", error_message="too slow", at=at
    )
    assert (done.generator_code, done.error_message) == ("new", "too slow")
    assert access.job_by_task("task-0") == done
    assert access.advance(made.id, seen="FAILED", status="PENDING", error_message="", at=at).error_message == ""
    with pytest.raises(StatusChanged):
        access.advance(made.id + 1, seen="PENDING", status="FAILED")
    assert access.job_by_id(made.id + 1) is None


def test_of_many_that_take_a_job_one_has_it(tables):
    with store.serving("dynamodb"):
        made = job()
    outcomes = []

    def work(number):
        with store.serving("dynamodb"):
            try:
                access.advance(made.id, seen="PENDING", status="PROCESSING", generator_code=str(number))
                outcomes.append(str(number))
            except StatusChanged:
                pass

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    with store.serving("dynamodb"):
        assert access.job_by_id(made.id).generator_code == outcomes[0]


def test_a_result_is_made_and_changed_and_keeps_its_first_time(either):
    first, second = timezone.now() - timedelta(hours=2), timezone.now() - timedelta(hours=1)
    made = access.put_result("t", "PENDING", at=first)
    assert (made.result, made.traceback, made.created_at, made.updated_at) == (None, "", first, first)
    assert access.result("t") == made
    answer = {"passed": 3, "seconds": 0.25, "more": [None, {"a": True}]}
    changed = access.put_result("t", "COMPLETED", result=answer, at=second)
    assert (changed.result, changed.created_at, changed.updated_at) == (answer, first, second)
    assert access.result("t") == changed
    failed = access.put_result("t", "FAILED", traceback="ZeroDivisionError", at=second)
    assert (failed.result, failed.traceback, failed.created_at) == (None, "ZeroDivisionError", first)
    assert access.result("t") == failed


def test_a_result_is_gone_7_days_after_it_last_changed(either):
    now = timezone.now()
    access.put_result("gone", "COMPLETED", result=1, at=now - KEPT - timedelta(seconds=5))
    assert access.result("gone") is None
    access.put_result("kept", "PENDING", at=now - KEPT - timedelta(days=1))
    access.put_result("kept", "COMPLETED", result=2, at=now - KEPT + timedelta(hours=1))
    assert access.result("kept").result == 2


def test_a_result_that_is_gone_is_made_anew(either):
    now = timezone.now()
    access.put_result("t", "COMPLETED", result=1, at=now - KEPT - timedelta(days=1))
    anew = access.put_result("t", "PENDING", at=now)
    assert (anew.result, anew.created_at, anew.updated_at) == (None, now, now)
    assert access.result("t") == anew


def test_a_result_has_the_time_at_which_dynamodb_removes_it(tables):
    with store.serving("dynamodb"):
        at = timezone.now().replace(microsecond=0)
        access.put_result("t", "PENDING", at=at - timedelta(hours=1))
        access.put_result("t", "COMPLETED", at=at)
        assert TaskResult.objects.get(task_id="t").ttl == at + KEPT


def test_requests(tables, assert_requests):
    with store.serving("dynamodb"):
        made = job()
        access.put_result("another", "PENDING")  # ids are handed out in blocks, of which these are the first
        with assert_requests(1):
            job(1)
        for ask in (
            lambda: access.job_by_id(made.id),
            lambda: access.job_by_task("task-0"),
            lambda: access.jobs_by_type("generate_outputs"),
            lambda: access.jobs_by_status("PENDING"),
            lambda: access.advance(made.id, seen="PENDING", status="PROCESSING"),
            lambda: access.result("t"),
        ):
            with assert_requests(1) as usage:
                ask()
            assert usage.scans == []
        with assert_requests(2):
            access.put_result("t", "PENDING")
        with assert_requests(1):
            access.put_result("t", "COMPLETED")
