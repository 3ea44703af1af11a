"""Users, plans and figures for staff, who are looked up: a token's word is minutes old."""

from datetime import UTC, datetime, timedelta

import pytest

from algoitny.accounts import access
from algoitny.usage import access as usage
from tests.algoitny.accounts.test_account import a_run
from tests.algoitny.helpers import a_plan, a_problem, a_user, refused, send, settle, sign_in

READ = ["users/", "users/1/", "plans/", "plans/1/", "usage-stats/", "leaderboard/"]
WRITTEN = [("POST", "plans/"), ("PATCH", "plans/1/"), ("PATCH", "users/1/")]
ROUTES = [*[("GET", path) for path in READ], *WRITTEN]


@pytest.fixture
def staff(either, client):
    return sign_in(client, "staff@example.org", staff=True)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_staff_alone_come_in(client, either, method, path):
    response = send(client, method, f"/api/admin/{path}", {})
    refused(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"
    plan = a_plan(can_view_all_problems=True, can_register_problems=True)
    refused(send(client, method, f"/api/admin/{path}", {}, headers=sign_in(client, plan=plan)), 403, "for staff")


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}], ids=["no longer staff", "inactive"])
def test_a_token_of_somebody_who_was_staff_does_not_open_the_door(client, staff, method, path, change):
    access.update_user("staff@example.org", **change)
    refused(send(client, method, f"/api/admin/{path}", {}, headers=staff), 403, "for staff")


def test_who_became_staff_comes_in_with_the_token_they_have(client, either):
    header = sign_in(client)
    access.update_user("ann@example.org", is_staff=True)
    assert client.get("/api/admin/users/", headers=header).status_code == 200


def walk(client, path, header, **query):
    found, cursor = [], None
    while True:
        body = client.get(path, query | ({"cursor": cursor} if cursor else {}), headers=header).json()
        assert set(body) == {"items", "next"}
        found += body["items"]
        cursor = body["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_a_walk_meets_each_user_once(client, either, staff, limit):
    plan = a_plan()
    made = {a_user(f"user{number}@example.org", plan=plan if number % 2 else None).id for number in range(6)}
    made.add(access.user_by_email("staff@example.org").id)
    found = walk(client, "/api/admin/users/", staff, limit=limit)
    assert len(found) == len(made)
    assert {user["id"] for user in found} == made
    on_plan = walk(client, "/api/admin/users/", staff, limit=limit, plan=plan.id)
    assert [user["email"] for user in on_plan] == [f"user{number}@example.org" for number in (1, 3, 5)]
    assert walk(client, "/api/admin/users/", staff, plan=plan.id + 1000) == []


def test_a_user_as_staff_see_them_has_no_password_and_no_account_id(client, either, staff):
    user = a_user(google_id="secret-id")
    body = client.get(f"/api/admin/users/{user.id}/", headers=staff)
    assert b"secret-id" not in body.content
    assert (body.json()["has_google_account"], body.json()["is_active"]) == (True, True)
    assert not set(body.json()) & {"password", "google_id"}


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("offset=1", "Unknown parameter 'offset'. This route takes: cursor, limit, plan."),
        ("plan=x", "'plan' is 'x'"),
        ("plan=0", "'plan' is '0'"),
        ("plan=9223372036854775808", "'plan' is"),
        ("limit=101", "from 1 to 100"),
        ("cursor=x", "not one that this server gave out"),
    ],
)
def test_what_is_wrong_with_a_question_about_users_is_said(client, either, staff, query, part):
    refused(client.get(f"/api/admin/users/?{query}", headers=staff), 400, part)


def test_the_cursor_of_all_users_is_none_of_a_plans(client, either, staff):
    plan = a_plan()
    for number in range(3):
        a_user(f"user{number}@example.org", plan=plan)
    cursor = client.get("/api/admin/users/?limit=1", headers=staff).json()["next"]
    refused(client.get("/api/admin/users/", {"plan": plan.id, "cursor": cursor}, headers=staff), 400, "other filters")


def change(client, header, user_id, body):
    return send(client, "PATCH", f"/api/admin/users/{user_id}/", body, headers=header)


