"""History through the routes, with each store serving: who sees which runs."""

from datetime import UTC, datetime, timedelta

import pytest

from algoitny import store
from algoitny.history import access
from algoitny.history.records import NewRun
from tests.algoitny.helpers import a_problem, a_user, refused, sign_in

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def problem(either):
    return a_problem()


@pytest.fixture
def ann(problem):
    return a_user("ann@example.org")


@pytest.fixture
def bob(problem):
    return a_user("bob@example.org")


def run(problem, user=None, *, at=0, public=False, **values):
    return access.create_run(
        NewRun(
            **{
                "user_id": user and user.id,
                "user_identifier": user.email if user else "anonymous",
                "problem_row": problem.id,
                "platform": problem.platform,
                "problem_number": problem.problem_id,
                "problem_title": problem.title,
                "language": "python",
                "code": "print()",
                "result_summary": {"passed": 1},
                "passed_count": 1,
                "failed_count": 0,
                "total_count": 1,
                "is_code_public": public,
                "test_results": [{"id": 1, "status": "passed", "output": "", "error": "", "seconds": 0.25}],
                "metadata": {},
                **values,
            }
        ),
        at=START + timedelta(seconds=at),
    )


def listed(client, headers=None, **query):
    response = client.get("/api/history/", query, headers=headers or {})
    assert response.status_code == 200, response.content
    assert set(response.json()) == {"items", "next", "complete"}
    return [item["id"] for item in response.json()["items"]]


def test_each_scope_has_the_runs_that_are_the_callers_to_see(client, problem, ann, bob):
    private, shared = run(problem, ann, at=1), run(problem, ann, at=2, public=True)
    of_bob, hidden = run(problem, bob, at=3, public=True), run(problem, bob, at=4)
    nobodys, lost = run(problem, at=5, public=True), run(problem, at=6)
    public = [nobodys.id, of_bob.id, shared.id]
    assert listed(client) == listed(client, scope="public") == public
    signed_in = sign_in(client, "ann@example.org")
    assert listed(client, signed_in, scope="public") == public
    assert listed(client, signed_in, scope="own") == [shared.id, private.id]
    assert listed(client, signed_in) == listed(client, signed_in, scope="all") == [*public, private.id]
    staff = sign_in(client, "staff@example.org", staff=True)
    assert listed(client, staff) == public
    assert not {hidden.id, lost.id} & set(listed(client, signed_in))


def test_filters_narrow_and_pages_go_on(client, problem, ann):
    other = a_problem("9A", "codeforces")
    made = [
        run(other if n % 2 else problem, ann, at=n, public=True, language="c" if n < 3 else "python") for n in range(7)
    ]
    of_ann = sign_in(client, "ann@example.org")
    for scope in ("public", "own", "all"):
        assert listed(client, of_ann, scope=scope, platform="codeforces") == [made[n].id for n in (5, 3, 1)]
        assert listed(client, of_ann, scope=scope, language="c", platform="codeforces") == [made[1].id]
        assert listed(client, of_ann, scope=scope, platform="nowhere") == []
        found, cursor = [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = client.get("/api/history/", {"scope": scope, "limit": 3, **more}, headers=of_ann).json()
            found += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == [each.id for each in reversed(made)]


def test_a_list_shows_neither_code_nor_other_peoples_addresses(client, problem, ann, bob):
    run(problem, ann, public=True)
    run(problem, bob, at=1, public=True)
    run(problem, at=2, public=True)

    def items(headers=None):
        return client.get("/api/history/", headers=headers or {}).json()["items"]

    assert "code" not in items()[0]
    assert [item["user_identifier"] for item in items()] == ["anonymous", f"user {bob.id}", f"user {ann.id}"]
    own = items(sign_in(client, "ann@example.org"))
    assert [item["user_identifier"] for item in own] == ["anonymous", f"user {bob.id}", "ann@example.org"]
    assert items()[2]["created_at"] == "2025-01-15T10:30:00Z"


@pytest.mark.parametrize("scope", ["own", "all"])
def test_anonymous_callers_have_no_runs_of_their_own(client, either, scope):
    response = client.get("/api/history/", {"scope": scope})
    refused(response, 401, "Sign in first")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("scope=mine", "'mine'; it takes all, own, public"),
        ("scope=", "'scope' is empty"),
        ("user=1", "Unknown parameter 'user'. This route takes: cursor, language, limit, platform, scope."),
        ("limit=101", "from 1 to 100"),
        ("cursor=x", "not one that this server gave out"),
        ("platform=%00", "NUL"),
        ("language=a&language=b", "2 times"),
    ],
)
def test_a_list_refuses_what_it_does_not_know(client, either, query, part):
    refused(client.get(f"/api/history/?{query}"), 400, part)


