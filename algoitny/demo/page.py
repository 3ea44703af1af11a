"""The report as a page: one file that loads nothing from elsewhere, in light and in dark."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.template.loader import render_to_string

from algoitny.demo.plots import Line, Plot, nice

_STORES = (("sql", "SQL"), ("dynamodb", "DynamoDB"))
_SLOWEST_SHOWN = 0.95  # of the slowest answers: a scale that holds all would hide the others


def html(report: Mapping[str, Any]) -> str:
    """The page of a report, as its JSON has it."""
    return render_to_string(
        "demo/report.html",
        {
            "report": report,
            "tiles": list(_tiles(report)),
            "plots": _plots(report),
            "latency": [(name, report["latency"][store]) for store, name in _STORES],
            "served": [(group, _served(counts)) for group, counts in report["served"].items()],
        },
    )


def _tiles(report: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Figure, what it is, and whether it is as it should be."""
    verify, requests = report["verify"], report["requests"]
    found = [verify[name] for name in ("missing", "extra", "different")]
    yield " / ".join(map(str, found)), f"missing / extra / different of {verify['compared']:,} rows", not any(found)
    acknowledged = sum(report["acknowledged"].values())
    yield str(len(report["lost"])), f"lost of {acknowledged:,} acknowledged writes", not report["lost"]
    yield str(requests["errors"]), f"errors in {requests['answered']:,} requests", not requests["errors"]
    pauses = [each["pause_seconds"] for each in report["switches"]]
    if pauses:
        yield f"{max(pauses):.2f} s", f"longest pause of writes in {len(pauses)} switches", True
    if report["rollback_seconds"] is not None:
        yield f"{report['rollback_seconds']:.2f} s", "from the kill switch to the last read by DynamoDB", True


def _plots(report: Mapping[str, Any]) -> list[Plot]:
    moments, lags = report["moments"], report["lags"]
    marks = [(each["at"], each["what"]) for each in report["marks"]]
    until = max([each["at"] for each in (*moments, *lags)], default=1.0)
    latency = [
        Line(
            name=f"{name}, {which}",
            style=f"{store} {which}",
            points=[(each["at"], each[which].get(store)) for each in moments],
        )
        for which in ("p99", "p50")
        for store, name in _STORES
    ]
    slowest = sorted(value for line in latency for _, value in line.points if value is not None)
    highest = slowest[int(_SLOWEST_SHOWN * (len(slowest) - 1))] if slowest else None
    behind = [
        Line(name=name, style=style, points=[(round(each["at"], 1), round(each[key], 2)) for each in lags])
        for key, name, style in (("lag", "DynamoDB behind SQL", "dynamodb"), ("back", "SQL behind DynamoDB", "sql"))
    ]
    share = Line(name="by DynamoDB", style="dynamodb", points=[(each["at"], each["share"]) for each in moments])
    common: dict[str, Any] = {"until": until, "marks": marks}
    return [
        Plot(title="Latency of reads", unit="ms", lines=latency, highest=_scale(highest), **common),
        Plot(title="Share of reads by DynamoDB", unit="%", lines=[share], highest=100.0, **common),
        Plot(title="Lag of the mirror, and of the way back", unit="s", lines=behind, **common),
    ]


def _scale(value: float | None) -> float | None:
    return None if value is None else nice(value)


def _served(counts: Mapping[str, int]) -> dict[str, int]:
    names = ("served_sql", "served_dynamodb", "in_flight", "same", "different", "unsettled")
    return {name: counts.get(name, 0) for name in names}
