"""Works the change log off: claims rows, mirrors each, and puts off what fails without holding anything else up.

Any number of relays may run. Claims only keep them from doing the same twice; that it would be harmless is the fence's
doing. A claim ends by itself, so that what a killed relay had in hand is another's after LEASE.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import connections
from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils import timezone

from dynamo_models.errors import EndpointError, TableMissing, Throttled, ValueRefused
from dynamo_models.mirror.capture.columns import pk_of
from dynamo_models.mirror.capture.plan import DEPENDENCY, source_of
from dynamo_models.mirror.direction import FlowsBack, refuse_back
from dynamo_models.mirror.enqueue import enqueue, enqueue_rows
from dynamo_models.mirror.log.models import Change, Failure
from dynamo_models.mirror.memory import clear, lock
from dynamo_models.mirror.registration import Mirror, mirror_of
from dynamo_models.mirror.sync import Synced, sync_many
from dynamo_models.mirror.transactions import again, writing
from dynamo_models.tracing import span

logger = logging.getLogger(__name__)

BATCH = 100
PART = 50  # rows of a mirror that are mirrored together
LEASE = timedelta(seconds=30)
FIRST_DELAY, LONGEST_DELAY = 0.2, 300.0  # seconds, doubled with each attempt, with jitter
MOST_ATTEMPTS = 12  # of what fails for a reason that is not DynamoDB's; then a person decides

# What passes by itself: it is tried for as long as it takes.
PASSING = (Throttled, EndpointError, TableMissing, FlowsBack)

Stopped = Callable[[], bool]


@dataclass(kw_only=True)
class Worked:
    """What came of some rows of the log."""

    done: int = 0
    failed: int = 0
    dead: int = 0
    written: int = 0  # items and tombstones

    @property
    def claimed(self) -> int:
        return self.done + self.failed + self.dead

    def __add__(self, other: Worked) -> Worked:
        return Worked(
            done=self.done + other.done,
            failed=self.failed + other.failed,
            dead=self.dead + other.dead,
            written=self.written + other.written,
        )


@dataclass(frozen=True)
class Lag:
    """How far behind the mirror is. oldest: since when the oldest change waits; None where none does."""

    waiting: int
    oldest: datetime | None
    dead: int

    @property
    def seconds(self) -> float:
        return 0.0 if self.oldest is None else max(0.0, (timezone.now() - self.oldest).total_seconds())


def work(using: str = "default", *, batch: int = BATCH, stopped: Stopped = lambda: False) -> Worked:
    """Claim some rows of the log and mirror them, those of a mirror together. ``stopped`` is asked between two parts:
    what is left is given back."""
    found = Worked()
    left: dict[str, list[str]] = {}
    claimed = again(partial(_claim, using, batch))
    if not claimed:
        return found
    for source, row_key in claimed:
        left.setdefault(source, []).append(row_key)
    with span("relay", rows=len(claimed), database=using):
        while left:
            if stopped():
                again(partial(_give_back, using, left))
                break
            source = next(iter(left))
            part, rest = left[source][:PART], left.pop(source)[PART:]
            if rest:
                left[source] = rest  # behind those of others
            found = sum(attempt_many(source, part, using).values(), found)
    return found


def attempt(source: str, row_key: str, using: str) -> Worked:
    """Mirror one row of the log; what keeps it from being mirrored is written down."""
    return attempt_many(source, [row_key], using)[row_key]


def attempt_many(source: str, row_keys: Sequence[str], using: str) -> dict[str, Worked]:
    """The same for rows of one source; what came of each, by row key."""
    label, slash, _ = source.partition(DEPENDENCY)
    answers: Mapping[str, Synced | Exception]
    try:
        mirror = mirror_of(label)
        refuse_back(mirror, using)
    except (KeyError, FlowsBack) as error:  # of a model that is mirrored no longer, or not from here
        answers = dict.fromkeys(row_keys, error)
    else:
        if slash:
            answers = {row_key: _fanned_out(mirror, source, row_key, using) for row_key in row_keys}
        else:
            answers = sync_many(mirror, row_keys, using)
    return {
        row_key: again(partial(_failed, source, row_key, using, answer))
        if isinstance(answer, Exception)
        else Worked(done=1, written=answer.put + answer.buried)
        for row_key, answer in answers.items()
    }


def lag(using: str = "default") -> Lag:
    """How far behind the mirror is."""
    changes = Change.objects.using(using)
    return Lag(
        waiting=changes.values("source", "row_key").distinct().count(),
        oldest=changes.aggregate(oldest=Min("at"))["oldest"],
        dead=Failure.objects.using(using).filter(dead=True).count(),
    )


def _fanned_out(mirror: Mirror, source: str, row_key: str, using: str) -> Synced | Exception:
    try:
        changes = Change.objects.using(using).filter(source=source, row_key=row_key)
        seqs = list(changes.order_by("seq").values_list("seq", flat=True))
        if seqs:
            _fan_out(mirror, source, row_key, using)
            Failure.objects.using(using).filter(source=source, row_key=row_key, seq__lte=seqs[-1]).delete()
            # What was read alone: rows of a many-to-many table are logged for one row by many writers, without its
            # lock, so that a lower number may have been committed since.
            clear(changes, seqs)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is kept, and holds nothing else up
        return error
    return Synced(seq=seqs[-1] if seqs else None)


def _fan_out(mirror: Mirror, source: str, row_key: str, using: str) -> None:
    """Log the rows whose items are made of a row of another table that has changed."""
    (dependency,) = (each for each in mirror.dependencies if source_of(mirror, each) == source)
    if dependency.lookup is None:
        enqueue(mirror, [row_key], using)
        return
    pk = pk_of(dependency.model, row_key)
    enqueue_rows(mirror, mirror.model._base_manager.filter(**{f"{dependency.lookup}__pk": pk}), using)


def _claim(using: str, batch: int) -> list[tuple[str, str]]:
    now = timezone.now()
    features = connections[using].features
    waiting = Failure.objects.filter(source=OuterRef("source"), row_key=OuterRef("row_key")).filter(
        # A row that has changed since it failed for good is another matter.
        Q(dead=True, seq__gte=OuterRef("seq")) | Q(dead=False, not_before__gt=now)
    )
    with writing(using):
        due = (
            Change.objects.using(using)
            .filter(Q(claimed_until=None) | Q(claimed_until__lt=now), ~Exists(waiting))
            .order_by("seq")
        )
        if features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        rows = list(due.values_list("seq", "source", "row_key")[:batch])
        Change.objects.using(using).filter(seq__in=[seq for seq, _, _ in rows]).update(claimed_until=now + LEASE)
    return list(dict.fromkeys((source, row_key) for _, source, row_key in rows))


def _give_back(using: str, left: dict[str, list[str]]) -> None:
    for source, row_keys in left.items():
        with writing(using):
            changes = Change.objects.using(using).filter(source=source, row_key__in=row_keys)
            seqs = lock(changes, list(changes.values_list("seq", flat=True)))
            changes.filter(seq__in=seqs).update(claimed_until=None)


def _failed(source: str, row_key: str, using: str, error: Exception) -> Worked:
    now = timezone.now()
    row = {"source": source, "row_key": row_key}
    with writing(using):
        # Locked first, as whoever clears them does.
        changes = Change.objects.using(using).filter(**row).order_by("seq")
        seqs = list(changes.select_for_update().values_list("seq", flat=True))
        # Up to where this attempt has looked: what was written since has not been tried.
        last = getattr(error, "seq", None) or (seqs[-1] if seqs else 0)
        failure, _ = Failure.objects.using(using).get_or_create(
            **row, defaults={"not_before": now, "reason": "", "seq": last}
        )
        Failure.objects.using(using).filter(pk=failure.pk).update(attempts=F("attempts") + 1)
        attempts = failure.attempts + 1
        # A value that no item can hold stays so until the row changes; for the rest, time may help.
        dead = isinstance(error, ValueRefused) or (not isinstance(error, PASSING) and attempts >= MOST_ATTEMPTS)
        ceiling = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempts, 20))
        Failure.objects.using(using).filter(pk=failure.pk).update(
            not_before=now + timedelta(seconds=random.uniform(ceiling / 2, ceiling)),  # noqa: S311 - not for secrets
            reason=f"{type(error).__name__}: {error}",
            dead=dead,
            seq=last,
        )
        Change.objects.using(using).filter(**row).update(claimed_until=None)
    logger.warning("%s %s was not mirrored (attempt %d): %s", source, row_key, attempts, error)
    return Worked(dead=1) if dead else Worked(failed=1)
