"""What entities of an application may inherit to be a limiter's; they add a table, keys and, for a TTL, Expires."""

from __future__ import annotations

from datetime import datetime

from dynamo_models.entity import Entity
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.fields import Bool, Int, List, Text, Timestamp, Version


class CounterItem(Entity):
    """How much of something was used in one stretch of a window.

    version: every write counts it up, and what puts the number right is held to it. counted_at: when it was written
    last; the number is not lowered for a while after that.
    """

    user_id: Attr[str] = Text()
    action: Attr[str] = Text()
    n: Attr[int] = Int(default=0)
    version: Attr[int | None] = Version()
    counted_at: Attr[datetime] = Timestamp(auto_now=True)


class UseItem(Entity):
    """A request that was admitted, by its id: told again it is one use, and it is given back once.

    windows: the names of those that counted it. logged: whether its row was written to the limiter's log.
    """

    user_id: Attr[str] = Text()
    request_id: Attr[str] = Text()
    action: Attr[str] = Text()
    cost: Attr[int] = Int(default=1)
    at: Attr[datetime] = Timestamp()
    zone: Attr[str] = Text(default="UTC")
    windows: Attr[list[str]] = List(default=list)
    logged: Attr[bool] = Bool(default=True)
    refunded: Attr[bool] = Bool(default=False)
