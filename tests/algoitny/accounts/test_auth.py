"""Tokens are exchanged and revoked; the development login; the plans on offer."""

from datetime import timedelta

import jwt
import pytest
from django.utils import timezone

from algoitny.accounts import access, tokens
from algoitny.accounts.models import RefreshSession
from tests.algoitny.helpers import a_plan, a_user, refused, send, sign_in


def refresh(client, token, **kwargs):
    return send(client, "POST", "/api/auth/refresh/", {"refresh": token}, **kwargs)


def logout(client, token):
    return send(client, "POST", "/api/auth/logout/", {"refresh": token})


def test_a_refresh_token_is_good_for_one_exchange(client, either):
    pair = tokens.issue(a_user())
    following = refresh(client, pair["refresh"])
    assert following.status_code == 200
    assert set(following.json()) == {"access", "refresh"}
    me = client.get("/api/account/me/", headers={"Authorization": f"Bearer {following.json()['access']}"})
    assert me.json()["email"] == "ann@example.org"
    response = refresh(client, pair["refresh"])
    refused(response, 401, "used or revoked already")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_that_is_used_again_ends_the_session_of_both_holders(client, either):
    pair = tokens.issue(a_user())
    following = refresh(client, pair["refresh"]).json()
    refresh(client, pair["refresh"])
    refused(refresh(client, following["refresh"]), 401, "session has ended")
    assert not RefreshSession.objects.exists()


def test_signing_out_ends_the_session_and_no_other(client, either):
    user = a_user()
    pair, elsewhere = tokens.issue(user), tokens.issue(user)
    response = logout(client, pair["refresh"])
    assert (response.status_code, response.content) == (204, b"")
    refused(refresh(client, pair["refresh"]), 401, "revoked")
    assert refresh(client, elsewhere["refresh"]).status_code == 200
    assert logout(client, pair["refresh"]).status_code == 204  # it has ended already


def test_a_new_pair_says_what_is_true_now(client, either):
    pair = tokens.issue(a_user())
    access.update_user("ann@example.org", is_staff=True, name="Ann B")
    claims = tokens.caller_of(refresh(client, pair["refresh"]).json()["access"])
    assert (claims.is_staff, claims.name) == (True, "Ann B")


def test_an_inactive_user_gets_no_new_tokens(client, either):
    pair = tokens.issue(a_user())
    access.update_user("ann@example.org", is_active=False)
    refused(refresh(client, pair["refresh"]), 401, "no longer active")


@pytest.mark.parametrize("route", ["refresh", "logout"])
def test_only_a_refresh_token_of_ours_is_taken(client, db, route):
    path, pair = f"/api/auth/{route}/", tokens.issue(a_user())
    forged = jwt.encode({"kind": "refresh", "sub": "1"}, "x" * 32, "HS256")
    for token in ("x", "é", "a.b.c", forged, pair["access"]):
        refused(send(client, "POST", path, {"refresh": token}), 401)
    assert RefreshSession.objects.count() == 1


def test_an_expired_refresh_token_is_refused(client, db, monkeypatch):
    monkeypatch.setattr(tokens, "REFRESH_LIFETIME", timedelta(seconds=-1))
    refused(refresh(client, tokens.issue(a_user())["refresh"]), 401, "expired")


def test_an_expired_access_token_does_not_stand_in_the_way_of_a_new_one(client, db, monkeypatch):
    monkeypatch.setattr(tokens, "ACCESS_LIFETIME", timedelta(seconds=-1))
    pair = tokens.issue(a_user())
    old = {"Authorization": f"Bearer {pair['access']}"}
    refused(client.get("/api/account/me/", headers=old), 401, "expired")
    assert refresh(client, pair["refresh"], headers=old).status_code == 200
    assert client.get("/api/auth/plans/", headers=old).status_code == 200


def develop(client, **body):
    return send(client, "POST", "/api/auth/development/", body)


def test_the_development_login_makes_who_is_new_and_finds_who_is_there(client, either, settings):
    settings.DEBUG = True
    body = develop(client, email="Dev@Example.org", name="Dev").json()
    assert (body["user"]["email"], body["user"]["name"]) == ("dev@example.org", "Dev")
    again = develop(client, email="dev@example.org", name="Other").json()
    assert (again["user"]["id"], again["user"]["name"]) == (body["user"]["id"], "Dev")
    assert timezone.now() - access.user_by_email("dev@example.org").last_login < timedelta(minutes=1)


