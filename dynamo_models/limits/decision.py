"""What a limiter answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Reason = Literal["admitted", "repeated", "looked", "limit", "refunded", "unavailable"]


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One window's part. limit: -1 is none. used: with this use, where it was admitted; None where it is not known.

    seconds: the window's length, None for one that never ends. reset_after: seconds until it ends. refuses: whether it
    is in the way of this use.
    """

    window: str
    limit: int
    used: int | None = None
    seconds: int | None = None
    reset_after: int | None = None
    refuses: bool = False

    @property
    def remaining(self) -> int | None:
        """What is left; None where there is no limit, or where it is not known."""
        if self.limit < 0 or self.used is None:
            return None
        return max(0, self.limit - self.used)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether a use is admitted, and what its limits look like then.

    reason: ``admitted`` · ``repeated``, the request was admitted before, and is one use · ``looked``, nothing was asked
    for · ``limit`` · ``refunded``, the request's use was given back: one more needs another request_id ·
    ``unavailable``, DynamoDB could not be asked, and the limiter's on_unavailable says the rest.
    """

    allowed: bool
    reason: Reason
    user_id: Any
    action: str
    cost: int
    at: datetime
    request_id: str | None = None
    quotas: Sequence[Quota] = ()

    @property
    def tightest(self) -> Quota | None:
        """The window that is in the way, or else the one with the least left; None where no window has a limit."""
        limited = [quota for quota in self.quotas if quota.limit >= 0]
        return min(limited, key=_tightness, default=None)

    @property
    def limit(self) -> int:
        """The tightest window's; -1 is none."""
        return -1 if self.tightest is None else self.tightest.limit

    @property
    def used(self) -> int | None:
        if self.tightest is None:
            return self.quotas[0].used if self.quotas else None
        return self.tightest.used

    @property
    def remaining(self) -> int | None:
        return None if self.tightest is None else self.tightest.remaining

    @property
    def reset_after(self) -> int | None:
        """Seconds until the tightest window ends."""
        return None if self.tightest is None else self.tightest.reset_after

    @property
    def retry_after(self) -> int | None:
        """Seconds after which the same use could be admitted; None where it is, or where waiting does not help."""
        if self.allowed:
            return None
        if self.reason == "unavailable":
            return 1
        refusing = [quota for quota in self.quotas if quota.refuses]
        waits = [quota.reset_after for quota in refusing if quota.reset_after is not None]
        helps = bool(refusing) and len(waits) == len(refusing) and all(self.cost <= quota.limit for quota in refusing)
        return max(waits) if helps else None

    @property
    def status(self) -> int:
        """As HTTP has it: 200, 409 (the use was given back), 429 or 503."""
        if self.allowed:
            return 200
        return {"unavailable": 503, "refunded": 409}.get(self.reason, 429)


def _tightness(quota: Quota) -> tuple[bool, float, int]:
    left = quota.remaining
    return not quota.refuses, float("inf") if left is None else left, quota.limit
