"""Puts rows into the change log without changing them: for a backfill, a repair, and for what depends on another table.

The number is drawn while the row is locked, as a trigger draws it, so that it stands in line with the row's changes. A
row that is gone needs no lock: whatever was on its way for it has a lower number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connections, models

from dynamo_models.mirror.capture.columns import key_of, pk_of
from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.transactions import writing

# Rows that are locked at once, for as long as their numbers take to write.
CHUNK = 500


def enqueue(mirror: Mirror, row_keys: Iterable[str], using: str) -> int:
    """Log these rows, those that are gone as well; how many."""
    logged = 0
    for part in _chunks(row_keys):
        with writing(using):
            _lock(mirror, [pk_of(mirror.model, each) for each in part], using)
            logged += _log(mirror, part, using)
    return logged


def enqueue_rows(mirror: Mirror, rows: models.QuerySet[Any], using: str) -> int:
    """Log the rows of a query set; how many. Those that are gone by then are logged already: by their deletion."""
    logged = 0
    pks = rows.using(using).order_by("pk").values_list("pk", flat=True).iterator(chunk_size=CHUNK)
    for part in _chunks(pks):
        with writing(using):
            there = _lock(mirror, part, using)
            logged += _log(mirror, [text_of(mirror, pk, using) for pk in there], using)
    return logged


def text_of(mirror: Mirror, pk: Any, using: str) -> str:
    """A primary key as the change log of this database has it."""
    return key_of(mirror.model, pk, native_uuid=connections[using].features.has_native_uuid_field)


def _lock(mirror: Mirror, pks: Sequence[Any], using: str) -> list[Any]:
    """Lock those of the rows that are there, in one order; their primary keys."""
    connection = connections[using]
    rows = mirror.model._base_manager.using(using).filter(pk__in=pks).order_by("pk")
    if connection.features.has_select_for_update:
        # Not against those that only refer to the row.
        rows = (
            rows.select_for_update(of=("self",), no_key=True)
            if connection.vendor == "postgresql"
            else (rows.select_for_update())
        )
    return [row.pk for row in rows.only("pk")]


def _log(mirror: Mirror, row_keys: Sequence[str], using: str) -> int:
    return len(
        Change.objects.using(using).bulk_create([Change(source=mirror.label, row_key=each) for each in row_keys])
    )


def _chunks(each: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(each)
    while part := list(islice(iterator, CHUNK)):
        yield part
