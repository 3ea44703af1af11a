"""Starts, resumes, pauses and cancels the backfill of a mirror: at most one of them is unfinished at a time."""

from __future__ import annotations

import os
import secrets
import socket

from django.db import connections

from dynamo_models import transport
from dynamo_models.mirror.backfill.statuses import ENDED, WORKING, NotNow, is_abandoned, move
from dynamo_models.mirror.direction import refuse_back
from dynamo_models.mirror.log.runs import BackfillRun
from dynamo_models.mirror.registration import Mirror


def latest(mirror: Mirror, using: str) -> BackfillRun | None:
    """The last run of a mirror, whatever came of it."""
    return BackfillRun.objects.using(using).filter(source=mirror.label).order_by("-pk").first()


def start(mirror: Mirror, using: str) -> BackfillRun:
    """A new run, held by this process. NotNow where there is one that is not finished, FlowsBack where DynamoDB has
    authority."""
    refuse_back(mirror, using)
    unfinished = BackfillRun.objects.using(using).filter(source=mirror.label).exclude(status__in=ENDED)
    _refuse(unfinished.first())
    rows = mirror.model._base_manager.using(using).count()
    run = BackfillRun.objects.using(using).create(source=mirror.label, rows=rows)
    run.refresh_from_db(using=using)  # what the database has filled in
    earlier = unfinished.filter(pk__lt=run.pk).first()
    if earlier is not None:  # two were started at the same moment: the first one goes on
        run.delete(using=using)
        _refuse(earlier)
    move(run, "running", using, holder=_holder())
    return run


def resume(mirror: Mirror, using: str) -> BackfillRun:
    """The unfinished run, held by this process from now on. NotNow where there is none, or another process is at it."""
    run = _unfinished(mirror, using)
    if run.status in WORKING and not is_abandoned(run):
        raise NotNow(f"{_named(run)} is {run.status}, by {run.holder.rpartition(':')[0]}: there is nothing to resume.")
    if run.status == "cancelling":
        move(run, "cancelled", using)
        raise NotNow(f"{_named(run)} was being cancelled, and is cancelled now. Start another one.")
    move(run, "running", using, holder=_holder())
    return run


def pause(mirror: Mirror, using: str) -> BackfillRun:
    """Ask for a pause after the batches in hand. NotNow where nothing runs."""
    run = _unfinished(mirror, using)
    if run.status == "running":
        move(run, "paused" if is_abandoned(run) else "pausing", using)
    elif run.status == "pausing" and is_abandoned(run):
        move(run, "paused", using)
    elif run.status not in {"pausing", "paused"}:
        raise NotNow(f"{_named(run)} is {run.status}: there is nothing to pause.")
    return run


def cancel(mirror: Mirror, using: str) -> BackfillRun:
    """Give a run up, after the batches in hand. What it has mirrored stays. NotNow where nothing is unfinished."""
    run = _unfinished(mirror, using)
    at_work = run.status in WORKING and not is_abandoned(run)
    if not (at_work and run.status == "cancelling"):
        move(run, "cancelling" if at_work else "cancelled", using)
    return run


def check_tables(mirror: Mirror) -> None:
    """TableMissing or DefinitionError before anything is logged, rather than once for each row."""
    mirror.entity.schema.usable()
    table = mirror.entity.schema.table
    transport.call(table, "DescribeTable", {"TableName": table.endpoint_name})


def _unfinished(mirror: Mirror, using: str) -> BackfillRun:
    run = BackfillRun.objects.using(using).filter(source=mirror.label).exclude(status__in=ENDED).order_by("pk").first()
    if run is None:
        raise NotNow(f"{mirror.label}: no backfill is unfinished in {connections[using].alias}.")
    return run


def _refuse(run: BackfillRun | None) -> None:
    if run is not None:
        way = "--status shows it" if run.status in WORKING and not is_abandoned(run) else "--resume goes on with it"
        raise NotNow(f"{_named(run)} is {run.status}: {way}, --cancel ends it.")


def _named(run: BackfillRun) -> str:
    return f"Backfill {run.pk} of {run.source}"


def _holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(8)}"
