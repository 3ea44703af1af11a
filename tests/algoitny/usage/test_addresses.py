"""Callers without an account have limits by their address; those with one have their plan's."""

import pytest

from algoitny.api.anonymous import limiter_of
from tests.algoitny.helpers import refused, send, sign_in


@pytest.fixture
def rates(settings):
    settings.ALGOITNY_ADDRESS_RATES = {"run": "2/minute", "sign-in": "2/minute"}
    settings.ALGOITNY_TRUSTED_PROXIES = 1
    settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER = True  # pytest-django turns DEBUG off
    limiter_of.cache_clear()
    yield
    limiter_of.cache_clear()


def run(client, headers=None):
    body = {"platform": "p", "problem_id": "1", "language": "python", "code": "x"}
    return send(client, "POST", "/api/execute/", body, headers=headers or {})


def test_anonymous_runs_have_a_limit_and_say_what_is_left(client, db, rates):
    for left in (1, 0):
        response = run(client)
        assert response.status_code == 404  # there is no such problem; it is asked all the same
        assert response.headers["RateLimit"].startswith(f'"run";r={left};t=')
    response = run(client)
    refused(response, 429, "limited to 2")
    assert response.headers["RateLimit-Policy"] == '"run";q=2;w=60'
    assert 0 < int(response.headers["Retry-After"]) <= 61


def test_another_address_has_its_own_as_the_proxy_tells_it(client, db, rates):
    for _ in range(3):
        run(client, {"X-Forwarded-For": "198.51.100.1"})
    assert run(client, {"X-Forwarded-For": "198.51.100.1"}).status_code == 429
    assert run(client, {"X-Forwarded-For": "198.51.100.2"}).status_code == 404
    assert run(client, {"X-Forwarded-For": "198.51.100.3, 198.51.100.1"}).status_code == 429


def test_who_is_signed_in_is_not_limited_by_address(client, db, rates):
    ann = sign_in(client)
    for _ in range(4):
        assert run(client, ann).status_code == 404
    assert "RateLimit" not in run(client, ann).headers


def test_tries_to_sign_in_have_a_limit(client, db, rates):
    for _ in range(2):
        assert send(client, "POST", "/api/auth/refresh/", {"refresh": "x"}).status_code == 401
    refused(send(client, "POST", "/api/auth/refresh/", {"refresh": "x"}), 429, "limited to 2")
    refused(send(client, "POST", "/api/auth/google/", {"id_token": "x"}), 429, "limited to 2")
