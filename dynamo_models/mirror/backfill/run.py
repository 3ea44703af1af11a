"""Carries a backfill out: workers take ranges, and one thread watches over them, the run's status and the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from django.db import connections
from django.utils import timezone

from dynamo_models.mirror.backfill.batches import Batches
from dynamo_models.mirror.backfill.control import check_tables
from dynamo_models.mirror.backfill.ranges import Ranges, totals
from dynamo_models.mirror.backfill.statuses import NotNow, move
from dynamo_models.mirror.backfill.throttle import Throttle
from dynamo_models.mirror.log.runs import BackfillRun
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.transactions import again

LOOK, TICK = 0.1, 1.0  # seconds between two looks at the workers, and at the run in the database
UNIT_SECONDS = 5.0  # a batch is no more than that many seconds of the rate: a claim outlasts it

Told = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Options:
    """workers: threads, each with a connection of its own. batch: rows that are locked and logged at once.
    max_write_units: a second. most_waiting: changes of others in the log above which the backfill waits."""

    workers: int = 2
    batch: int = 100
    max_write_units: float | None = None
    most_waiting: int = 10_000


@dataclass
class _Shared:
    """What the workers and the watch have in common."""

    stop: threading.Event = field(default_factory=threading.Event)
    errors: list[Exception] = field(default_factory=list)
    moved_at: float = field(default_factory=time.monotonic)
    note: str = ""

    def moves(self, note: str = "") -> None:
        self.moved_at, self.note = time.monotonic(), note


def carry_out(
    mirror: Mirror,
    run: BackfillRun,
    using: str,
    options: Options | None = None,
    *,
    stopped: Callable[[], bool] = lambda: False,
    told: Told = lambda *_: None,
) -> BackfillRun:
    """Work a run off that this process holds, until it is completed, paused, cancelled or fails; the run.

    stopped: asked often; where it is true the batches in hand are finished and the run is paused. told: rows done,
    rows there were, what it waits for. Raises what made it fail, and NotNow where another process has taken it over.
    """
    options = options or Options()
    shared = _Shared()
    throttle = Throttle(
        rate=options.max_write_units, most_waiting=options.most_waiting, stop=shared.stop, waits=shared.moves
    )
    size = options.batch
    if options.max_write_units is not None:
        size = max(1, min(size, int(options.max_write_units * UNIT_SECONDS / 2)))
    try:
        check_tables(mirror)
        ranges = Ranges(mirror, run, using, workers=options.workers, batch=size)
    except Exception as error:
        move(run, "failed", using, because=f"{type(error).__name__}: {error}")
        raise
    batches = Batches(mirror, using, size, throttle)
    threads = [
        threading.Thread(target=_work, args=[ranges, batches, shared], name=f"backfill-{number}", daemon=True)
        for number in range(options.workers)
    ]
    for thread in threads:
        thread.start()
    try:
        _watch(run=run, using=using, threads=threads, shared=shared, stopped=stopped, told=told)
    finally:
        shared.stop.set()
        for thread in threads:
            thread.join()
    return _end(run, using, shared, told)


def _work(ranges: Ranges, batches: Batches, shared: _Shared) -> None:
    try:
        while not shared.stop.is_set() and (part := ranges.take()) is not None:
            while not shared.stop.is_set():
                batches.throttle.wait_for_others(batches.using)
                # A batch that is begun anew finds what it has put, and is counted as it ends.
                if shared.stop.is_set() or not again(partial(batches.next, part)):
                    break
                shared.moves()
    except Exception as error:  # noqa: BLE001 - the watch raises it, and the run has failed
        shared.errors.append(error)
        shared.stop.set()
    finally:
        connections[batches.using].close()


def _watch(
    *,
    run: BackfillRun,
    using: str,
    threads: list[threading.Thread],
    shared: _Shared,
    stopped: Callable[[], bool],
    told: Told,
) -> None:
    looked, ticked = 0.0, 0.0
    while any(thread.is_alive() for thread in threads):
        next(thread for thread in threads if thread.is_alive() or thread is threads[-1]).join(LOOK)
        if stopped():
            shared.stop.set()
        if time.monotonic() - looked < TICK:
            continue
        looked = time.monotonic()
        # A tick is a worker's: a watch that goes on over workers that hang says nothing.
        if shared.moved_at > ticked:
            mine = BackfillRun.objects.using(using).filter(pk=run.pk, holder=run.holder)
            again(partial(mine.update, ticked_at=timezone.now()))
            ticked = looked
        found = BackfillRun.objects.using(using).filter(pk=run.pk).values_list("status", "holder").first()
        if found is None or found[1] != run.holder:
            raise NotNow(f"Backfill {run.pk} of {run.source} was taken over by another process.")
        run.status = found[0]
        if run.status in {"pausing", "cancelling"}:
            shared.stop.set()
        sums = totals(run, using)
        told(int(sums["done"] + sums["put_off"] + sums["dead"]), run.rows, shared.note)


def _end(run: BackfillRun, using: str, shared: _Shared, told: Told) -> BackfillRun:
    """Give the run the status that it has come to."""
    run.refresh_from_db(using=using, fields=["status", "whole"])
    sums = totals(run, using)
    told(int(sums["done"] + sums["put_off"] + sums["dead"]), run.rows, "")
    if shared.errors:
        error = shared.errors[0]
        move(run, "failed", using, because=f"{type(error).__name__}: {error}")
        raise error
    rows = f"{int(sums['done']):,} rows are mirrored."
    unfinished = run.ranges.using(using).exclude(status="completed").exists()  # type: ignore[attr-defined]
    if run.whole and not unfinished:
        move(run, "completed", using, because=rows)
    else:
        move(run, {"cancelling": "cancelled"}.get(run.status, "paused"), using, because=rows)
    return run
