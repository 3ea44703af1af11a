"""What the streams of a group's tables tell: which keys were written to, and how far that is known.

A position of its own for each shard, beside that of the application's handlers: the one does not wait for the other.
What is told of a batch, and the position behind it, are written in one transaction. Which store has authority is read
in it as well, after the records were: a record of a write that DynamoDB took as the authority is read by someone who
knows so.

Left out is what the mirror itself has written, and nobody else writes in that way: a new number of the change log's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils import timezone

from dynamo_models.cutover.records import GroupState
from dynamo_models.cutover.stages import OFF
from dynamo_models.cutover.state import of_row
from dynamo_models.errors import RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.registration import Mirror, mirrors
from dynamo_models.mirror.sync import digest_of
from dynamo_models.mirror.transactions import writing
from dynamo_models.mirror.verify.leads import Leads
from dynamo_models.mirror.verify.target import Target
from dynamo_models.schema.table import Table
from dynamo_models.streams.models import StreamPosition
from dynamo_models.streams.reading import Shard, Stream
from dynamo_models.switch.records import CanarySeen, ReturningKey
from dynamo_models.switch.returning import canary, late

Stopped = Callable[[], bool]
Marked = tuple[str, str, str, str]
MOST = 20  # requests to a shard in one turn: who writes all the time is not read for ever


@dataclass(frozen=True, kw_only=True)
class Written:
    """A record of a stream that is of a mirrored row: its images, None where there was none or is none."""

    mirror: Mirror
    row_key: str
    key: fence.WireKey
    old: RawItem | None
    new: RawItem | None
    by_ttl: bool
    at: datetime | None


def tables(group: str) -> list[Table]:
    """The tables that a group's items are in."""
    return list(dict.fromkeys(mirror.entity.schema.table for mirror in mirrors(group)))


def read(table: Table, using: str, *, stopped: Stopped = lambda: False) -> int:
    """Take up what the table's stream has, MOST requests of each shard; how many records. Raises NoStreams, and
    RecordsLost where it has trimmed what comes next: then a full verification and a repair bring back what they told.
    """
    stream = Stream(table)
    found = 0
    waiting: set[str] = set()
    for shard in stream.shards():
        position = position_of(stream, shard, using)
        if position.finished:
            continue
        if shard.parent in waiting:
            waiting.add(shard.id)  # what the parent still has comes first
            continue
        found += _shard(stream, shard, position, using, stopped)
        if not position.finished:
            waiting.add(shard.id)
    return found


def position_of(stream: Stream, shard: Shard, using: str) -> StreamPosition:
    """How far a shard has been read."""
    digest = hashlib.sha256(f"returning|{stream.arn}|{shard.id}".encode()).hexdigest()
    position, _ = StreamPosition.objects.using(using).get_or_create(
        digest=digest, defaults={"stream": stream.arn, "shard": shard.id}
    )
    return position


def mark(keys: list[Marked], using: str) -> None:
    """Have rows brought back, by (source, row key, digest, key as JSON)."""
    rows = ReturningKey.objects.using(using)
    wanted = set(keys)
    now = timezone.now()
    again = {"marks": F("marks") + 1, "waiting": True, "at": now, "attempts": 0, "not_before": None}
    there = _there(wanted, using)
    new = sorted(each for each in wanted if each[:3] not in there)
    if new:
        made = [
            ReturningKey(source=source, row_key=row_key, digest=digest, key=key, at=now)
            for source, row_key, digest, key in new
        ]
        rows.bulk_create(made, ignore_conflicts=True)
        # Another may have been first, and what it has marked may be done already.
        there |= {triple: pk for triple, (pk, at) in _found(set(new), using).items() if at != now}
    if there:
        rows.filter(pk__in=sorted(there.values())).update(**again)


def _there(wanted: set[Marked], using: str) -> dict[tuple[str, str, str], int]:
    return {triple: pk for triple, (pk, _) in _found(wanted, using).items()}


