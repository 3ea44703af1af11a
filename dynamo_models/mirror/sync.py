"""The one way to write the mirror: make the items of rows what the rows are now.

Live writes, backfill, repair and replay all come here. Doing it twice, late or in another order is harmless: a row is
read with its number in the change log, every key is remembered before anything is at it, each write is fenced by that
number, and only then is the log cleared of what was read.

Where numbers cannot tell who is right, nobody decides: the row is logged once more, under its lock, and read again. So
it is for a put that meets a later number, and for the item of another row that a tombstone replaces.

Rows are brought together, since it is cheaper: all of them are read as of one moment, their keys are remembered in one
transaction, and the log is cleared in another. Between the two each row is by itself: its writes are single ones with
its own number, which go out side by side; what refuses one of them keeps that row back, and no other. For any two rows
the order of their writes is one of those that two processes could have come to; for one row it is what it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dynamo_models.errors import KeyRefused, RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.capture.columns import values_of
from dynamo_models.mirror.enqueue import enqueue
from dynamo_models.mirror.mapping import Computed
from dynamo_models.mirror.memory import Keys, Row, facets, finish, remember
from dynamo_models.mirror.registration import Mirror, mirror_of
from dynamo_models.mirror.side_by_side import attempt, side_by_side
from dynamo_models.mirror.snapshot import Snapshot, take
from dynamo_models.tracing import span

# Rows that are read, remembered and cleared together; and new items from which on they go in requests of several.
MOST, FEWEST_NEW = 200, 10


@dataclass(frozen=True, kw_only=True)
class Synced:
    """What a sync did. seq: up to which the log is cleared; None where the log had nothing of the row."""

    seq: int | None
    put: int = 0
    buried: int = 0


def sync(mirror: Mirror, row_key: str, using: str) -> Synced:
    """Make the item of a row what the row is. Raises what keeps it from that: the log then stays as it is, and the
    error's ``seq`` says up to where the log was read."""
    found = sync_many(mirror, [row_key], using)[row_key]
    if isinstance(found, Exception):
        raise found
    return found


def sync_many(mirror: Mirror, row_keys: Iterable[str], using: str) -> dict[str, Synced | Exception]:
    """``sync`` of many rows of a mirror: by row key what was done, or what keeps the row from it."""
    found: dict[str, Synced | Exception] = {}
    keys = list(dict.fromkeys(row_keys))
    for at in range(0, len(keys), MOST):
        part = keys[at : at + MOST]
        try:
            with span("sync", mirror=mirror.label, rows=len(part), database=using):
                found |= _together(mirror, part, using)
        except Exception as error:  # noqa: BLE001 - it is the answer
            # A statement about all of them has failed: for the one that it was about, it does so again.
            alone = ({key: error} if len(part) == 1 else sync_many(mirror, [key], using) for key in part)
            found |= {key: answer for each in alone for key, answer in each.items()}
    return found


def _together(mirror: Mirror, row_keys: Sequence[str], using: str) -> dict[str, Synced | Exception]:
    snapshots = take(mirror, row_keys, using)
    batch = _Batch(mirror, using)
    try:
        rows = remember(mirror, list(batch.rows(snapshots)), using)
        rows = batch.put(rows)
        while rows:
            rows = batch.bury(rows)
            if again := [row.key for row in rows if row.overtaken]:
                enqueue(mirror, again, using)
            rows = batch.settle(rows)
    except Exception as error:
        if len(row_keys) == 1:
            error.seq = snapshots[row_keys[0]].seq  # type: ignore[attr-defined]
        raise
    return {key: batch.found.get(key, Synced(seq=None)) for key in row_keys}


