"""Questions that the aggregates answer, so that a dashboard never reads the log. Answers are up to five minutes old."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time
from decimal import Decimal

from algoitny.chat.caching import cached
from algoitny.chat.items import MONTH, DayTotals, ModuleTotals, ProviderDay, StudentDay, StudentTotals
from algoitny.chat.paging import page_of
from algoitny.chat.records import Day, DayCost, Module, ModulePeriod, Student
from algoitny.chat.spans import Span
from algoitny.keyset import Page
from algoitny.records import record_of
from dynamo_models import QuerySet


@cached
def of_module(module_id: int, span: Span, unit: str) -> list[ModulePeriod]:
    """A module's days, weeks or months that the range touches, each whole, oldest first; none without a message."""
    return [record_of(ModulePeriod, item) for item in periods(module_id, span, unit)]


@cached
def busiest_modules(span: Span, *, limit: int = 10) -> list[Module]:
    """The modules with the most messages in the months that the range touches, most first. A request for each month."""
    messages: Counter[int] = Counter()
    costs: dict[int, Decimal] = defaultdict(Decimal)
    for item in modules(span):
        messages[item.module_id] += item.messages
        costs[item.module_id] += item.cost
    busiest = sorted(messages, key=lambda module_id: (-messages[module_id], module_id))[:limit]
    return [Module(module_id=each, messages=messages[each], cost=costs[each]) for each in busiest]


@cached
def of_provider(provider: str, span: Span) -> list[DayCost]:
    """What a provider cost on each day, oldest first; none without a message."""
    return [record_of(DayCost, item) for item in costs(provider, span)]


@cached
def of_providers(span: Span) -> list[DayCost]:
    """The same of all providers, by day and name. A request for each month that the range touches."""
    return [record_of(DayCost, item) for item in all_costs(span)]


@cached
def of_days(span: Span) -> list[Day]:
    """All messages of each day, oldest first; none without one. A request for each month that the range touches."""
    return [record_of(Day, item) for item in days(span)]


@cached
def of_student(student_id: int, span: Span) -> list[Day]:
    """A student's messages of each day, oldest first; none without one."""
    return [record_of(Day, item) for item in student_days(student_id, span)]


@cached
def student(student_id: int) -> Student | None:
    """All of a student's messages, and when the last was; None for one who never wrote."""
    item = StudentTotals.objects.filter(student_id=student_id).first()
    return None if item is None else record_of(Student, item)


@cached
def inactive_since(day: date, *, limit: int = 20, cursor: str | None = None) -> Page[Student]:
    """Students whose last message is from before the day, the longest silent first. Raises CursorError."""
    return page_of(inactive(day), lambda item: record_of(Student, item), limit=limit, cursor=cursor)


def periods(module_id: int, span: Span, unit: str) -> QuerySet[ModuleTotals]:
    return ModuleTotals.objects.filter(module_id=module_id, unit=unit, start__range=span.starts(unit)).order_by("start")


def modules(span: Span) -> QuerySet[ModuleTotals]:
    first, last = span.starts(MONTH)
    starts = [day for day in Span(first, last) if day.day == 1]
    return ModuleTotals.objects.in_month(unit=MONTH, start__in=starts)


def costs(provider: str, span: Span) -> QuerySet[ProviderDay]:
    return ProviderDay.objects.filter(provider=provider, day__range=(span.first, span.last)).order_by("day")


def all_costs(span: Span) -> QuerySet[ProviderDay]:
    return ProviderDay.objects.in_month(month__in=span.months, day__range=(span.first, span.last)).order_by("day")


def days(span: Span) -> QuerySet[DayTotals]:
    return DayTotals.objects.filter(month__in=span.months, day__range=(span.first, span.last)).order_by("day")


def student_days(student_id: int, span: Span) -> QuerySet[StudentDay]:
    return StudentDay.objects.filter(student_id=student_id, day__range=(span.first, span.last)).order_by("day")


def inactive(day: date) -> QuerySet[StudentTotals]:
    before = datetime.combine(day, time(), tzinfo=UTC)
    return StudentTotals.objects.by_activity(last_at__lt=before).order_by("last_at", "student_id")
