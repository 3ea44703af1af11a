"""One's own account: what it shows and takes, and that it is nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest

from algoitny.accounts import access
from algoitny.history import access as history
from algoitny.history.records import NewRun
from algoitny.usage import access as usage
from tests.algoitny.helpers import a_plan, a_problem, a_user, refused, send, settle, sign_in

ROUTES = [("GET", "me"), ("PATCH", "me"), ("GET", "plan"), ("PUT", "plan"), ("GET", "plan-usage"), ("GET", "stats")]


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_an_anonymous_caller_has_no_account(client, db, method, route):
    response = send(client, method, f"/api/account/{route}/", {})
    refused(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "route"), ROUTES[:-1])
def test_a_user_who_is_gone_inactive_or_another_by_now_has_none_either(client, either, monkeypatch, method, route):
    header, body = sign_in(client), {"PATCH": {"name": "x"}, "PUT": {"plan": None}}.get(method, {})
    access.update_user("ann@example.org", is_active=False)
    refused(send(client, method, f"/api/account/{route}/", body, headers=header), 401, "no longer active")
    access.update_user("ann@example.org", is_active=True)
    found = access.user_by_email("ann@example.org")
    for now in (None, type(found)(**{name: getattr(found, name) for name in found.__slots__} | {"id": found.id + 1})):
        monkeypatch.setattr(access, "user_by_email", lambda email, now=now: now)
        refused(send(client, method, f"/api/account/{route}/", body, headers=header), 401, "gone")


def test_me_is_the_caller_as_the_store_has_them_now(client, either):
    plan = a_plan(can_register_problems=True)
    header = sign_in(client, plan=plan)
    access.update_user("ann@example.org", name="Ann", google_id="77")
    body = client.get("/api/account/me/", headers=header).json()
    assert body.pop("created_at").endswith("Z")
    assert body == {
        "id": access.user_by_email("ann@example.org").id,
        "email": "ann@example.org",
        "name": "Ann",
        "picture": "",
        "is_staff": False,
        "plan": plan.id,
        "limits": {
            "plan_name": "Team",
            "max_hints_per_day": 5,
            "max_executions_per_day": 50,
            "max_problems": -1,
            "can_view_all_problems": False,
            "can_register_problems": True,
        },
    }


def test_one_changes_ones_own_name_and_picture_and_nobody_elses(client, either):
    a_user("bob@example.org", name="Bob")
    header = sign_in(client)

    def change(**body):
        return send(client, "PATCH", "/api/account/me/", body, headers=header).json()

    assert change(name="  Ann  ")["name"] == "Ann"
    assert change(picture="https://pictures.example/a.png")["name"] == "Ann"
    assert change(name="", picture="")["picture"] == ""
    assert access.user_by_email("bob@example.org").name == "Bob"
    user = access.user_by_email("ann@example.org")
    assert (user.name, user.picture) == ("", "")


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "nothing to change in the body. Give one or more of: name, picture."),
        (b"", "nothing to change"),
        ({"is_staff": True}, "Unknown field 'is_staff'. This takes: name, picture."),
        ({"email": "bob@example.org"}, "Unknown field 'email'"),
        ({"name": 5}, "name: Not a valid string."),
        ({"name": None}, "name: "),
        ({"name": "x" * 201}, "name: "),
        ({"name": "a\x00b"}, "name: Null characters"),
        ({"picture": "ann.png"}, "picture: Enter a valid URL."),
        ({"picture": "javascript:alert(1)"}, "picture: Enter a valid URL."),
        ({"picture": "ftp://pictures.example/a"}, "picture: Enter a valid URL."),
        ({"picture": ["https://pictures.example/a"]}, "picture: "),
        ({"picture": f"https://pictures.example/{'a' * 500}"}, "picture: "),
        (b"nothing", "no JSON"),
        ("text", "dictionary"),
    ],
)
def test_a_change_is_read_strictly(client, either, body, part):
    header = sign_in(client)
    refused(send(client, "PATCH", "/api/account/me/", body, headers=header), 400, part)
    assert not access.user_by_email("ann@example.org").is_staff


def test_the_limits_are_those_of_the_plan(client, either):
    header = sign_in(client)
    assert client.get("/api/account/plan/", headers=header).json() == {
        "plan_name": None,
        "max_hints_per_day": 5,
        "max_executions_per_day": 50,
        "max_problems": -1,
        "can_view_all_problems": False,
        "can_register_problems": False,
    }
    plan = a_plan(max_hints_per_day=9)
    body = send(client, "PUT", "/api/account/plan/", {"plan": plan.id}, headers=header).json()
    assert (body["plan_name"], body["max_hints_per_day"]) == ("Team", 9)
    assert client.get("/api/account/plan/", headers=header).json() == body
    body = send(client, "PUT", "/api/account/plan/", {"plan": None}, headers=header).json()
    assert (body["plan_name"], body["max_hints_per_day"]) == (None, 5)


def test_only_a_plan_that_is_offered_is_chosen(client, either):
    header, old = sign_in(client), a_plan("Old", is_active=False)

    def choose(body):
        return send(client, "PUT", "/api/account/plan/", body, headers=header)

    refused(choose({"plan": old.id}), 409, "'Old' is not offered")
    refused(choose({"plan": old.id + 1000}), 404, f"no plan with the id {old.id + 1000}")
    refused(choose({"plan": 2**63 - 1}), 404)
    for body, part in [
        ({}, "plan: This field is required."),
        ({"plan": "1"}, "plan: A valid integer is required."),
        ({"plan": True}, "plan: A valid integer is required."),
        ({"plan": 1.5}, "plan: A valid integer is required."),
        ({"plan": 0}, "plan: "),
        ({"plan": 2**63}, "plan: "),
        ({"plan": None, "user": 1}, "Unknown field 'user'. This takes: plan."),
    ]:
        refused(choose(body), 400, part)
    assert access.user_by_email("ann@example.org").subscription_plan_id is None


def test_todays_uses_are_ones_own_against_the_plan(client, either):
    bob = a_user("bob@example.org")
    header = sign_in(client, plan=a_plan(max_hints_per_day=2, max_executions_per_day=-1))
    ann = access.user_by_email("ann@example.org")
    for _ in range(3):
        usage.log_use(ann.id, "hint", limit=-1)
    usage.log_use(ann.id, "execution", limit=-1)
    usage.log_use(ann.id, "execution", limit=-1, at=datetime.now(UTC) - timedelta(days=1))
    usage.log_use(bob.id, "execution", limit=-1)
    body = client.get("/api/account/plan-usage/", headers=header).json()
    today = datetime.now(UTC).date()
    assert body == {
        "date": str(today),
        "resets_at": f"{today + timedelta(days=1)}T00:00:00Z",
        "hints": {"used": 3, "limit": 2, "remaining": 0},
        "executions": {"used": 1, "limit": -1, "remaining": None},
    }


def a_run(user_id, problem, **values):
    return history.create_run(
        NewRun(
            user_id=user_id,
            user_identifier="someone",
            problem_row=problem.id,
            platform=problem.platform,
            problem_number=problem.problem_id,
            problem_title=problem.title,
            language="python",
            code="print()",
            result_summary={},
            passed_count=1,
            failed_count=0,
            total_count=1,
            test_results=[],
            metadata={},
            **{"is_code_public": False, **values},
        )
    )


def test_the_totals_are_those_of_ones_own_runs(client, either):
    header, bob, problem = sign_in(client), a_user("bob@example.org"), a_problem()
    nothing = {"runs": 0, "passed": 0, "failed": 0}
    stats = client.get("/api/account/stats/", headers=header).json()
    assert stats == {"all": nothing, "problems": 0, "platforms": {}, "languages": {}}
    a_run(access.user_by_email("ann@example.org").id, problem)
    for _ in range(2):
        a_run(bob.id, problem, is_code_public=True)
    settle()
    once = {"runs": 1, "passed": 1, "failed": 0}
    stats = client.get("/api/account/stats/", headers=header).json()
    assert stats == {"all": once, "problems": 1, "platforms": {"baekjoon": once}, "languages": {"python": once}}


@pytest.mark.parametrize("route", ["me", "plan", "plan-usage", "stats"])
def test_parameters_are_refused(client, db, route):
    path = f"/api/account/{route}/?user=2"
    refused(client.get(path, headers=sign_in(client)), 400, "Unknown parameter 'user'. This route takes: none.")


def test_requests(client, tables, db, assert_requests):
    from algoitny import store

    with store.serving("dynamodb"):
        header, plan = sign_in(client), a_plan()
        for route, count in [("me", 1), ("plan", 1), ("plan-usage", 2), ("stats", 1)]:
            with assert_requests(count):
                assert client.get(f"/api/account/{route}/", headers=header).status_code == 200
        with assert_requests(3):
            send(client, "PATCH", "/api/account/me/", {"name": "x"}, headers=header)
        # The caller; the plan; the caller and the plan again, as they are now, for one transaction.
        with assert_requests(7):
            send(client, "PUT", "/api/account/plan/", {"plan": plan.id}, headers=header)
        with assert_requests(3):
            send(client, "PUT", "/api/account/plan/", {"plan": None}, headers=header)