def test_rights_and_plan_of_a_user_are_changed(client, either, staff):
    user, hidden = a_user(), a_plan("Hidden", is_active=False, max_problems=4)
    body = change(client, staff, user.id, {"is_staff": True, "plan": hidden.id}).json()
    assert (body["is_staff"], body["plan"], body["limits"]["max_problems"]) == (True, hidden.id, 4)
    assert change(client, staff, user.id, {"is_active": False}).json()["is_active"] is False
    assert change(client, staff, user.id, {"plan": None}).json()["plan"] is None
    now = access.user_by_email(user.email)
    assert (now.is_staff, now.is_active, now.subscription_plan_id) == (True, False, None)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "nothing to change in the body. Give one or more of: is_active, is_staff, plan."),
        ({"is_superuser": True}, "Unknown field 'is_superuser'. This takes: is_active, is_staff, plan."),
        ({"is_staff": "true"}, "is_staff: Must be a valid boolean."),
        ({"is_active": 1}, "is_active: Must be a valid boolean."),
        ({"is_active": None}, "is_active: "),
        ({"plan": "1"}, "plan: A valid integer is required."),
        ({"plan": 987654, "is_staff": True}, "plan: There is no plan with the id 987654."),
        (b"{", "no JSON"),
        ([], "dictionary"),
    ],
)
def test_a_change_of_a_user_is_read_strictly_and_whole(client, either, staff, body, part):
    user = a_user()
    refused(change(client, staff, user.id, body), 400, part)
    assert not access.user_by_email(user.email).is_staff


def test_staff_cannot_lock_themselves_out_nor_a_superuser(client, either, staff):
    me = access.user_by_email("staff@example.org")
    for body in ({"is_staff": False}, {"is_active": False}):
        refused(change(client, staff, me.id, body), 409, "their own rights")
    assert change(client, staff, me.id, {"plan": a_plan().id}).status_code == 200
    root = a_user("root@example.org", is_superuser=True)
    for body in ({"is_staff": False}, {"is_active": False}):
        refused(change(client, staff, root.id, body), 403, "superuser")


@pytest.mark.parametrize("path", ["users", "plans"])
@pytest.mark.parametrize("row_id", [987654, 9 * 10**18, 2**63, 10**50])
def test_who_and_what_is_not_there_is_a_404(client, either, staff, path, row_id):
    refused(client.get(f"/api/admin/{path}/{row_id}/", headers=staff), 404, str(row_id))
    body = {"is_active": True}
    refused(send(client, "PATCH", f"/api/admin/{path}/{row_id}/", body, headers=staff), 404, str(row_id))


def test_a_plan_is_made_and_changed_and_its_users_follow(client, either, staff):
    made = send(client, "POST", "/api/admin/plans/", {"name": "Team", "max_problems": 3}, headers=staff)
    assert made.status_code == 201
    plan = made.json()
    assert (plan["max_hints_per_day"], plan["max_problems"], plan["is_active"]) == (5, 3, True)
    a_user(plan=access.plan_by_id(plan["id"]))
    path = f"/api/admin/plans/{plan['id']}/"
    assert client.get(path, headers=staff).json() == plan
    body = {"name": "Group", "max_hints_per_day": -1, "is_active": False}
    changed = send(client, "PATCH", path, body, headers=staff).json()
    assert {**plan, **body, "updated_at": changed["updated_at"]} == changed
    limits = access.user_by_email("ann@example.org").limits
    assert (limits.plan_name, limits.max_hints_per_day, limits.max_problems) == ("Group", -1, 3)
    listed = client.get("/api/admin/plans/", headers=staff).json()
    assert changed in listed["items"]
    assert listed["next"] is None
    assert [each["name"] for each in listed["items"]] == sorted(each["name"] for each in listed["items"])


def test_two_plans_do_not_share_a_name(client, either, staff):
    a_plan("Team")
    other = a_plan("Other")
    refused(send(client, "POST", "/api/admin/plans/", {"name": "Team"}, headers=staff), 409, "'Team'")
    path = f"/api/admin/plans/{other.id}/"
    refused(send(client, "PATCH", path, {"name": "Team"}, headers=staff), 409, "'Team'")
    assert access.plan_by_id(other.id).name == "Other"


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"name": "a#b"}, "'#'"),
        ({"name": " a"}, "white space"),
        ({"name": ""}, "name: "),
        ({"name": "x" * 101}, "name: "),
        ({"name": 7}, "name: Not a valid string."),
        ({"name": "x", "max_problems": -2}, "max_problems: "),
        ({"name": "x", "max_problems": 2**31}, "max_problems: "),
        ({"name": "x", "max_problems": "3"}, "max_problems: A valid integer is required."),
        ({"name": "x", "max_problems": 2.0}, "max_problems: A valid integer is required."),
        ({"name": "x", "is_active": "yes"}, "is_active: Must be a valid boolean."),
        ({"name": "x", "description": "x" * 10_001}, "description: "),
        ({"name": "x", "id": 5}, "Unknown field 'id'. This takes: can_register_problems, "),
        (b"", None),
    ],
)
def test_a_plan_is_read_strictly(client, either, staff, body, part):
    plan = a_plan()
    count = len(access.all_plans())
    refused(send(client, "POST", "/api/admin/plans/", body, headers=staff), 400, part or "name: This field is required")
    path = f"/api/admin/plans/{plan.id}/"
    refused(send(client, "PATCH", path, body, headers=staff), 400, part or "nothing to change")
    assert access.plan_by_id(plan.id) == plan
    assert len(access.all_plans()) == count


