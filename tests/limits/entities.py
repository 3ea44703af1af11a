"""What these tests limit: a log by day, counters of a day, of a minute and of all time, and notes of requests."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dynamo_models import Attr, Date, Entity, Expires, Int, Key, Table, Text, Timestamp
from dynamo_models.limits import CounterItem, Limiter, UseItem, Window
from dynamo_models.schema import table as registry

main = Table("Limits", ttl="ttl")


class UseLog(Entity, table=main):
    user_id: Attr[str] = Text()
    action: Attr[str] = Text()
    date: Attr[date] = Date()
    created_at: Attr[datetime] = Timestamp()
    request_id: Attr[str] = Text()
    n: Attr[int] = Int(default=0)
    cost: Attr[int] = Int(default=1)
    ttl: Attr[datetime | None] = Expires(default=None, null=True)

    class Keys:
        primary = Key("USER#{user_id}", "USAGE#{date}#{action}#{created_at}#{request_id}")


class DayCounter(CounterItem, table=main):
    date: Attr[date] = Date()
    ttl: Attr[datetime | None] = Expires(default=None, null=True)

    class Keys:
        primary = Key("USER#{user_id}", "USAGE_COUNT#{date}#{action}")


class MinuteCounter(CounterItem, table=main):
    start: Attr[datetime] = Timestamp()
    ttl: Attr[datetime | None] = Expires(default=None, null=True)

    class Keys:
        primary = Key("USER#{user_id}", "USAGE_MINUTE#{start}#{action}")


class WholeCounter(CounterItem, table=main):
    class Keys:
        primary = Key("USER#{user_id}", "USAGE_WHOLE#{action}")


class Use(UseItem, table=main):
    ttl: Attr[datetime | None] = Expires(default=None, null=True)

    class Keys:
        primary = Key("USER#{user_id}", "USE#{request_id}")


# Only tests that make this table know of it.
registry._tables.pop(main.name, None)

DAY = Window.day(DayCounter)
MINUTE = Window.every(timedelta(minutes=1), MinuteCounter, name="minute")
WHOLE = Window.whole(WholeCounter, name="plan")


PATIENCE = 60.0  # seconds that tests' limiters give a request, where they say nothing else


def a_limiter(*windows: Window, **options: object) -> Limiter:
    """Patient: a busy machine's answer is late, and no reason to decide without it."""
    return Limiter(**{"windows": windows or (DAY,), "log": UseLog, "uses": Use, "timeout": PATIENCE, **options})
