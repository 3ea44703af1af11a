"""Callers without an account, by their address."""

from __future__ import annotations

import socket

import http_sf
import pytest

from dynamo_models import DefinitionError
from dynamo_models.limits.addresses import AddressLimiter, client_address
from dynamo_models.limits.fields import fields


def redis_url():
    with socket.socket() as probe:
        probe.settimeout(10)
        return "redis://127.0.0.1:6379/0" if probe.connect_ex(("127.0.0.1", 6379)) == 0 else None


@pytest.fixture(params=["memory", "redis"])
def limiter(request):
    url = "memory://" if request.param == "memory" else redis_url()
    if url is None:
        pytest.skip("There is no Redis on this machine.")
    made = AddressLimiter("3/minute", name="tests", storage=url)
    yield made
    made.storage.reset()


def test_an_address_has_so_many_uses(limiter, rf):
    request = rf.get("/")
    assert [limiter.consume(request, "look").allowed for _ in range(5)] == [True] * 3 + [False] * 2
    other = rf.get("/", REMOTE_ADDR="192.0.2.7")
    assert limiter.consume(other, "look").allowed
    assert limiter.consume(request, "other").allowed


def test_it_answers_as_a_limiter_does(limiter, rf):
    request = rf.get("/")
    decision = limiter.consume(request, "look")
    assert (decision.used, decision.remaining, decision.status) == (1, 2, 200)
    limiter.consume(request, "look", cost=2)
    refused = limiter.consume(request, "look")
    assert (refused.status, refused.remaining) == (429, 0)
    assert 0 < refused.retry_after <= 61
    said = fields(refused)
    assert http_sf.parse(said["RateLimit-Policy"].encode(), tltype="list") == [("tests", {"q": 3, "w": 60})]
    assert said["Retry-After"] == str(refused.retry_after)


@pytest.mark.parametrize(("on_unavailable", "status"), [("deny", 503), ("allow", 200)])
def test_storage_that_does_not_answer_is_decided_by_on_unavailable(rf, on_unavailable, status):
    pytest.importorskip("redis")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        limiter = AddressLimiter("3/minute", storage=url, on_unavailable=on_unavailable)
        assert limiter.consume(rf.get("/"), "look").status == status


@pytest.mark.parametrize(
    ("connected", "forwarded", "proxies", "found"),
    [
        ("192.0.2.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", 0, "192.0.2.1"),  # made up by the caller
        ("10.0.0.1", "198.51.100.9", 1, "198.51.100.9"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.9", 1, "198.51.100.9"),  # the first is made up
        ("10.0.0.1", "198.51.100.9, 10.0.0.2", 2, "198.51.100.9"),
        ("10.0.0.1", "198.51.100.9", 2, "10.0.0.1"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "nonsense", 1, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::/64"),
        ("10.0.0.1", "2001:db8:1:2:ffff::1", 1, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        ("", "", 0, ""),  # a socket of this machine
    ],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(rf, connected, forwarded, proxies, found):
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert client_address(rf.get("/", headers=headers, REMOTE_ADDR=connected), proxies) == found


def test_one_network_of_ipv6_is_one_caller(rf):
    limiter = AddressLimiter("1/minute")
    assert limiter.consume(rf.get("/", REMOTE_ADDR="2001:db8::1"), "look").allowed
    assert not limiter.consume(rf.get("/", REMOTE_ADDR="2001:db8::2"), "look").allowed


@pytest.mark.parametrize("options", [{"rate": "often"}, {"rate": "3/minute", "trusted_proxies": -1}])
def test_what_cannot_be_meant_is_refused_as_it_is_declared(options):
    with pytest.raises(DefinitionError):
        AddressLimiter(**options)
