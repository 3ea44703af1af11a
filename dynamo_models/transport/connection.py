"""The one place that talks to DynamoDB: a shared PynamoDB connection for each set of connection settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import TableConnection

from dynamo_models import conf
from dynamo_models.errors import EndpointError
from dynamo_models.schema.pynamo import LockedConnection, table_view
from dynamo_models.transport import failures, usage

if TYPE_CHECKING:
    from dynamo_models.schema.table import KeyAttribute, Table

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LOCAL_REGION = "us-east-1"
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


class SharedConnection(LockedConnection):
    """PynamoDB's connection with one client for all threads, every call of which is counted.

    endpoint: a URL, or None for AWS; ``settings.endpoint`` is not looked at, since it may be "embedded".
    """

    def __init__(self, settings: conf.ConnectionSettings, endpoint: str | None) -> None:
        local = endpoint is not None and urlsplit(endpoint).hostname in LOOPBACK
        # An endpoint on this machine asks for a signature and does not look at whose it is.
        key, secret = settings.access_key_id, settings.secret_access_key
        if local and key is None:
            key = secret = "local"  # noqa: S105 - no secret: anything will do
        super().__init__(
            region=settings.region or (LOCAL_REGION if local else None),
            host=endpoint,
            connect_timeout_seconds=settings.connect_timeout,
            read_timeout_seconds=settings.read_timeout,
            max_retry_attempts=settings.retries,
            max_pool_connections=settings.pool,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=settings.session_token,
            # Said here, so that a PYNAMODB_CONFIG file of the process does not say otherwise.
            retry_configuration="LEGACY",
            extra_headers={},
        )

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        if operation_name in WRITES and (ask := _before_writes.get()) is not None:
            ask()
        try:
            data: dict[str, Any] = super().dispatch(operation_name, operation_kwargs)
        except ClientError as error:
            # An answer too, and a request that was paid for.
            usage.record_failure(operation_name, operation_kwargs, error)
            raise
        usage.record(operation_name, operation_kwargs, data)
        return data


class _State:
    """What this process has: replaced as a whole after a fork."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.connections: dict[conf.ConnectionSettings, SharedConnection] = {}
        self.table_connections: dict[str, TableConnection] = {}


_state = _State()
_patience: ContextVar[float | None] = ContextVar("dynamo_models_patience", default=None)
_before_writes: ContextVar[Callable[[], None] | None] = ContextVar("dynamo_models_before_writes", default=None)
_embedded_url: Callable[[], str] | None = None


def set_embedded(url: Callable[[], str] | None) -> None:
    """Name what starts (or finds) the embedded endpoint and tells its URL; the app's ready() does."""
    global _embedded_url  # noqa: PLW0603 - one endpoint for the process is what it is
    _embedded_url = url


def _start_embedded() -> str:
    if _embedded_url is None:
        raise EndpointError(
            "settings.DYNAMO_MODELS['ENDPOINT'] is 'embedded', and nothing starts it: "
            "add 'dynamo_models' to INSTALLED_APPS."
        )
    return _embedded_url()


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Requests of the block wait so long to connect and so long for an answer, and are sent once: by a client that is
    theirs. For callers that would rather do without an answer than wait, and try again by themselves."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def before_writes(ask: Callable[[], None]) -> Iterator[None]:
    """Call ``ask`` before each request of the block that writes; what it raises keeps that from being sent."""
    token = _before_writes.set(ask)
    try:
        yield
    finally:
        _before_writes.reset(token)


def connection(table: str | None = None) -> SharedConnection:
    """The connection that reaches ``table`` (its name in the code). Equal settings share one, in this process."""
    settings = conf.connection_settings(table)
    seconds = _patience.get()
    if seconds is not None:
        settings = replace(settings, connect_timeout=seconds, read_timeout=seconds, retries=0)
    found = _state.connections.get(settings)
    if found is None:
        with _state.lock:
            found = _state.connections.get(settings)
            if found is None:
                endpoint = _start_embedded() if settings.endpoint == conf.EMBEDDED else settings.endpoint
                found = _state.connections[settings] = SharedConnection(settings, endpoint)
    return found


def client(table: str | None = None) -> Any:
    """The botocore client that reaches ``table``."""
    return connection(table).client


def call(table: Table, operation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Make one request. ``kwargs`` are botocore's; the answer is botocore's; the errors are this library's."""
    shared = connection(table.name)
    try:
        return shared.dispatch(operation, kwargs)
    except (ClientError, BotoCoreError) as error:
        raise failures.translate(error, operation, table.endpoint_name) from error


def table_connection(table: Table) -> TableConnection:
    """PynamoDB's view of a table, over the shared connection: what its own transactions and batches stand on."""
    shared = connection(table.name)
    name = table.endpoint_name
    found = _state.table_connections.get(name)
    if found is None or found.connection is not shared:
        with _state.lock:
            found = _state.table_connections[name] = table_view(shared, name, _described(table, name))
    return found


def _described(table: Table, name: str) -> dict[str, Any]:
    """The table's keys as DescribeTable has them."""

    def keys(pk: KeyAttribute, sk: KeyAttribute | None) -> list[dict[str, str]]:
        found = [{"AttributeName": pk.name, "KeyType": "HASH"}]
        return found + ([{"AttributeName": sk.name, "KeyType": "RANGE"}] if sk else [])

    indexes: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for index in table.indexes.values():
        indexes[index.local].append({"IndexName": index.name, "KeySchema": keys(table.index_pk(index), index.sk)})
    return {
        "TableName": name,
        "KeySchema": keys(table.pk, table.sk),
        "AttributeDefinitions": [
            {"AttributeName": key.name, "AttributeType": key.type} for key in table.key_attributes()
        ],
        "GlobalSecondaryIndexes": indexes[False],
        "LocalSecondaryIndexes": indexes[True],
    }


def reset_connections() -> None:
    """Forget every connection, with the clients that they have: the next call makes what the settings say then."""
    with _state.lock:
        _state.connections.clear()
        _state.table_connections.clear()


def _after_fork() -> None:
    # The child must not write to its parent's sockets, nor wait for a lock that another thread of the parent held.
    global _state  # noqa: PLW0603 - all of it is the parent's
    _state = _State()


os.register_at_fork(after_in_child=_after_fork)
