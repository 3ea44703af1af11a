"""Keeps the aggregates up from the log's stream: `manage.py dynamo_streams` tells `count` of every message.

By the stream, and not in the transaction that writes the message: a message then costs its writer one transaction of
two items, however many aggregates there are, and a busy module or provider, whose day is one item, never makes two
writers wait for each other. One consumer takes about a hundred messages a second, in three requests each (a batch of
three reads, one read, one transaction of eleven items, 22 write units and those of the index). Readers see a message
counted seconds later. Every item here takes at most 1,000 write units a second, 500 messages; past that a day's totals
are to be sharded.

It is exact all the same. The stream tells each message at least once; `change.once` notes it in the transaction that
counts it, so that it counts a single time. The same message given twice by its sender is one message of the log (see
`writing`). Distinct students are counted by the item that each has in a period: who has none yet is new, and the write
is held to that.

A message that is removed from the log later stays counted: totals outlive a log that is archived or expires.
"""

from algoitny.chat.items import (
    UNITS,
    ChatMessage,
    DayTotals,
    ModuleStudent,
    ModuleTotals,
    ProviderDay,
    StudentDay,
    StudentTotals,
)
from algoitny.chat.spans import month_of, start_of, time_of
from algoitny.chat.tables import analytics
from dynamo_models import Transaction
from dynamo_models.streams import StreamChange, on_change


@on_change(ChatMessage, name="chat.count")
def count(change: StreamChange) -> None:
    """Count a new message. Raises TransactionCanceled where another consumer was first at one of its items; told again,
    it counts."""
    if change.kind != "INSERT":
        return
    with change.once(analytics) as tx:
        add(tx, change.new)


def add(tx: Transaction, message: ChatMessage) -> None:
    """Let a transaction count a message; two reads."""
    _module(tx, message)
    _student(tx, message)
    day = time_of(message.timestamp).date()
    tx.upsert(
        ProviderDay,
        ProviderDay.messages.add(1),
        ProviderDay.cost.add(message.cost),
        provider=message.provider,
        month=month_of(day),
        day=day,
    )
    tx.upsert(DayTotals, DayTotals.messages.add(1), DayTotals.cost.add(message.cost), month=month_of(day), day=day)


def _module(tx: Transaction, message: ChatMessage) -> None:
    day = time_of(message.timestamp).date()
    periods = [{"module_id": message.module_id, "unit": unit, "start": start_of(unit, day)} for unit in UNITS]
    keys = [{**period, "student_id": message.student_id} for period in periods]
    for period, key, known in zip(periods, keys, ModuleStudent.objects.get_many(keys, consistent=True), strict=True):
        if known is None:
            tx.create(ModuleStudent(**key, messages=1))
        else:
            tx.patch(known, ModuleStudent.messages.add(1))
        tx.upsert(
            ModuleTotals,
            ModuleTotals.messages.add(1),
            ModuleTotals.students.add(int(known is None)),
            ModuleTotals.cost.add(message.cost),
            **period,
        )


def _student(tx: Transaction, message: ChatMessage) -> None:
    at = time_of(message.timestamp)
    total = StudentTotals.objects.filter(student_id=message.student_id).consistent().first()
    if total is None:
        tx.create(StudentTotals(student_id=message.student_id, messages=1, cost=message.cost, last_at=at))
    else:
        # Sorted by its time, which is therefore known and not counted: of two the later has to stay.
        tx.patch(
            total,
            StudentTotals.messages.add(1),
            StudentTotals.cost.add(message.cost),
            if_=StudentTotals.last_at == total.last_at,
            last_at=max(at, total.last_at),
        )
    tx.upsert(
        StudentDay,
        StudentDay.messages.add(1),
        StudentDay.cost.add(message.cost),
        student_id=message.student_id,
        day=at.date(),
    )
