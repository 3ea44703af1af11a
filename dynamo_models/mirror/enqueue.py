"""Puts rows into the change log without changing them: for a backfill, a repair, and for what depends on another table.

The number is drawn while the row is locked, as a trigger draws it, so that it stands in line with the row's changes. A
row that is gone cannot be locked: should another with its primary key be on its way, inserted and not committed, then
that insert has a lower number; its sync meets the tombstone, and logs the row once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connections, models

from dynamo_models.mirror.capture.columns import key_of, pk_of
from dynamo_models.mirror.direction import refuse_back
from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.transactions import writing

# Rows that are locked at once, for as long as their numbers take to write.
CHUNK = 500


def enqueue(mirror: Mirror, row_keys: Iterable[str], using: str) -> int:
    """Log these rows, those that are gone as well; how many. FlowsBack where DynamoDB has authority of them."""
    refuse_back(mirror, using)
    logged = 0
    for part in _chunks(row_keys):
        # By the text that the triggers give it, whoever wrote it in another way.
        pks = {text_of(mirror, pk, using): pk for pk in (pk_of(mirror.model, each) for each in part)}
        left = list(pks)
        if len(left) > 1:
            with writing(using):
                there = {text_of(mirror, pk, using) for pk in _lock(mirror, list(pks.values()), using, wait=False)}
                logged += _log(mirror, [each for each in pks if each in there], using)
            left = [each for each in pks if each not in there]
        for row_key in left:
            with writing(using):
                _lock(mirror, [pks[row_key]], using)
                logged += _log(mirror, [row_key], using)
    return logged


def enqueue_rows(mirror: Mirror, rows: models.QuerySet[Any], using: str) -> int:
    """Log the rows of a query set; how many. Those that are gone by then are logged already: by their deletion."""
    return enqueue_pks(
        mirror, rows.using(using).order_by("pk").values_list("pk", flat=True).iterator(chunk_size=CHUNK), using
    )


def enqueue_pks(mirror: Mirror, pks: Iterable[Any], using: str, *, claimed_until: datetime | None = None) -> int:
    """The same of rows by their primary keys. claimed_until: till when relays leave them to the caller."""
    refuse_back(mirror, using)
    logged = 0
    for part in _chunks(pks):
        with writing(using):
            there = _lock(mirror, part, using, wait=False)
            logged += _log(mirror, [text_of(mirror, pk, using) for pk in there], using, claimed_until)
        for pk in set(part).difference(there):
            with writing(using):
                keys = [text_of(mirror, each, using) for each in _lock(mirror, [pk], using)]
                logged += _log(mirror, keys, using, claimed_until)
    return logged


def text_of(mirror: Mirror, pk: Any, using: str) -> str:
    """A primary key as the change log of this database has it."""
    return key_of(mirror.model, pk, native_uuid=connections[using].features.has_native_uuid_field)


def _lock(mirror: Mirror, pks: Sequence[Any], using: str, *, wait: bool = True) -> list[Any]:
    """Lock those of the rows that are there; their primary keys.

    wait: False leaves out those that another transaction has locked, where the database can. So several are never
    waited for while others are held: no transaction of the application's is given up for a deadlock with this one.
    """
    connection = connections[using]
    rows = mirror.model._base_manager.using(using).filter(pk__in=pks).order_by("pk")
    if connection.features.has_select_for_update:
        skip = not wait and connection.features.has_select_for_update_skip_locked
        # Not against those that only refer to the row.
        rows = (
            rows.select_for_update(of=("self",), no_key=True, skip_locked=skip)
            if connection.vendor == "postgresql"
            else rows.select_for_update(skip_locked=skip)
        )
    return [row.pk for row in rows.only("pk")]


def _log(mirror: Mirror, row_keys: Sequence[str], using: str, claimed_until: datetime | None = None) -> int:
    rows = [Change(source=mirror.label, row_key=each, claimed_until=claimed_until) for each in row_keys]
    return len(Change.objects.using(using).bulk_create(rows))


def _chunks(each: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(each)
    while part := list(islice(iterator, CHUNK)):
        yield part
