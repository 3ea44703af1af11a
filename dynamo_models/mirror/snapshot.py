"""One row as it is at one moment: the row with what its item is made of, its number in the change log, its old keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, models, transaction

from dynamo_models.mirror.log.models import Change, MirroredKey
from dynamo_models.mirror.registration import Mirror


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What was true of a row at one moment.

    row: None for one that is not there. seqs: all its numbers in the log; seq: the highest, None where there is none.
    left: the key columns that it had before, by attribute, with the number of the change in which it left them.
    remembered: keys that its item may be at.
    """

    row: models.Model | None
    seq: int | None
    seqs: list[int] = field(default_factory=list)
    left: list[tuple[int, str]] = field(default_factory=list)
    remembered: list[MirroredKey] = field(default_factory=list)


@contextmanager
def moment(using: str) -> Iterator[None]:
    """Whatever the block reads is of one moment, for a connection that is in no transaction.

    Within a transaction of the caller's, as tests have it, statements see what that lets them see.
    """
    connection = connections[using]
    if connection.in_atomic_block:
        yield
        return
    isolate = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
    if connection.vendor == "mysql":  # of the transaction that begins next
        with connection.cursor() as cursor:
            cursor.execute(isolate)
    with transaction.atomic(using=using, durable=True):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"{isolate}, READ ONLY")
        yield


def take(mirror: Mirror, source: str, row_key: str, pk: Any, using: str) -> Snapshot:
    """Read a row and its log rows as of one moment."""
    with moment(using):
        changes = list(
            Change.objects.using(using).filter(source=source, row_key=row_key).order_by("seq").values_list("seq", "old")
        )
        return Snapshot(
            row=mirror.rows(using).filter(pk=pk).first(),
            seq=changes[-1][0] if changes else None,
            seqs=[seq for seq, _ in changes],
            left=[(seq, old) for seq, old in changes if old is not None],
            remembered=list(MirroredKey.objects.using(using).filter(source=source, row_key=row_key)),
        )
