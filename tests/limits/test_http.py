"""What HTTP says of limits: fields that a parser of structured fields reads, and problem documents."""

from __future__ import annotations

import json
from datetime import timedelta

import http_sf
import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from algoitny.accounts.models import User
from dynamo_models import DefinitionError
from dynamo_models.limits import Window
from dynamo_models.limits.fields import fields
from dynamo_models.limits.throttles import LimiterThrottle, UseRefused, exception_handler
from dynamo_models.limits.views import limited
from tests.limits.entities import DAY, MINUTE, WHOLE, DayCounter, a_limiter


def parsed(response, name):
    """A field as [(name of a window, parameters)]."""
    return http_sf.parse(response.headers[name].encode(), tltype="list")


@pytest.fixture
def ann():
    return User(pk=7, email="ann@example.org")


@pytest.fixture
def get(rf, ann):
    def request(view, user=ann, **headers):
        made = rf.get("/x/", headers=headers)
        made.user = user
        return view(made)

    return request


def a_view(limiter, limit=2, **options):
    @limited(limiter, "export", limit=lambda _: limit, **options)
    def view(request):
        return HttpResponse(request.limit_decision.reason if hasattr(request, "limit_decision") else "not limited")

    return view


def test_a_plain_view_says_what_is_left_and_refuses_with_a_problem(tables, clock, get):
    view = a_view(a_limiter(clock=clock))
    for left in (1, 0):
        response = get(view)
        assert response.content == b"admitted"
        assert parsed(response, "RateLimit-Policy") == [("day", {"q": 2, "w": 86_400})]
        assert parsed(response, "RateLimit") == [("day", {"r": left, "t": 12 * 3600})]
        assert "Retry-After" not in response.headers
    response = get(view)
    assert (response.status_code, response.headers["Content-Type"]) == (429, "application/problem+json")
    assert response.headers["Retry-After"] == str(12 * 3600)
    assert parsed(response, "RateLimit") == [("day", {"r": 0, "t": 12 * 3600})]
    body = json.loads(response.content)
    assert body == {
        "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
        "title": "Quota exceeded",
        "status": 429,
        "detail": "'export' is limited to 2 in window 'day'; none is left. Try again in 43200 seconds.",
        "violated-policies": ["day"],
    }


def test_a_request_with_an_id_is_one_use(tables, clock, get):
    view = a_view(a_limiter(clock=clock), 1, request_id=lambda request: request.headers.get("Idempotency-Key"))
    assert [get(view, **{"Idempotency-Key": "k"}).content for _ in range(2)] == [b"admitted", b"repeated"]
    assert get(view, **{"Idempotency-Key": "other"}).status_code == 429


def test_who_has_no_account_is_not_limited_by_it(tables, get, assert_requests):
    with assert_requests(0):
        response = get(a_view(a_limiter(), 0), user=AnonymousUser())
    assert (response.content, "RateLimit-Policy" in response.headers) == (b"not limited", False)


def test_no_limit_has_no_fields(tables, get):
    assert not {"RateLimit", "RateLimit-Policy"} & set(get(a_view(a_limiter(), -1)).headers)


def test_every_window_with_a_limit_is_an_item(tables, use):
    limiter = a_limiter(DAY, MINUTE, WHOLE)
    decision = use(limiter, limit={"day": 10, "minute": 3, "plan": 100}, look=True)
    said = fields(decision)
    assert http_sf.parse(said["RateLimit-Policy"].encode(), tltype="list") == [
        ("day", {"q": 10, "w": 86_400}), ("minute", {"q": 3, "w": 60}), ("plan", {"q": 100}),
    ]  # fmt: skip
    assert http_sf.parse(said["RateLimit"].encode(), tltype="list") == [
        ("day", {"r": 9, "t": 12 * 3600}), ("minute", {"r": 2, "t": 60}), ("plan", {"r": 99}),
    ]  # fmt: skip


def test_what_is_not_known_is_not_said(tables, use):
    said = fields(use(a_limiter(), limit=5))
    assert "RateLimit" not in said
    assert said["RateLimit-Policy"] == '"day";q=5;w=86400'


def test_what_cannot_be_told_is_a_503(tables, get, monkeypatch):
    limiter = a_limiter(timeout=0.2)
    monkeypatch.setattr("dynamo_models.limits.trying.transact", unreachable)
    response = get(a_view(limiter))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert json.loads(response.content)["type"] == "about:blank"
    limiter.on_unavailable = "allow"
    assert get(a_view(limiter)).content == b"unavailable"


def unreachable(*_, **__):
    from dynamo_models import EndpointError

    raise EndpointError("made up")


def test_an_asynchronous_view_is_refused_as_it_is_wrapped():
    async def view(request):
        raise AssertionError

    with pytest.raises(DefinitionError, match="asynchronous"):
        limited(a_limiter(), "x", limit=lambda _: 1)(view)


class Daily(LimiterThrottle):
    action = "export"

    def limit(self, request, view):
        return 2


def an_api_view(*throttles):
    class View(APIView):
        throttle_classes = throttles
        permission_classes = ()
        authentication_classes = ()

        def get_exception_handler(self):
            return exception_handler

        def get(self, request):
            return Response({})

    return View.as_view()


def call(view, user):
    from rest_framework.test import force_authenticate

    request = APIRequestFactory().get("/x/")
    force_authenticate(request, user)
    response = view(request)
    response.render()
    return response


def test_a_throttle_does_the_same(tables, clock, ann):
    Daily.limiter = a_limiter(clock=clock)
    view = an_api_view(Daily)
    assert parsed(call(view, ann), "RateLimit") == [("day", {"r": 1, "t": 12 * 3600})]
    assert call(view, ann).status_code == 200
    refused = call(view, ann)
    assert (refused.status_code, refused.headers["Content-Type"]) == (429, "application/problem+json")
    assert refused.headers["Retry-After"] == str(12 * 3600)
    assert parsed(refused, "RateLimit-Policy") == [("day", {"q": 2, "w": 86_400})]
    assert json.loads(refused.content)["violated-policies"] == ["day"]
    assert call(view, None).status_code == 200


def test_two_throttles_are_said_together(tables, clock, ann):
    hourly = Window.every(timedelta(minutes=1), MINUTE.counter, name="minute")

    class Brief(Daily):
        limiter = a_limiter(hourly, clock=clock)
        action = "burst"

    Daily.limiter = a_limiter(clock=clock)
    response = call(an_api_view(Daily, Brief), ann)
    assert [name for name, _ in parsed(response, "RateLimit")] == ["day", "minute"]


def test_a_throttle_without_a_limit_says_so(tables, ann):
    class Nothing(LimiterThrottle):
        limiter, action = a_limiter(), "x"

    with pytest.raises(NotImplementedError, match=r"write limit\(request, view\)"):
        call(an_api_view(Nothing), ann)


def test_the_error_carries_the_decision(tables, use):
    refused = use(a_limiter(), limit=0)
    error = UseRefused(refused)
    assert (error.decision, error.status_code, hasattr(error, "wait")) == (refused, 429, False)
    assert DayCounter.objects.filter(user_id="ann").count() == 0
