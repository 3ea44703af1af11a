"""How requests reach DynamoDB: the connection, its errors, and the count of what was used."""

from dynamo_models.transport.connection import (
    SharedConnection,
    call,
    client,
    connection,
    reset_connections,
    set_embedded,
    table_connection,
)
from dynamo_models.transport.usage import Request, Usage, capture

__all__ = [
    "Request",
    "SharedConnection",
    "Usage",
    "call",
    "capture",
    "client",
    "connection",
    "reset_connections",
    "set_embedded",
    "table_connection",
]
