"""Latencies as counts in buckets that grow by a constant factor: small, exact to add up, quantiles within 7 %."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

_GROWTH = 1.15
_LOG = math.log(_GROWTH)
_UNIT = 1e-6  # seconds; bucket 0 ends there


class Histogram:
    """How many took how long."""

    def __init__(self, buckets: Mapping[Any, int] | None = None) -> None:
        self.buckets: dict[int, int] = {int(bucket): count for bucket, count in (buckets or {}).items()}

    def add(self, seconds: float) -> None:
        bucket = max(0, math.ceil(math.log(max(seconds, _UNIT) / _UNIT) / _LOG))
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def merge(self, other: Histogram) -> None:
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    @property
    def count(self) -> int:
        return sum(self.buckets.values())

    def within(self, seconds: float) -> int:
        """How many took no longer, each by the middle of its bucket."""
        return sum(count for bucket, count in self.buckets.items() if _middle(bucket) <= seconds)

    @property
    def total(self) -> float:
        """Seconds in all, within 7 % as well."""
        return sum(count * _middle(bucket) for bucket, count in self.buckets.items())

    def quantile(self, share: float) -> float | None:
        """Seconds within which that share was done; None where nothing was counted."""
        left = math.ceil(share * self.count)
        for bucket in sorted(self.buckets):
            left -= self.buckets[bucket]
            if left <= 0:
                return _middle(bucket)
        return None

    def summary(self, shares: Iterable[float] = (0.5, 0.95, 0.99)) -> dict[str, float | int | None]:
        """Count and quantiles in milliseconds, as the operator's tools show them."""
        found: dict[str, float | int | None] = {"count": self.count}
        for share in shares:
            value = self.quantile(share)
            found[f"p{share * 100:g}_ms"] = None if value is None else round(value * 1000, 3)
        return found


def _middle(bucket: int) -> float:
    """Of a bucket, by its factor."""
    return float(_UNIT * _GROWTH ** (bucket - 0.5))
