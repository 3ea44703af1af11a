"""What a status says of the switch, and of what comes back."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Min
from django.utils import timezone

from dynamo_models.cutover.status import GroupStatus
from dynamo_models.switch import journal
from dynamo_models.switch.records import RUNNING, Switch
from dynamo_models.switch.returning.apply import waiting

_SHOWN = 10


def switch(status: GroupStatus) -> dict[str, Any] | None:
    """The last switch of the group; None where there was none. command: what ends one whose process is gone."""
    found = journal.latest(status.group, status.known.using)
    if found is None:
        return None
    return {
        "id": found.pk,
        "direction": found.direction,
        "status": found.status,
        "step": found.step,
        "holder": found.holder.rpartition(":")[0],
        "held": found.status == RUNNING and journal.is_held(found),
        "journalled": found.journalled_at is not None,
        "started_at": found.started_at.isoformat(),
        "ended_at": found.ended_at.isoformat() if found.ended_at else None,
        "pause_seconds": pause(found),
        "seconds": journal.seconds_of(found),
        "error": found.error,
        "command": command(found, status.known.using),
    }


def pause(found: Switch) -> float | None:
    """For how many seconds nobody could write; None where that has not begun, or not ended."""
    if found.frozen_at is None or found.thawed_at is None:
        return None
    return round((found.thawed_at - found.frozen_at).total_seconds(), 3)


def command(found: Switch, using: str) -> str | None:
    """What ends a switch that no process is at; None where nothing has to."""
    if found.status != RUNNING or journal.is_held(found):
        return None
    how = "--resume" if found.journalled_at is not None else "--abort"
    database = "" if using == DEFAULT_DB_ALIAS else f" --database {using}"
    return f"manage.py dynamo_cutover {found.group} {how}{database}"


def returning(status: GroupStatus) -> dict[str, Any]:
    """What was written to DynamoDB, and SQL does not have."""
    rows = waiting(status.known.using, [status.group])
    oldest = rows.aggregate(oldest=Min("at"))["oldest"]
    stuck = rows.exclude(reason="").order_by("pk")[:_SHOWN]
    return {
        "waiting": rows.count(),
        "seconds": 0.0 if oldest is None else round(max(0.0, (timezone.now() - oldest).total_seconds()), 3),
        "stuck": [{"source": each.source, "row_key": each.row_key, "reason": each.reason} for each in stuck],
    }
