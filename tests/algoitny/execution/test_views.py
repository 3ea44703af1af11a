"""Running code through the routes, with each store serving: who may, what is kept, what is counted and refused."""

import json

import pytest

from algoitny import store
from algoitny.execution import runners
from algoitny.execution.tasks import run_code
from algoitny.history import access as history
from algoitny.jobs import access as jobs
from algoitny.usage import access as usage
from tests.algoitny.helpers import a_plan, a_problem, a_user, refused, send, sign_in

ECHO = "print(input())"
BODY = {"platform": "baekjoon", "problem_id": "1000", "language": "python", "code": ECHO}


@pytest.fixture
def problem(either, settings):
    settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER = True  # pytest-django turns DEBUG off
    return a_problem(cases=[("1", "1"), ("2", "3")])


@pytest.fixture
def runner(monkeypatch):
    """A runner that fails as it is told, or says that all passed."""

    class Fake:
        error = None
        asked = 0

        def languages(self):
            return frozenset({"python", "c"})

        def run(self, program, cases):
            Fake.asked += 1
            if Fake.error:
                raise Fake.error
            return runners.RunResult(tuple(runners.CaseResult(case.id, "passed") for case in cases), "python", "fake")

    monkeypatch.setattr(runners, "current", Fake)
    return Fake


def execute(client, headers=None, **changes):
    return send(client, "POST", "/api/execute/", {**BODY, **changes}, headers=headers or {})


def task(client, response, headers=None):
    assert response.status_code == 202, response.content
    assert set(response.json()) == {"task_id", "status_url"}
    assert response.json()["status_url"] == f"/api/tasks/{response.json()['task_id']}/"
    return client.get(response.json()["status_url"], headers=headers or {}).json()


def test_code_is_run_and_kept_as_a_row_of_its_user(client, problem):
    ann = sign_in(client)
    done = task(client, execute(client, ann, language="Python3"))
    assert (done["status"], set(done["result"]), "traceback" in done) == ("COMPLETED", {"history_id", "summary"}, False)
    summary = done["result"]["summary"]
    assert (summary["passed"], summary["failed"], summary["total"]) == (1, 1, 2)
    run = history.run_by_id(done["result"]["history_id"])
    assert (run.user_id, run.user_identifier) == (a_user().id, "ann@example.org")
    assert (run.problem_row, run.platform, run.problem_number) == (problem.id, "baekjoon", "1000")
    assert (run.problem_title, run.language, run.code) == (problem.title, "python", ECHO)
    assert (run.passed_count, run.failed_count, run.total_count, run.is_code_public) == (1, 1, 2, False)
    assert [(one["id"], one["status"], one["output"].strip()) for one in run.test_results] == [
        (problem.test_cases[0].id, "passed", "1"),
        (problem.test_cases[1].id, "failed", "2"),
    ]
    assert run.result_summary == summary
    assert usage.today(run.user_id) == usage.Today(execution=1)
    (use,) = usage.uses(run.user_id, "execution").items
    assert (use.problem_row, use.metadata) == (problem.id, {"language": "python"})


def test_an_anonymous_run_is_kept_without_a_user_and_counts_for_nobody(client, problem, runner):
    done = task(client, execute(client, is_code_public=True))
    run = history.run_by_id(done["result"]["history_id"])
    assert (run.user_id, run.user_identifier, run.is_code_public) == (None, "anonymous", True)
    assert [one.id for one in history.public().items] == [run.id]


def test_a_task_has_a_result_before_it_is_run(client, problem, runner, monkeypatch):
    seen = []
    original = jobs.put_result

    def put_result(task_id, status, **values):
        seen.append((str(status), runner.asked))
        return original(task_id, status, **values)

    monkeypatch.setattr(jobs, "put_result", put_result)
    execute(client)
    assert seen == [("PENDING", 0), ("PROCESSING", 0), ("COMPLETED", 1)]