class _Batch:
    """Rows of a mirror on their way, and what came of those that are there: ``found``, by row key."""

    def __init__(self, mirror: Mirror, using: str) -> None:
        self.mirror, self.using = mirror, using
        self.table = mirror.entity.schema.table
        self.found: dict[str, Synced | Exception] = {}

    def rows(self, snapshots: dict[str, Snapshot]) -> Iterable[Row]:
        """Those that the log has something of."""
        for key, snapshot in snapshots.items():
            if snapshot.seq is None:
                continue
            try:
                wanted, left = _wanted(self.mirror, snapshot), _left(self.mirror, snapshot)
            except Exception as error:  # noqa: BLE001 - it is the answer
                self._fails(key, snapshot.seq, error)
                continue
            gone = {each.digest: (json.loads(each.key), snapshot.seq) for each in snapshot.remembered} | left
            yield Row(key=key, snapshot=snapshot, seq=snapshot.seq, wanted=wanted, gone=gone)

    def put(self, rows: Sequence[Row]) -> list[Row]:
        """Write the images of the rows; those that got through.

        What was not remembered when it was read is new in all likelihood, and many of these go in one request.
        """
        images = [(row, digest, raw) for row in rows for digest, (_, raw) in row.wanted.items()]
        new = {digest: (row, raw) for row, digest, raw in images if digest not in row.remembered}
        written: set[tuple[str, str]] = set()
        if len(new) >= FEWEST_NEW:
            items = list(new.items())
            parts = [items[at : at + fence.MOST_INSERTED] for at in range(0, len(items), fence.MOST_INSERTED)]
            for part, done in zip(parts, side_by_side(self._insert, parts), strict=True):
                if not isinstance(done, Exception):  # each of them by itself then, which will tell
                    written |= {(row.key, digest) for (digest, (row, _)), each in zip(part, done, strict=True) if each}
            for row in rows:
                row.put = sum((row.key, digest) in written for digest in row.wanted)
        left: dict[Row, list[RawItem]] = {}
        for row, digest, raw in images:
            if (row.key, digest) not in written:
                left.setdefault(row, []).append(raw)

        def one(row: Row) -> list[fence.Outcome]:
            return [fence.put(self.table, raw, row.seq, self._owner(row)) for raw in left[row]]

        for row, answer in zip(left, side_by_side(one, list(left)), strict=True):
            self._note(row, answer)
            row.put += 0 if isinstance(answer, Exception) else answer.count(fence.Outcome.WRITTEN)
        return self._going(rows)

    def bury(self, rows: Sequence[Row]) -> list[Row]:
        """Put tombstones where the rows have been; the rows that got through."""

        leaving = [row for row in rows if not row.gone.keys() <= row.wanted.keys()]

        def one(row: Row, meets: Callable[[str], None] = _stop) -> list[fence.Outcome]:
            left = ((key, seq) for digest, (key, seq) in row.gone.items() if digest not in row.wanted)
            return [fence.bury(self.table, key, seq, self._owner(row), meets=meets) for key, seq in left]

        for row, answer in zip(leaving, side_by_side(one, leaving), strict=True):
            in_the_way = isinstance(answer, _InTheWayError)
            # What is to be done then takes the database, which is this thread's.
            self._note(row, attempt(lambda row: one(row, self._again), row) if in_the_way else answer)
            row.buried |= row.gone.keys() - row.wanted.keys()
        return self._going(rows)

    def settle(self, rows: Sequence[Row]) -> list[Row]:
        """Clear the log of the rows; those that were found to be at other keys as well, which are theirs to leave."""
        strays = finish(self.mirror, rows, self.using)
        left = []
        for row in rows:
            if row.key in strays:
                row.gone, row.overtaken = strays[row.key], False
                left.append(row)
            else:
                self.found[row.key] = Synced(seq=row.seq, put=row.put, buried=len(row.buried))
        return left

    def _insert(self, part: Sequence[tuple[str, tuple[Row, RawItem]]]) -> list[bool]:
        return fence.insert(self.table, [(raw, row.seq, self._owner(row)) for _, (row, raw) in part])

    def _note(self, row: Row, answer: list[fence.Outcome] | Exception) -> None:
        if isinstance(answer, Exception):
            self._fails(row.key, row.seq, answer)
        elif fence.Outcome.OVERTAKEN in answer:
            row.overtaken = True

    def _fails(self, key: str, seq: int, error: Exception) -> None:
        error.seq = seq  # type: ignore[attr-defined]
        self.found.setdefault(key, error)

    def _going(self, rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if row.key not in self.found]

    def _owner(self, row: Row) -> str:
        return f"{self.mirror.label}:{row.key}"

    def _again(self, owner: str) -> None:
        """Log a row that an item says it comes from."""
        label, _, row_key = owner.partition(":")
        with suppress(KeyError):  # of a model that is mirrored no longer
            enqueue(mirror_of(label), [row_key], self.using)


class _InTheWayError(Exception):
    """A live item of another row is where a tombstone is to be."""


def _stop(_owner: str) -> None:
    raise _InTheWayError


def digest_of(table: str, key: fence.WireKey) -> str:
    """A key as a short text, the same for the same key."""
    return hashlib.sha256(json.dumps([table, key], sort_keys=True).encode()).hexdigest()


def _wanted(mirror: Mirror, snapshot: Snapshot) -> dict[str, tuple[fence.WireKey, RawItem]]:
    """What the row is on the DynamoDB side, by the digest of the key."""
    if snapshot.row is None:
        return {}
    table = mirror.entity.schema.table.name
    return {digest_of(table, key): (key, raw) for key, raw in fence.images(mirror.item(snapshot.row))}


def _left(mirror: Mirror, snapshot: Snapshot) -> Keys:
    """The keys that the row had before, each with the number of the change in which it left it.

    Not the highest number: another row may have come to the key after this one left, and before it changed again.
    """
    schema = mirror.entity.schema
    found: Keys = {}
    for seq, text in snapshot.left:
        before = mirror.model(**values_of(mirror.key_columns, text))
        values: dict[str, Any] = {}
        for name, known in facets(mirror).items():
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
