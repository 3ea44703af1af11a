"""Hints through the routes, with each store serving: who may ask, what is counted, what is kept."""

import pytest

from algoitny import store
from algoitny.hints import providers
from algoitny.hints.tasks import MAX_HINTS
from algoitny.history import access
from algoitny.usage import access as usage
from tests.algoitny.helpers import a_plan, a_problem, a_user, refused, send, sign_in
from tests.algoitny.history.test_views import run

RESULTS = [
    {"id": 0, "status": "failed", "output": "3", "error": "", "seconds": 0.1},
    {"id": -1, "status": "passed", "output": "1", "error": "", "seconds": 0.1},
]


@pytest.fixture
def problem(either):
    return a_problem(cases=[("1 2", "4"), ("0 0", "1")], constraints="a < 9")


@pytest.fixture
def made(problem):
    results = [{**RESULTS[0], "id": problem.test_cases[0].id}, RESULTS[1]]
    return run(problem, a_user(), test_results=results, passed_count=1, failed_count=1, total_count=2)


@pytest.fixture
def provider(monkeypatch):
    """A provider that answers as many hints as it is asked for, or fails as it is told."""

    class Fake:
        error = None
        requests = []

        def hints(self, request):
            Fake.requests.append(request)
            if Fake.error:
                raise Fake.error
            return [f"hint {number}" for number in range(request.count)]

    Fake.requests.clear()
    monkeypatch.setattr(providers, "current", Fake)
    return Fake


def ask(client, made, headers=None, body=None):
    return send(client, "POST", f"/api/history/{made.id}/hints/generate/", body or {}, headers=headers or {})


def task(client, response, headers=None):
    assert response.status_code == 202, response.content
    assert set(response.json()) == {"task_id", "status_url"}
    return client.get(response.json()["status_url"], headers=headers or {}).json()


def test_hints_are_asked_for_by_the_runs_owner_and_kept_behind_those_it_has(client, made, provider):
    ann = sign_in(client)
    done = task(client, ask(client, made, ann))
    assert (done["status"], done["result"]) == (
        "COMPLETED",
        {"history_id": made.id, "hints": ["hint 0", "hint 1", "hint 2"]},
    )
    assert task(client, ask(client, made, ann, {"count": 1}))["result"]["hints"] == ["hint 0"]
    hints = client.get(f"/api/history/{made.id}/hints/", headers=ann).json()["hints"]
    assert hints == ["hint 0", "hint 1", "hint 2", "hint 0"]
    assert usage.today(a_user().id) == usage.Today(hint=2)
    (_, use) = usage.uses(a_user().id, "hint").items
    assert (use.problem_row, use.metadata) == (made.problem_row, {"history_id": made.id})


def test_the_provider_is_told_what_the_cases_hold_now(client, made, provider):
    task(client, ask(client, made, sign_in(client)))
    (request,) = provider.requests
    assert (request.title, request.constraints, request.language, request.code, request.count) == (
        "Problem 1000",
        "a < 9",
        "python",
        "print()",
        3,
    )
    first, second = request.test_results
    assert (first["input"], first["expected"], first["output"], first["status"]) == ("1 2", "4", "3", "failed")
    assert (second["input"], second["expected"]) == ("", "")  # a case that is gone


def test_the_embedded_provider_says_something_about_the_failing_case(client, made):
    done = task(client, ask(client, made, sign_in(client)))
    assert done["status"] == "COMPLETED"
    assert any("1 2" in hint for hint in done["result"]["hints"])


@pytest.mark.parametrize(
    "case",
    [
        (False, None, 401),
        (True, None, 401),
        (False, "bob@example.org", 404),
        (True, "bob@example.org", 403),
        (False, "staff@example.org", 202),
        (True, "ann@example.org", 202),
    ],
)
def test_hints_are_for_the_runs_owner_and_staff(client, problem, provider, case):
    public, caller, status = case
    made = run(problem, a_user(), public=public)
    headers = sign_in(client, caller, staff=caller.startswith("staff")) if caller else {}
    response = ask(client, made, headers)
    if status == 202:
        assert response.status_code == 202
        assert usage.today(a_user(caller).id).hint == 1  # it counts for who asks
    else:
        refused(response, status)
        assert (provider.requests, access.hints(made.id)) == ([], [])


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"count": 0}, "count"),
        ({"count": 6}, "count"),
        ({"count": "3"}, "count"),
        ({"count": True}, "count"),
        ({"count": 2.0}, "count"),
        ({"number": 3}, "Unknown field 'number'. This takes: count."),
    ],
)
def test_bad_bodies_are_refused_and_count_for_nothing(client, made, provider, body, part):
    refused(ask(client, made, sign_in(client), body), 400, part)
    assert usage.today(a_user().id).hint == 0


def test_a_run_that_is_not_there_is_a_404(client, made, provider):
    ann = sign_in(client)
    refused(send(client, "POST", f"/api/history/{made.id + 9}/hints/generate/", {}, headers=ann), 404)
    refused(client.get(f"/api/history/{made.id}/hints/generate/", headers=ann), 405)


@pytest.mark.parametrize(("limit", "admitted"), [(2, 2), (0, 0), (-1, 3)])
def test_a_plan_admits_so_many_hints_a_day(client, made, provider, limit, admitted):
    ann = sign_in(client, plan=a_plan(max_hints_per_day=limit, max_executions_per_day=9))
    statuses = [ask(client, made, ann, {"count": 1}).status_code for _ in range(3)]
    assert statuses == [202] * admitted + [429] * (3 - admitted)
    assert len(provider.requests) == len(access.hints(made.id)) == admitted
    if admitted < 3:
        assert 0 < int(ask(client, made, ann).headers["Retry-After"]) <= 86_400


def test_a_run_holds_so_many_hints(client, made, provider):
    ann = sign_in(client)
    access.add_hints(made.id, ["x"] * (MAX_HINTS - 2))
    refused(ask(client, made, ann), 409, f"has {MAX_HINTS - 2} hints already")
    assert usage.today(a_user().id).hint == 0
    assert ask(client, made, ann, {"count": 2}).status_code == 202


def test_a_provider_that_fails_is_said_in_the_result(client, made, provider):
    ann = sign_in(client)
    provider.error = providers.HintsUnavailable("The endpoint answered 500.")
    done = task(client, ask(client, made, ann), ann)
    assert (done["status"], done["result"]) == ("FAILED", {"error": "The endpoint answered 500.", "use_counted": False})
    assert usage.today(a_user().id).hint == 0
    provider.error = OSError("the key is hunter2")
    done = task(client, ask(client, made, ann), ann)
    assert "hunter2" not in str(done)


def test_a_server_without_a_provider_says_so_and_counts_nothing(client, made, settings):
    settings.ALGOITNY_HINTS = "openai"
    body = refused(ask(client, made, sign_in(client)), 503, "not set up")
    assert "ALGOITNY" not in body["detail"]
    assert usage.today(a_user().id).hint == 0


def test_requests(client, tables, db, provider, assert_requests):
    with store.serving("dynamodb"):
        made = run(a_problem(), a_user())
        ann = sign_in(client)
        ask(client, made, ann)
        # The run (2), the caller, today's count, the use, the task's result (2); then the task's own: its result, the
        # run (2), the problem, the hints (3), its result.
        with assert_requests(7 + 8):
            ask(client, made, ann)
