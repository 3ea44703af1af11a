"""The one way to write the mirror: make a row's item what the row is now.

Live writes, backfill, repair and replay all come here. Doing it twice, late or in another order is harmless: the row is
read with its number in the change log, every key is remembered before anything is at it, each write is fenced by that
number, and only then is the log cleared of what was read.

Where numbers cannot tell who is right, nobody decides: the row is logged once more, under its lock, and read again. So
it is for a put that meets a later number, and for the item of another row that a tombstone replaces.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models

from dynamo_models.errors import KeyRefused
from dynamo_models.mirror import fence
from dynamo_models.mirror.capture.columns import pk_of, values_of
from dynamo_models.mirror.enqueue import CHUNK, enqueue
from dynamo_models.mirror.log.models import Change, Failure, MirroredKey
from dynamo_models.mirror.mapping import Computed
from dynamo_models.mirror.registration import Mirror, mirror_of
from dynamo_models.mirror.snapshot import Snapshot, take
from dynamo_models.mirror.transactions import writing


@dataclass(frozen=True, kw_only=True)
class Synced:
    """What a sync did. seq: up to which the log is cleared; None where the log had nothing of the row."""

    seq: int | None
    put: int = 0
    buried: int = 0


Keys = dict[str, tuple[fence.WireKey, int]]
"""Keys by digest, each with the number by which it is buried."""


class _StraysError(Exception):
    """Keys were remembered meanwhile that somebody may be about to write to."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys


def sync(mirror: Mirror, row_key: str, using: str) -> Synced:
    """Make the item of a row what the row is. Raises what keeps it from that: the log then stays as it is, and the
    error's ``seq`` says up to where the log was read."""
    snapshot = take(mirror, mirror.label, row_key, pk_of(mirror.model, row_key), using)
    if snapshot.seq is None:
        return Synced(seq=None)
    try:
        return _sync(mirror, row_key, using, snapshot, snapshot.seq)
    except Exception as error:
        error.seq = snapshot.seq  # type: ignore[attr-defined]
        raise


def _sync(mirror: Mirror, row_key: str, using: str, snapshot: Snapshot, seq: int) -> Synced:
    table, owner = mirror.entity.schema.table, _owner(mirror, row_key)
    wanted = {}
    if snapshot.row is not None:
        wanted = {digest_of(table.name, key): (key, raw) for key, raw in fence.images(mirror.item(snapshot.row))}
    if not _remember(mirror, row_key, using, snapshot, {digest: key for digest, (key, _) in wanted.items()}):
        return Synced(seq=None)
    puts = [fence.put(table, raw, seq, owner) for _, raw in wanted.values()]
    gone = {each.digest: (json.loads(each.key), seq) for each in snapshot.remembered} | _left(mirror, snapshot)
    buried: dict[str, fence.Outcome] = {}
    while True:
        for digest, (key, left) in gone.items():
            if digest not in wanted:
                buried[digest] = fence.bury(table, key, left, owner, meets=lambda other: _again(other, using))
        if fence.Outcome.OVERTAKEN in {*puts, *buried.values()}:
            enqueue(mirror, [row_key], using)
        try:
            _finish(mirror, row_key, using, snapshot, wanted=wanted.keys(), buried=buried.keys())
        except _StraysError as strays:
            gone = strays.keys
        else:
            return Synced(seq=seq, put=sum(map(bool, puts)), buried=len(buried))


def digest_of(table: str, key: fence.WireKey) -> str:
    """A key as a short text, the same for the same key."""
    return hashlib.sha256(json.dumps([table, key], sort_keys=True).encode()).hexdigest()


def _left(mirror: Mirror, snapshot: Snapshot) -> Keys:
    """The keys that the row had before, each with the number of the change in which it left it.

    Not the highest number: another row may have come to the key after this one left, and before it changed again.
    """
    schema = mirror.entity.schema
    found: Keys = {}
    for seq, text in snapshot.left:
        before = mirror.model(**values_of(mirror.key_columns, text))
        values: dict[str, Any] = {}
        for name, known in _facets(mirror).items():
            source = mirror.sources[name]
            if known:
                values[name] = (
                    source.function(before) if isinstance(source, Computed) else mirror.paths[source].value(before)
                )
        try:
            keys = list(fence.keys_of_values(schema, values))
        except KeyRefused:
            continue  # what no key could be made of was never anywhere
        found |= {digest_of(schema.table.name, key): (key, seq) for key in keys}
    return found


