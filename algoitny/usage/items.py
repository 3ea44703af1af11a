"""Uses on the DynamoDB side: in their user's partition, under their day, with the counters beside them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from algoitny.tables import main
from dynamo_models import Attr, Date, Entity, Expires, Int, Json, Key, Text, Timestamp, now

# A day's total is one item's work for all users at once, so it is kept in so many.
TOTAL_SHARDS = 4


class UsageLog(Entity, table=main):
    id: Attr[int] = Int()
    user_id: Attr[str] = Text()
    action: Attr[str] = Text()
    date: Attr[date] = Date()
    problem_row: Attr[int | None] = Int(default=None)
    metadata: Attr[dict[str, Any]] = Json(default=dict)
    created_at: Attr[datetime] = Timestamp(default=now)
    ttl: Attr[datetime | None] = Expires(default=None, null=True, name="TTL")

    class Keys:
        primary = Key("USER#{user_id}", "USAGE#{date}#{action}#{created_at}#{id:019d}")


class UsageCounter(Entity, table=main):
    """How often a user has done something on a day: what a limit is held to."""

    user_id: Attr[str] = Text()
    action: Attr[str] = Text()
    date: Attr[date] = Date()
    n: Attr[int] = Int(default=0)
    ttl: Attr[datetime | None] = Expires(default=None, null=True, name="TTL")

    class Keys:
        primary = Key("USER#{user_id}", "USAGE_COUNT#{date}#{action}")


class UsageTotal(Entity, table=main):
    """A part of what all users have done on a day; the parts are added up by who reads them."""

    month: Attr[str] = Text()
    date: Attr[date] = Date()
    action: Attr[str] = Text()
    shard: Attr[int] = Int()
    n: Attr[int] = Int(default=0)
    ttl: Attr[datetime | None] = Expires(default=None, null=True, name="TTL")

    class Keys:
        primary = Key("USAGE_TOTAL#{month}", "{date}#{action}#{shard:02d}")


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"
