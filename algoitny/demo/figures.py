"""What the traffic's samples add up to: by store and by second, for the display, the report and its plots."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from algoitny.demo.load.ledger import Sample, quantile

STORES = ("sql", "dynamodb")


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A part of the time. at: seconds since the beginning, of its middle. share: per cent of reads that DynamoDB
    answered. p50, p99: milliseconds by store, where it answered any."""

    at: float
    requests: float
    share: float | None
    p50: dict[str, float]
    p99: dict[str, float]


def milliseconds(samples: Iterable[Sample], store: str, share: float) -> float | None:
    """A quantile of what a store's reads took in the server."""
    found = quantile([each.seconds for each in samples if each.store == store], share)
    return None if found is None else round(1000 * found, 2)


def share_of(samples: Iterable[Sample]) -> float | None:
    """Per cent of reads that DynamoDB answered; None where there were none."""
    counts = Counter(each.store for each in samples)
    reads = counts["sql"] + counts["dynamodb"]
    return round(100 * counts["dynamodb"] / reads, 1) if reads else None


def moments(samples: Sequence[Sample], began: float, *, most: int = 80) -> list[Moment]:
    """The time cut into at most so many parts of equal length, 1.5 seconds or longer."""
    if not samples:
        return []
    length = max(1.5, (samples[-1].at - began) / most)
    parts: dict[int, list[Sample]] = defaultdict(list)
    for each in samples:
        parts[int((each.at - began) / length)].append(each)
    return [_moment(parts[number], (number + 0.5) * length, length) for number in sorted(parts)]


def latencies(samples: Sequence[Sample]) -> dict[str, dict[str, Any]]:
    """By store, of reads: how many it answered, and the median and the slowest 1 % in milliseconds."""
    return {
        store: {
            "reads": sum(each.store == store for each in samples),
            "p50_ms": milliseconds(samples, store, 0.5),
            "p99_ms": milliseconds(samples, store, 0.99),
        }
        for store in STORES
    }


def routes(samples: Sequence[Sample]) -> dict[str, int]:
    """How often each route was asked, the commonest first."""
    return dict(Counter(each.what for each in samples).most_common())


def _moment(part: list[Sample], at: float, length: float) -> Moment:
    by_share = {}
    for share in (0.5, 0.99):
        found = {store: milliseconds(part, store, share) for store in STORES}
        by_share[share] = {store: value for store, value in found.items() if value is not None}
    return Moment(
        at=round(at, 2), requests=len(part) / length, share=share_of(part), p50=by_share[0.5], p99=by_share[0.99]
    )
