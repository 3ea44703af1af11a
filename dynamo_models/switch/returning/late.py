"""Writes that reach DynamoDB after it has lost authority: of a process that stood still between its last look at the
stage and its request, say. They were acknowledged, so they are carried out in SQL, as if they had been sent there then.

What such a write has changed is set, and nothing else: SQL's row may have gone on. The mirror then brings it to
DynamoDB like any other change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from dynamo_models.backend.rows import Row, decoded, row_of
from dynamo_models.errors import RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.capture.columns import pk_of
from dynamo_models.mirror.registration import Mirror
from dynamo_models.switch.gate import passage
from dynamo_models.switch.records import BACK, Switch

# A record says when it was made by DynamoDB's clock, in whole seconds.
_CLOCKS = timedelta(seconds=2)
WATCHED = timedelta(minutes=15)
"""For so long after a way back streams are looked at for such writes: no client retries for longer."""


def watched(using: str) -> set[str]:
    """The groups that came back lately."""
    since = timezone.now() - WATCHED
    back = Switch.objects.using(using).filter(direction=BACK, journalled_at__gt=since)
    return set(back.values_list("group", flat=True))


def take_up(
    mirror: Mirror, row_key: str, *, old: RawItem | None, new: RawItem | None, at: datetime | None, using: str
) -> None:
    """Carry out in SQL what a record tells of that was not the mirror's, if its group came back just before."""
    back = Switch.objects.using(using).filter(group=mirror.group, direction=BACK).order_by("-pk").first()
    if back is None or back.journalled_at is None or timezone.now() - back.journalled_at > WATCHED:
        return
    if at is not None and back.frozen_at is not None and at.astimezone(UTC) < back.frozen_at - _CLOCKS:
        return  # it has come back before the switch was journalled
    before, after = _row(mirror, old), _row(mirror, new)
    rows = mirror.model._base_manager.using(using).filter(pk=pk_of(mirror.model, row_key))
    with passage(using):
        if after is None:
            rows._raw_delete(using)  # noqa: SLF001 - what refers to it is told of by itself
        elif before is not None:
            if changed := {name: value for name, value in after.items() if before.get(name) != value}:
                rows.update(**changed)
        elif not rows.exists():
            instance: Any = mirror.model(**after)
            instance.save_base(raw=True, using=using, force_insert=True)


def _row(mirror: Mirror, raw: RawItem | None) -> Row | None:
    if raw is None or fence.is_tombstone(mirror.entity.schema.table, raw):
        return None
    return row_of(mirror, decoded(mirror, raw))
