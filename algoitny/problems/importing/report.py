"""What an import did, for a person as lines and for a program as one object."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A problem that did not come in: where it stood in the source, and why."""

    where: str
    reason: str


@dataclass(kw_only=True)
class ImportReport:
    """Counts of problems by outcome, and of test cases.

    `confirmed` and `unconfirmed` count cases on which the reference solution was run again and did, or did not, give
    the stored output; an unconfirmed case is not stored. `over_bound`, `too_large` and `unwritable` count calls of
    checks that became no test case, the first two distinct ones.
    """

    source: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    test_cases: int = 0
    confirmed: int = 0
    unconfirmed: int = 0
    over_bound: int = 0
    too_large: int = 0
    unwritable: int = 0
    over_bound_in: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def problems(self) -> int:
        return self.created + self.updated + self.unchanged

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "problems": self.problems, "failed": len(self.failures)}

    def lines(self) -> Iterator[str]:
        counts = {"created": self.created, "updated": self.updated, "unchanged": self.unchanged}
        said = ", ".join(f"{_counted(count, 'problem')} {outcome}" for outcome, count in counts.items() if count)
        cases = _counted(self.test_cases, "test case")
        if self.confirmed or self.unconfirmed:
            cases += f", {self.confirmed} confirmed by the reference solution, {self.unconfirmed} not"
        yield f"{said or 'no problem imported'}; {cases}; {self.seconds:.1f} s"
        if self.over_bound:
            where = ", ".join(self.over_bound_in)
            yield f"left out, over the bound of cases for one problem: {self.over_bound} ({where})"
        if self.too_large:
            yield f"left out, too large for one item: {self.too_large}"
        if self.unwritable:
            yield f"left out, with a value that has no exact text: {self.unwritable}"
        if self.unconfirmed:
            yield f"left out, not confirmed: {self.unconfirmed}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
