"""Bars as numbers that a template draws in SVG: no script, nothing fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 72, 8, 10, 28
# So many of a column's labels have room beside each other in a narrow window, where a character is this wide.
_MOST_LABELS, _CHARACTER = 8, 11
# Of a colour each; what has none of its own shares the last.
COLOURS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A part of a column. series: 0 to COLOURS - 1. title: what a reader is told of it."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A text at an axis. at: the place along it."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A drawing of WIDTH by HEIGHT. It has no bars where all is nothing."""

    title: str
    bars: list[Bar]
    columns: list[Mark]
    lines: list[Mark]
    legend: list[tuple[int, str]]

    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def chart(
    title: str, columns: Sequence[str], series: Sequence[tuple[str, Sequence[Decimal | int]]], *, unit: str
) -> Chart:
    """Columns with the series on top of each other, each a name and a value for each column."""
    tops = [sum((values[n] for _, values in series), Decimal(0)) for n in range(len(columns))]
    scale = _ceiling(max(tops, default=Decimal(0)))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(columns))
    room = HEIGHT - TOP - BOTTOM
    bars = []
    for n, column in enumerate(columns):
        foot = float(HEIGHT - BOTTOM)
        for number, (name, values) in enumerate(series):
            height = float(values[n] / scale) * room
            if not height:
                continue
            foot -= height
            said = f"{column}, {name}: {_shown(values[n], unit)}" if name else f"{column}: {_shown(values[n], unit)}"
            bars.append(
                Bar(
                    x=round(LEFT + n * step + step * 0.1, 2),
                    y=round(foot, 2),
                    width=round(step * 0.8, 2),
                    height=round(height, 2),
                    series=min(number, COLOURS - 1),
                    title=said,
                )
            )
    widest = _CHARACTER * (max(map(len, columns), default=0) + 1)
    every = max(1, -(-len(columns) // min(_MOST_LABELS, int((WIDTH - LEFT - RIGHT) // widest))))
    return Chart(
        title=title,
        bars=bars,
        columns=[Mark(at=round(LEFT + (n + 0.5) * step, 2), text=columns[n]) for n in range(0, len(columns), every)],
        lines=[
            Mark(at=round(HEIGHT - BOTTOM - room * part / 4, 2), text=_shown(scale * part / 4, unit))
            for part in range(5)
        ],
        legend=[(min(number, COLOURS - 1), name) for number, (name, _) in enumerate(series) if name],
    )


def _ceiling(most: Decimal) -> Decimal:
    """The least round number (1, 2, 4 or 8 with zeros) that is not below it, so that its quarters are round too."""
    if most <= 0:
        return Decimal(4)
    power = Decimal(10) ** most.adjusted()
    steps = [power * step for step in (1, 2, 4, 8, 10)]
    return next(above for below, above in pairwise([Decimal(0), *steps]) if below < most <= above)


def _shown(value: Decimal | int, unit: str) -> str:
    number = Decimal(value)
    text = f"{number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize():,f}"
    return f"{unit}{text}"
