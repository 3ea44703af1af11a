"""The routes of jobs and drafts, with each store serving: who may, what is shown, what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from algoitny import store
from algoitny.jobs import access
from algoitny.jobs.records import NewJob
from algoitny.problems import access as problems
from dynamo_models import capture
from tests.algoitny.helpers import a_plan, a_problem, refused, send, sign_in

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)
NEW = {"platform": "baekjoon", "problem_id": "1000", "title": "A+B", "language": "python"}

ROUTES = [
    ("POST", "problem/", NEW),
    ("GET", "drafts/", None),
    ("POST", "generate-test-cases/", {"platform": "p", "problem_id": "1"}),
    ("POST", "execute-test-cases/", {"platform": "p", "problem_id": "1", "job_id": 1}),
    ("POST", "generate-outputs/", {"platform": "p", "problem_id": "1", "inputs": ["1"]}),
    ("POST", "save/", {"platform": "p", "problem_id": "1", "test_cases": []}),
    ("GET", "jobs/?type=generate_outputs", None),
    ("GET", "jobs/1/", None),
]


@pytest.fixture
def registrar(client, either):
    return sign_in(client, "registrar@example.org", plan=a_plan("Registrars", can_register_problems=True))


def job(number, **values):
    return access.create_job(
        NewJob(
            **{
                **NEW,
                "job_type": "generate_test_cases",
                "task_id": f"{number:032x}",
                "solution_code": "print()",
                **values,
            }
        ),
        at=START + timedelta(seconds=number),
    )


def call(client, method, path, body, headers):
    path = f"/api/register/{path}"
    return client.get(path, headers=headers) if method == "GET" else send(client, method, path, body, headers=headers)


@pytest.mark.parametrize("route", ROUTES)
def test_registration_is_for_staff_and_those_whose_plan_has_it(client, registrar, settings, route):
    from algoitny.accounts import access as accounts

    settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER = True
    refused(call(client, *route, {}), 401)
    refused(call(client, *route, sign_in(client)), 403, "Your plan does not include registering")
    was_staff = sign_in(client, "was@example.org", staff=True)
    accounts.update_user("was@example.org", is_staff=False)
    refused(call(client, *route, was_staff), 403)
    for headers in (registrar, sign_in(client, "staff@example.org", staff=True)):
        assert call(client, *route, headers).status_code in {200, 201, 404}


def test_a_problem_is_registered_as_a_draft_and_changed_until_it_is_completed(client, registrar):
    body = {
        **NEW,
        "problem_url": "https://example.org/1000",
        "tags": ["math"],
        "solution_code": " x\n",
        "constraints": "",
    }
    made = call(client, "POST", "problem/", body, registrar)
    assert made.status_code == 201
    assert {**made.json(), **body} == made.json()
    assert (made.json()["is_completed"], made.json()["test_cases"]) == (False, [])
    changed = call(client, "POST", "problem/", {**body, "title": "A-B", "tags": []}, registrar)
    assert (changed.status_code, changed.json()["id"]) == (200, made.json()["id"])
    stored = problems.get_problem("baekjoon", "1000")
    assert (stored.title, stored.tags, stored.solution_code) == ("A-B", [], " x\n")
    problems.set_completed("baekjoon", "1000", True)
    refused(call(client, "POST", "problem/", body, registrar), 409, "completed or deleted")
    assert problems.get_problem("baekjoon", "1000").title == "A-B"


@pytest.mark.parametrize(
    ("changes", "status", "part"),
    [
        ({"is_completed": True}, 400, "Unknown field 'is_completed'"),
        ({"metadata": {}}, 400, "Unknown field 'metadata'"),
        ({"platform": "a#b"}, 400, "platform contains '#'"),
        ({"platform": "a/b"}, 400, "platform contains '/'"),
        ({"problem_id": ".."}, 400, "problem_id is '..'"),
        ({"problem_id": ""}, 400, "problem_id"),
        ({"platform": "x" * 41}, 400, "platform"),
        ({"title": " "}, 400, "title is empty"),
        ({"title": "x" * 301}, 400, "title has 301 characters"),
        ({"title": 5}, 400, "title"),
        ({"language": " c"}, 400, "language begins or ends with white space"),
        ({"problem_url": "ftp://x"}, 400, "no http or https address"),
        ({"tags": "math"}, 400, "tags"),
        ({"tags": [1]}, 400, "tags"),
        ({"tags": ["x"] * 51}, 400, "at most 50"),
        ({"solution_code": "x" * 300_001}, 400, "at most 300000 fit"),
        ({"constraints": "\x00"}, 400, "constraints"),
    ],
)
def test_a_problem_that_cannot_be_stored_is_refused(client, registrar, changes, status, part):
    refused(call(client, "POST", "problem/", {**NEW, **changes}, registrar), status, part)
    assert problems.list_problems(completed=None).items == ()


def test_drafts_are_listed_in_pages(client, registrar):
    names = [a_problem(str(n), completed=n == 2, at=START + timedelta(seconds=n)).problem_id for n in range(5)]
    first = client.get("/api/register/drafts/?limit=3", headers=registrar).json()
    assert ([item["problem_id"] for item in first["items"]], first["complete"]) == (["4", "3", "1"], True)
    second = client.get(f"/api/register/drafts/?limit=3&cursor={first['next']}", headers=registrar).json()
    assert ([item["problem_id"] for item in second["items"]], second["next"]) == ([names[0]], None)
    refused(client.get("/api/register/drafts/?search=x", headers=registrar), 400, "Unknown parameter 'search'")


def test_test_cases_are_saved_in_place_of_those_that_there_are(client, registrar):
    draft = a_problem(completed=False, cases=[("old", "old")])
    body = {"platform": "baekjoon", "problem_id": "1000", "test_cases": [{"input": " 1\n", "output": ""}] * 90}
    saved = call(client, "POST", "save/", body, registrar)
    assert saved.status_code == 200
    assert saved.json() == {"id": draft.id, "platform": "baekjoon", "problem_id": "1000", "test_cases": 90}
    cases = problems.test_cases("baekjoon", "1000")
    assert {(case.input, case.output) for case in cases} == {(" 1\n", "")}
    assert call(client, "POST", "save/", {**body, "test_cases": []}, registrar).json()["test_cases"] == 0


def test_as_much_as_a_body_may_have_is_saved_over_as_much(client, registrar, either):
    """DynamoDB takes 4 MB in one transaction, and what is removed may count: both together are more."""
    a_problem(completed=False)
    for letter in "ab":
        cases = [{"input": letter * 80_000, "output": ""}] * 31
        body = {"platform": "baekjoon", "problem_id": "1000", "test_cases": cases}
        with capture() as usage:
            assert call(client, "POST", "save/", body, registrar).status_code == 200
        at_once = any(request.operation == "TransactWriteItems" for request in usage.requests)
        assert at_once is (either == "dynamodb" and letter == "a")  # endpoints other than AWS do not count the bytes
    cases = problems.test_cases("baekjoon", "1000")
    assert (len(cases), {case.input[0] for case in cases}) == (31, {"b"})


@pytest.mark.parametrize(
    ("cases", "status", "part"),
    [
        ([{"input": "1", "output": "1"}] * 91, 400, "test_cases"),
        ([{"input": "1"}], 400, "output"),
        ([{"input": "1", "output": "1", "id": 3}], 400, "Unknown field 'id'"),
        ([{"input": 1, "output": "1"}], 400, "input"),
        ([{"input": "1", "output": "\ud800"}], 400, "output"),
        ([{"input": "é" * 50_000, "output": "1"}], 400, "has 100001 bytes in input and output; at most 100000"),
        ({}, 400, "test_cases"),
        (None, 400, "test_cases"),
        ([{"input": "x" * 99_000, "output": ""}] * 30, 413, "more than"),
    ],
)
def test_test_cases_that_cannot_be_stored_are_refused(client, registrar, cases, status, part):
    a_problem(completed=False, cases=[("old", "old")])
    body = {"platform": "baekjoon", "problem_id": "1000", "test_cases": cases}
    refused(call(client, "POST", "save/", body, registrar), status, part)
    assert len(problems.test_cases("baekjoon", "1000")) == 1


def test_only_a_draft_is_worked_on(client, registrar, settings):
    settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER = True
    a_problem(cases=[("kept", "kept")])
    name = {"platform": "baekjoon", "problem_id": "1000"}
    for path, more in (
        ("save/", {"test_cases": []}),
        ("generate-test-cases/", {}),
        ("execute-test-cases/", {"job_id": 1}),
        ("generate-outputs/", {"inputs": ["1"]}),
    ):
        refused(call(client, "POST", path, {**name, **more}, registrar), 409, "is completed, and no draft any more")
        refused(call(client, "POST", path, {**name, "problem_id": "x", **more}, registrar), 404, "no problem 'x'")
    assert len(problems.test_cases("baekjoon", "1000")) == 1
    assert access.jobs_by_status("PENDING").items == ()


def test_jobs_are_listed_by_type_or_by_status(client, registrar):
    made = [job(n, job_type="generate_outputs" if n % 2 else "generate_test_cases") for n in range(5)]
    access.advance(made[0].id, seen="PENDING", status="PROCESSING", at=START + timedelta(seconds=60))
    access.advance(made[1].id, seen="PENDING", status="PROCESSING", at=START + timedelta(seconds=50))

    def ids(query):
        body = client.get(f"/api/register/jobs/?{query}", headers=registrar).json()
        return [item["id"] for item in body["items"]], body["next"]

    assert ids("type=generate_test_cases") == ([made[4].id, made[2].id, made[0].id], None)
    assert ids("status=PROCESSING") == ([made[0].id, made[1].id], None)
    assert ids("status=FAILED") == ([], None)
    first, cursor = ids("status=PENDING&limit=2")
    assert (first, ids(f"status=PENDING&limit=2&cursor={cursor}")) == ([made[4].id, made[3].id], ([made[2].id], None))


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("", "exactly one of the parameters 'type' and 'status'; 0 are given"),
        ("type=generate_outputs&status=FAILED", "2 are given"),
        ("type=x", "takes generate_test_cases, execute_test_cases, generate_outputs"),
        ("status=failed", "takes PENDING, PROCESSING, COMPLETED, FAILED"),
        ("status=FAILED&limit=0", "from 1 to 100"),
        ("status=FAILED&cursor=x", "not one that this server gave out"),
        ("task=1", "Unknown parameter 'task'"),
    ],
)
def test_a_list_of_jobs_refuses_what_it_does_not_know(client, registrar, query, part):
    refused(client.get(f"/api/register/jobs/?{query}", headers=registrar), 400, part)


def test_a_job_is_shown_whole_and_in_lists_without_its_code(client, registrar):
    made = job(1, generator_code="print([])")
    whole = client.get(f"/api/register/jobs/{made.id}/", headers=registrar).json()
    assert (whole["generator_code"], whole["solution_code"], whole["status"]) == ("print([])", "print()", "PENDING")
    listed = client.get("/api/register/jobs/?status=PENDING", headers=registrar).json()["items"][0]
    assert listed == {name: whole[name] for name in listed}
    assert not {"generator_code", "solution_code"} & set(listed)


@pytest.mark.parametrize("job_id", [0, 17, 2**63, 10**30])
def test_a_job_that_is_not_there_is_a_404(client, registrar, job_id):
    refused(client.get(f"/api/register/jobs/{job_id}/", headers=registrar), 404, f"No job has the id {job_id}.")


def test_requests(client, tables, db, assert_requests):
    with store.serving("dynamodb"):
        a_problem(completed=False)
        made = job(1)
        staff = sign_in(client, "staff@example.org", staff=True)
        # One of each is for the caller, whose status and plan are looked up.
        for requests, path in (
            (2, f"jobs/{made.id}/"),
            (2, "jobs/?type=generate_test_cases"),
            (2, "jobs/?status=PENDING"),
            (5, "drafts/"),  # one for each shard of the list
        ):
            with assert_requests(requests):
                client.get(f"/api/register/{path}", headers=staff)
