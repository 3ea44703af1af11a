"""What all users have done on a day, kept up from the table's stream, whoever writes a use.

A user's own counter is what a limit is held to, and has a use before its row is written, which is marked ``counted``
then (``limiter`` says why). What the mirror writes without that mark is counted here, as it first comes and as it goes.
"""

from datetime import datetime
from typing import Any

from django.utils import timezone

from algoitny.counting.tally import Tally, grow
from algoitny.tables import main
from algoitny.usage.items import TOTAL_SHARDS, UsageCounter, UsageLog, UsageTotal, counter_expiry, month_of
from dynamo_models.errors import RawItem
from dynamo_models.mirror.fence import version_of
from dynamo_models.streams import StreamBatch, on_changes


def add(tally: Tally, use: UsageLog | None, sign: int) -> None:
    """What a use counts towards, for all users together."""
    if use is not None:
        shard = int(use.user_id) % TOTAL_SHARDS
        facets = {"month": month_of(use.date), "date": use.date, "action": use.action, "shard": shard}
        tally.add(UsageTotal, facets, sign, n=1)


def add_own(tally: Tally, use: UsageLog | None, sign: int) -> None:
    """What a use counts towards, for its user."""
    if use is not None:
        tally.add(UsageCounter, {"user_id": use.user_id, "date": use.date, "action": use.action}, sign, n=1)


@on_changes(UsageLog, name="totals of uses")
def keep_up(batch: StreamBatch) -> None:
    """One transaction for up to 20 changes. What goes because its time has passed stays counted, as long as its day."""
    with batch.once(main) as (tx, changes):
        tally = Tally()
        now = timezone.now()
        for each in changes:
            before = None if each.by_ttl or _expired(each.old, now) else each.old
            add(tally, each.new, 1)
            add(tally, before, -1)
            # What was there already is the same use: its key says whose it is, and of which day.
            if each.old is None and _is_counted_here(each.new, each.new_raw):
                add_own(tally, each.new, 1)
            if each.new is None and _is_counted_here(each.old, each.old_raw):
                add_own(tally, before, -1)
        for facets, numbers in tally.of(UsageTotal):
            grow(tx, UsageTotal, facets, numbers, ttl=counter_expiry(facets["date"]))
        for facets, numbers in tally.of(UsageCounter):
            grow(tx, UsageCounter, facets, numbers, ttl=counter_expiry(facets["date"]))


def _is_counted_here(use: UsageLog | None, raw: RawItem | None) -> bool:
    return use is not None and not use.counted and version_of(raw) is not None


def _expired(use: Any, now: datetime) -> bool:
    return use is not None and use.ttl is not None and use.ttl <= now
