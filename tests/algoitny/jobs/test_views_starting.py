"""Jobs through the routes, with each store serving: from a draft to its test cases, each job done once."""

import json

import pytest

from algoitny import store
from algoitny.execution import runners
from algoitny.jobs import access, generators
from algoitny.jobs.records import StatusChanged
from algoitny.jobs.tasks import run_job
from algoitny.problems import access as problems
from tests.algoitny.helpers import a_problem, refused, send, sign_in
from tests.algoitny.jobs.test_views import job

NAME = {"platform": "baekjoon", "problem_id": "1000"}
DOUBLE = "print(int(input()) * 2)"


@pytest.fixture
def staff(client, either, settings):
    settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER = True
    return sign_in(client, "staff@example.org", staff=True)


@pytest.fixture
def draft(staff):
    return a_problem(completed=False, solution_code=DOUBLE, cases=[("1", "2"), ("20", "40")])


def start(client, staff, path, **more):
    response = send(client, "POST", f"/api/register/{path}/", {**NAME, **more}, headers=staff)
    assert response.status_code == 202, response.content
    body = response.json()
    assert set(body) == {"task_id", "status_url", "job_id"}
    task = client.get(body["status_url"]).json()
    return task, client.get(f"/api/register/jobs/{body['job_id']}/", headers=staff).json()


def script(text, **values):
    """A completed job with that script."""
    made = job(99, **values)
    access.advance(made.id, seen="PENDING", status="PROCESSING")
    return access.advance(made.id, seen="PROCESSING", status="COMPLETED", generator_code=text)


def test_a_draft_gets_its_test_cases(client, staff, draft):
    task, scripted = start(client, staff, "generate-test-cases")
    assert (task["status"], task["result"]) == ("COMPLETED", {"job_id": scripted["id"]})
    assert (scripted["status"], scripted["job_type"]) == ("COMPLETED", "generate_test_cases")
    assert "print(" in scripted["generator_code"]
    task, executed = start(client, staff, "execute-test-cases", job_id=scripted["id"])
    inputs = task["result"]["inputs"]
    assert (task["status"], task["result"]["job_id"], executed["status"]) == ("COMPLETED", executed["id"], "COMPLETED")
    assert len(inputs) > 1
    task, answered = start(client, staff, "generate-outputs", inputs=["21", "no number", *inputs[:2]])
    assert (task["status"], answered["status"], answered["solution_code"]) == ("COMPLETED", "COMPLETED", DOUBLE)
    assert task["result"]["cases"][0]["input"] == "21"
    assert task["result"]["cases"][0]["output"].strip() == "42"
    (error,) = (one for one in task["result"]["errors"] if one["index"] == 1)
    assert "ValueError" in error["error"]
    saved = send(client, "POST", "/api/register/save/", {**NAME, "test_cases": task["result"]["cases"]}, headers=staff)
    assert saved.json()["test_cases"] == len(task["result"]["cases"])
    assert problems.get_problem("baekjoon", "1000").test_cases[0].input == "21"


def test_a_job_that_is_not_pending_is_not_done_again(client, staff, draft, monkeypatch):
    asked = []

    class Fake:
        def script(self, *arguments):
            asked.append(arguments)
            return "print([])"

    monkeypatch.setattr(generators, "current", Fake)
    task, made = start(client, staff, "generate-test-cases")
    before = access.job_by_id(made["id"]), access.result(task["task_id"])
    for _ in range(2):
        run_job.call(task_id=task["task_id"], serving=store.current(), job_id=made["id"])
    assert len(asked) == 1
    assert (access.job_by_id(made["id"]), access.result(task["task_id"])) == before
    processing = job(7)
    access.advance(processing.id, seen="PENDING", status="PROCESSING")
    run_job.call(task_id=processing.task_id, serving=store.current(), job_id=processing.id)
    run_job.call(task_id="x", serving=store.current(), job_id=10**9)
    assert len(asked) == 1
    assert access.result(processing.task_id) is None


def test_a_job_is_pending_until_it_is_worked_on_and_processing_then(client, staff, draft, monkeypatch):
    steps = []
    advance = access.advance

    def watched(job_id, *, seen, status, **more):
        steps.append((str(seen), str(status)))
        return advance(job_id, seen=seen, status=status, **more)

    monkeypatch.setattr(access, "advance", watched)
    start(client, staff, "generate-test-cases")
    assert steps == [("PENDING", "PROCESSING"), ("PROCESSING", "COMPLETED")]


def test_a_generator_that_has_nothing_to_go_by_fails_the_job_with_its_reason(client, staff):
    a_problem(completed=False)
    task, made = start(client, staff, "generate-test-cases")
    assert (task["status"], made["status"]) == ("FAILED", "FAILED")
    assert task["result"] == {"error": made["error_message"], "job_id": made["id"]}
    assert "no example input" in made["error_message"]


def test_a_failure_of_ours_tells_no_secret(client, staff, draft, monkeypatch):
    class Fake:
        def script(self, *_):
            raise OSError("the key is hunter2")

    monkeypatch.setattr(generators, "current", Fake)
    task, made = start(client, staff, "generate-test-cases")
    assert (task["status"], made["status"]) == ("FAILED", "FAILED")
    assert "hunter2" not in json.dumps([task, made])


def test_what_cannot_be_enqueued_does_not_stay_pending(client, staff, draft, settings):
    settings.TASKS = {"default": {"BACKEND": "tests.algoitny.jobs.broken_queue.BrokenQueue"}}
    client.raise_request_exception = False
    refused(send(client, "POST", "/api/register/generate-test-cases/", NAME, headers=staff), 500)
    (made,) = access.jobs_by_status("FAILED").items
    assert "could not be enqueued" in made.error_message
    assert access.result(made.task_id).status == "FAILED"


