"""The routes: what everybody may ask, what staff may change, and what is refused with which answer."""

import json
import uuid

import pytest

from algoitny.experiments.items import Event
from tests.algoitny.helpers import a_user, refused, send, sign_in

pytestmark = pytest.mark.django_db

NOWHERE = "b9a1b1f0-8f0b-4f63-9d2a-3f0c7a0f7b11"
BASE = "/api/experiments/"
NEW = {"name": "Button", "variations": [{"name": "blue", "value": {"color": "#00f"}}, {"name": "green", "weight": 3}]}
RULES = {
    "default": 0,
    "rules": [{"when": [{"attribute": "signed_in", "operator": "equals", "value": True}], "value": 1}],
}


@pytest.fixture
def ask(client, five):
    """As an anonymous caller, or with a header of ``sign_in``: (status, body)."""

    def ask(method, path, body=None, headers=None, status=200):
        if body is None:
            response = client.generic(method, BASE + path, headers=headers)
        else:
            response = send(client, method, BASE + path, body, headers=headers)
        assert response.status_code == status, response.content
        return json.loads(response.content) if response.content else None

    return ask


@pytest.fixture
def staff(client, five):
    return sign_in(client, "staff@example.org", staff=True)


@pytest.fixture
def made(ask, staff):
    found = ask("POST", "", NEW, staff, 201)
    return ask("POST", f"{found['id']}/status/", {"status": "active"}, staff)


def test_an_anonymous_caller_says_who_they_are_and_keeps_a_variation(ask, made):
    body = {"experiment_id": made["id"], "user_identifier": "browser-1"}
    first = ask("POST", "assign/", body)
    assert first["variation"] in made["variations"]
    assert (first["source"], first["experiment_id"]) == ("assignment", made["id"])
    assert ask("POST", "assign/", body) == first


def test_a_signed_in_caller_is_who_the_token_says(ask, client, made, staff):
    ann = sign_in(client, "ann@example.org")
    ask("POST", "assign/", {"experiment_id": made["id"]}, ann)
    (found,) = ask("GET", f"{made['id']}/assignments/", headers=staff)["items"]
    assert found["user_id"] == f"user:{a_user('ann@example.org').id}"
    # Nobody is ann by saying so.
    ask("POST", "assign/", {"experiment_id": made["id"], "user_identifier": found["user_id"]})
    users = {each["user_id"] for each in ask("GET", f"{made['id']}/assignments/", headers=staff)["items"]}
    assert users == {found["user_id"], f"anonymous:{found['user_id']}"}


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("assign/", {"experiment_id": NOWHERE}, 400, "Say who asks"),
        ("assign/", {"user_identifier": "a"}, 400, "experiment_id: This field is required"),
        ("assign/", {"experiment_id": NOWHERE, "user_identifier": ""}, 400, "user_identifier"),
        ("assign/", {"experiment_id": NOWHERE, "user_identifier": "a", "x": 1}, 400, "Unknown field 'x'"),
        ("assign/", {"experiment_id": 1, "user_identifier": "a"}, 400, "experiment_id"),
        ("assign/", {"experiment_id": "exp456", "user_identifier": "a"}, 404, "'exp456' is no id"),
        ("assign/", {"experiment_id": NOWHERE, "user_identifier": "a"}, 404, "There is no experiment"),
        ("evaluate/", {"flag": "none", "user_identifier": "a"}, 404, "There is no flag 'none'"),
        ("evaluate/", {"flag": "none", "user_identifier": "a", "attributes": []}, 400, "attributes"),
        ("track/", {"events": [], "user_identifier": "a"}, 400, "events"),
        ("track/", {"events": [{"data": {}}], "user_identifier": "a"}, 400, "event_type"),
        ("track/", {"events": [{"event_type": "v", "at": 1}], "user_identifier": "a"}, 400, "Unknown field 'at'"),
        ("track/", {"events": [{"event_type": "v", "data": "x" * 10_000}], "user_identifier": "a"}, 400, "10002"),
        ("track/", {"events": [{"event_type": "v"}] * 101, "user_identifier": "a"}, 400, "events"),
    ],
)
def test_what_everybody_may_ask_is_read_strictly(path, body, status, said, client, five):  # noqa: PLR0917
    refused(send(client, "POST", BASE + path, body), status, said)


def test_a_signed_in_caller_does_not_say_who_they_are(client, made):
    body = {"experiment_id": made["id"], "user_identifier": "a"}
    refused(send(client, "POST", BASE + "assign/", body, headers=sign_in(client)), 400, "user_identifier is for anon")


