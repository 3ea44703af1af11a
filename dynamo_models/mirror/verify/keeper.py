"""Watches over a verification beside its threads: hears that it is to stop, and saves how far it is."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from functools import partial

from django.db import connections
from django.utils import timezone

from dynamo_models.mirror.backfill.statuses import NotNow, is_abandoned
from dynamo_models.mirror.log.runs import VerifyRun
from dynamo_models.mirror.transactions import again
from dynamo_models.mirror.verify.report import Report
from dynamo_models.mirror.verify.walks import Walks

LOOK = 0.1  # seconds between two looks at whether it is to stop
SAVE = 2.0  # seconds between two savings at least; what was done in between is done again by who goes on


def holder() -> str:
    """This process, as a run names the one that works on it."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(8)}"


def unfinished(using: str) -> VerifyRun:
    """The last full run, held by this process from now on. NotNow where there is nothing to go on with."""
    run = VerifyRun.objects.using(using).filter(scope="full").order_by("-pk").first()
    if run is None or run.status == "completed":
        raise NotNow("The last full verification is completed: there is nothing to go on with.")
    if run.status == "running" and not is_abandoned(run):
        raise NotNow(
            f"Verification {run.pk} is running, by {run.holder.rpartition(':')[0]}: there is nothing to resume."
        )
    if not run.state:
        raise NotNow(f"Verification {run.pk} ended before it had saved anything: begin another one.")
    mine = {"holder": holder(), "status": "running", "ticked_at": timezone.now(), "ended_at": None}
    same = VerifyRun.objects.using(using).filter(pk=run.pk, status=run.status, holder=run.holder)
    if not same.update(**mine):
        raise NotNow(f"Verification {run.pk} has just been taken up by another process.")
    run.refresh_from_db(using=using)
    return run


class Keeper:
    """For as long as the block lasts. What it fails at ends the verification, and is raised at the end."""

    def __init__(self, run: VerifyRun, walks: Walks, report: Report, using: str, stopped: Callable[[], bool]) -> None:
        self._run, self._walks, self._report, self._using = run, walks, report, using
        self._stopped = stopped
        self._over = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._watch, name="verify-watch", daemon=True)

    def save(self) -> None:
        """Write down how far it is. NotNow where another process has taken it over."""
        with self._walks.lock:
            state = self._walks.place.as_json(**self._report.counted())
        mine = VerifyRun.objects.using(self._using).filter(pk=self._run.pk, holder=self._run.holder)
        if not again(partial(mine.update, state=state, ticked_at=timezone.now())):
            raise NotNow(f"Verification {self._run.pk} was taken over by another process.")
        self._run.state = state

    def _watch(self) -> None:
        due = time.monotonic() + SAVE
        try:
            while not self._over.wait(LOOK):
                if self._stopped():
                    self._walks.settler.stop.set()
                if self._run.scope == "full" and time.monotonic() >= due:
                    began = time.monotonic()
                    self.save()
                    # No more than a twentieth of the time, however much there is to be written.
                    due = time.monotonic() + max(SAVE, 20 * (time.monotonic() - began))
        except Exception as error:  # noqa: BLE001 - it is raised in the thread that waits for this one
            self._error = error
            self._walks.settler.stop.set()
        finally:
            connections[self._using].close()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._error is not None and kind is None:
            raise self._error
