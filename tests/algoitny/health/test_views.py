"""What a load balancer is told: of this process, and of each store that is needed now."""

import socket
import time

import pytest
from django.db import OperationalError, connection

from algoitny import store
from algoitny.health import checks
from tests.algoitny.helpers import refused


def test_a_process_that_answers_is_alive_and_asks_no_store(client):
    # Without the db fixture, a look at a database is an error.
    response = client.get("/api/health/live/", headers={"Authorization": "Bearer nonsense"})
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["", "ready/"])
def test_each_store_that_is_needed_is_looked_at(client, either, path):
    body = client.get(f"/api/health/{path}").json()
    assert (body["status"], body["store"]) == ("ok", either)
    assert [check["name"] for check in body["checks"]] == (["sql", "dynamodb"] if either == "dynamodb" else ["sql"])
    for check in body["checks"]:
        assert (check["ok"], check["failure"]) == (True, None)
        assert 0 <= check["seconds"] < 5


def fail(*_args, **_kwargs):
    raise OperationalError("the disk is gone")


def test_without_sql_it_is_not_ready_whichever_store_serves(client, either, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", fail)
        refused(client.get("/api/health/ready/"), 503, "Not ready. sql: the disk is gone")
        body = client.get("/api/health/").json()
    assert body["status"] == "failing"
    assert body["checks"][0]["failure"] == "the disk is gone"
    assert [check["failure"] for check in body["checks"][1:]] == [None] * (either == "dynamodb")


@pytest.fixture
def silent_port():
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("kind", ["closed", "silent"])
def test_without_dynamodb_it_is_soon_said_not_to_be_ready_where_that_serves(client, db, settings, silent_port, kind):
    port = silent_port
    if kind == "closed":
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "ENDPOINT": f"http://127.0.0.1:{port}"}
    assert client.get("/api/health/ready/").status_code == 200
    with store.serving("dynamodb"):
        started = time.perf_counter()
        refused(client.get("/api/health/ready/"), 503, "Not ready. dynamodb: GetItem on", "AlgoItny-Main")
        assert time.perf_counter() - started < 3 * checks.TIMEOUT
        body = client.get("/api/health/").json()
        assert [(check["name"], check["ok"]) for check in body["checks"]] == [("sql", True), ("dynamodb", False)]


def test_a_table_that_is_missing_is_named(client, tables, db, settings):
    names = {**settings.DYNAMO_MODELS, "TABLES": {"AlgoItny-Plans": {"NAME": "nowhere"}}}
    settings.DYNAMO_MODELS = names
    with store.serving("dynamodb"):
        refused(client.get("/api/health/ready/"), 503, "no such table", "nowhere")


@pytest.mark.parametrize("path", ["", "live/", "ready/"])
def test_parameters_and_other_methods_are_refused(client, db, path):
    refused(client.get(f"/api/health/{path}?verbose=1"), 400, "Unknown parameter 'verbose'")
    refused(client.post(f"/api/health/{path}"), 405)


def test_requests(client, tables, db, assert_requests):
    with store.serving("dynamodb"):
        for path, count in [("live/", 0), ("ready/", 3), ("", 3)]:  # an item that is not there, of each table
            with assert_requests(count):
                client.get(f"/api/health/{path}")
    with assert_requests(0):
        client.get("/api/health/ready/")
