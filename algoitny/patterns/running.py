"""Asks a pattern of one store or of both, and makes a row of a report of it."""

from contextlib import nullcontext, suppress
from dataclasses import dataclass
from statistics import median
from typing import Any

from algoitny import store
from algoitny.patterns.asking import Asking, Call, Raised, Stopped
from algoitny.patterns.comparing import difference
from algoitny.patterns.pattern import Pattern
from algoitny.patterns.probe import Probe, staged
from algoitny.patterns.sample import Sample
from algoitny.store import Store


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of one pattern. `difference` is the first one, in words; None where there is none or one store only."""

    pattern: Pattern
    asked: dict[Store, Asking]
    difference: str | None

    @property
    def errors(self) -> list[str]:
        """What failed that should not have, by store."""
        return [
            f"{which}: {asking.calls[-1].name} raised {asking.calls[-1].answer}"
            for which, asking in self.asked.items()
            if asking.failed
        ]

    @property
    def scanned(self) -> bool:
        return any(call.scans for asking in self.asked.values() for call in asking.calls if call.measured)

    @property
    def faults(self) -> list[str]:
        found = self.errors
        if self.difference is not None:
            found = [*found, f"different: {self.difference}"]
        if self.scanned and not self.pattern.may_scan:
            found = [*found, "scanned: the page does not allow it to"]
        return found

    def as_dict(self) -> dict[str, Any]:
        """`value` is the number of faults. Units and requests are DynamoDB's, of all measured calls together."""
        cost = self.asked.get("dynamodb")
        calls = _measured(cost or self.asked["sql"])
        operations = dict.fromkeys(name for call in calls for name in call.operations)
        return {
            "name": self.pattern.title,
            "value": len(self.faults),
            "bar": 0,
            "ok": not self.faults,
            "number": self.pattern.number,
            "kind": self.pattern.kind,
            "operation": " + ".join(operations) or None,
            "calls": len(calls),
            "records": sum(_records(call) for call in calls),
            "requests": sum(call.requests for call in calls) if cost else None,
            "most_requests": max((call.requests for call in calls), default=0) if cost else None,
            "read_units": sum(call.read_units for call in calls) if cost else None,
            "write_units": sum(call.write_units for call in calls) if cost else None,
            "scanned": self.scanned,
            "ms": {which: _median_ms(asking) for which, asking in self.asked.items()},
            "equal": None if len(self.asked) == 1 else self.difference is None,
            "faults": self.faults,
        }


def run(pattern: Pattern, sample: Sample, stores: tuple[Store, ...]) -> Row:
    """Ask each store in turn; what a pattern writes is taken away before the next one is asked."""
    probe = Probe(sample=sample, at=sample.now)
    asked: dict[Store, Asking] = {}
    for which in stores:
        asking = asked[which] = Asking()
        with store.serving(which), suppress(Stopped), staged(probe) if pattern.writes else nullcontext():
            if pattern.reads:
                pattern.reads(asking, sample)
            elif pattern.writes:
                pattern.writes(asking, probe)
    found = difference(asked["sql"], asked["dynamodb"]) if len(stores) > 1 else None
    return Row(pattern=pattern, asked=asked, difference=found)


def _measured(asking: Asking) -> list[Call]:
    return [call for call in asking.calls if call.measured]


def _records(call: Call) -> int:
    """How many records an answer holds, so that one can see that something was found at all."""
    answer = getattr(call.answer, "items", call.answer)
    if answer is None or isinstance(answer, Raised):
        return 0
    return len(answer) if isinstance(answer, list | tuple) else 1


def _median_ms(asking: Asking) -> float:
    seconds = [call.seconds for call in _measured(asking)]
    return round(1000 * median(seconds), 2) if seconds else 0.0
