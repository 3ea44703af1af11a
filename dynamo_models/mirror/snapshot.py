"""Rows as they are at one moment: each with what its item is made of, its numbers in the change log, its old keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connections, models, transaction

from dynamo_models.mirror.capture.columns import pk_of
from dynamo_models.mirror.enqueue import text_of
from dynamo_models.mirror.log.models import Change, MirroredKey
from dynamo_models.mirror.mapping import prefetches
from dynamo_models.mirror.registration import Mirror


@dataclass(kw_only=True)
class Snapshot:
    """What was true of a row at one moment.

    row: None for one that is not there. seqs: all its numbers in the log, in order. left: the key columns that it had
    before, by attribute, with the number of the change in which it left them. remembered: keys that its item may be at.
    """

    row: models.Model | None = None
    seqs: list[int] = field(default_factory=list)
    left: list[tuple[int, str]] = field(default_factory=list)
    remembered: list[MirroredKey] = field(default_factory=list)

    @property
    def seq(self) -> int | None:
        """The highest number; None where the log has nothing of the row."""
        return self.seqs[-1] if self.seqs else None


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


def take(mirror: Mirror, row_keys: Sequence[str], using: str) -> dict[str, Snapshot]:
    """Read rows, their log rows and their remembered keys as of one moment: by row key, in the order of ``row_keys``.

    A table whose collation takes "a" and "A" for the same gives the one for the other: they are told apart here.
    """
    found = {row_key: Snapshot() for row_key in row_keys}
    of_rows = {"source": mirror.label, "row_key__in": list(found)}
    with moment(using):
        changes = Change.objects.using(using).filter(**of_rows).order_by("seq")
        for seq, row_key, old in changes.values_list("seq", "row_key", "old"):
            if row_key in found:
                found[row_key].seqs.append(seq)
                if old is not None:
                    found[row_key].left.append((seq, old))
        pks = [pk_of(mirror.model, row_key) for row_key, each in found.items() if each.seqs]
        rows = mirror.rows(using).prefetch_related(*prefetches(mirror.paths, using)).filter(pk__in=pks)
        for row in rows if pks else ():
            row_key = text_of(mirror, row.pk, using)
            if row_key in found:
                found[row_key].row = row
        for memory in MirroredKey.objects.using(using).filter(**of_rows):
            if memory.row_key in found:
                found[memory.row_key].remembered.append(memory)
    return found
