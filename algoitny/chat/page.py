"""What the staff's page shows of a range of days: all from the aggregates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from algoitny.chat import totals
from algoitny.chat.charts import COLOURS, Chart, chart
from algoitny.chat.items import UNITS
from algoitny.chat.records import DayCost, Module, ModulePeriod, Student
from algoitny.chat.spans import Span

_OTHERS = "others"
_SHOWN_STUDENTS = 20


@dataclass(frozen=True, kw_only=True)
class Overview:
    """unit, of_module: of the one module that is asked for; None and nothing where none is."""

    span: Span
    messages: int
    cost: Decimal
    charts: list[Chart]
    costs: list[tuple[str, int, Decimal]]
    modules: list[Module]
    silent: tuple[Student, ...]
    more_silent: bool
    module_id: int | None = None
    unit: str = ""
    of_module: list[ModulePeriod] = field(default_factory=list)


def overview(span: Span, *, module_id: int | None, unit: str) -> Overview:
    days, costs = totals.of_days(span), totals.of_providers(span)
    silent = totals.inactive_since(span.first, limit=_SHOWN_STUDENTS)
    columns = [f"{day:%m-%d}" for day in span]
    charts = [
        chart("Messages a day", columns, [("", _by_day(span, {each.day: each.messages for each in days}))], unit=""),
        chart("Cost a day, by provider", columns, _by_provider(span, costs), unit="$"),
    ]
    of_module: list[ModulePeriod] = []
    if module_id is not None:
        of_module = totals.of_module(module_id, span, unit)
        starts = [f"{each.start:%Y-%m-%d}" if unit != UNITS[-1] else f"{each.start:%Y-%m}" for each in of_module]
        students = [("", [each.students for each in of_module])]
        charts.append(chart(f"Distinct students of module {module_id} by {unit}", starts, students, unit=""))
    return Overview(
        span=span,
        messages=sum(each.messages for each in days),
        cost=sum((each.cost for each in days), Decimal(0)),
        charts=charts,
        costs=_summed(costs),
        modules=totals.busiest_modules(span),
        silent=silent.items,
        more_silent=silent.next_cursor is not None,
        module_id=module_id,
        unit=unit,
        of_module=of_module,
    )


def recent(today: date) -> list[tuple[str, date, date]]:
    """Ranges to choose from: what each is called, its first and its last day."""
    return [(f"last {days} days", today - timedelta(days=days - 1), today) for days in (7, 30, 90)]


def _by_day(span: Span, values: Mapping[date, int | Decimal]) -> list[int | Decimal]:
    return [values.get(day, 0) for day in span]


def _by_provider(span: Span, costs: list[DayCost]) -> list[tuple[str, list[int | Decimal]]]:
    """The dearest providers, each a series, and all others together as the last."""
    names = [name for name, _, _ in _summed(costs)]
    kept = names if len(names) <= COLOURS else names[: COLOURS - 1]
    held: dict[str, dict[date, Decimal]] = {name: {} for name in kept}
    for each in costs:
        of = held.setdefault(each.provider if each.provider in kept else _OTHERS, {})
        of[each.day] = of.get(each.day, Decimal(0)) + each.cost
    return [(name, _by_day(span, values)) for name, values in held.items()]


def _summed(costs: list[DayCost]) -> list[tuple[str, int, Decimal]]:
    """(provider, messages, cost), the dearest first."""
    found: dict[str, tuple[int, Decimal]] = {}
    for each in costs:
        messages, cost = found.get(each.provider, (0, Decimal(0)))
        found[each.provider] = (messages + each.messages, cost + each.cost)
    ordered = sorted(found.items(), key=lambda item: (-item[1][1], item[0]))
    return [(name, messages, cost) for name, (messages, cost) in ordered]
