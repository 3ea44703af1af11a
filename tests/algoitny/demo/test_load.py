"""The traffic's own judgement: what is an error, what a pause explains, and what is lost."""

import threading
import time

import httpx
import pytest

from algoitny.accounts import items, models
from algoitny.demo.load import calls
from algoitny.demo.load.calls import Caller, Refused
from algoitny.demo.load.ledger import Ledger, quantile
from algoitny.demo.load.lost import lost
from algoitny.demo.load.writers import ProfileWriter
from tests.algoitny.helpers import mirrored

PAUSE = {"detail": "The database is being switched. Nothing was written; try again in a second."}


def caller(*answers, email=""):
    """Somebody whose requests are answered by these, in turn."""
    left = list(answers)
    http = httpx.Client(base_url="http://server", transport=httpx.MockTransport(lambda _: left.pop(0)))
    return Caller(http, Ledger(), email)


def test_what_comes_in_a_pause_is_sent_again_and_is_no_error(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    paused = httpx.Response(503, json=PAUSE, headers={"Retry-After": "1"})
    who = caller(paused, paused, httpx.Response(200, json={"done": True}))
    assert who.send("PATCH", "/api/account/me/", "change me", {}) == {"done": True}
    assert (who._ledger.paused, who._ledger.failed, len(who._ledger.samples)) == (2, 0, 1)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, json={"detail": "The database does not answer now."}, headers={"Retry-After": "1"}),
        httpx.Response(500, json={"detail": "The server failed."}),
        httpx.Response(404, json={"detail": "No run has the id 7."}),
    ],
)
def test_any_other_answer_is_an_error(answer):
    who = caller(answer)
    with pytest.raises(Refused):
        who.get("/api/history/7/", "run")
    assert (who._ledger.paused, who._ledger.failed) == (0, 1)
    assert str(answer.status_code) in who._ledger.errors[0]


def test_a_pause_that_does_not_end_is_an_error(monkeypatch):
    monkeypatch.setattr(calls, "PATIENCE", -1.0)
    who = caller(httpx.Response(503, json=PAUSE, headers={"Retry-After": "1"}))
    with pytest.raises(Refused):
        who.get("/api/account/me/", "me")
    assert who._ledger.failed == 1


@pytest.mark.parametrize(("asked", "store"), [(0, "sql"), (3, "dynamodb")])
def test_a_read_is_counted_for_the_store_that_it_came_from(asked, store):
    timing = {"Server-Timing": f'total;dur=12.50, dynamodb;desc="{asked}"'}
    who = caller(httpx.Response(200, json={}, headers=timing))
    who.get("/api/problems/", "problems")
    (sample,) = who._ledger.samples
    assert (sample.store, sample.seconds) == (store, 0.0125)


def test_who_does_not_see_what_he_wrote_says_so():
    def answer(request):
        if request.url.path.endswith("/development/"):
            return httpx.Response(200, json={"access": "token"})
        return httpx.Response(200, json={"picture": "https://pictures.example/old.png"})

    http = httpx.Client(base_url="http://server", transport=httpx.MockTransport(answer))
    writer = ProfileWriter(http, Ledger(), threading.Event(), email="ann@live.example", think=0, seed=1)
    writer.act()
    assert len(writer.ledger.stale) == 1


def test_what_was_acknowledged_and_is_not_in_a_store_is_lost(db, tables):
    for name in ("ann", "bo"):
        models.User.objects.create(email=f"{name}@live.example", picture="https://pictures.example/1.png")
    mirrored()
    ledger = Ledger()
    for name in ("ann", "bo"):
        ledger.acknowledge("pictures", f"{name}@live.example", "https://pictures.example/1.png")
    assert lost(ledger) == []

    models.User.objects.filter(email="ann@live.example").update(picture="")
    items.User.objects.ref(email="bo@live.example").patch(picture="")
    assert [line.partition("was acknowledged, ")[2] for line in lost(ledger)] == ["SQL has ''", "DynamoDB has ''"]


def test_a_quantile_of_nothing_is_none():
    assert quantile([], 0.5) is None
    assert quantile([3, 1, 2], 0.5) == 2
    assert quantile(range(100), 0.99) == 99
