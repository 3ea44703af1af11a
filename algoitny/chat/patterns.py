"""The access patterns of the chat messages' document, for the table of all patterns. Totals are asked uncached."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from inspect import unwrap
from typing import Any

from algoitny.catalogue import AccessPattern, Planned, planned
from algoitny.chat import log, totals, writing
from algoitny.chat.items import (
    UNITS,
    ChatMessage,
    DayTotals,
    ModuleTotals,
    ProviderDay,
    RecordedMessage,
    StudentTotals,
)
from algoitny.chat.records import NewMessage
from algoitny.chat.spans import Span, milliseconds, start_of
from algoitny.records import record_of
from dynamo_models import Entity

_NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)
_MODULE, _STUDENT, _PROVIDER = 123, 456, "openai"
_WEEK = Span(date(2025, 1, 13), date(2025, 1, 19))
_YESTERDAY = Span(date(2025, 1, 14), date(2025, 1, 15))
_MONTH = Span(date(2025, 1, 1), date(2025, 1, 31))


def _sample() -> list[Entity]:
    """Two messages on each of three days, and what they add up to."""
    days = [_NOON.date() + timedelta(days=n) for n in range(3)]
    starts = {(unit, start_of(unit, day)) for unit in UNITS for day in days}
    added = {"messages": 2, "cost": Decimal("0.02")}
    return [
        *(_message(n, _NOON + timedelta(hours=12 * n)) for n in range(6)),
        *(
            ModuleTotals(module_id=_MODULE, unit=unit, start=start, students=1, **added)
            for unit, start in sorted(starts)
        ),
        *(ProviderDay(provider=_PROVIDER, month="2025-01", day=day, **added) for day in days),
        *(DayTotals(month="2025-01", day=day, **added) for day in days),
        *(StudentTotals(student_id=_STUDENT + n, last_at=_NOON - timedelta(days=n), **added) for n in range(3)),
    ]


def _message(n: int, at: datetime) -> ChatMessage:
    return ChatMessage(
        conversation_id=f"c{n % 2}",
        timestamp=milliseconds(at),
        message_id=f"m{n}",
        module_id=_MODULE,
        student_id=_STUDENT,
        provider=_PROVIDER,
        role="user",
        content="why?",
        cost=Decimal("0.01"),
    )


def _record(_: Sequence[Entity]) -> list[Planned]:
    new = _message(9, _NOON)
    known = RecordedMessage(message_id="m9", conversation_id=new.conversation_id, timestamp=new.timestamp)
    # The other conversation of the sample has that millisecond.
    return [planned.transaction(planned.create(known), planned.create(new))]


def _reading(name: str, asked: Callable[[], Any], run: Callable[[], Any]) -> AccessPattern:
    return _pattern(name, lambda there: planned.read(asked(), there), run)


def _pattern(name: str, plan: Callable[[Sequence[Entity]], Iterable[Planned]], run: Callable[[], Any]) -> AccessPattern:
    return AccessPattern(system="Chat analytics", name=name, sample=_sample, plan=plan, run=run)


PATTERNS = [
    _reading(
        "a module's messages in a range",
        lambda: log.within(_WEEK, module_id=_MODULE),
        lambda: log.of_module(_MODULE, _WEEK),
    ),
    _reading(
        "a module's last day of activity",
        lambda: log.within(_YESTERDAY, module_id=_MODULE),
        lambda: log.of_module(_MODULE, _YESTERDAY),
    ),
    _reading(
        "a student's messages in a range",
        lambda: log.within(_WEEK, student_id=_STUDENT),
        lambda: log.of_student(_STUDENT, _WEEK),
    ),
    _reading("a student's last ten messages", lambda: log.latest(_STUDENT), lambda: log.latest_of_student(_STUDENT)),
    _reading(
        "a provider's messages in a range",
        lambda: log.within(_WEEK, provider=_PROVIDER),
        lambda: log.of_provider(_PROVIDER, _WEEK),
    ),
    _reading(
        "cost of a provider by day",
        lambda: totals.costs(_PROVIDER, _WEEK),
        lambda: unwrap(totals.of_provider)(_PROVIDER, _WEEK),
    ),
    _reading(
        "cost of all providers by day", lambda: totals.all_costs(_WEEK), lambda: unwrap(totals.of_providers)(_WEEK)
    ),
    _reading("messages and cost by day", lambda: totals.days(_WEEK), lambda: unwrap(totals.of_days)(_WEEK)),
    *(
        _reading(
            f"a module's totals and distinct students by {unit}",
            lambda unit=unit: totals.periods(_MODULE, _MONTH, unit),  # type: ignore[misc]
            lambda unit=unit: unwrap(totals.of_module)(_MODULE, _MONTH, unit),  # type: ignore[misc]
        )
        for unit in UNITS
    ),
    _reading("modules of a month", lambda: totals.modules(_MONTH), lambda: unwrap(totals.busiest_modules)(_MONTH)),
    _reading(
        "students inactive since a day",
        lambda: totals.inactive(_NOON.date()),
        lambda: unwrap(totals.inactive_since)(_NOON.date()),
    ),
    _pattern(
        "record a message",
        _record,
        lambda: writing.record(record_of(NewMessage, _message(9, _NOON)), at=_NOON),
    ),
]