def test_a_flag_is_evaluated_with_what_this_server_knows_of_the_caller(ask, client, staff):
    ask("POST", "flags/", {"name": "hints", "rules": RULES, "status": "active"}, staff, 201)
    anonymous = {"flag": "hints", "user_identifier": "a", "attributes": {"signed_in": True}}
    assert ask("POST", "evaluate/", anonymous) == {"flag": "hints", "value": 0, "source": "default", "rule": None}
    signed_in = ask("POST", "evaluate/", {"flag": "hints"}, sign_in(client))
    assert signed_in == {"flag": "hints", "value": 1, "source": "rule", "rule": 0}


def test_what_was_done_is_tracked_and_counted(ask, made, staff):
    for user in ("a", "b"):
        ask("POST", "assign/", {"experiment_id": made["id"], "user_identifier": user})
    events = [{"event_type": "buy", "data": {"price": 9.5}, "experiment_id": made["id"]}, {"event_type": "view"}]
    assert ask("POST", "track/", {"events": events, "user_identifier": "a"}, status=201) == {"tracked": 2}
    assert {(each.user_id, each.event_type) for each in Event.objects.scan()} == {
        ("anonymous:a", "buy"),
        ("anonymous:a", "view"),
    }
    (event,) = (each for each in Event.objects.scan() if each.event_type == "buy")
    today = event.timestamp.date().isoformat()
    path = f"{made['id']}/conversions/?event_type=buy&first={today}&last={today}"
    found = ask("GET", path, headers=staff)["items"]
    assert sum(each["assigned"] for each in found) == 2
    assert sum(each["converted"] for each in found) == sum(each["events"] for each in found) == 1


def test_staff_make_change_and_list_experiments(ask, made, staff):
    draft = ask("POST", "", {**NEW, "name": "Other", "tags": ["ui"], "owner": "ann"}, staff, 201)
    assert (draft["status"], draft["owner"], made["owner"]) == ("draft", "ann", "staff@example.org")
    changed = ask("PATCH", f"{draft['id']}/", {"tags": ["ux"], "variations": [{"name": "red"}]}, staff)
    assert (changed["tags"], [each["weight"] for each in changed["variations"]]) == (["ux"], [1])
    assert ask("GET", f"{draft['id']}/", headers=staff) == changed
    for query, names in (
        ("status=active", ["Button"]),
        ("owner=ann", ["Other"]),
        ("tag=ux", ["Other"]),
        ("tag=ui", []),
    ):
        page = ask("GET", f"?{query}", headers=staff)
        assert ([each["name"] for each in page["items"]], page["next"], page["complete"]) == (names, None, True)


def test_lists_are_paged_by_cursors_of_their_own(ask, client, staff):
    for name in ("a", "b", "c"):
        ask("POST", "", {**NEW, "name": name}, staff, 201)
    first = ask("GET", "?status=draft&limit=2", headers=staff)
    assert [each["name"] for each in first["items"]] == ["c", "b"]
    then = ask("GET", f"?status=draft&limit=2&cursor={first['next']}", headers=staff)
    assert ([each["name"] for each in then["items"]], then["next"]) == (["a"], None)
    refused(client.get(f"{BASE}?status=active&cursor={first['next']}", headers=staff), 400, "cursor")


def test_a_status_changes_with_an_override_and_by_its_steps_alone(ask, client, made, staff):
    body = {"status": "paused", "override": {"user_id": "anonymous:a", "variation": "blue"}}
    assert ask("POST", f"{made['id']}/status/", body, staff)["status"] == "paused"
    found = ask("POST", "assign/", {"experiment_id": made["id"], "user_identifier": "a"})
    assert (found["variation"]["name"], found["source"]) == ("blue", "override")
    assert ask("POST", "assign/", {"experiment_id": made["id"], "user_identifier": "b"})["variation"] is None
    refused(
        send(client, "POST", f"{BASE}{made['id']}/status/", {"status": "draft"}, headers=staff),
        409,
        "becomes active or",
    )
    wrong = {"status": "completed", "override": {"user_id": "a", "variation": "red"}}
    refused(send(client, "POST", f"{BASE}{made['id']}/status/", wrong, headers=staff), 400, "it has blue, green")


def test_staff_make_change_and_list_flags(ask, client, staff):
    made = ask("POST", "flags/", {"name": "hints", "rules": RULES, "tags": ["ui"]}, staff, 201)
    assert made["status"] == "inactive"
    refused(send(client, "POST", BASE + "flags/", {"name": "hints", "rules": RULES}, headers=staff), 409, "already")
    refused(send(client, "POST", BASE + "flags/", {"name": "a b", "rules": RULES}, headers=staff), 400, "no name of a")
    bad = {"name": "bad", "rules": {"default": 0, "rules": [{"when": [{}], "value": 1}]}}
    refused(send(client, "POST", BASE + "flags/", bad, headers=staff), 400, "rules.rules[0].when[0] lacks 'attribute'")
    changed = ask("PATCH", "flags/hints/", {"status": "active"}, staff)
    assert ask("GET", "flags/hints/", headers=staff) == changed
    for query in ("status=active", "tag=ui"):
        assert ask("GET", f"flags/?{query}", headers=staff)["items"] == [changed]
    refused(send(client, "PATCH", BASE + "flags/none/", {"status": "active"}, headers=staff), 404, "no flag")