def test_uses_are_added_up_by_day_and_action(client, either, staff):
    today = datetime.now(UTC)
    ann, bob = a_user(), a_user("bob@example.org")
    for user, action, days in [(ann, "hint", 0), (bob, "hint", 0), (ann, "execution", 2), (ann, "hint", 7)]:
        usage.log_use(user.id, action, limit=-1, at=today - timedelta(days=days))
    settle()

    def day(ago):
        return str((today - timedelta(days=ago)).date())

    week = client.get("/api/admin/usage-stats/", headers=staff).json()
    assert week == {
        "first": day(6),
        "last": day(0),
        "items": [{"date": day(2), "action": "execution", "n": 1}, {"date": day(0), "action": "hint", "n": 2}],
        "totals": {"hint": 2, "execution": 1},
    }
    one = client.get(f"/api/admin/usage-stats/?from={day(7)}&to={day(7)}", headers=staff).json()
    assert one["items"] == [{"date": day(7), "action": "hint", "n": 1}]
    assert client.get(f"/api/admin/usage-stats/?to={day(1)}", headers=staff).json()["first"] == day(7)
    assert client.get(f"/api/admin/usage-stats/?from={day(1)}", headers=staff).json()["totals"] == {"hint": 2}


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("from=2025-01-32", "'from' is '2025-01-32', which is no day"),
        ("to=2025-02-29", "'to' is '2025-02-29', which is no day"),
        ("from=20250101", "'from' is '20250101'; it takes a day from 1970-01-01 to 9998-12-31"),
        ("from=2025-W01-1", "'from'"),
        ("to=yesterday", "'to' is 'yesterday'"),
        ("to=%D9%A2025-01-01", "'to'"),
        ("to=0001-01-01", "'to'"),
        ("to=9999-12-31", "'to'"),
        ("from=2025-01-02&to=2025-01-01", "first day first"),
        ("from=2025-01-01&to=2025-04-01", "at most 90 days"),
        ("from=9000-01-01", "first day first"),
        ("day=2025-01-01", "Unknown parameter 'day'. This route takes: from, to."),
        ("to=", "'to' is empty"),
    ],
)
def test_what_is_wrong_with_a_range_of_days_is_said(client, either, staff, query, part):
    refused(client.get(f"/api/admin/usage-stats/?{query}", headers=staff), 400, part)


@pytest.mark.parametrize("query", ["to=1970-01-01", "to=9998-12-31", "from=2025-01-01&to=2025-03-31"])
def test_the_ends_of_the_calendar_and_the_longest_range_are_answered(client, either, staff, query):
    assert client.get(f"/api/admin/usage-stats/?{query}", headers=staff).json()["items"] == []


def test_the_most_active_users_come_first(client, either, staff):
    ann, bob, problem = a_user(), a_user("bob@example.org"), a_problem()
    for user, runs in ((ann, 1), (bob, 2)):
        for _ in range(runs):
            a_run(user.id, problem)
    settle()
    body = client.get("/api/admin/leaderboard/", headers=staff).json()
    assert [(each["rank"], each["user_id"], each["runs"]) for each in body["items"]] == [(1, bob.id, 2), (2, ann.id, 1)]
    assert len(client.get("/api/admin/leaderboard/?limit=1", headers=staff).json()["items"]) == 1
    refused(client.get("/api/admin/leaderboard/?limit=0", headers=staff), 400, "'limit' is '0'")
    refused(client.get("/api/admin/leaderboard/?cursor=x", headers=staff), 400, "This route takes: limit.")


def test_requests(client, tables, db, assert_requests):
    from algoitny import store

    with store.serving("dynamodb"):
        header, plan = sign_in(client, "staff@example.org", staff=True), a_plan()
        user = a_user(plan=plan)

        def ask(count, path, method="GET", body=None):
            with assert_requests(count):
                args = {"headers": header}
                path = f"/api/admin/{path}"
                response = send(client, method, path, body, **args) if body else client.get(path, **args)
                assert response.status_code in {200, 201}, response.content

        # One of each is for the caller, who has to be staff now.
        ask(2, "users/")
        ask(2, f"users/?plan={plan.id}")
        ask(2, f"users/{user.id}/")
        ask(4, f"users/{user.id}/", "PATCH", {"is_staff": True})
        ask(6, f"users/{user.id}/", "PATCH", {"plan": plan.id})
        ask(2, "plans/")
        ask(3, f"plans/{plan.id}/")
        ask(2, "plans/", "POST", {"name": "Another"})
        # Read, written; its users found, the one of them written; read again, in case it changed meanwhile.
        ask(8, f"plans/{plan.id}/", "PATCH", {"max_problems": 4})
        ask(2, "usage-stats/?from=2025-01-01&to=2025-01-31")
        ask(5, "leaderboard/")