def _remember(mirror: Mirror, row_key: str, using: str, snapshot: Snapshot, keys: Mapping[str, fence.WireKey]) -> bool:
    """Write down where the row's item is about to be; False where another has brought the row at least as far since."""
    if keys.keys() <= {each.digest for each in snapshot.remembered} and all(_facets(mirror).values()):
        # Should the row have left one of these, then the log says so, and who clears it has buried it.
        return True
    row = {"source": mirror.label, "row_key": row_key}
    with writing(using):
        # Locked, so that who clears the log of this change afterwards finds these keys, and buries what is not wanted.
        waiting = Change.objects.using(using).filter(**row, seq=snapshot.seq).select_for_update()
        if waiting.first() is None:
            return False
        table = mirror.entity.schema.table.name
        MirroredKey.objects.using(using).bulk_create(
            [MirroredKey(**row, digest=digest, table=table, key=json.dumps(key)) for digest, key in keys.items()],
            ignore_conflicts=True,  # those that are remembered already
        )
    return True


@cache
def _facets(mirror: Mirror) -> dict[str, bool]:
    """The attributes that keys are made of and a mapping gives; whether the row's own captured columns suffice for it.

    What comes from another table is not known as it was: a key of that is found by being remembered.
    """
    schema = mirror.entity.schema
    own = {each.name for each in mirror.key_columns}
    facets = set(schema.primary.facets).union(*(unique.facets for unique in schema.uniques.values()))
    steps = {
        name: [mirror.paths[path].steps for path in _paths(mirror.sources[name])]
        for name in facets & mirror.sources.keys()
    }
    return {name: all(len(each) == 1 and each[0].field.name in own for each in found) for name, found in steps.items()}


def _paths(source: str | Computed) -> tuple[str, ...]:
    return source.needs if isinstance(source, Computed) else (source,)


def _finish(
    mirror: Mirror, row_key: str, using: str, snapshot: Snapshot, *, wanted: Collection[str], buried: Collection[str]
) -> None:
    """Clear the log of what was read, and forget the keys that nothing is at.

    _StraysError where others are remembered.
    """
    row = {"source": mirror.label, "row_key": row_key}
    with writing(using):
        changes = Change.objects.using(using).filter(**row)
        # What was read, and not all up to a number: a lower one may have been committed since.
        if not clear(changes, snapshot.seqs):
            return  # another was faster, and has seen to the rest
        memory = MirroredKey.objects.using(using).filter(**row)
        known = {each.digest: (json.loads(each.key), max(snapshot.seqs)) for each in memory}
        strays = {digest: key for digest, key in known.items() if digest not in wanted and digest not in buried}
        if strays:
            raise _StraysError(strays)
        forgotten = [digest for digest in known if digest in buried]
        if forgotten and not changes.exists():  # those who mirror a later change may rely on the memory
            memory.filter(digest__in=forgotten).delete()
        Failure.objects.using(using).filter(**row, seq__lte=max(snapshot.seqs)).delete()


def clear(changes: models.QuerySet[Change], seqs: Sequence[int]) -> int:
    """Remove these rows of the log; how many were there. In parts, as databases limit the length of a list."""
    parts = (seqs[at : at + CHUNK] for at in range(0, len(seqs), CHUNK))
    return sum(changes.filter(seq__in=part).delete()[0] for part in parts)


def _owner(mirror: Mirror, row_key: str) -> str:
    return f"{mirror.label}:{row_key}"


def _again(owner: str, using: str) -> None:
    """Log a row that an item says it comes from."""
    label, _, row_key = owner.partition(":")
    with suppress(KeyError):  # of a model that is mirrored no longer
        enqueue(mirror_of(label), [row_key], using)