@pytest.mark.parametrize(
    ("printing", "part"),
    [
        ("1", "a JSON list of texts"),
        ("[1]", "a JSON list of texts"),
        ("[]", "printed 0 inputs"),
        ("['1']", "no JSON"),
        ("", "no JSON"),
    ],
)
def test_a_script_that_prints_no_inputs_fails_its_job(client, staff, draft, printing, part):
    made = script(f"print({printing!r})")
    task, executed = start(client, staff, "execute-test-cases", job_id=made.id)
    assert (task["status"], executed["status"]) == ("FAILED", "FAILED")
    assert part in task["result"]["error"]
    assert access.job_by_id(made.id).status == "COMPLETED"


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("import json; print(json.dumps(['1'] * 91))", "printed 91 inputs; 1 to 90"),
        ("import json; print(json.dumps(['x' * 100_001]))", "at most 100000 fit"),
        ("import json; print(json.dumps(['x' * 90_000] * 4))", "can be kept"),
        ("import json; print(json.dumps(['\\0']))", "NUL"),
        ("import json; print(json.dumps(['\\ud800']))", "surrogate"),
        ("raise SystemError('boom')", "boom"),
    ],
)
def test_inputs_that_cannot_be_kept_fail_their_job(client, staff, draft, code, part):
    task, _ = start(client, staff, "execute-test-cases", job_id=script(code).id)
    assert task["status"] == "FAILED"
    assert part in task["result"]["error"]


def test_only_a_completed_script_of_the_same_problem_is_run(client, staff, draft):
    a_problem("other", completed=False)
    pending, other = job(1), script("print([])", problem_id="other")

    def execute(job_id):
        return send(client, "POST", "/api/register/execute-test-cases/", {**NAME, "job_id": job_id}, headers=staff)

    refused(execute(pending.id), 409, "is PENDING")
    refused(execute(other.id), 404, f"has no job {other.id}")
    refused(execute(10**9), 404)
    for bad in ("1", 0, True, 1.5, None, 2**63):
        refused(execute(bad), 400, "job_id")


def test_a_problem_without_a_solution_that_can_be_run_gets_no_outputs(client, staff):
    def ask():
        return send(client, "POST", "/api/register/generate-outputs/", {**NAME, "inputs": ["1"]}, headers=staff)

    a_problem(completed=False, solution_code=" ")
    refused(ask(), 409, "has no solution to run")
    a_problem(completed=False, solution_code="x", language="cobol")
    refused(ask(), 409, "'cobol' cannot be run here")


@pytest.mark.parametrize(
    ("inputs", "part"),
    [
        ([], "inputs"),
        (["1"] * 91, "inputs"),
        ([1], "inputs"),
        ("1", "inputs"),
        (None, "inputs"),
        (["x" * 100_001], "at most 100000 fit"),
    ],
)
def test_inputs_that_are_none_are_refused(client, staff, draft, inputs, part):
    body = {**NAME, "inputs": inputs}
    refused(send(client, "POST", "/api/register/generate-outputs/", body, headers=staff), 400, part)


def test_outputs_that_the_result_has_no_room_for_are_errors(client, staff, draft, monkeypatch):
    class Fake:
        def languages(self):
            return frozenset({"python"})

        def outputs(self, program, inputs):
            return [runners.CaseResult(index, "passed", "é" * 40_000) for index, _ in enumerate(inputs)]

    monkeypatch.setattr(runners, "current", Fake)
    task, _ = start(client, staff, "generate-outputs", inputs=["1", "2", "3"])
    assert [case["input"] for case in task["result"]["cases"]] == ["1"]
    assert [(one["index"], "no room" in one["error"]) for one in task["result"]["errors"]] == [(1, True), (2, True)]


def test_a_server_without_a_runner_says_so_and_makes_no_job(client, staff, draft, settings):
    settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER = False
    for path, more in (("execute-test-cases", {"job_id": 1}), ("generate-outputs", {"inputs": ["1"]})):
        refused(send(client, "POST", f"/api/register/{path}/", {**NAME, **more}, headers=staff), 503)
    for status in ("PENDING", "FAILED"):
        assert access.jobs_by_status(status).items == ()


def test_a_job_that_was_moved_on_by_hand_keeps_that(client, staff, draft, monkeypatch):
    class Fake:
        def script(self, *_):
            (made,) = access.jobs_by_status("PROCESSING").items
            access.advance(made.id, seen="PROCESSING", status="FAILED", error_message="stopped")
            return "print([])"

    monkeypatch.setattr(generators, "current", Fake)
    task, made = start(client, staff, "generate-test-cases")
    assert (task["status"], made["status"], made["error_message"]) == ("FAILED", "FAILED", "stopped")
    with pytest.raises(StatusChanged):
        access.advance(made["id"], seen="PENDING", status="PROCESSING")


def test_the_largest_examples_and_solution_fit_their_job(client, staff):
    a_problem(
        completed=False,
        solution_code="x" * 290_000,
        constraints="é" * 4_000,
        cases=[("1 " * 49_000, "1")] * 3 + [("17 4", "1")],
    )
    task, made = start(client, staff, "generate-test-cases")
    assert (task["status"], made["status"]) == ("COMPLETED", "COMPLETED"), task
    assert "17 4" in made["generator_code"]
