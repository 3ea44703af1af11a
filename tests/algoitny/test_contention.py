"""Two who change a row at once both have their change, whichever store has authority."""

import threading
from dataclasses import replace

import pytest
from django.db import OperationalError, connections

from algoitny import store
from algoitny.contention import TRIES, locked
from algoitny.history import access
from algoitny.history.models import SearchHistory
from algoitny.history.records import NewRun
from algoitny.jobs import access as jobs
from algoitny.jobs.models import TaskResult
from algoitny.problems.models import Problem
from dynamo_models.backend import sending
from dynamo_models.cutover import state
from dynamo_models.testing.cutover import override_stage

OUTERMOST = pytest.mark.django_db(transaction=True, databases=["default", "dynamodb"])


@pytest.fixture
def under_dynamodb(transactional_db, tables):
    with override_stage("activity", "dynamodb"), override_stage("problems", "dynamodb"):
        yield


def a_run():
    problem = Problem.objects.create(platform="p", problem_id="1", title="t", language="c")
    new = {"user_identifier": "nobody", "problem_row": problem.pk, "platform": "p", "problem_number": "1"}
    new |= {"problem_title": "t", "language": "c", "code": "x", "result_summary": {}, "test_results": []}
    counts = {"passed_count": 0, "failed_count": 0, "total_count": 0, "is_code_public": False}
    return access.create_run(NewRun(user_id=None, metadata={}, **new, **counts))


def elsewhere(function):
    """Call it in another thread, and wait for it."""
    failed = []

    def work():
        try:
            function()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test says so
            failed.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    assert failed == []


@OUTERMOST
def test_hints_of_two_at_once_are_both_kept(under_dynamodb, monkeypatch):
    run, tried, save = a_run(), [], SearchHistory.save

    def another():
        with store.serving("dynamodb"):
            access.add_hints(run.id, ["theirs"])

    def overtaken(row, **options):
        tried.append(list(row.hints))
        if len(tried) == 1:
            elsewhere(another)
        save(row, **options)

    monkeypatch.setattr(SearchHistory, "save", overtaken)
    access.add_hints(run.id, ["ours"])
    assert tried == [["ours"], ["theirs", "ours"]]
    assert access.hints(run.id) == ["theirs", "ours"]


@OUTERMOST
def test_who_always_comes_second_is_told(under_dynamodb):
    run, tried = a_run(), []

    def overtaken():
        row = SearchHistory.objects.select_for_update().get(pk=run.id)
        tried.append(row.code)
        elsewhere(lambda: SearchHistory.objects.filter(pk=run.id).update(code=f"{row.code}+"))
        row.language = "python"
        row.save()

    with pytest.raises(OperationalError):
        locked("activity", overtaken)
    assert tried == ["x" + "+" * number for number in range(TRIES)]


@OUTERMOST
@pytest.mark.parametrize("stage", ["reading", "dynamodb"])
def test_a_pause_that_begins_meanwhile_is_waited_for(transactional_db, tables, monkeypatch, stage):
    with override_stage("activity", stage), override_stage("problems", stage):
        run, save, tried = a_run(), SearchHistory.save, []
        place = state.overridden["activity"]
        thaw = threading.Timer(2.5, state.overridden.__setitem__, ["activity", place])  # longer than all tries take

        def paused(row, **options):
            tried.append(row.pk)
            if len(tried) == 1:
                state.overridden["activity"] = replace(place, frozen=True)
                thaw.start()
            save(row, **options)

        monkeypatch.setattr(SearchHistory, "save", paused)
        assert access.add_hints(run.id, ["ours"]).hints == ["ours"]
        thaw.join()
        assert tried == [run.id, run.id]
        assert access.hints(run.id) == ["ours"]


def kept_run():
    a_run()
    return SearchHistory._base_manager.using("default").count()


def kept_result():
    assert jobs.put_result("t", "COMPLETED", result=1).result == 1
    return TaskResult._base_manager.using("default").count()


@OUTERMOST
@pytest.mark.parametrize(("group", "kept"), [("activity", kept_run), ("jobs", kept_result)])
def test_what_a_task_writes_as_authority_moves_away_is_written_where_it_has_moved_to(
    transactional_db, tables, monkeypatch, group, kept
):
    there, moved = sending.still_there, []
    with override_stage(group, "reading"):
        back = state.overridden[group]

    def moves(of, using):
        if not moved:
            moved.append(of)
            state.overridden[group] = back
        there(of, using)

    monkeypatch.setattr(sending, "still_there", moves)
    with override_stage(group, "dynamodb"):
        assert kept() == 1
    assert moved == [group]


def test_an_error_of_sql_is_no_reason_to_try_again(db):
    tried = []

    def fail():
        tried.append(1)
        raise OperationalError("the disk is gone")

    with pytest.raises(OperationalError):
        locked("activity", fail)
    assert tried == [1]