def test_staff_make_list_and_remove_overrides(ask, client, made, staff):
    flag = ask("POST", "flags/", {"name": "hints", "rules": RULES}, staff, 201)
    one = ask(
        "POST",
        "overrides/",
        {"user_id": "anonymous:a", "target": made["id"], "type": "experiment", "value": "green"},
        staff,
        201,
    )
    assert one["value"] == made["variations"][1]["id"]
    other = ask(
        "POST", "overrides/", {"user_id": "anonymous:a", "target": "hints", "type": "feature", "value": 7}, staff, 201
    )
    assert other["target_id"] == flag["id"]
    assert ask("POST", "evaluate/", {"flag": "hints", "user_identifier": "a"})["value"] == 7
    for query, found in (
        ("user_id=anonymous:a", [other, one]),
        (f"target_id={flag['id']}", [other]),
        ("type=experiment", [one]),
    ):
        assert ask("GET", f"overrides/?{query}", headers=staff)["items"] == found
    assert ask("GET", f"overrides/{one['id']}/", headers=staff) == one
    ask("DELETE", f"overrides/{other['id']}/", headers=staff, status=204)
    assert ask("POST", "evaluate/", {"flag": "hints", "user_identifier": "a"})["source"] == "inactive"
    refused(client.delete(f"{BASE}overrides/{other['id']}/", headers=staff), 404, "There is no override")
    body = {"user_id": "a", "target": made["id"], "type": "experiment", "value": "red"}
    refused(send(client, "POST", BASE + "overrides/", body, headers=staff), 400, "no variation 'red'")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "", None, 400, "exactly one of the parameters status, owner, tag; 0 are given"),
        ("GET", "?status=done", None, 400, "it takes draft, active, paused, completed"),
        ("GET", "?status=draft&tag=x", None, 400, "2 are given"),
        ("GET", f"{NOWHERE}/", None, 404, "There is no experiment"),
        ("PATCH", f"{NOWHERE}/", {}, 400, "nothing to change"),
        ("PATCH", f"{NOWHERE}/", {"variations": [{}]}, 400, "name: This field is required"),
        ("PATCH", f"{NOWHERE}/", {"status": "active"}, 400, "Unknown field 'status'"),
        ("POST", "", {"name": "x", "variations": [{"name": "a", "weight": 0}]}, 400, "All weights are 0"),
        ("POST", "", {"name": "x", "variations": [{"name": "a"}, {"name": "a"}]}, 400, "Two variations have the name"),
        ("POST", "", {"name": "x", "variations": [{"name": "a", "weight": "1"}]}, 400, "weight"),
        ("GET", "flags/?status=draft", None, 400, "it takes active, inactive"),
        ("GET", "overrides/?type=user", None, 400, "it takes experiment, feature"),
        ("GET", f"{NOWHERE}/conversions/?event_type=x&first=2026-01-01", None, 400, "'last' is missing"),
        ("GET", f"{NOWHERE}/conversions/?event_type=x&first=2026-01-01&last=2026-06-01", None, 400, "at most 90"),
    ],
)
def test_what_staff_ask_is_read_strictly(method, path, body, status, said, client, staff):  # noqa: PLR0917
    if method == "GET":
        refused(client.get(BASE + path, headers=staff), status, said)
    else:
        refused(send(client, method, BASE + path, body, headers=staff), status, said)


STAFF_ONLY = [
    ("get", "?status=draft"),
    ("post", ""),
    ("get", f"{NOWHERE}/"),
    ("patch", f"{NOWHERE}/"),
    ("post", f"{NOWHERE}/status/"),
    ("get", f"{NOWHERE}/assignments/"),
    ("get", f"{NOWHERE}/conversions/"),
    ("get", "flags/"),
    ("post", "flags/"),
    ("get", "flags/x/"),
    ("patch", "flags/x/"),
    ("get", "overrides/"),
    ("post", "overrides/"),
    ("get", f"overrides/{uuid.UUID(NOWHERE)}/"),
    ("delete", f"overrides/{NOWHERE}/"),
]


@pytest.mark.parametrize(("method", "path"), STAFF_ONLY)
def test_what_decides_is_for_staff_alone(client, method, path):
    assert getattr(client, method)(BASE + path).status_code in (401, 403)
    refused(getattr(client, method)(BASE + path, headers=sign_in(client)), 403, "for staff")
