"""A server of a test session's own."""

from pathlib import Path

import pytest

from dynamo_models import embedded
from dynamo_models.embedded import server
from dynamo_models.errors import EndpointError
from tests.embedded.conftest import User, eventually, kill_9, lives


def port(found: embedded.Server) -> int:
    return int(found.url.rpartition(":")[2])


def test_it_serves_and_is_gone_afterwards(tmp_path: Path, any_engine: str) -> None:
    with embedded.serve_throwaway(any_engine, tmp_path / "data") as found:
        assert server.answers(port(found))
        assert found.engine == any_engine
        assert embedded.status(tmp_path / "data") is None, "nobody else is to share it"
    assert not lives(found.pid)


def test_two_do_not_meet(tmp_path: Path, engine: str) -> None:
    with (
        embedded.serve_throwaway(engine, tmp_path / "one") as one,
        embedded.serve_throwaway(engine, tmp_path / "two") as two,
    ):
        assert one.url != two.url
        assert server.answers(port(one))
        assert server.answers(port(two))


def test_it_is_stopped_when_the_test_fails(tmp_path: Path, engine: str) -> None:
    with pytest.raises(ZeroDivisionError), embedded.serve_throwaway(engine, tmp_path) as found:
        raise ZeroDivisionError
    assert not lives(found.pid)


def test_it_is_stopped_when_the_session_is_killed(tmp_path: Path, engine: str) -> None:
    script = """
import json, sys
from dynamo_models import embedded
with embedded.serve_throwaway(sys.argv[2], sys.argv[1]) as server:
    print(json.dumps({"pid": server.pid}), flush=True)
    sys.stdin.read()
"""
    with User(tmp_path, engine, script=script) as session:
        pid = session.server()["pid"]
        assert lives(pid)
        kill_9(session.process.pid)
        eventually(lambda: not lives(pid), "the server stops")


def test_a_server_that_cannot_start_says_why(tmp_path: Path, engine: str) -> None:
    (tmp_path / "dynoxide.db").mkdir()
    with pytest.raises(EndpointError, match=r"it stopped with exit code 1(.|\n)*dynoxide.log"):
        embedded.serve_throwaway(engine, tmp_path).__enter__()
