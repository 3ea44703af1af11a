"""Uses on the DynamoDB side: in their user's partition, under their day, with the counters beside them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from algoitny.tables import main
from dynamo_models import Attr, Bool, Date, Entity, Expires, Int, Json, Key, Text, Timestamp, now
from dynamo_models.limits import CounterItem, UseItem

KEPT = timedelta(days=90)

# A day's total is one item's work for all users at once, so it is kept in so many.
TOTAL_SHARDS = 4


class UsageLog(Entity, table=main):
    """One use. user_row: the user's number, which is text in keys. counted: its user's counter had it before the row
    was written, and does not follow the row."""

    id: Attr[int] = Int()
    user_id: Attr[str] = Text()
    user_row: Attr[int | None] = Int(default=None)
    action: Attr[str] = Text()
    date: Attr[date] = Date()
    problem_row: Attr[int | None] = Int(default=None)
    metadata: Attr[dict[str, Any]] = Json(default=dict)
    created_at: Attr[datetime] = Timestamp(default=now)
    request_id: Attr[str | None] = Text(default=None)
    counted: Attr[bool | None] = Bool(default=None)
    ttl: Attr[datetime | None] = Expires(default=None, null=True, name="TTL")

    class Keys:
        primary = Key("USER#{user_id}", "USAGE#{date}#{action}#{created_at}#{id:019d}")
        by_row = Key("USAGE#{id}", "METADATA", index="GSI1")


class UsageCounter(CounterItem, table=main):
    """How often a user has done something on a day: what a limit is held to."""

    date: Attr[date] = Date()
    ttl: Attr[datetime | None] = Expires(default=None, null=True, name="TTL")

    class Keys:
        primary = Key("USER#{user_id}", "USAGE_COUNT#{date}#{action}")


class UsageRequest(UseItem, table=main):
    """A request that used something: told again it is one use, and it is given back once."""

    ttl: Attr[datetime | None] = Expires(default=None, null=True, name="TTL")

    class Keys:
        primary = Key("USER#{user_id}", "USE#{request_id}")


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


def day_of(at: datetime) -> date:
    """The day that a use counts for."""
    return at.astimezone(UTC).date()


def counter_expiry(day: date) -> datetime:
    """When a day's counters are gone: as the last of its uses is."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC) + KEPT


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"
