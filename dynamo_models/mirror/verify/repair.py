"""Makes right what a verification found: rows go through the log and the one write path, and are verified again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from dynamo_models import transport
from dynamo_models.errors import ConditionFailed
from dynamo_models.mirror import fence, relay
from dynamo_models.mirror.direction import back
from dynamo_models.mirror.enqueue import enqueue
from dynamo_models.mirror.log.models import MirroredKey
from dynamo_models.mirror.log.runs import Mismatch, VerifyRun
from dynamo_models.mirror.registration import Mirror, mirror_of
from dynamo_models.mirror.verify.report import draw_seq
from dynamo_models.mirror.verify.run import Options, Verified, verify
from dynamo_models.mirror.verify.target import Target

AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Repaired:
    """tried: mismatches that were gone about. left: those that are still there, by the runs that looked again."""

    tried: int
    repaired: int
    left: int
    runs: list[Verified]


def repair(run: VerifyRun, using: str) -> Repaired:
    """Repair the mismatches of a run that are written down, and look at each again.

    A missing or different item: its row is logged and mirrored. An extra one: its row is told that it has been at that
    key, logged and mirrored, which buries it, whether the row is there or not. Where the item leads to no row, or
    carries a number that the log has not reached, it is buried by itself, if it is still as it was seen. Where DynamoDB
    has authority, rows are made what their items are.
    """
    tried = repaired = 0
    runs = []
    last = 0
    while found := list(
        Mismatch.objects.using(using).filter(run=run, repaired_at=None, pk__gt=last).order_by("pk")[:AT_ONCE]
    ):
        last = found[-1].pk
        tried += len(found)
        for label in sorted({each.source for each in found}):
            mirror = mirror_of(label)
            part = [each for each in found if each.source == label]
            _make_right(mirror, part, using)
            again = _look_again(mirror, part, using)
            runs.append(again)
            still = set(Mismatch.objects.using(using).filter(run=again.run).values_list("digest", "row_key"))
            right = [each.pk for each in part if (each.digest, each.row_key) not in still]
            if not again.run.unsettled:
                repaired += Mismatch.objects.using(using).filter(pk__in=right).update(repaired_at=timezone.now())
    return Repaired(tried=tried, repaired=repaired, left=tried - repaired, runs=runs)


def _make_right(mirror: Mirror, found: list[Mismatch], using: str) -> None:
    if back().holds(mirror, using):
        back().mark(mirror, [(each.row_key, each.digest, each.key) for each in found if each.row_key], using)
        return
    table = mirror.entity.schema.table
    reached = draw_seq(using)
    for each in found:
        if each.key != "{}" and (not each.row_key or (each.seq is not None and each.seq >= reached)):
            _bury_as_seen(mirror, json.loads(each.key), each.seq, reached)
    MirroredKey.objects.using(using).bulk_create(
        [
            MirroredKey(source=mirror.label, row_key=each.row_key, digest=each.digest, table=table.name, key=each.key)
            for each in found
            if each.kind == "extra" and each.row_key
        ],
        ignore_conflicts=True,  # it is remembered
    )
    keys = sorted({each.row_key for each in found if each.row_key})
    enqueue(mirror, keys, using)
    relay.attempt_many(mirror.label, keys, using)


def _bury_as_seen(mirror: Mirror, key: fence.WireKey, seen: int | None, seq: int) -> None:
    """A tombstone in an item's place, if nobody has written there since: every write of the mirror's changes the
    number."""
    table = mirror.entity.schema.table
    request: dict[str, Any] = {
        "TableName": Target().name(table),
        "Item": {
            **key,
            fence.VERSION: {"N": str(seq)},
            fence.OWNER: {"S": ""},
            table.type_attribute: {"S": fence.TOMBSTONE},
        },
        "ConditionExpression": "attribute_not_exists(#v)" if seen is None else "#v = :seen",
        "ExpressionAttributeNames": {"#v": fence.VERSION},
    }
    if seen is not None:
        request["ExpressionAttributeValues"] = {":seen": {"N": str(seen)}}
    try:
        transport.call(table, "PutItem", request)
    except ConditionFailed:
        return  # it is looked at again


def _look_again(mirror: Mirror, found: list[Mismatch], using: str) -> Verified:
    items = _distinct(each.key for each in found if each.kind == "extra")
    keys = tuple(sorted({each.row_key for each in found if each.row_key}))
    return verify([mirror], using, Options(keys=keys, items=tuple(json.loads(each) for each in items)))


def _distinct(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))
