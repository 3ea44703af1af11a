"""A look at each store that is needed now: SQL always, for sign-ins and the admin, DynamoDB while it serves or
has authority."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from botocore.exceptions import BotoCoreError, ClientError
from django.db import DatabaseError, connection

from algoitny import store, tables
from dynamo_models import DynamoModelsError, conf, transport
from dynamo_models.schema.table import Table
from dynamo_models.transport import failures

# Seconds that DynamoDB is waited for, to connect and to answer: who asks for readiness asks again soon.
TIMEOUT = 1.0
# No entity has such a key.
_NOWHERE = {"S": "HEALTH#CHECK"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What became of one look. `failure` says why, None where the store answers."""

    name: str
    seconds: float
    failure: str | None

    @property
    def ok(self) -> bool:
        return self.failure is None


def needed() -> list[Check]:
    """A look at each store that is needed now."""
    looks = {"sql": _ask_sql}
    if store.truth() == "dynamodb":
        looks["dynamodb"] = _ask_dynamodb
    return [_check(name, look) for name, look in looks.items()]


def _check(name: str, look: Callable[[], None]) -> Check:
    started = time.perf_counter()
    try:
        look()
    except (DatabaseError, DynamoModelsError) as error:
        failure = str(error).strip() or type(error).__name__
    else:
        failure = None
    return Check(name=name, seconds=round(time.perf_counter() - started, 4), failure=failure)


def _ask_sql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_dynamodb() -> None:
    """One item that is not there, of each table. Raises DynamoModelsError."""
    for table in (tables.main, tables.users, tables.plans):
        _ask_table(table)


def _ask_table(table: Table) -> None:
    key = {attribute.name: _NOWHERE for attribute in (table.pk, table.sk) if attribute is not None}
    try:
        _connection(conf.connection_settings(table.name), _endpoint(table)).dispatch(
            "GetItem", {"TableName": table.endpoint_name, "Key": key}
        )
    except (ClientError, BotoCoreError) as error:
        raise failures.translate(error, "GetItem", table.endpoint_name) from error


def _endpoint(table: Table) -> str | None:
    # Asked of the connection that the application uses: settings may say "embedded", and it knows where that is.
    host: str | None = transport.connection(table.name).host
    return host


@lru_cache(maxsize=8)
def _connection(settings: conf.ConnectionSettings, endpoint: str | None) -> transport.SharedConnection:
    """A connection of the checks' own, which gives up soon and tries nothing twice."""
    impatient = replace(settings, connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries=0, pool=2)
    return transport.SharedConnection(impatient, endpoint)
