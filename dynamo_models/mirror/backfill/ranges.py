"""Cuts the rows of a mirror into ranges of primary keys as workers ask for them: for keys of any type, in one pass."""

from __future__ import annotations

import threading
from functools import partial

from django.db.models import Sum

from dynamo_models.mirror.backfill.keyset import between, key_at
from dynamo_models.mirror.capture.columns import pk_of
from dynamo_models.mirror.enqueue import text_of
from dynamo_models.mirror.log.runs import BackfillRange, BackfillRun
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.transactions import again, writing

MOST_ROWS = 10_000
# Each worker gets about that many ranges, so that none is left with a long one at the end.
RANGES_PER_WORKER = 4


class Ranges:
    """The ranges of one run, for the workers of the one process that holds it."""

    def __init__(self, mirror: Mirror, run: BackfillRun, using: str, *, workers: int, batch: int) -> None:
        self._mirror, self._run, self._using = mirror, run, using
        self.size = max(batch, min(MOST_ROWS, run.rows // (workers * RANGES_PER_WORKER)))
        self._lock = threading.Lock()
        begun = BackfillRange.objects.using(using).filter(run=run).exclude(status="completed")
        self._left = list(begun.order_by("pk"))

    def take(self) -> BackfillRange | None:
        """The next range to work on: one that was begun, or a new one; None when every row is in some worker's."""
        with self._lock:
            found = self._left.pop(0) if self._left else self._cut()
        if found is not None:
            found.status = "running"
            again(partial(found.save, using=self._using, update_fields=["status"]))
        return found

    def _cut(self) -> BackfillRange | None:
        run, using = self._run, self._using
        if run.whole:
            return None
        low = None if run.planned is None else pk_of(self._mirror.model, run.planned)
        rows = between(self._mirror, using, low, None)
        high = key_at(rows, self.size - 1)
        whole = high is None
        if high is None:
            # To the last row of now: those that come later are logged by their triggers.
            high = key_at(rows.reverse(), 0)
        planned = run.planned if high is None else text_of(self._mirror, high, using)

        def save() -> BackfillRange | None:
            with writing(using):
                # The run first: a new range shares a lock on it, and two who do and then write it wait for each other.
                BackfillRun.objects.using(using).filter(pk=run.pk).update(planned=planned, whole=whole)
                if high is None:
                    return None
                return BackfillRange.objects.using(using).create(run=run, low=run.planned, high=planned)

        found = again(save)
        run.planned, run.whole = planned, whole
        return found


def totals(run: BackfillRun, using: str) -> dict[str, float]:
    """done, put_off, dead: rows; units: write units."""
    names = ("done", "put_off", "dead", "units")
    found = BackfillRange.objects.using(using).filter(run=run).aggregate(**{name: Sum(name) for name in names})
    return {name: found[name] or 0 for name in names}
