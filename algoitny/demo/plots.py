"""Lines over time as SVG that stands within a page, whose style sheet colours it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 960, 190
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 26, 22
_TICKS = 4
_LETTER = 6  # how wide one is


@dataclass(frozen=True, kw_only=True)
class Line:
    """name: as a reader sees it. style: its class. points: (seconds, value), with None where there is a gap."""

    name: str
    style: str
    points: Sequence[tuple[float, float | None]]


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Lines on one scale. unit: of values. highest: the end of the scale, where it is known beforehand; it is found of
    the lines otherwise. marks: (seconds, word) of what begins when."""

    title: str
    unit: str
    lines: Sequence[Line]
    until: float
    highest: float | None = None
    marks: Sequence[tuple[float, str]] = ()

    @property
    def top(self) -> float:
        values = [value for line in self.lines for _, value in line.points if value is not None]
        return self.highest or nice(max(values, default=0.0))

    def x(self, at: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, at / max(self.until, 1.0)), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(1.0, value / self.top), 1)

    def svg(self) -> SafeString:
        """The whole plot; it tells its values to who points at it."""
        return format_html(
            '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}</svg>',
            *(WIDTH, HEIGHT, f"{self.title}, {self.unit}"),
            *(self._grid(), self._marks(), self._lines(), self._hints()),
        )

    def _grid(self) -> SafeString:
        values = [self.top * step / _TICKS for step in range(_TICKS + 1)]
        rows = [(LEFT, WIDTH - RIGHT, self.y(value), f"{value:g}") for value in values]
        across = format_html_join(
            "",
            '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/><text class="tick" x="{4}" y="{5}">{3}</text>',
            ((*row, LEFT - 6, row[2] + 4) for row in rows),
        )
        step = nice(self.until / 8)
        seconds = [number * step for number in range(int(self.until / step) + 1)] if step else []
        below = format_html_join(
            "",
            '<text class="tick below" x="{}" y="{}">{} s</text>',
            ((self.x(at), HEIGHT - 6, f"{at:g}") for at in seconds),
        )
        return mark_safe(across + below)  # noqa: S308 - both are escaped

    def _marks(self) -> SafeString:
        lines = format_html_join(
            "",
            '<line class="mark" x1="{0}" x2="{0}" y1="{1}" y2="{2}"><title>{3}</title></line>',
            ((self.x(at), TOP - 6, HEIGHT - BOTTOM, f"{word}, at {at:.0f} s") for at, word in self.marks),
        )
        words = format_html_join("", '<text class="word" x="{}" y="{}">{}</text>', self._words())
        return mark_safe(lines + words)  # noqa: S308 - both are escaped

    def _words(self) -> Iterator[tuple[float, float, str]]:
        """Those of the marks for which there is room."""
        free = 0.0
        for at, word in self.marks:
            if self.x(at) >= free and self.x(at) + _LETTER * len(word) < WIDTH:
                yield self.x(at) + 3, TOP - 8, word
                free = self.x(at) + _LETTER * (len(word) + 2)

    def _lines(self) -> SafeString:
        return format_html_join(
            "", '<path class="line {}" d="{}"/>', ((line.style, self._path(line)) for line in self.lines)
        )

    def _path(self, line: Line) -> str:
        said, drawn = [], False
        for at, value in line.points:
            if value is not None:
                said.append(f"{'L' if drawn else 'M'}{self.x(at)} {self.y(value)}")
            drawn = value is not None
        return "".join(said)

    def _hints(self) -> SafeString:
        """Unseen strips that tell what is there."""
        at_all = sorted({at for line in self.lines for at, _ in line.points})
        values = [(line.name, dict(line.points)) for line in self.lines]
        strips = []
        for number, at in enumerate(at_all):
            following = at_all[number + 1] if number + 1 < len(at_all) else self.until
            told = [f"{name}: {found[at]:g} {self.unit}" for name, found in values if found.get(at) is not None]
            strips.append(
                (self.x(at), TOP, max(1.0, self.x(following) - self.x(at)), HEIGHT - TOP - BOTTOM, at, "\n".join(told))
            )
        return format_html_join(
            "",
            '<rect class="hint" x="{}" y="{}" width="{}" height="{}"><title>{} s\n{}</title></rect>',
            strips,
        )


def nice(value: float) -> float:
    """1, 2 or 5 times a power of ten, and no less than the value."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(each * power for each in (1, 2, 5, 10) if each * power >= value * (1 - 1e-9))