def test_a_cursor_belongs_to_its_caller_scope_and_filters(client, problem, ann, bob):
    for at in range(3):
        run(problem, ann, at=at, public=True)
    of_ann, of_bob = sign_in(client, "ann@example.org"), sign_in(client, "bob@example.org")
    cursor = client.get("/api/history/", {"scope": "own", "limit": 1}, headers=of_ann).json()["next"]
    for headers, query in (
        (of_bob, {"scope": "own"}),
        (of_ann, {"scope": "all"}),
        (of_ann, {"scope": "own", "language": "c"}),
        ({}, {}),
    ):
        refused(client.get("/api/history/", {**query, "cursor": cursor}, headers=headers), 400, "other filters")


@pytest.mark.parametrize("route", ["", "hints/"])
@pytest.mark.parametrize(
    "case",
    [
        ("private", None, 404),
        ("private", "ann", 200),
        ("private", "bob", 404),
        ("private", "staff", 200),
        ("private", "was staff", 404),
        ("public", None, 200),
        ("public", "bob", 200),
        ("nobody's", None, 404),
        ("nobody's", "bob", 404),
        ("nobody's", "staff", 200),
    ],
)
def test_a_private_run_is_its_owners_and_staffs(client, problem, ann, route, case):
    kind, caller, status = case
    a_user("bob@example.org")
    made = run(problem, None if kind == "nobody's" else ann, public=kind == "public")
    response = client.get(f"/api/history/{made.id}/{route}", headers=header_of(client, caller))
    if status == 404:
        # Word for word what is said of a run that there is not.
        missing = refused(client.get(f"/api/history/{made.id + 10**6}/{route}"), 404)["detail"]
        assert refused(response, 404)["detail"] == missing.replace(str(made.id + 10**6), str(made.id))
    elif route:
        assert response.json() == {"hints": []}
    else:
        assert (response.json()["id"], response.json()["code"]) == (made.id, "print()")


def header_of(client, caller):
    from algoitny.accounts import access as accounts

    if caller is None:
        return {}
    if caller in {"ann", "bob"}:
        return sign_in(client, f"{caller}@example.org")
    headers = sign_in(client, "staff@example.org", staff=True)
    if caller == "was staff":  # and has a token that still says so
        accounts.update_user("staff@example.org", is_staff=False)
    return headers


def test_a_run_is_shown_with_its_code_results_and_hints(client, problem, ann):
    made = run(problem, ann, public=True)
    access.add_hints(made.id, ["look at zero"])
    body = client.get(f"/api/history/{made.id}/").json()
    assert body["test_results"] == [{"id": 1, "status": "passed", "output": "", "error": "", "seconds": 0.25}]
    assert (body["hints"], body["user_identifier"]) == (["look at zero"], f"user {ann.id}")
    assert client.get(f"/api/history/{made.id}/hints/").json() == {"hints": ["look at zero"]}


@pytest.mark.parametrize("run_id", [0, 17, 2**63, 10**30])
@pytest.mark.parametrize("route", ["", "hints/"])
def test_a_run_that_is_not_there_is_a_404(client, either, run_id, route):
    refused(client.get(f"/api/history/{run_id}/{route}"), 404, f"No run has the id {run_id}.")
    refused(client.get(f"/api/history/{run_id}/{route}?x=1"), 400, "Unknown parameter 'x'")
    refused(client.post(f"/api/history/{run_id}/{route}"), 405)


def test_requests(client, tables, db, assert_requests):
    with store.serving("dynamodb"):
        problem, ann = a_problem(), a_user("ann@example.org")
        private, public = run(problem, ann), run(problem, ann, at=1, public=True)
        of_ann, of_bob = sign_in(client, "ann@example.org"), sign_in(client, "bob@example.org")
        staff = sign_in(client, "staff@example.org", staff=True)
        for requests, path, headers in (
            (1, "/api/history/?scope=own", of_ann),
            (1, "/api/history/?scope=own&platform=baekjoon", of_ann),
            (4, "/api/history/", {}),
            (1, "/api/history/?platform=baekjoon", {}),
            (1, "/api/history/?language=python", {}),
            (5, "/api/history/", of_ann),
            (2, f"/api/history/{private.id}/", of_ann),
            (2, f"/api/history/{private.id}/", of_bob),
            (3, f"/api/history/{private.id}/", staff),
            (2, f"/api/history/{public.id}/", {}),
            (2, f"/api/history/{public.id}/", staff),
            (2, f"/api/history/{private.id}/hints/", of_ann),
        ):
            with assert_requests(requests):
                client.get(path, headers=headers)
