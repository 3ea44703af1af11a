"""Counts of a group's reads and their latencies: kept in each process, added to SQL every few seconds.

A process has a row for each minute in which it counts; what is older than MERGED_AFTER is merged, so that there is one
row for each step of a group besides. Names: served_sql, served_dynamodb, in_flight (of reads that DynamoDB would have
answered otherwise); same, different, unsettled, dropped, late (of comparisons); errors_sql, errors_dynamodb.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError
from django.db.models import F
from django.db.models.functions import Now

from dynamo_models.cutover import background
from dynamo_models.cutover.histogram import Histogram
from dynamo_models.cutover.records import GroupState, ReadTally, UnservedRead
from dynamo_models.cutover.stages import COMPLETE, Store
from dynamo_models.cutover.state import State, state_of
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.transactions import writing

logger = logging.getLogger(__name__)

MERGED_AFTER = 15  # minutes
_FORGOTTEN_AFTER = 10  # minutes: what could not be written by then is not counted twice after a merge
_MOST_UNSERVED = 1000  # different ones that a process keeps


@dataclass(kw_only=True)
class Tally:
    """Counts by their names, and latencies by store."""

    counts: Counter[str] = field(default_factory=Counter)
    latencies: dict[str, Histogram] = field(default_factory=dict)

    @property
    def compared(self) -> int:
        """Reads whose answers were told to be the same or different."""
        return self.counts["same"] + self.counts["different"]

    def latency(self, store: Store) -> Histogram:
        return self.latencies.setdefault(store, Histogram())

    def merge(self, other: Tally) -> None:
        self.counts.update(other.counts)
        for store, histogram in other.latencies.items():
            self.latencies.setdefault(store, Histogram()).merge(histogram)


@dataclass(frozen=True)
class _Place:
    using: str
    group: str
    step: int
    minute: int


@dataclass(frozen=True)
class _Unserved:
    using: str
    group: str
    source: str
    place: str
    reason: str


class _Held:
    """What a process has counted. written: minutes that SQL has as they are."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.name = f"{socket.gethostname()[:30]}:{self.pid}:{secrets.token_hex(6)}"
        self.lock, self.flushing = threading.Lock(), threading.Lock()
        self.tallies: dict[_Place, Tally] = {}
        self.dirty: set[_Place] = set()
        self.unserved: Counter[_Unserved] = Counter()


_current = _Held()


def count(state: State, using: str, name: str, number: int = 1) -> None:
    """Count a read of a group that has a place in the history, up to ``final``; where a test has put it somewhere, none
    is counted."""
    if state.step and state.place != COMPLETE:
        held = _held()
        with held.lock:
            _tally(held, state, using).counts[name] += number
        background.awake()


def took(state: State, using: str, store: Store, seconds: float) -> None:
    """Count how long a store took for an answer."""
    if state.step and state.place != COMPLETE:
        held = _held()
        with held.lock:
            _tally(held, state, using).latency(store).add(seconds)
        background.awake()


def unserved(state: State, mirror: Mirror, reason: str, place: str, using: str) -> None:
    """Count a read that no key serves."""
    if not state.step or state.place == COMPLETE:
        return
    held = _held()
    key = _Unserved(using, mirror.group, mirror.label, place[-255:], reason)
    with held.lock:
        if key in held.unserved or len(held.unserved) < _MOST_UNSERVED:
            held.unserved[key] += 1
    background.awake()


@background.every_now_and_then
def flush() -> None:
    """Write what was counted since. What SQL does not take now is kept for the next time, for a while."""
    held = _held()
    with held.flushing:
        _flush_tallies(held)
        _flush_unserved(held)


def read(group: str, step: int, using: str, *, minutes: int | None = None) -> Tally:
    """What all processes have counted of a step, or of its last minutes alone (and the current one)."""
    rows = ReadTally.objects.using(using).filter(group=group, step=step)
    if minutes is not None:
        rows = rows.filter(minute__gte=_minute() - minutes)
    return _sum(rows)


def merge(using: str) -> None:
    """Make one row for each step of what is old enough to be of no interest minute by minute."""
    old = ReadTally.objects.using(using).exclude(process="").filter(minute__lt=_minute() - MERGED_AFTER)
    for group, step in old.order_by().values_list("group", "step").distinct():
        with writing(using):
            # One at a time.
            list(GroupState.objects.using(using).select_for_update().filter(group=group))
            rows = list(old.filter(group=group, step=step))
            merged = ReadTally.objects.using(using).filter(group=group, step=step, process="")
            total = _sum([*rows, *merged])
            merged.delete()
            ReadTally.objects.using(using).filter(pk__in=[row.pk for row in rows]).delete()
            last = max((row.minute for row in rows), default=0)
            ReadTally.objects.using(using).create(group=group, step=step, process="", minute=last, **_stored(total))


def _held() -> _Held:
    global _current  # noqa: PLW0603 - one for a process
    if _current.pid != os.getpid():
        _current = _Held()
    return _current


def _tally(held: _Held, state: State, using: str) -> Tally:
    place = _Place(using, state.group, state.step, _minute())
    held.dirty.add(place)
    return held.tallies.setdefault(place, Tally())


def _minute() -> int:
    return int(time.time() // 60)


def _flush_tallies(held: _Held) -> None:
    with held.lock:
        now = _minute()
        dirty, held.dirty = held.dirty, set()
        waiting = {place: _stored(held.tallies[place]) for place in dirty if now - place.minute < _FORGOTTEN_AFTER}
        # A minute that is over and written is not counted in again.
        for place in [each for each in held.tallies if each not in waiting and each.minute < now - 1]:
            del held.tallies[place]
    for place, stored in waiting.items():
        if state_of(place.group, place.using).place == COMPLETE:
            continue  # what was counted is removed, and not to come again
        try:
            ReadTally.objects.using(place.using).update_or_create(
                group=place.group, step=place.step, process=held.name, minute=place.minute, defaults=stored
            )
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Counts of reads of %s are not written, and kept for later: %s", place.group, error)
            with held.lock:
                held.dirty.add(place)


def _flush_unserved(held: _Held) -> None:
    with held.lock:
        waiting, held.unserved = held.unserved, Counter()
    for key, number in waiting.items():
        if state_of(key.group, key.using).place == COMPLETE:
            continue
        text = f"{key.source}\0{key.place}\0{key.reason}"
        digest = hashlib.sha256(text.encode()).hexdigest()
        found = {"source": key.source, "place": key.place, "reason": key.reason, "group": key.group}
        rows = UnservedRead.objects.using(key.using)
        try:
            rows.get_or_create(digest=digest, defaults=found)
            rows.filter(digest=digest).update(count=F("count") + number, last_at=Now())
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Reads that no key serves are not written, and kept for later: %s", error)
            with held.lock:
                held.unserved[key] += number


def _stored(tally: Tally) -> dict[str, str]:
    latencies = {store: histogram.buckets for store, histogram in tally.latencies.items()}
    return {"counts": json.dumps(tally.counts), "latencies": json.dumps(latencies)}


def _sum(rows: Iterable[ReadTally]) -> Tally:
    total = Tally()
    for row in rows:
        latencies = {store: Histogram(buckets) for store, buckets in json.loads(row.latencies).items()}
        total.merge(Tally(counts=Counter(json.loads(row.counts)), latencies=latencies))
    return total
