"""One server however many processes use it, started with the first and stopped after the last, however they end."""

import os
import re
import signal
import time
from pathlib import Path

import botocore.session
import pytest

from dynamo_models import embedded
from dynamo_models.embedded import locks, server
from dynamo_models.embedded.place import Place
from dynamo_models.errors import EndpointError
from tests.embedded.conftest import User, eventually, kill_9, lives, servers_on


def client(url: str):
    return botocore.session.get_session().create_client(
        "dynamodb",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def create_table(url: str) -> None:
    client(url).create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client(url).put_item(TableName="kept", Item={"pk": {"S": "a"}, "n": {"N": "1"}})


def read_item(url: str) -> dict:
    return client(url).get_item(TableName="kept", Key={"pk": {"S": "a"}}, ConsistentRead=True)["Item"]


def stopped(place: Place) -> bool:
    return not place.server_lives() and not place.keeper_lives() and not place.state_file.exists()


def starts(place: Place) -> int:
    """How many servers were started on that folder."""
    return len(re.findall(r" at http", place.keeper_log.read_text()))


def test_it_starts_and_answers_and_stops(directory: Path, place: Place, any_engine: str) -> None:
    with embedded.endpoint(directory, any_engine) as found:
        assert client(found.url).list_tables()["TableNames"] == []
        assert embedded.status(directory) == found
        assert embedded.users(directory) == [os.getpid()]
        assert str(found).startswith(f"DynamoDB endpoint: {any_engine} {found.version} at {found.url}, ")
    eventually(lambda: stopped(place), "the server stops")
    assert embedded.status(directory) is None


def test_it_listens_on_loopback_only(directory: Path, any_engine: str) -> None:
    with embedded.endpoint(directory, any_engine) as found:
        sockets = {str(entry.readlink()) for entry in Path(f"/proc/{found.pid}/fd").iterdir() if entry.is_symlink()}
        listening = set()
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{found.pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                    listening.add(fields[1])
    port = int(found.url.rpartition(":")[2])
    assert listening == {f"0100007F:{port:04X}"}


def test_data_survives_a_stop(directory: Path, place: Place, keeping_engine: str) -> None:
    with embedded.endpoint(directory, keeping_engine) as first:
        create_table(first.url)
    eventually(lambda: stopped(place), "the server stops")
    with embedded.endpoint(directory, keeping_engine) as second:
        assert second.pid != first.pid
        assert read_item(second.url) == {"pk": {"S": "a"}, "n": {"N": "1"}}


def test_processes_share_one_server_and_the_last_one_out_stops_it(directory: Path, place: Place, engine: str) -> None:
    with User(directory, engine) as first, User(directory, engine) as second:
        shared = first.server()
        assert second.server() == shared
        assert sorted(embedded.users(directory)) == sorted([first.process.pid, second.process.pid])
        assert first.leave() == ""
        time.sleep(3)  # longer than an idle server is kept
        assert lives(shared["pid"])
        assert server.answers(int(shared["url"].rpartition(":")[2]))
        assert second.leave() == ""
    eventually(lambda: stopped(place), "the server stops after the last user")
    assert not lives(shared["pid"])


def test_eight_processes_at_once_start_one_server(directory: Path, place: Place, engine: str) -> None:
    users = [User(directory, engine) for _ in range(8)]
    try:
        found = [user.server() for user in users]
        assert all(one == found[0] for one in found)
        assert starts(place) == 1
        assert servers_on(directory) == [found[0]["pid"]]
    finally:
        for user in users:
            user.kill()


def test_processes_that_come_and_go_never_meet_a_stopping_server(directory: Path, place: Place, engine: str) -> None:
    # Each comes at about the time at which the server is stopped after the one before.
    for pause in (0.0, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4):
        with embedded.endpoint(directory, engine) as found:
            assert client(found.url).list_tables()["TableNames"] == []
            time.sleep(0.3)
            assert servers_on(directory) == [found.pid]
        time.sleep(pause)


def test_a_user_that_comes_while_the_keeper_decides_to_stop_keeps_the_server(
    directory: Path, place: Place, engine: str
) -> None:
    with User(directory, engine) as first:
        found = first.server()
        with locks.holding(place.lock):
            kill_9(first.process.pid)
            time.sleep(3)  # the keeper has seen that nobody uses it, and waits for the lock
            lease = place.take_lease()
        time.sleep(3)
        assert lives(found["pid"]), "it was stopped under a user"
        os.close(lease)
    eventually(lambda: stopped(place), "the server stops")


def test_a_killed_user_leaves_no_server(directory: Path, place: Place, engine: str) -> None:
    with User(directory, engine) as user:
        pid = user.server()["pid"]
        kill_9(user.process.pid)
        eventually(lambda: stopped(place), "the server stops after its only user was killed")
    assert not lives(pid)


def test_after_the_keeper_was_killed_the_next_user_shares_the_server(
    directory: Path, place: Place, engine: str
) -> None:
    with User(directory, engine) as first:
        found = first.server()
        create_table(found["url"])
        kill_9(place.read_pid(place.keeper))
        assert lives(found["pid"])
        with User(directory, engine) as second:
            # The first still uses it: it must not lose it.
            assert second.server() == found
            assert place.keeper_lives()
            assert servers_on(directory) == [found["pid"]]
            assert read_item(found["url"])["n"] == {"N": "1"}
    eventually(lambda: stopped(place), "the server stops after the last user")
    assert servers_on(directory) == []


def test_after_keeper_and_user_were_killed_the_next_start_has_the_data(
    directory: Path, place: Place, engine: str
) -> None:
    with User(directory, engine) as user:
        orphan = user.server()
        create_table(orphan["url"])
        kill_9(place.read_pid(place.keeper))
        kill_9(user.process.pid)
    assert lives(orphan["pid"])
    with embedded.endpoint(directory, engine) as found:
        assert read_item(found.url)["n"] == {"N": "1"}
        assert servers_on(directory) == [found.pid]
    eventually(lambda: stopped(place), "the server stops")
    assert not lives(orphan["pid"])


def test_an_orphan_that_no_state_describes_is_stopped_before_another_starts(
    directory: Path, place: Place, engine: str
) -> None:
    with User(directory, engine) as user:
        orphan = user.server()
        create_table(orphan["url"])
        kill_9(place.read_pid(place.keeper))
        kill_9(user.process.pid)
    place.remove_state()  # as if its keeper had been killed before it could write it
    with embedded.endpoint(directory, engine) as found:
        assert found.pid != orphan["pid"]
        assert servers_on(directory) == [found.pid]
        assert read_item(found.url)["n"] == {"N": "1"}


def test_without_a_keeper_the_last_user_stops_the_server(directory: Path, place: Place, engine: str) -> None:
    with User(directory, engine) as user:
        pid = user.server()["pid"]
        kill_9(place.read_pid(place.keeper))
        assert user.leave() == ""
    assert not lives(pid)
    assert not place.state_file.exists()


def test_a_starter_killed_in_mid_start_leaves_one_server_to_the_next(
    directory: Path, place: Place, engine: str
) -> None:
    with User(directory, "moto") as starter:  # the slowest to start
        eventually(lambda: place.read_pid(place.server) is not None, "a server is being started")
        starter.kill()
        with embedded.endpoint(directory) as found:
            assert found.engine in {"moto", "dynoxide"}
            assert place.read_pid(place.server) == found.pid
            assert server.answers(int(found.url.rpartition(":")[2]))
    eventually(lambda: stopped(place), "the server stops")


def test_a_server_that_dies_is_told_with_its_log_and_started_anew(directory: Path, place: Place, engine: str) -> None:
    script = """
import sys, django
from django.conf import settings
settings.configure(DYNAMO_MODELS={"EMBEDDED": {"DIRECTORY": sys.argv[1], "ENGINE": sys.argv[2]}})
from dynamo_models import embedded
from dynamo_models.errors import EndpointError
print(embedded.url() == embedded.url() == embedded.status().url, flush=True)
sys.stdin.readline()
try:
    embedded.url()
except EndpointError as error:
    print(repr(str(error)), flush=True)
embedded.release()
print(embedded.url(), flush=True)
"""
    with User(directory, engine, script=script) as user:
        assert user.process.stdout.readline() == "True\n"
        kill_9(place.read_pid(place.server))
        eventually(lambda: stopped(place), "the keeper ends")
        assert "stopped of its own accord (exit code -9)" in place.keeper_log.read_text()
        user.process.stdin.write("\n")
        user.process.stdin.flush()
        said = user.process.stdout.readline()
        assert "has stopped while it was in use" in said
        assert "dynoxide.log" in said
        assert user.process.stdout.readline().startswith("http://127.0.0.1:")


def test_the_threads_of_a_process_share_one_lease(directory: Path, place: Place, engine: str) -> None:
    script = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from django.conf import settings
settings.configure(DYNAMO_MODELS={"EMBEDDED": {"DIRECTORY": sys.argv[1], "ENGINE": sys.argv[2]}})
from dynamo_models import embedded
with ThreadPoolExecutor(8) as pool:
    urls = set(pool.map(lambda _: embedded.url(), range(32)))
print(json.dumps({"urls": list(urls), "line": embedded.describe()}), flush=True)
sys.stdin.read()
"""
    with User(directory, engine, script=script) as user:
        said = user.server()
        found = embedded.status(directory)
        assert said["urls"] == [found.url]
        assert said["line"].startswith(f"DynamoDB endpoint: dynoxide {found.version} at {found.url}, data in ")
        assert embedded.users(directory) == [user.process.pid]
        assert starts(place) == 1
        assert user.leave() == ""
    eventually(lambda: stopped(place), "the server stops at the end of the process")


def test_a_forked_child_shares_the_lease_and_does_not_give_it_up(directory: Path, place: Place, engine: str) -> None:
    script = """
import os, sys, time
from dynamo_models import embedded
with embedded.endpoint(sys.argv[1], sys.argv[2]) as server:
    if os.fork() == 0:
        sys.exit(0)  # leaves the context, and the interpreter, as a child does
    os.wait()
    long_lived = os.fork()
    if long_lived == 0:
        os.close(0), os.close(1), os.close(2)
        time.sleep(600)
        os._exit(0)
    print('{"url": "%s", "pid": %d, "child": %d}' % (server.url, server.pid, long_lived), flush=True)
    sys.stdin.read()
"""
    with User(directory, engine, script=script) as parent:
        found = parent.server()
        time.sleep(3)  # longer than an idle server is kept
        assert lives(found["pid"])
        assert parent.leave() == ""
        time.sleep(3)
        assert lives(found["pid"]), "the child uses it still"
        os.kill(found["child"], signal.SIGKILL)
    eventually(lambda: stopped(place), "the server stops after the child")


def test_another_engine_than_the_one_that_runs_is_refused(directory: Path, engine: str) -> None:
    with (
        embedded.endpoint(directory, engine) as found,
        pytest.raises(EndpointError, match=f"Asked for moto, and dynoxide runs at {found.url}"),
        embedded.endpoint(directory, "moto"),
    ):
        pass


def test_a_server_that_cannot_start_says_why(directory: Path, engine: str) -> None:
    (directory / "dynoxide.db").write_text("this is no database, and long enough to be seen to be none " * 100)
    with pytest.raises(
        EndpointError, match=r"Asked to start dynoxide (.|\n)*exit code 1(.|\n)*not a valid SQLite database"
    ):
        embedded.endpoint(directory, engine).__enter__()
    assert embedded.status(directory) is None
    assert embedded.users(directory) == []


def test_a_data_folder_that_it_makes_is_hidden_from_git(directory: Path, engine: str) -> None:
    made = directory / "below" / ".dynamo"
    with embedded.endpoint(made, engine):
        assert (made / ".gitignore").read_text() == "*\n"
    with embedded.endpoint(directory, engine):
        assert not (directory / ".gitignore").exists(), "this folder was somebody's already"
    embedded.stop(made, force=True)
