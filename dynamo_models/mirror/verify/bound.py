"""What a sample says of the whole."""

from __future__ import annotations

import math

CONFIDENCE = 0.95


def upper_bound(looked_at: int, different: int) -> float:
    """The share of different rows that there are at most, at 95 % confidence: exact, of the binomial distribution.

    For none different of n that is about 3/n. 1.0 where nothing was looked at.
    """
    if looked_at == 0 or different >= looked_at:
        return 1.0
    low, high = different / looked_at, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(different, looked_at, middle) > 1 - CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _at_most(successes: int, trials: int, share: float) -> float:
    """The probability of that many or fewer."""
    if share <= 0.0:
        return 1.0
    if share >= 1.0:
        return 0.0
    whole = math.lgamma(trials + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(each + 1)
            - math.lgamma(trials - each + 1)
            + each * math.log(share)
            + (trials - each) * math.log1p(-share)
        )
        for each in range(successes + 1)
    )