@pytest.mark.parametrize("served", store.STORES)
def test_a_task_is_done_in_the_store_that_it_was_started_in(tables, db, runner, settings, served):
    """Whatever the settings of the process say that does it."""
    settings.ALGOITNY_STORE = "sql" if served == "dynamodb" else "dynamodb"
    with store.serving(served):
        a_problem(cases=[("1", "1")])
    values = {**BODY, "user_id": None, "user_identifier": "anonymous", "is_code_public": False}
    run_code.call(task_id="a" * 32, serving=served, **values)
    assert jobs.result("a" * 32) is None
    with store.serving(served):
        assert jobs.result("a" * 32).status == "COMPLETED"


@pytest.mark.parametrize(
    "wrong",
    [
        ({"langauge": "c"}, 400, "Unknown field 'langauge'. This takes: code, is_code_public, language, platform"),
        ({"code": 5}, 400, "code"),
        ({"code": ""}, 400, "code"),
        ({"code": None}, 400, "code"),
        ({"code": "a\x00"}, 400, "code"),
        ({"code": "x" * 50_001}, 413, "code has 50001 bytes; at most 50000"),
        ({"code": "é" * 25_001}, 413, "code has 50002 bytes"),
        ({"language": "cobol"}, 400, "'cobol' cannot be run here. Known: c, python"),
        ({"language": "x" * 41}, 400, "language"),
        ({"is_code_public": "yes"}, 400, "is_code_public"),
        ({"is_code_public": 1}, 400, "is_code_public"),
        ({"problem_id": "1001"}, 404, "has no problem '1001'"),
        ({"problem_id": 1000}, 400, "problem_id"),
        ({"platform": "a#b"}, 404, "has no problem"),
        ({"platform": ""}, 400, "platform"),
    ],
)
def test_what_cannot_be_run_is_refused_and_counts_for_nothing(client, problem, runner, wrong):
    changes, status, part = wrong
    ann = sign_in(client)
    refused(execute(client, ann, **changes), status, part)
    assert (usage.today(a_user().id), runner.asked) == (usage.Today(), 0)


def test_bodies_that_are_none_are_refused(client, problem):
    for body in (b"", b"{", b"[]", b"null", b'"x"', b"[" * 100_000):
        refused(send(client, "POST", "/api/execute/", body), 400)
    refused(send(client, "POST", "/api/execute/?x=1", BODY), 400, "Unknown parameter 'x'")
    refused(client.get("/api/execute/"), 405)
    refused(client.post("/api/execute/", BODY), 415)


def test_code_of_the_largest_size_is_run(client, problem, runner):
    code = "#" + "é" * 24_999 + "a"
    run = history.run_by_id(task(client, execute(client, code=code))["result"]["history_id"])
    assert run.code == code


def test_a_draft_is_run_by_those_who_see_drafts_and_a_problem_without_cases_by_nobody(client, problem, runner):
    a_problem("draft", completed=False, cases=[("1", "1")])
    a_problem("empty")
    viewer = a_plan("Viewers", can_view_all_problems=True)
    for headers in ({}, sign_in(client)):
        refused(execute(client, headers, problem_id="draft"), 404, "has no problem 'draft'")
        refused(execute(client, headers, problem_id="empty"), 409, "has no test cases")
    for headers in (sign_in(client, "staff@example.org", staff=True), sign_in(client, "v@example.org", plan=viewer)):
        assert execute(client, headers, problem_id="draft").status_code == 202


@pytest.mark.parametrize(("limit", "admitted"), [(2, 2), (0, 0), (-1, 3)])
def test_a_plan_admits_so_many_runs_a_day(client, problem, runner, limit, admitted):
    ann = sign_in(client, plan=a_plan(max_executions_per_day=limit, max_hints_per_day=7))
    statuses = [execute(client, ann).status_code for _ in range(3)]
    assert statuses == [202] * admitted + [429] * (3 - admitted)
    assert usage.today(a_user().id) == usage.Today(execution=admitted)
    assert len(history.own(a_user().id).items) == runner.asked == admitted
    if admitted < 3:
        response = execute(client, ann)
        refused(response, 429, f"{limit}", "00:00 UTC")
        assert 0 < int(response.headers["Retry-After"]) <= 86_400


