"""What a pattern is: its number and name on the page, and how it asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from algoitny.patterns.asking import Asking
from algoitny.patterns.sample import Sample

if TYPE_CHECKING:
    from algoitny.patterns.probe import Probe


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One of the 33. Either `reads`, what is there, or `writes`, rows of a probe's own that are taken away again.

    may_scan: the page allows it to.
    """

    number: int
    name: str
    reads: Callable[[Asking, Sample], None] | None = None
    writes: Callable[[Asking, "Probe"], None] | None = None
    may_scan: bool = False

    @property
    def title(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def kind(self) -> str:
        return "read" if self.reads else "write"
