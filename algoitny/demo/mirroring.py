"""The rows of SQL brought to DynamoDB while people go on writing, and both compared."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from dynamo_models.mirror import backfill, relay, verify
from dynamo_models.mirror.backfill.ranges import totals
from dynamo_models.mirror.backfill.statuses import ENDED
from dynamo_models.mirror.log.runs import Mismatch
from dynamo_models.mirror.registration import mirrors
from dynamo_models.streams.handlers import tables
from dynamo_models.streams.reading import NoStreams, Stream
from dynamo_models.switch.returning.apply import waiting

USING = "default"
PATIENCE = timedelta(minutes=5)  # until the stores have caught up
LOOK = 0.1  # seconds between two looks at how far behind they are

Told = Callable[[str], None]


class NeverCaughtUpError(Exception):
    """A store stays behind the other; the message says how far and why."""


@dataclass(kw_only=True)
class Compared:
    """What a verification came to: rows and items looked at, mismatches by kind, and those that no one could judge."""

    rows: int
    items: int
    kinds: dict[str, int]
    unjudged: int
    first: list[str]

    def of(self, kind: str) -> int:
        return self.kinds.get(kind, 0)

    @property
    def different(self) -> int:
        """Of every kind but what is missing or extra."""
        return sum(self.kinds.values()) - self.of("missing") - self.of("extra")

    def as_dict(self) -> dict[str, int]:
        return {
            "compared": self.rows,
            "items": self.items,
            "missing": self.of("missing"),
            "extra": self.of("extra"),
            "different": self.different,
            "unjudged": self.unjudged,
        }

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows and {self.items:,} items, {self.of('missing')} missing, {self.of('extra')} extra, "
            f"{self.different} different, {self.unjudged} not judged"
        )


@dataclass(kw_only=True)
class Backfilled:
    """Rows by model, seconds, write units."""

    rows: dict[str, int]
    seconds: float
    write_units: float

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def has_streams() -> bool:
    """Whether this endpoint gives streams: without them totals are counted again, and nothing can come back."""
    try:
        for table in tables():
            Stream(table).shards()
    except NoStreams:
        return False
    return True


def fill(told: Told) -> Backfilled:
    """A backfill of every model. What an earlier time has left unfinished is given up: it began before this mirror."""
    found: dict[str, int] = {}
    write_units = 0.0
    started = time.monotonic()
    for mirror in mirrors():
        earlier = backfill.latest(mirror, USING)
        if earlier is not None and earlier.status not in ENDED:
            backfill.cancel(mirror, USING)
        run = backfill.start(mirror, USING)
        label = mirror.label

        def tell(done: int, total: int, _: object, label: str = label) -> None:
            told(f"backfill of {label}: {done:,} of {total:,} rows")

        backfill.carry_out(mirror, run, USING, told=tell)
        sums = totals(run, USING)
        found[label] = int(sums["done"])
        write_units += sums["units"]
    return Backfilled(rows=found, seconds=time.monotonic() - started, write_units=write_units)


def wait() -> float:
    """Until nothing waits, either way; the seconds it took. NeverCaughtUpError where a row is dead, or it takes too
    long."""
    started = time.monotonic()
    groups = sorted({mirror.group for mirror in mirrors()})
    while (lag := relay.lag(USING)).waiting or waiting(USING, groups).exists():
        back = waiting(USING, groups)
        if (lag.waiting and lag.waiting == lag.dead) or time.monotonic() - started > PATIENCE.total_seconds():
            raise NeverCaughtUpError(
                f"{lag.waiting:,} rows wait for the mirror, {lag.dead:,} of them for a person, and {back.count():,} "
                "for SQL: manage.py dynamo_relay dead and manage.py dynamo_status say why."
            )
        time.sleep(LOOK)
    return time.monotonic() - started


def compare(told: Told) -> Compared:
    """Everything in both stores, attribute by attribute."""

    def tell(done: int, total: int, _: object) -> None:
        told(f"verifying: {done:,} of {total:,}")

    found = verify.verify(mirrors(), USING, told=tell)
    first = Mismatch.objects.filter(run=found.run).order_by("pk")[:20]
    return Compared(
        rows=found.run.rows,
        items=found.run.items,
        kinds=found.kinds,
        unjudged=found.run.unsettled + found.dead,
        first=[f"{each.kind}: {each.source} {each.row_key or each.key}" for each in first],
    )
