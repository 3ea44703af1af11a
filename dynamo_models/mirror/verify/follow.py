"""Verifies what has changed, again and again: each round begins with the number that the one before it began with.

What a round looks at are the items with a later number and their rows, and the rows that wait in the change log. No
index of DynamoDB's has the numbers, so that a round reads each table through once, a read unit for each 4 KB; of SQL
it reads what has changed alone. Where no number was drawn in between nothing has changed, and nothing is read. An item
that somebody else changes, and leaves its number, is found by a full verification alone.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime

from dynamo_models.mirror.backfill.statuses import NotNow
from dynamo_models.mirror.log.runs import VerifyRun
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.verify.low_water import UNKNOWN
from dynamo_models.mirror.verify.report import draw_seq
from dynamo_models.mirror.verify.run import Options, Verified, compared, verify
from dynamo_models.mirror.verify.walks import Told

FOLLOWED = ("full", "continuous")


def base(mirrors: Sequence[Mirror], using: str) -> VerifyRun:
    """The last full verification, or round, of these mirrors that left nothing unsettled. NotNow without one."""
    labels = {each.label for each in mirrors}
    done = VerifyRun.objects.using(using).filter(scope__in=FOLLOWED, status="completed", unsettled=0)
    for run in done.order_by("-pk"):
        if labels.issubset(json.loads(run.sources)):
            return run
    raise NotNow("What has changed is told from a full verification on, and there is none: dynamo_verify first.")


def seq_at(time: datetime, using: str) -> int:
    """The number that the last verification before a time began with. NotNow where there was none."""
    run = VerifyRun.objects.using(using).filter(started_at__lte=time).order_by("-pk").first()
    if run is None:
        raise NotNow(f"No verification began before {time.isoformat()}, so that no number is known to be that old.")
    return run.seq


def follow(
    mirrors: Sequence[Mirror],
    using: str,
    *,
    workers: int = 2,
    every: float = 60.0,
    ended: threading.Event,
    told: Told = lambda *_: None,
) -> Iterator[Verified]:
    """A round at once and then one in that many seconds, until ``ended`` is set; those that had nothing to look at are
    not among them. NotNow where there is nothing to begin with."""
    since = base(compared(mirrors, using), using).seq
    seen: int | None = None  # the number up to which nothing is left to be looked at
    while not ended.is_set():
        number = draw_seq(using)
        if seen is not None and number == seen + 1:
            seen = number
        else:
            options = Options(since=since, workers=workers, continuous=True)
            verified = verify(mirrors, using, options, stopped=ended.is_set, told=told)
            run, seen = verified.run, None
            if run.status == "completed" and not run.unsettled:
                since = run.seq
                seen = None if run.seq == UNKNOWN else run.seq
            yield verified
        ended.wait(every)
