"""The live display: where each group is, and how the traffic fares. Where there is no terminal, lines alone."""

from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from algoitny.demo.board import Board
from algoitny.demo.figures import STORES, milliseconds, share_of

WINDOW = 5.0  # seconds that rates and latencies are of
MOST_ERRORS = 3  # new ones that are told with a line
A_SECOND = 4  # times that the display is drawn


class Display:
    """``with Display(board, say, stream) as display``: drawn until the block ends, on a terminal."""

    def __init__(self, board: Board, say: Callable[[str], None], stream: TextIO) -> None:
        self._board, self._say = board, say
        self._live: Live | None = None
        self._errors_said = 0
        if stream.isatty():
            console = Console(file=stream, highlight=False)
            self._live = Live(console=console, get_renderable=self._drawn, refresh_per_second=A_SECOND)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)

    def say(self, line: str) -> None:
        """A line of its own: above the display, or with the traffic's figures behind it."""
        if self._live is None:
            self._say(line)
            self._say(f"    {self._traffic()}")
        else:
            self._live.console.print(Text(line))
        for error in self._board.ledger.errors[self._errors_said :][:MOST_ERRORS]:
            (self._say if self._live is None else self._live.console.print)(f"    error: {error}")
        self._errors_said = len(self._board.ledger.errors)

    def _drawn(self) -> RenderableType:
        board = self._board
        stages = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for group, place in board.places.items():
            stages.add_row(Text(group, style="bold"), Text(place, style="yellow" if "paused" in place else "green"))
        return Group(
            Text(""), stages, Text(self._traffic()), Text(f"now: {board.doing}", style="bold", overflow="ellipsis")
        )

    def _traffic(self) -> str:
        board = self._board
        samples = board.ledger.since(WINDOW)
        latencies = "; ".join(
            f"{store} p50 {_ms(milliseconds(samples, store, 0.5))} p99 {_ms(milliseconds(samples, store, 0.99))}"
            for store in STORES
        )
        share = share_of(samples)
        point = board.points[-1] if board.points else None
        return (
            f"{len(samples) / WINDOW:.0f} requests/s, {'?' if share is None else f'{share:.0f}'} % of reads from "
            f"DynamoDB; {latencies}; lag {point.lag if point else 0:.1f} s, back {point.back if point else 0:.1f} s; "
            f"{board.ledger.failed} errors"
        )


def _ms(value: float | None) -> str:
    return "?" if value is None else f"{value:.0f} ms"
