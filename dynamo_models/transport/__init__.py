"""How requests reach DynamoDB: the connection, its errors, and the count of what was used."""

from dynamo_models.transport.connection import (
    SharedConnection,
    before_writes,
    call,
    client,
    connection,
    patience,
    reset_connections,
    set_embedded,
    table_connection,
)
from dynamo_models.transport.usage import Request, Usage, capture

__all__ = [
    "Request",
    "SharedConnection",
    "Usage",
    "before_writes",
    "call",
    "capture",
    "client",
    "connection",
    "patience",
    "reset_connections",
    "set_embedded",
    "table_connection",
]
