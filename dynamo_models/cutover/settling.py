"""Tells a difference between the stores from a change on its way: both are asked again until it is certain.

SQL is asked, then DynamoDB, and then what the change log held by then is waited for, so that whatever the first answer
of SQL's showed has reached DynamoDB. If both give the same answers once more, and they differ, then nothing that was in
flight explains it. Where SQL's answer has changed in between, it begins anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from dynamo_models.cutover.in_flight import sources
from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.registration import Mirror

ROUNDS = 6
PAUSE = 0.3  # seconds between two looks; longer than DynamoDB takes to bring an index up to date
PATIENCE = 10.0  # seconds for changes in flight to settle, in all
_LOOK = 0.02

Ask = Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What each store answers, in its normal form."""

    sql: Any
    dynamodb: Any


@dataclass(frozen=True, kw_only=True)
class Certain:
    """difference: None where the stores agree after all. settled: False where it could not be told in time."""

    difference: Difference | None = None
    settled: bool = True


def make_certain(mirror: Mirror, *, ask_sql: Ask, ask_dynamodb: Ask, using: str) -> Certain:
    """Ask both stores, for answers in their normal form, until it is certain whether they differ."""
    until = time.monotonic() + PATIENCE
    before: Difference | None = None
    for number in range(ROUNDS):
        if number:
            time.sleep(PAUSE)
        found = Difference(sql=ask_sql(), dynamodb=ask_dynamodb())
        if found.sql == found.dynamodb:
            return Certain()
        if found == before:
            return Certain(difference=found)
        before = found
        if not _has_settled(mirror, using, until):
            break
    return Certain(settled=False)


def _has_settled(mirror: Mirror, using: str, until: float) -> bool:
    """Wait until what the log holds of a mirror now has left it; False where time runs out."""
    # Twice, as a change of another table leaves the log when those that it leads to are in it.
    for _ in range(2 if mirror.dependencies else 1):
        changes = Change.objects.using(using).filter(source__in=sources(mirror)).order_by()
        last = changes.aggregate(last=Max("seq"))["last"]
        if last is None:
            return True
        while changes.filter(seq__lte=last).exists():
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK)
    return True
