"""The statuses of a backfill and the moves between them; each move leaves a sentence that says what happened."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from dynamo_models.errors import DynamoModelsError
from dynamo_models.mirror.log.runs import BackfillRun, VerifyRun
from dynamo_models.mirror.transactions import again

# A worker that has not said for this long that it gets on is taken for stuck.
STUCK_AFTER = timedelta(minutes=5)

MOVES: Mapping[tuple[str, str], str] = {
    ("pending", "running"): "It has begun.",
    ("pending", "cancelled"): "It was cancelled before it began.",
    ("running", "running"): "Another process went on with it: the one that had it is gone, or got no further.",
    ("running", "pausing"): "It was told to pause, and finishes the batches in hand.",
    ("running", "paused"): "It was stopped after a batch, and goes on there with --resume.",
    ("running", "cancelling"): "It was told to cancel, and finishes the batches in hand.",
    ("running", "cancelled"): "It was cancelled; the process that had it is gone, or got no further.",
    ("running", "completed"): "Every row that was there has been through the log.",
    ("running", "failed"): "It could not go on, and goes on where it was with --resume.",
    ("pausing", "paused"): "It is paused, and goes on with --resume.",
    ("pausing", "running"): "It went on instead of pausing.",
    ("pausing", "cancelling"): "It was told to cancel instead of pausing.",
    ("pausing", "cancelled"): "It was cancelled; the process that had it is gone, or got no further.",
    ("pausing", "completed"): "It was done before it could pause.",
    ("pausing", "failed"): "It could not go on while it was pausing; --resume goes on where it was.",
    ("paused", "running"): "It goes on where it was.",
    ("paused", "cancelled"): "It was cancelled while it was paused.",
    ("cancelling", "cancelled"): "It is cancelled; what was mirrored so far stays right, and stays.",
    ("cancelling", "completed"): "It was done before it could be cancelled.",
    ("cancelling", "failed"): "It could not go on while it was being cancelled.",
    ("failed", "running"): "It goes on where it was when it failed.",
    ("failed", "cancelled"): "It was cancelled after it had failed.",
}
WORKING = frozenset({"running", "pausing", "cancelling"})
ENDED = frozenset({"completed", "cancelled"})
_STILL = frozenset({"paused", "completed", "cancelled", "failed"})


class NotNow(DynamoModelsError):  # noqa: N818 - named for its outcome, as all of them are
    """What was asked of a run does not go with the status that it has; the message says what does."""


def move(run: BackfillRun, to: str, using: str, *, because: str = "", **fields: Any) -> None:
    """Give a run another status, if it still has the one, and the holder, that were read. NotNow otherwise."""
    sentence = MOVES.get((run.status, to))
    if sentence is None:
        raise NotNow(f"Backfill {run.pk} of {run.source} is {run.status}; it cannot become {to}.")
    sentence = f"{sentence} {because}".strip()
    now = timezone.now()
    if to == "running":
        fields["ticked_at"] = now
    fields |= {"status": to, "sentence": sentence, "ended_at": now if to in _STILL else None}
    same = BackfillRun.objects.using(using).filter(pk=run.pk, status=run.status, holder=run.holder)
    if not again(partial(same.update, **fields)):
        raise NotNow(f"Backfill {run.pk} of {run.source} has just been changed by somebody else; look at its --status.")
    for name, value in fields.items():
        setattr(run, name, value)


def is_stuck(run: BackfillRun | VerifyRun) -> bool:
    """Whether a run that should be at work has not got on for STUCK_AFTER."""
    return run.status in WORKING and timezone.now() - (run.ticked_at or run.started_at) > STUCK_AFTER


def is_abandoned(run: BackfillRun | VerifyRun) -> bool:
    """Whether nobody works on a run that should be at work: it is stuck, or was a process of this machine's that is
    gone."""
    if run.status not in WORKING:
        return False
    host, _, rest = run.holder.partition(":")
    pid = rest.partition(":")[0]
    gone = host == socket.gethostname() and pid.isdecimal() and not _alive(int(pid))
    return gone or is_stuck(run)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