def test_the_count_decides_and_not_the_look_at_it(client, problem, runner, monkeypatch):
    """Two requests at once may both see a use that is left."""
    ann = sign_in(client, plan=a_plan(max_executions_per_day=1))
    execute(client, ann)
    monkeypatch.setattr(usage, "today", lambda *_, **__: usage.Today())
    refused(execute(client, ann), 429)
    assert runner.asked == 1


def test_a_user_who_is_gone_runs_nothing(client, problem, runner):
    from algoitny.accounts import access

    ann = sign_in(client)
    access.update_user("ann@example.org", is_active=False)
    response = execute(client, ann)
    refused(response, 401, "no longer active")
    assert runner.asked == 0


def test_a_runner_that_is_not_there_is_said_in_the_result_and_is_no_use(client, problem, runner):
    runner.error = runners.RunnerUnavailable("The Judge0 server could not be reached.")
    ann, staff = sign_in(client), sign_in(client, "staff@example.org", staff=True)
    response = execute(client, ann)
    done = task(client, response, ann)
    assert done["status"] == "FAILED"
    assert done["result"] == {"error": "The Judge0 server could not be reached.", "use_counted": False}
    assert "traceback" not in done
    assert "RunnerUnavailable" in task(client, response, staff)["traceback"]
    assert history.own(a_user().id).items == ()
    assert usage.today(a_user().id).execution == 0
    assert usage.uses(a_user().id, "execution").items == ()
    assert task(client, execute(client))["result"]["use_counted"] is False


def test_a_failure_of_ours_tells_no_secret(client, problem, runner, caplog):
    runner.error = OSError("the password is hunter2")
    response = execute(client, sign_in(client))
    assert "hunter2" not in json.dumps(task(client, response))
    assert "hunter2" in jobs.result(response.json()["task_id"]).traceback
    assert "hunter2" in caplog.text


def test_a_traceback_is_for_those_who_are_staff_now(client, problem, runner):
    from algoitny.accounts import access

    runner.error = OSError("no")
    staff = sign_in(client, "staff@example.org", staff=True)
    response = execute(client)
    assert "traceback" in task(client, response, staff)
    access.update_user("staff@example.org", is_staff=False)
    assert "traceback" not in task(client, response, staff)


def test_a_server_without_a_runner_says_so_and_counts_nothing(client, problem, settings):
    settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER = False
    body = refused(execute(client, sign_in(client)), 503, "not set up to run code")
    assert "ALGOITNY" not in body["detail"]
    assert usage.today(a_user().id).execution == 0


def test_a_problem_that_is_emptied_before_its_run_fails_the_task(client, problem, runner, monkeypatch):
    from algoitny.problems import access as problems

    found, get_problem = [problem], problems.get_problem
    monkeypatch.setattr(problems, "get_problem", lambda *name: found.pop() if found else get_problem(*name))
    problems.save_test_cases("baekjoon", "1000", [])
    done = task(client, execute(client))
    assert (done["status"], runner.asked) == ("FAILED", 0)
    assert "lost its test cases" in done["result"]["error"]


@pytest.mark.parametrize("task_id", ["0" * 32, "x", "0" * 31, "A" * 32, "a%23b", "%00", "é" * 32, "0" * 33])
def test_a_task_that_is_unknown_is_a_404(client, either, task_id):
    refused(client.get(f"/api/tasks/{task_id}/"), 404, "No task has this id")


def test_a_task_takes_no_parameters_and_is_only_read(client, either):
    refused(client.get(f"/api/tasks/{'0' * 32}/?x=1"), 400, "Unknown parameter 'x'")
    refused(client.delete(f"/api/tasks/{'0' * 32}/"), 405)


def test_requests(client, tables, db, runner, assert_requests):
    with store.serving("dynamodb"):
        a_problem(cases=[("1", "1")])
        ann = sign_in(client, plan=a_plan())
        execute(client, ann)  # ids are there from now on
        # The caller, the problem, today's count, the use, and two for the task's result that is not there yet. Then, as
        # the backend is the immediate one, the task's own: its result, the problem, the run, its result.
        with assert_requests(6 + 4):
            response = execute(client, ann)
        with assert_requests(1):
            client.get(response.json()["status_url"], headers=ann)
        with assert_requests(0):
            client.get("/api/tasks/x/")
