"""One client for equal settings in a process: under threads, after a fork, and when the settings change."""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
import threading
import time
import urllib.request
from typing import Any

import botocore.session
import pytest
from django.test.utils import override_settings

from dynamo_models import EndpointError, Index, SettingsError, conf, transport
from tests.codec.tables import private_table

module = importlib.import_module("dynamo_models.transport.connection")  # the package has a function of that name


def credentials(client: Any) -> Any:
    return client._request_signer._credentials


@pytest.mark.usefixtures("dynamo_settings")
def test_nothing_is_made_before_the_first_use(monkeypatch):
    made = []
    monkeypatch.setattr(botocore.session.Session, "create_client", lambda *args, **kwargs: made.append(args))
    private_table("Late", indexes=[Index("GSI1")])
    assert made == []
    transport.connection()
    assert made == []


@pytest.mark.usefixtures("dynamo_settings")
def test_threads_that_race_for_the_first_use_get_one_client(monkeypatch):
    create = botocore.session.Session.create_client
    made = []

    def slow_create(self: Any, *args: Any, **kwargs: Any) -> Any:
        client = create(self, *args, **kwargs)
        made.append(client)
        time.sleep(0.05)  # long enough that a race would show
        return client

    monkeypatch.setattr(botocore.session.Session, "create_client", slow_create)
    found = []
    barrier = threading.Barrier(8)

    def first_use() -> None:
        barrier.wait()
        found.append(transport.client())

    threads = [threading.Thread(target=first_use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found == made * 8


@pytest.mark.usefixtures("dynamo_settings")
def test_threads_that_race_get_one_connection_too(monkeypatch):
    init = module.SharedConnection.__init__

    def slow_init(self: Any, *args: Any) -> None:
        time.sleep(0.05)
        init(self, *args)

    monkeypatch.setattr(module.SharedConnection, "__init__", slow_init)
    found = []
    threads = [threading.Thread(target=lambda: found.append(transport.connection())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1


def in_a_child(function: Any) -> Any:
    """What ``function`` returns in a child that is forked here."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, pickle.dumps(function()))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    return pickle.loads(answer)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.usefixtures("dynamo_settings")
def test_a_child_makes_a_connection_and_a_client_of_its_own():
    ours, client = transport.connection(), transport.client()

    def look() -> tuple[bool, bool, bool]:
        return transport.connection() is ours, transport.client() is client, transport.client() is transport.client()

    assert in_a_child(look) == (False, False, True)
    assert transport.connection() is ours
    assert transport.client() is client


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.usefixtures("dynamo_settings")
def test_a_child_does_not_wait_for_a_lock_that_a_thread_of_its_parent_held():
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with module._state.lock:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    try:

        def look() -> bool:
            import signal

            signal.alarm(20)  # ends a child that waits
            return transport.connection() is transport.connection()

        assert in_a_child(look) is True
    finally:
        done.set()
        thread.join()


@pytest.fixture
def stub():
    """The URL of an endpoint that answers GetItem, keeps connections open, and counts them."""
    command = (sys.executable, "-m", "tests.benchmarks.stub")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.communicate()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_does_not_share_its_parents_sockets(dynamo_settings, stub):
    dynamo_settings(ENDPOINT=stub, REGION="us-east-1")
    table = private_table("Forked")

    def get() -> str:
        key = {"PK": {"S": str(os.getpid())}, "SK": {"S": "x"}}
        return transport.call(table, "GetItem", {"TableName": "Forked", "Key": key})["Item"]["PK"]["S"]

    def connections() -> int:
        with urllib.request.urlopen(f"{stub}/connections") as answer:
            return int(answer.read())

    assert get() == str(os.getpid())
    assert in_a_child(lambda: [get(), get()]) != [str(os.getpid())] * 2
    assert get() == str(os.getpid())
    assert connections() == 2


def test_different_settings_have_different_clients_and_equal_ones_share(dynamo_settings):
    dynamo_settings(
        ENDPOINT="http://127.0.0.1:1",
        TABLES={"Other": {"ENDPOINT": "http://127.0.0.1:2"}, "Named": {"NAME": "named-elsewhere"}},
    )
    assert transport.client("Main") is transport.client("Second") is transport.client("Named") is transport.client()
    assert transport.client("Other") is not transport.client("Main")
    assert transport.client("Other").meta.endpoint_url == "http://127.0.0.1:2"


def test_settings_are_read_when_they_are_needed(dynamo_settings):
    dynamo_settings(
        ENDPOINT="http://127.0.0.1:1", REGION="eu-west-1", POOL=7, RETRIES=1, CONNECT_TIMEOUT=0.5, READ_TIMEOUT=3
    )
    config = transport.client().meta.config
    assert transport.client().meta.region_name == "eu-west-1"
    assert (config.max_pool_connections, config.connect_timeout, config.read_timeout) == (7, 0.5, 3)
    assert config.retries == {"total_max_attempts": 2, "mode": "standard"}
    one = transport.client()
    with override_settings(DYNAMO_MODELS={"ENDPOINT": "http://127.0.0.1:3"}):
        assert transport.client().meta.endpoint_url == "http://127.0.0.1:3"
    assert transport.client() is one


@pytest.mark.usefixtures("dynamo_settings")
def test_connections_are_made_anew_after_a_reset():
    one = transport.client()
    transport.reset_connections()
    assert transport.client() is not one


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_an_endpoint_on_this_machine_needs_no_credentials_and_no_region(dynamo_settings, monkeypatch, host):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    dynamo_settings(ENDPOINT=f"http://{host}")
    client = transport.client()
    assert (credentials(client).access_key, credentials(client).secret_key) == ("local", "local")
    assert client.meta.region_name == "us-east-1"


def test_an_endpoint_on_this_machine_takes_the_credentials_that_are_set(dynamo_settings):
    dynamo_settings(
        ENDPOINT="http://127.0.0.1:1", ACCESS_KEY_ID="own", SECRET_ACCESS_KEY="secret", SESSION_TOKEN="token"
    )
    found = credentials(transport.client())
    assert (found.access_key, found.secret_key, found.token) == ("own", "secret", "token")


@pytest.fixture
def no_credentials(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


@pytest.mark.usefixtures("no_credentials")
@pytest.mark.parametrize("endpoint", [None, "https://dynamodb.example.org"])
def test_aws_and_other_hosts_get_no_credentials_that_were_made_up(dynamo_settings, endpoint):
    dynamo_settings(ENDPOINT=endpoint, REGION="eu-central-1")
    assert credentials(transport.client()) is None
    with pytest.raises(SettingsError, match=r"GetItem on Late: .*credentials.*ACCESS_KEY_ID"):
        transport.call(private_table("Late"), "GetItem", {"TableName": "Late", "Key": {}})


@pytest.mark.usefixtures("no_credentials")
def test_aws_without_a_region_is_refused_with_the_setting_named(dynamo_settings):
    dynamo_settings(ENDPOINT=None)
    with pytest.raises(SettingsError, match=r"Set REGION"):
        transport.call(private_table("Late"), "GetItem", {"TableName": "Late", "Key": {}})


@pytest.mark.usefixtures("no_credentials")
def test_aws_gets_the_credentials_of_botocores_own_chain(dynamo_settings, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "chain")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    dynamo_settings(REGION="eu-central-1")
    assert credentials(transport.client()).access_key == "chain"
    assert transport.client().meta.endpoint_url == "https://dynamodb.eu-central-1.amazonaws.com"


def test_the_embedded_endpoint_is_started_on_first_use_and_once(dynamo_settings, monkeypatch):
    started = []

    def url() -> str:
        started.append(1)
        return "http://127.0.0.1:4567"

    monkeypatch.setattr(module, "_embedded_url", None)
    dynamo_settings(ENDPOINT=conf.EMBEDDED)
    with pytest.raises(EndpointError, match=r"'embedded'.*INSTALLED_APPS"):
        transport.connection()
    transport.set_embedded(url)
    assert started == []
    assert transport.client().meta.endpoint_url == "http://127.0.0.1:4567"
    assert credentials(transport.client()).access_key == "local"
    transport.connection("Main")
    assert started == [1]


def test_a_table_view_is_over_the_shared_connection_under_the_name_that_settings_say_now(dynamo_settings):
    table = private_table("Viewed", indexes=[Index("GSI1")])
    view = transport.table_connection(table)
    assert view.connection is transport.connection()
    assert transport.table_connection(table) is view
    assert view.get_meta_table().get_key_names("GSI1") == ["PK", "SK", "GSI1PK", "GSI1SK"]
    dynamo_settings(ENDPOINT="http://127.0.0.1:1", REGION="eu-central-1", TABLE_PREFIX="x-")
    assert transport.table_connection(table).table_name == "x-Viewed"
    dynamo_settings(ENDPOINT="http://127.0.0.1:9", TABLE_PREFIX="x-")
    assert transport.table_connection(table).connection is transport.connection()


def test_a_pynamodb_config_of_the_process_changes_nothing(dynamo_settings, monkeypatch):
    from pynamodb import settings as pynamo_settings

    changed = {
        "region": "ap-south-1",
        "max_retry_attempts": 9,
        "retry_configuration": {"mode": "adaptive"},
        "extra_headers": {"x": "y"},
    }
    monkeypatch.setattr(pynamo_settings, "override_settings", type("Settings", (), changed))
    dynamo_settings(ENDPOINT="http://127.0.0.1:1", REGION="eu-west-1")
    shared = transport.connection()
    assert shared.client.meta.region_name == "eu-west-1"
    assert shared.client.meta.config.retries == {"total_max_attempts": 4, "mode": "standard"}
    assert shared._extra_headers == {}
