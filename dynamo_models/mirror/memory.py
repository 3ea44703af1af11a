"""The memory of keys and the log: keys are written down before an item is at them, the log is cleared after.

Both are done for the rows of a batch in one transaction, which asks DynamoDB for nothing. Each locks the log rows that
it is about in the order of their numbers, and then writes keys in the order of rows and digests: so relays that are at
the same rows wait for one another, and not in a circle. The application's transactions only add to the log, and wait
for none of this.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from django.db import models

from dynamo_models.errors import RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.enqueue import CHUNK
from dynamo_models.mirror.log.models import Change, Failure, MirroredKey
from dynamo_models.mirror.mapping import Computed
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.snapshot import Snapshot
from dynamo_models.mirror.transactions import writing

Keys = dict[str, tuple[fence.WireKey, int]]
"""Keys by digest, each with the number by which it is buried."""


@dataclass(eq=False, kw_only=True)
class Row:
    """A row on its way to the mirror. wanted: its images, by the digest of their key. gone: keys that it is to leave.

    put: how many images were written. buried: the keys that it has left, by digest. overtaken: something at one of its
    keys is no older and is not this, so that it has to be read again.
    """

    key: str
    snapshot: Snapshot
    seq: int
    wanted: dict[str, tuple[fence.WireKey, RawItem]]
    gone: Keys
    put: int = 0
    buried: set[str] = field(default_factory=set)
    overtaken: bool = False

    @property
    def remembered(self) -> set[str]:
        """The digests of the keys that were remembered when it was read."""
        return {each.digest for each in self.snapshot.remembered}


def remember(mirror: Mirror, rows: Sequence[Row], using: str) -> list[Row]:
    """Write down where the rows' items are about to be. Left out are those that another has brought at least as far."""
    # Should a row have left a key that is remembered, then the log says so where it knows all of the key, and who
    # clears the log has buried it.
    known = all(facets(mirror).values())
    missing = {row.seq: row for row in rows if not (known and row.wanted.keys() <= row.remembered)}
    if not missing:
        return list(rows)
    table = mirror.entity.schema.table.name
    with writing(using):
        # Locked, so that who clears the log of these changes afterwards finds these keys, and buries what is unwanted.
        waiting = lock(Change.objects.using(using).filter(source=mirror.label), missing)
        places = sorted(
            (missing[seq].key, digest, json.dumps(key))
            for seq in waiting
            for digest, (key, _) in missing[seq].wanted.items()
        )
        MirroredKey.objects.using(using).bulk_create(
            [
                MirroredKey(source=mirror.label, row_key=row_key, digest=digest, table=table, key=key)
                for row_key, digest, key in places
            ],
            ignore_conflicts=True,  # those that are remembered already
        )
    return [row for row in rows if row.seq not in missing or row.seq in waiting]


def finish(mirror: Mirror, rows: Sequence[Row], using: str) -> dict[str, Keys]:
    """Clear the log of what was read, and forget the keys that nothing is at.

    A row of which other keys are remembered, that somebody may be about to write to, is left as it is: these keys, by
    the row's, are the answer.
    """
    strays: dict[str, Keys] = {}
    with writing(using):
        changes = Change.objects.using(using).filter(source=mirror.label)
        # What was read, and not all up to a number: a lower one may have been committed since.
        there = lock(changes, (seq for row in rows for seq in row.snapshot.seqs))
        # Of the others another was faster, and has seen to the rest.
        mine = {row.key: row for row in rows if not there.isdisjoint(row.snapshot.seqs)}
        of_rows = {"source": mirror.label, "row_key__in": list(mine)}
        forgotten: dict[str, list[int]] = {}
        for each in MirroredKey.objects.using(using).filter(**of_rows) if mine else ():
            row = mine.get(each.row_key)
            if row is None or each.digest in row.wanted:
                continue
            if each.digest in row.buried:
                forgotten.setdefault(row.key, []).append(each.pk)
            else:
                strays.setdefault(row.key, {})[each.digest] = (json.loads(each.key), row.seq)
        settled = {key: row for key, row in mine.items() if key not in strays}
        clear(changes, sorted(there.intersection(seq for row in settled.values() for seq in row.snapshot.seqs)))
        _forget(changes, {key: pks for key, pks in forgotten.items() if key in settled}, using)
        failures = Failure.objects.using(using).filter(**of_rows).values_list("pk", "row_key", "seq") if mine else ()
        over = [pk for pk, key, seq in failures if key in settled and seq <= settled[key].seq]
        if over:
            Failure.objects.using(using).filter(pk__in=over).delete()
    return strays


def lock(changes: models.QuerySet[Change], seqs: Iterable[int]) -> set[int]:
    """Lock these rows of the log, in the order of their numbers; the numbers of those that are there."""
    found: set[int] = set()
    for part in _parts(sorted(seqs)):
        locked = changes.filter(seq__in=part).order_by("seq").select_for_update()
        found.update(locked.values_list("seq", flat=True))
    return found


def clear(changes: models.QuerySet[Change], seqs: Sequence[int]) -> int:
    """Remove these rows of the log; how many were there."""
    return sum(changes.filter(seq__in=part).delete()[0] for part in _parts(seqs))


@cache
def facets(mirror: Mirror) -> dict[str, bool]:
    """The attributes that keys are made of and a mapping gives; whether the row's own captured columns suffice for it.

    What comes from another table is not known as it was: a key of that is found by being remembered.
    """
    schema = mirror.entity.schema
    own = {each.name for each in mirror.key_columns}
    names = set(schema.primary.facets).union(*(unique.facets for unique in schema.uniques.values()))
    steps = {
        name: [mirror.paths[path].steps for path in _paths(mirror.sources[name])]
        for name in names & mirror.sources.keys()
    }
    return {name: all(len(each) == 1 and each[0].field.name in own for each in found) for name, found in steps.items()}


def _forget(changes: models.QuerySet[Change], keys: dict[str, list[int]], using: str) -> None:
    """Those who mirror a later change of a row may rely on the memory of its keys: then they stay."""
    if not keys:
        return
    later = set(changes.filter(row_key__in=list(keys)).order_by("seq").values_list("row_key", flat=True))
    pks = [pk for key, found in keys.items() if key not in later for pk in found]
    if pks:
        MirroredKey.objects.using(using).filter(pk__in=pks).delete()


def _paths(source: str | Computed) -> tuple[str, ...]:
    return source.needs if isinstance(source, Computed) else (source,)


def _parts(seqs: Sequence[int]) -> Iterable[Sequence[int]]:
    """In parts, as databases limit the length of a list."""
    return (seqs[at : at + CHUNK] for at in range(0, len(seqs), CHUNK))