def _found(wanted: set[Marked], using: str) -> dict[tuple[str, str, str], tuple[int, datetime]]:
    triples = {each[:3] for each in wanted}
    rows = ReturningKey.objects.using(using).filter(
        source__in={each[0] for each in triples}, row_key__in={each[1] for each in triples}
    )
    columns = ("source", "row_key", "digest", "pk", "at")
    return {(a, b, c): (pk, at) for a, b, c, pk, at in rows.values_list(*columns) if (a, b, c) in triples}


def _shard(stream: Stream, shard: Shard, position: StreamPosition, using: str, stopped: Stopped) -> int:
    found = 0
    batches = stream.batches(shard, position.sequence)
    for _ in range(MOST):
        if stopped() or position.finished:
            break
        records, ended = next(batches, ([], False))
        if records or ended:
            with writing(using):
                # One reader at a time, and none that another has overtaken: it goes on from where that came to.
                here = StreamPosition.objects.using(using).select_for_update().get(pk=position.pk)
                if here.sequence != position.sequence:
                    position.sequence, position.finished = here.sequence, here.finished
                    batches = stream.batches(shard, position.sequence)
                    continue
                _take_up(stream.table, shard, records, using)
                if records:
                    position.sequence = str(records[-1]["dynamodb"]["SequenceNumber"])
                position.finished = ended
                position.save(using=using)
        found += len(records)
        if not records:
            break
    return found


def _take_up(table: Table, shard: Shard, records: list[dict[str, Any]], using: str) -> None:
    CanarySeen.objects.using(using).bulk_create(
        [
            CanarySeen(table=table.name, shard=shard.id, token=token)
            for record in records
            if (token := canary.token_of(table, record)) is not None
        ]
    )
    places = {row.group: of_row(vars(row)).place for row in GroupState.objects.using(using).all()}
    keys = []
    for each in _written(table, records, using):
        place = places.get(each.mirror.group, OFF)
        if place.mirrors_back:
            name = each.mirror.entity.schema.table.name
            keys.append((each.mirror.label, each.row_key, digest_of(name, each.key), json.dumps(each.key)))
        elif place.authority == "sql" and not each.by_ttl:
            late.take_up(each.mirror, each.row_key, old=each.old, new=each.new, at=each.at, using=using)
    mark(keys, using)


def _written(table: Table, records: list[dict[str, Any]], using: str) -> Iterator[Written]:
    """The records that are of mirrored rows, and not the mirror's own."""
    known = tuple(each for each in mirrors() if each.entity.schema.table is table)
    leads = Leads(known, Target(), using)
    for record in records:
        held = record["dynamodb"]
        old, new = held.get("OldImage") or None, held.get("NewImage") or None
        if _is_mirrors(table, old, new):
            continue
        identity = record.get("userIdentity") or {}
        rows: dict[tuple[str, str], Mirror] = {}
        for image in (old, new):
            mirror = leads.mirror_of(table, image) if image else None
            if mirror is None or image is None or not mirror.entity.schema.owns(image):
                continue  # a unique item changes along with its row's
            (row_key,) = leads.row_keys(table, [(mirror, image)])
            if row_key is not None:
                rows[mirror.label, row_key] = mirror
        for (_, row_key), mirror in rows.items():
            yield Written(
                mirror=mirror,
                row_key=row_key,
                key={name: dict(held["Keys"][name]) for name in mirror.entity.schema.key_names()},
                old=old if old and leads.row_keys(table, [(mirror, old)]) == [row_key] else None,
                new=new if new and leads.row_keys(table, [(mirror, new)]) == [row_key] else None,
                by_ttl=identity.get("principalId") == "dynamodb.amazonaws.com",
                at=held.get("ApproximateCreationDateTime"),
            )


def _is_mirrors(table: Table, old: RawItem | None, new: RawItem | None) -> bool:
    """Whether the mirror of SQL has written this: each of its writes brings a number, or another one than before."""
    if new is None:
        return old is not None and fence.is_tombstone(table, old)
    number = fence.version_of(new)
    return number is not None and number != fence.version_of(old)
