"""What the log adds up to, counted anew from all of it, and where the aggregates say otherwise.

For tests and for whoever doubts them: it scans both tables. Messages that the stream has not told of yet, and such as
were removed from the log after they were counted, show as differences.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

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
from dynamo_models import Entity

AGGREGATES: tuple[type[Entity], ...] = (
    ModuleTotals, ModuleStudent, StudentTotals, StudentDay, ProviderDay, DayTotals
)  # fmt: skip

Key = tuple[Any, ...]
Totals = dict[Key, dict[str, Any]]


def recount(log: Iterable[ChatMessage]) -> Totals:
    """Every aggregate of these messages: (entity, its facets in the order of their names) → its values."""
    messages: Counter[Key] = Counter()
    costs: dict[Key, Decimal] = defaultdict(Decimal)
    students: dict[Key, set[int]] = defaultdict(set)
    last: dict[Key, Any] = {}
    for message in log:
        at = time_of(message.timestamp)
        day = at.date()
        by_student = ("StudentTotals", message.student_id)
        counted: list[Key] = [
            by_student,
            ("StudentDay", day, message.student_id),
            ("ProviderDay", day, message.provider),
            ("DayTotals", day, month_of(day)),
        ]
        for unit in UNITS:
            period = (message.module_id, start_of(unit, day))
            counted.append(("ModuleTotals", *period, unit))
            students["ModuleTotals", *period, unit].add(message.student_id)
            messages["ModuleStudent", *period, message.student_id, unit] += 1
        for key in counted:
            messages[key] += 1
            costs[key] += message.cost
        last[by_student] = max(at, last.get(by_student, at))
    found: Totals = {key: {"messages": number} for key, number in messages.items()}
    for key, cost in costs.items():
        found[key]["cost"] = cost
    for key, distinct in students.items():
        found[key]["students"] = len(distinct)
    for key, at in last.items():
        found[key]["last_at"] = at
    return found


def kept() -> Totals:
    """The aggregates that are there, in the same form."""
    found: Totals = {}
    for entity in AGGREGATES:
        for item in entity.objects.scan():
            facets = [getattr(item, name) for name in sorted(entity.schema.primary.facets)]
            names = entity.schema.attributes.keys() & {"messages", "cost", "students", "last_at"}
            found[(entity.__name__, *facets)] = {name: getattr(item, name) for name in names}
    return found


def differences() -> list[str]:
    """Where the aggregates are not what the log adds up to, in words; none where all is right."""
    return compared(recount(ChatMessage.objects.scan()), kept())


def compared(counted: Mapping[Key, Any], there: Mapping[Key, Any]) -> list[str]:
    return [
        f"{' '.join(map(str, key))}: {there.get(key)} is kept, and the log adds up to {counted.get(key)}"
        for key in sorted(counted.keys() | there.keys(), key=str)
        if counted.get(key) != there.get(key)
    ]
