"""The log's one entity, and the aggregates in a table of their own.

A table of their own, as the log's three indexes are documented, are all ALL, and would hold (and bill) what is none of
theirs; and as the log's sort key is a number, which an aggregate has no use for. Days are UTC's.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from algoitny.chat.tables import analytics, messages
from dynamo_models import Attr, Date, Entity, Expires, Int, Key, Number, Q, Text, Timestamp

ROLES = ("user", "assistant", "system")
DAY, WEEK, MONTH = UNITS = ("day", "week", "month")

# How long a message that comes again is known to have come before.
REMEMBERED = timedelta(days=30)

# Every message changes its student's place in the order of activity, which is one partition of the index.
ACTIVITY_SHARDS = 8

NOTHING = Decimal(0)


class ChatMessage(Entity, table=messages):
    """A message. `timestamp` is in milliseconds since 1970, `cost` in dollars."""

    conversation_id: Attr[str] = Text()
    timestamp: Attr[int] = Int()
    message_id: Attr[str] = Text()
    module_id: Attr[int] = Int()
    student_id: Attr[int] = Int()
    provider: Attr[str] = Text()
    role: Attr[str] = Text(choices=ROLES)
    content: Attr[str] = Text()
    cost: Attr[Decimal] = Number(default=NOTHING)

    class Keys:
        primary = Key("{conversation_id}", "{timestamp}")
        by_module = Key("{module_id}", "{timestamp}", index="ModuleAnalyticsIndex")
        by_student = Key("{student_id}", "{timestamp}", index="StudentActivityIndex")
        by_provider = Key("{provider}", "{timestamp}", index="ProviderUsageIndex")


class RecordedMessage(Entity, table=analytics):
    """That a message was recorded, and where, so that the same message is not recorded twice."""

    message_id: Attr[str] = Text(escape=True)
    conversation_id: Attr[str] = Text()
    timestamp: Attr[int] = Int()
    expires_at: Attr[datetime] = Expires(default=REMEMBERED)

    class Keys:
        primary = Key("MESSAGE#{message_id}", "RECORDED")


class ModuleTotals(Entity, table=analytics):
    """A module's messages in a day, a week or a month, which begins on `start`; `students` are distinct ones."""

    module_id: Attr[int] = Int()
    unit: Attr[str] = Text(choices=UNITS)
    start: Attr[date] = Date()
    messages: Attr[int] = Int(default=0)
    students: Attr[int] = Int(default=0)
    cost: Attr[Decimal] = Number(default=NOTHING)

    class Keys:
        primary = Key("MODULE#{module_id}", "{unit}#{start}")
        in_month = Key("MODULES#{start}", "{module_id:019d}", index="GSI1", when=Q(unit=MONTH))


class ModuleStudent(Entity, table=analytics):
    """That a student wrote in a module in a day, a week or a month: who counts as a distinct one is known by it."""

    module_id: Attr[int] = Int()
    unit: Attr[str] = Text(choices=UNITS)
    start: Attr[date] = Date()
    student_id: Attr[int] = Int()
    messages: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("MODULE#{module_id}#{unit}#{start}", "STUDENT#{student_id:019d}")


class StudentTotals(Entity, table=analytics):
    """All of a student's messages, and when the last was."""

    student_id: Attr[int] = Int()
    messages: Attr[int] = Int(default=0)
    cost: Attr[Decimal] = Number(default=NOTHING)
    last_at: Attr[datetime] = Timestamp()

    class Keys:
        primary = Key("STUDENT#{student_id}", "TOTALS")
        by_activity = Key("ACTIVITY", "{last_at}#{student_id:019d}", index="GSI1", shards=ACTIVITY_SHARDS)


class StudentDay(Entity, table=analytics):
    """A student's messages of a day."""

    student_id: Attr[int] = Int()
    day: Attr[date] = Date()
    messages: Attr[int] = Int(default=0)
    cost: Attr[Decimal] = Number(default=NOTHING)

    class Keys:
        primary = Key("STUDENT#{student_id}", "DAY#{day}")


class ProviderDay(Entity, table=analytics):
    """A provider's messages of a day, and what they cost. `month` is `2025-01`."""

    provider: Attr[str] = Text(escape=True)
    month: Attr[str] = Text()
    day: Attr[date] = Date()
    messages: Attr[int] = Int(default=0)
    cost: Attr[Decimal] = Number(default=NOTHING)

    class Keys:
        primary = Key("PROVIDER#{provider}", "DAY#{day}")
        in_month = Key("PROVIDERS#{month}", "{day}#{provider}", index="GSI1")


class DayTotals(Entity, table=analytics):
    """All messages of a day."""

    month: Attr[str] = Text()
    day: Attr[date] = Date()
    messages: Attr[int] = Int(default=0)
    cost: Attr[Decimal] = Number(default=NOTHING)

    class Keys:
        primary = Key("DAYS#{month}", "DAY#{day}")
