"""Signing in by a Google ID token, which Google's own library checks against certificates of ours."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
import requests

from algoitny.accounts import access
from tests.algoitny.accounts.conftest import CLIENT
from tests.algoitny.helpers import a_plan, a_user, refused, send

PATH = "/api/auth/google/"


def ask(client, token):
    return send(client, "POST", PATH, {"id_token": token})


def test_who_is_new_becomes_a_user_on_the_plan_of_new_users(client, either, google, settings):
    settings.ALGOITNY_DEFAULT_PLAN = "Starter"
    plan = a_plan("Starter", max_hints_per_day=7)
    response = ask(client, google.token())
    assert response.status_code == 200, response.content
    body = response.json()
    assert set(body) == {"access", "refresh", "user"}
    user = access.user_by_email("ann@example.org")
    assert (user.google_id, user.name, user.picture) == ("1234567890", "Ann", "https://pictures.example/ann")
    assert (user.subscription_plan_id, user.limits.max_hints_per_day) == (plan.id, 7)
    assert user.last_login is not None
    assert not user.is_staff
    assert body["user"] == client.get("/api/account/me/", headers=bearer(body)).json()
    assert body["user"]["email"] == "ann@example.org"
    assert google.fetched == [("https://www.googleapis.com/oauth2/v1/certs", 5)]


def test_without_a_plan_of_that_name_a_new_user_is_on_none(client, either, google, settings):
    settings.ALGOITNY_DEFAULT_PLAN = "Nothing"
    assert ask(client, google.token()).json()["user"]["plan"] is None


def test_a_known_account_is_its_user_whatever_its_address_is_now(client, either, google):
    known = a_user("old@example.org", google_id="1234567890", name="Kept")
    user = ask(client, google.token(email="new@example.org")).json()["user"]
    assert (user["id"], user["email"], user["name"]) == (known.id, "old@example.org", "Kept")
    assert access.user_by_email("new@example.org") is None


def test_a_user_with_the_address_is_linked_and_keeps_their_own_name(client, either, google):
    known = a_user("ann@example.org", name="Kept")
    assert ask(client, google.token()).json()["user"]["id"] == known.id
    linked = access.user_by_email("ann@example.org")
    assert (linked.google_id, linked.name, linked.picture) == ("1234567890", "Kept", "")
    assert ask(client, google.token()).json()["user"]["id"] == known.id


def test_a_user_who_has_another_account_is_not_taken_over(client, either, google):
    a_user("ann@example.org", google_id="999")
    refused(ask(client, google.token()), 409, "another Google account")
    assert access.user_by_email("ann@example.org").google_id == "999"


@pytest.mark.parametrize("linked", [True, False])
def test_an_inactive_user_is_refused_and_not_linked(client, either, google, linked):
    a_user("ann@example.org", **({"google_id": "1234567890"} if linked else {}))
    access.update_user("ann@example.org", is_active=False)
    refused(ask(client, google.token()), 403, "not active")
    user = access.user_by_email("ann@example.org")
    assert (user.google_id, user.last_login) == ("1234567890" if linked else None, None)


def days(number):
    return datetime.now(UTC) + timedelta(days=number)


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        pytest.param({"exp": days(-1), "iat": days(-2)}, "Token expired", id="expired"),
        pytest.param({"iat": days(1), "exp": days(2)}, "too early", id="too early"),
        ({"aud": "somebody-else.apps.example"}, "wrong audience"),
        ({"aud": None}, "wrong audience"),
        ({"iss": "https://accounts.example"}, "Wrong issuer"),
        ({"iss": None}, "'iss'"),
        ({"kid": "second"}, "Could not verify token signature"),
        ({"kid": "third"}, "third"),
        ({"email_verified": False}, "not verified"),
        ({"email_verified": "true"}, "not verified"),
        ({"email_verified": None}, "not verified"),
        ({"email": None}, "not verified"),
        ({"sub": None}, "names no account"),
        ({"sub": "a#b"}, "names no account"),
    ],
    ids=str,
)
def test_a_token_that_is_not_good_signs_nobody_in(client, db, google, changed, part):
    response = ask(client, google.token(**changed))
    refused(response, 401, part)
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert access.user_by_email("ann@example.org") is None


def test_a_token_of_another_key_is_refused(client, db, google):
    refused(ask(client, google.token(key=google.other)), 401, "signature")
    unsigned = jwt.encode({"iss": "https://accounts.google.com", "aud": CLIENT, "sub": "1"}, None, "none")
    refused(ask(client, unsigned), 401, "algorithm")


@pytest.mark.parametrize("token", ["x", "a.b.c", "....", "e30.e30.e30", "é.ü.ß", "W10.W10.W10", "a" * 8000])
def test_garbage_is_refused(client, db, google, token):
    refused(ask(client, token), 401, "ID token is not good")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (requests.ConnectionError("no route"), 200),
        (requests.Timeout("too slow"), 200),
        (b"Not here", 404),
        (b"<html>", 200),
        (b"[]", 200),
    ],
    ids=repr,
)
def test_without_googles_certificates_nothing_can_be_told(client, db, google, answer, status):
    token = google.token()
    google.answer, google.status = answer, status
    refused(ask(client, token), 503, "Google's certificates cannot be had")
    assert access.user_by_email("ann@example.org") is None


def test_without_a_client_id_it_says_what_to_set(client, db, google, settings):
    settings.ALGOITNY_GOOGLE_CLIENT_ID = ""
    refused(ask(client, google.token()), 503, "ALGOITNY_GOOGLE_CLIENT_ID")
    assert google.fetched == []


def test_requests(client, tables, db, google, assert_requests):
    from algoitny import store

    with store.serving("dynamodb"):
        a_user("other@example.org")  # takes a block of ids
        with assert_requests(6):  # account, address, plan, new user, and the sign-in: read and written
            ask(client, google.token())
        with assert_requests(3):
            ask(client, google.token())


def bearer(body):
    return {"Authorization": f"Bearer {body['access']}"}
