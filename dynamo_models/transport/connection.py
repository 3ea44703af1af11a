"""The one place that talks to DynamoDB: a shared PynamoDB connection for each set of connection settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable

from dynamo_models import conf
from dynamo_models.errors import EndpointError
from dynamo_models.transport import failures, usage

if TYPE_CHECKING:
    from dynamo_models.schema.table import KeyAttribute, Table

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LOCAL_REGION = "us-east-1"

_lock = threading.RLock()
_connections: dict[conf.ConnectionSettings, SharedConnection] = {}
_table_connections: dict[str, tuple[Any, TableConnection]] = {}
_embedded_url: Callable[[], str] | None = None


class SharedConnection(Connection):
    """PynamoDB's connection with one client for all threads, every call of which is counted."""

    def __init__(self, settings: conf.ConnectionSettings) -> None:
        endpoint = settings.endpoint
        if endpoint == conf.EMBEDDED:
            endpoint = _start_embedded()
        local = endpoint is not None and urlsplit(endpoint).hostname in LOOPBACK
        # An endpoint on this machine asks for a signature and does not look at whose it is.
        key, secret = settings.access_key_id, settings.secret_access_key
        if local and key is None:
            key = secret = "local"  # noqa: S105
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
        )
        self._client_lock = threading.RLock()

    @property
    def client(self) -> Any:
        """The botocore client, made on first use by one thread only: making one is not safe under threads."""
        with self._client_lock:
            return super().client

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = super().dispatch(operation_name, operation_kwargs)
        usage.record(operation_name, operation_kwargs, data)
        return data


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


def connection(table: str | None = None) -> SharedConnection:
    """The connection that reaches ``table`` (its name in the code). Equal settings share one, in this process."""
    settings = conf.connection_settings(table)
    found = _connections.get(settings)
    if found is None:
        with _lock:
            found = _connections.get(settings)
            if found is None:
                found = _connections[settings] = SharedConnection(settings)
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
    cached = _table_connections.get(name)
    if cached is not None and cached[0] is shared:
        return cached[1]
    with _lock:
        meta = MetaTable(_meta(table, name))
        made = TableConnection.__new__(TableConnection)
        made.table_name = name
        made.connection = shared
        if name not in shared._tables:
            shared.add_meta_table(meta)
        _table_connections[name] = (shared, made)
        return made


def _meta(table: Table, name: str) -> dict[str, Any]:
    def schema(pk: KeyAttribute, sk: KeyAttribute | None) -> list[dict[str, str]]:
        keys = [{"AttributeName": pk.name, "KeyType": "HASH"}]
        return keys + ([{"AttributeName": sk.name, "KeyType": "RANGE"}] if sk else [])

    indexes = [
        {"IndexName": index.name, "KeySchema": schema(table.index_pk(index), index.sk), "local": index.local}
        for index in table.indexes.values()
    ]
    return {
        "TableName": name,
        "KeySchema": schema(table.pk, table.sk),
        "AttributeDefinitions": [
            {"AttributeName": key.name, "AttributeType": key.type} for key in table.key_attributes()
        ],
        "GlobalSecondaryIndexes": [index for index in indexes if not index["local"]],
        "LocalSecondaryIndexes": [index for index in indexes if index["local"]],
    }


def reset_connections() -> None:
    """Forget every connection: settings have changed, or this is a child after a fork."""
    with _lock:
        _connections.clear()
        _table_connections.clear()


def _after_fork() -> None:
    # The child must not write to its parent's sockets, nor wait for a lock that another thread of the parent held.
    global _lock  # noqa: PLW0603
    _lock = threading.RLock()
    _connections.clear()
    _table_connections.clear()


os.register_at_fork(after_in_child=_after_fork)
