"""What is left of a group's mirror: rows of the library's tables, triggers, and, by a scan, bookkeeping on items.

Where the group stands and the history of how it came there are no remains: they say who has authority.
``items`` looks at DynamoDB; here is what SQL has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from dynamo_models.cutover.in_flight import sources_of
from dynamo_models.cutover.records import ReadMismatch, ReadTally, UnservedRead
from dynamo_models.cutover.stages import COMPLETE
from dynamo_models.cutover.state import state_of
from dynamo_models.mirror.capture import dialects, plan
from dynamo_models.mirror.capture.dialects import Trigger
from dynamo_models.mirror.log.models import Change, Failure, MirroredKey
from dynamo_models.mirror.log.runs import BackfillRun, Mismatch, VerifyRun
from dynamo_models.mirror.log.unseen import Unseen
from dynamo_models.mirror.registration import mirrors
from dynamo_models.streams.models import StreamPosition
from dynamo_models.switch import gate
from dynamo_models.switch.records import ChangedRow, ReturningKey

_AT_ONCE = 1000


def rows(group: str, using: str) -> dict[str, int]:
    """How many rows each of the library's tables has of a group's mirror; none that has none."""
    counts = {found.model._meta.db_table: found.count() for found in _rows(group, using)}
    return {table: count for table, count in counts.items() if count}


def forget(group: str, using: str) -> dict[str, int]:
    """Remove them, some at a time; how many, by table. Doing it twice is harmless."""
    gone: dict[str, int] = {}
    for found in _rows(group, using):
        table = found.model._meta.db_table
        while pks := list(found.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
            found.model._base_manager.using(using).filter(pk__in=pks).delete()
            gone[table] = gone.get(table, 0) + len(pks)
    return gone


def triggers(group: str, using: str) -> list[Trigger]:
    """The capture triggers of a group that the database has.

    What keeps MySQL from a TRUNCATE is none of them: no gate sees one, so it stays with the gates.
    """
    there = gate.triggers_there(using)
    wanted = (
        index.trigger for mirror in mirrors(group) if mirror.capture == "triggers" for index in plan.triggers(mirror)
    )
    stays = {"truncate"} if connections[using].vendor == "mysql" else set()
    return [each for each in wanted if each.name in there and each.event not in stays]


def drop_triggers(group: str, using: str, *, until: float) -> list[str]:
    """Remove them; their names. until: of ``time.monotonic()``; NotDrained where a table is in use until then."""
    found = triggers(group, using)
    for trigger in found:
        gate.insist(using, until, lambda trigger=trigger: _drop(trigger, using), trigger.table)  # type: ignore[misc]
    return [each.name for each in found]


def _drop(trigger: Trigger, using: str) -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in dialects.remove(connection.vendor, trigger):
            cursor.execute(statement)


def _rows(group: str, using: str) -> Iterator[QuerySet[Any]]:
    labels, sources = [mirror.label for mirror in mirrors(group)], sources_of(group)
    told: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
        ({"source__in": sources}, (Change, Failure, ChangedRow)),
        ({"source__in": labels}, (MirroredKey, ReturningKey, Mismatch, Unseen, BackfillRun)),
        ({"group": group}, (ReadTally, ReadMismatch, UnservedRead)),
    ]
    for where, models in told:
        for model in models:
            yield model._base_manager.using(using).filter(**where)
    yield VerifyRun.objects.using(using).filter(pk__in=_runs(set(labels), using))
    yield StreamPosition.objects.using(using).filter(pk__in=_positions(group, using))


def _runs(labels: set[str], using: str) -> list[int]:
    """Verifications that are of no other group which still needs them."""
    needed = {mirror.label for mirror in mirrors() if state_of(mirror.group, using).place != COMPLETE} - labels
    found = VerifyRun.objects.using(using).values_list("pk", "sources").iterator()
    return [pk for pk, text in found if (held := set(json.loads(text))) & labels and not held & needed]


def _positions(group: str, using: str) -> list[int]:
    """How far the streams were read that its items came back by, but for tables that another group's still do."""
    theirs = {
        mirror.entity.schema.table.endpoint_name
        for mirror in mirrors()
        if mirror.group != group and not state_of(mirror.group, using).place.is_final
    }
    names = {mirror.entity.schema.table.endpoint_name for mirror in mirrors(group)} - theirs
    found = []
    for each in StreamPosition.objects.using(using).iterator():
        mine = hashlib.sha256(f"returning|{each.stream}|{each.shard}".encode()).hexdigest() == each.digest
        if mine and any(f":table/{name}/" in each.stream for name in names):
            found.append(each.pk)
    return found
