"""The one way to write the mirror: make a row's item what the row is now.

Live writes, backfill, repair and replay all come here. Doing it twice, late or in another order is harmless: the row is
read with its number in the change log, every key is remembered before anything is at it, each write is fenced by that
number, and only then is the log cleared up to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dynamo_models.errors import KeyRefused
from dynamo_models.mirror import fence
from dynamo_models.mirror.capture.columns import pk_of, values_of
from dynamo_models.mirror.enqueue import enqueue
from dynamo_models.mirror.log.models import Change, Failure, MirroredKey
from dynamo_models.mirror.mapping import Computed
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.snapshot import Snapshot, take
from dynamo_models.mirror.transactions import writing


@dataclass(frozen=True, kw_only=True)
class Synced:
    """What a sync did. seq: up to which the log is cleared; None where the log had nothing of the row."""

    seq: int | None
    put: int = 0
    buried: int = 0


def sync(mirror: Mirror, row_key: str, using: str) -> Synced:
    """Make the item of a row what the row is. Raises what keeps it from that: the log then stays as it is."""
    source = mirror.label
    snapshot = take(mirror, source, row_key, pk_of(mirror.model, row_key), using)
    if snapshot.seq is None:
        return Synced(seq=None)
    table = mirror.entity.schema.table
    wanted = {}
    if snapshot.row is not None:
        wanted = {digest_of(table.name, key): (key, raw) for key, raw in fence.images(mirror.item(snapshot.row))}
    known = {each.digest for each in snapshot.remembered}
    _remember(mirror, row_key, using, {digest: key for digest, (key, _) in wanted.items() if digest not in known})
    put = sum(fence.put(table, raw, snapshot.seq) for _, raw in wanted.values())
    left = _left(mirror, snapshot)
    gone = {each.digest: (json.loads(each.key), snapshot.seq) for each in snapshot.remembered} | left
    buried: set[str] = set()
    while gone := {digest: each for digest, each in gone.items() if digest not in wanted and digest not in buried}:
        for key, seq in gone.values():
            fence.bury(table, key, seq)
        buried |= gone.keys()
        # A slower worker may have remembered a key since the row was read, and be about to write there.
        now = MirroredKey.objects.using(using).filter(source=source, row_key=row_key)
        gone = {each.digest: (json.loads(each.key), snapshot.seq) for each in now}
    overtaken = _finish(mirror, row_key, using, snapshot.seq, wanted=wanted, buried=buried)
    if overtaken and put:
        # What was written is older than what another has cleared the log for: the row is looked at once more.
        enqueue(mirror, [row_key], using)
    return Synced(seq=snapshot.seq, put=put, buried=len(buried))


def digest_of(table: str, key: fence.WireKey) -> str:
    """A key as a short text, the same for the same key."""
    return hashlib.sha256(json.dumps([table, key], sort_keys=True).encode()).hexdigest()


def _left(mirror: Mirror, snapshot: Snapshot) -> dict[str, tuple[fence.WireKey, int]]:
    """The keys that the row had before, each with the number of the change in which it left it.

    Not the highest number: another row may have come to the key after this one left, and before it changed again.
    """
    schema = mirror.entity.schema
    found: dict[str, tuple[fence.WireKey, int]] = {}
    own = {each.name for each in mirror.key_columns}
    facets = set(schema.primary.facets).union(*(unique.facets for unique in schema.uniques.values()))
    for seq, text in snapshot.left:
        before = mirror.model(**values_of(mirror.key_columns, text))
        values: dict[str, Any] = {}
        for name in facets & mirror.sources.keys():
            source = mirror.sources[name]
            paths = [mirror.paths[each] for each in (source.needs if isinstance(source, Computed) else (source,))]
            # What comes from another table is not known as it was: such a key is found by being remembered.
            if all(len(path.steps) == 1 and path.steps[0].field.name in own for path in paths):
                values[name] = source.function(before) if isinstance(source, Computed) else paths[0].value(before)
        try:
            keys = list(fence.keys_of_values(schema, values))
        except KeyRefused:
            continue  # what no key could be made of was never anywhere
        found |= {digest_of(schema.table.name, key): (key, seq) for key in keys}
    return found


def _remember(mirror: Mirror, row_key: str, using: str, keys: dict[str, fence.WireKey]) -> None:
    if keys:
        table = mirror.entity.schema.table.name
        MirroredKey.objects.using(using).bulk_create(
            [
                MirroredKey(source=mirror.label, row_key=row_key, digest=digest, table=table, key=json.dumps(key))
                for digest, key in keys.items()
            ],
            ignore_conflicts=True,  # another has just remembered it too
        )


def _finish(mirror: Mirror, row_key: str, using: str, seq: int, *, wanted: Mapping[str, Any], buried: set[str]) -> bool:
    """Clear the log up to a number, and bring the memory up to date; whether another had cleared it that far."""
    row = {"source": mirror.label, "row_key": row_key}
    with writing(using):
        memory = MirroredKey.objects.using(using).filter(**row)
        known = set(memory.values_list("digest", flat=True))
        # An older worker, which took the new key for a stray one, may have forgotten it.
        _remember(mirror, row_key, using, {digest: key for digest, (key, _) in wanted.items() if digest not in known})
        if buried & known:
            memory.filter(digest__in=buried & known).delete()
        Failure.objects.using(using).filter(**row, seq__lte=seq).delete()
        cleared, _ = Change.objects.using(using).filter(**row, seq__lte=seq).delete()
    return not cleared
