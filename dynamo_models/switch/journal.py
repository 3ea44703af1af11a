"""The journal of a switch: its row in SQL, by which a crash is resumed or aborted; one process holds it at a time.

The process that carries it out holds the row and renews that every other second. Each step is written down when it is
done, by the holder alone, so that one who was taken for dead and was not comes no further.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, connections
from django.utils import timezone

from dynamo_models.cutover.moves import MoveRefused, Overtaken
from dynamo_models.switch.records import RUNNING, Switch

LEASE = timedelta(seconds=10)
_BEAT = 2.0  # seconds


class Superseded(Overtaken):
    """Another process has taken the switch over, or aborted it."""


def begin(group: str, direction: str, using: str, *, who: str, reason: str) -> Switch:
    """A new switch, held by this process. MoveRefused where one runs."""
    try:
        switch = Switch.objects.using(using).create(
            group=group,
            direction=direction,
            running=group,
            holder=_holder(),
            held_until=timezone.now() + LEASE,
            who=who[:255],
            reason=reason,
        )
    except IntegrityError as error:
        raise MoveRefused(
            f"{group} is being switched already: manage.py dynamo_status {group} says how far."
        ) from error
    switch.refresh_from_db(using=using)
    return switch


def running(group: str, using: str) -> Switch | None:
    """The switch of a group that has not ended."""
    return Switch.objects.using(using).filter(group=group, status=RUNNING).first()


def latest(group: str, using: str) -> Switch | None:
    return Switch.objects.using(using).filter(group=group).order_by("-pk").first()


def is_held(switch: Switch) -> bool:
    """Whether a process is at it."""
    return switch.held_until > timezone.now()


def take_over(switch: Switch, using: str) -> Switch:
    """Hold a switch that nobody holds any more. MoveRefused where somebody does."""
    holder = _holder()
    mine = Switch.objects.using(using).filter(
        pk=switch.pk, status=RUNNING, holder=switch.holder, held_until__lte=timezone.now()
    )
    if not mine.update(holder=holder, held_until=timezone.now() + LEASE):
        raise MoveRefused(f"{switch.group} is being switched by {switch.holder.rpartition(':')[0]}, which goes on.")
    switch.refresh_from_db(using=using)
    return switch


def write(switch: Switch, using: str, **fields: Any) -> None:
    """Change the row, as its holder. Superseded where this process holds it no longer."""
    mine = Switch.objects.using(using).filter(pk=switch.pk, status=RUNNING, holder=switch.holder)
    if not mine.update(held_until=timezone.now() + LEASE, **fields):
        raise Superseded(f"The switch of {switch.group} was taken over by another process, or aborted.")
    switch.refresh_from_db(using=using)


def locked(switch: Switch, using: str) -> None:
    """Lock the row for the transaction that is open. Superseded as for ``write``."""
    found = Switch.objects.using(using).select_for_update().filter(pk=switch.pk, status=RUNNING, holder=switch.holder)
    if not found.exists():
        raise Superseded(f"The switch of {switch.group} was taken over by another process, or aborted.")


def seconds_of(switch: Switch) -> dict[str, float]:
    found: dict[str, float] = json.loads(switch.seconds)
    return found


@contextmanager
def held(switch: Switch, using: str) -> Iterator[None]:
    """Go on holding it while the block runs."""
    ended = threading.Event()

    def beat() -> None:
        try:
            while not ended.wait(_BEAT):
                try:
                    mine = Switch.objects.using(using).filter(pk=switch.pk, status=RUNNING, holder=switch.holder)
                    mine.update(held_until=timezone.now() + LEASE)
                except DatabaseError:
                    connections[using].close()  # the next beat tries another one; until then the lease runs
        finally:
            connections[using].close()

    thread = threading.Thread(target=beat, name=f"switch of {switch.group}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _holder() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