def test_the_development_login_refuses_an_inactive_user(client, either, settings):
    settings.DEBUG = True
    a_user("dev@example.org")
    access.update_user("dev@example.org", is_active=False)
    refused(develop(client, email="dev@example.org"), 403, "not active")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_without_debug_there_is_no_development_login(client, db, settings, method):
    settings.DEBUG = False
    response = send(client, method, "/api/auth/development/", {"email": "dev@example.org"})
    refused(response, 404, "There is no route /api/auth/development/.")
    assert access.user_by_email("dev@example.org") is None


@pytest.mark.parametrize(
    ("path", "good"),
    [("google", {"id_token": "x"}), ("refresh", {"refresh": "x"}), ("logout", {"refresh": "x"})],
)
def test_a_body_that_is_wrong_is_refused_with_the_reason(client, db, path, good):
    (field,) = good
    path = f"/api/auth/{path}/"
    for body, part in [
        ({**good, "extra": 1}, f"Unknown field 'extra'. This takes: {field}."),
        ({}, f"{field}: This field is required."),
        (None, "No data"),
        ([], "dictionary"),
        ({field: 5}, f"{field}: Not a valid string."),
        ({field: None}, f"{field}: "),
        ({field: ""}, f"{field}: "),
        ({field: "x" * 8001}, "8000 characters"),
        ({field: "\ud800"}, f"{field}: Surrogate"),
        ({"\ud800": "x"}, "Unknown field '\\ud800'"),
        (b"", f"{field}: This field is required."),
        (b"{", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"x": NaN}', "NaN"),
    ]:
        refused(send(client, "POST", path, body), 400, part)
    refused(send(client, "POST", f"{path}?x=1", good), 400, "Unknown parameter 'x'")
    refused(client.post(path, good), 415)
    refused(client.get(path), 405)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "email: This field is required."),
        ({"email": "ann"}, "email: Enter a valid email address."),
        ({"email": 1}, "email:"),
        ({"email": "a" * 250 + "@example.org"}, "254"),
        ({"email": "ann@example.org", "name": "x" * 201}, "name: "),
        ({"email": "ann@example.org", "name": 5}, "name: Not a valid string."),
        ({"email": "ann@example.org", "staff": True}, "Unknown field 'staff'. This takes: email, name."),
    ],
)
def test_the_development_login_reads_its_body_strictly(client, db, settings, body, part):
    settings.DEBUG = True
    refused(send(client, "POST", "/api/auth/development/", body), 400, part)


def test_the_plans_on_offer_are_listed_for_everybody_by_name(client, either):
    for plan in access.all_plans():
        access.update_plan(plan.id, is_active=False)
    a_plan("B", max_problems=3)
    a_plan("a")
    a_plan("C", is_active=False)
    body = client.get("/api/auth/plans/").json()
    assert [plan["name"] for plan in body["items"]] == ["B", "a"]
    assert body["next"] is None
    assert set(body["items"][0]) == {
        "id",
        "name",
        "description",
        "max_hints_per_day",
        "max_executions_per_day",
        "max_problems",
        "can_view_all_problems",
        "can_register_problems",
    }
    refused(client.get("/api/auth/plans/?all=1"), 400, "Unknown parameter 'all'. This route takes: none.")


def test_requests(client, tables, db, assert_requests):
    from algoitny import store

    with store.serving("dynamodb"):
        pair = tokens.issue(a_user())
        with assert_requests(1):
            pair = refresh(client, pair["refresh"]).json()
        with assert_requests(0):
            logout(client, pair["refresh"])
        with assert_requests(1):
            client.get("/api/auth/plans/")


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer é", "Bearer x", "bearer a.b.c"])
def test_a_bad_access_token_is_a_401_that_says_so(client, db, header):
    response = client.get("/api/problems/", headers={"Authorization": header})
    refused(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_of_another_secret_is_refused(client, db, settings):
    header = sign_in(client)
    settings.SECRET_KEY = "another"
    refused(client.get("/api/account/me/", headers=header), 401, "none that this server gave out")
