"""Where each group stands, as a process knows it: read again every half second, held where it cannot be read.

It is read on the request's own connection: what commits is seen by the next read of any process, and a step down is
in force everywhere within a second. A transaction of REPEATABLE READ keeps what it saw as it began. The statement is
left out of Django's query log, so that what a test counts does not depend on the clock.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, InterfaceError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from dynamo_models.cutover.records import GroupState
from dynamo_models.cutover.stages import OFF, Place, Stage

logger = logging.getLogger(__name__)

FRESH = 0.5  # seconds
FRESH_SWITCHING = 0.05  # seconds, while any group is on its way

_COLUMNS = ("group", "stage", "share", "killed", "frozen", "allow", "deny", "epoch", "step")
_SAVEPOINT = "dynamo_models_state"


@dataclass(frozen=True, kw_only=True)
class State:
    """Where a group stands. frozen: nobody writes for the moment. step: the one of its history that led there."""

    group: str
    place: Place = OFF
    killed: bool = False
    frozen: bool = False
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    epoch: int = 0
    step: int = 0


def of_row(values: Mapping[str, Any]) -> State:
    """The state that a row of ``GroupState`` says."""
    return State(
        group=values["group"],
        place=Place(stage=Stage(values["stage"]), share=values["share"]),
        killed=bool(values["killed"]),
        frozen=bool(values["frozen"]),
        allow=frozenset(json.loads(values["allow"])),
        deny=frozenset(json.loads(values["deny"])),
        epoch=values["epoch"],
        step=values["step"],
    )


@dataclass
class _Known:
    """What was read of one database. None before anything could be."""

    states: dict[str, State] | None = None
    read_at: float = float("-inf")
    silent: bool = False
    switching: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


_known: dict[str, _Known] = {}
_merging = threading.Lock()
overridden: dict[str, State] = {}
"""States that tests put in place of what is stored, by group. They have no step, and so are not counted."""


def state_of(group: str, using: str) -> State:
    """Where a group stands: no older than FRESH, or as it was last known where that cannot be read.

    ``off`` for a group that nobody has moved, and where it could never be read.
    """
    if group in overridden:
        return overridden[group]
    known = _known.setdefault(using, _Known())
    # One reads; the others go on with what is known meanwhile, if anything is.
    if time.monotonic() - known.read_at > _fresh(known) and known.lock.acquire(blocking=known.states is None):
        try:
            if time.monotonic() - known.read_at > _fresh(known):
                _refresh(known, using)
        finally:
            known.lock.release()
    return (known.states or {}).get(group) or State(group=group)


def learn(state: State, using: str) -> None:
    """Put in force in this process what it has just written, or read elsewhere."""
    _merge(_known.setdefault(using, _Known()), {state.group: state})


def look_again(group: str, using: str) -> State:
    """Where a group stands by now. Raises DatabaseError where that cannot be read."""
    if group in overridden:
        return overridden[group]
    known = _known.setdefault(using, _Known())
    _merge(known, {each.group: each for each in _read(using)})
    return (known.states or {}).get(group) or State(group=group)


def forget() -> None:
    """Know nothing, as a new process does."""
    _known.clear()


def _fresh(known: _Known) -> float:
    return FRESH_SWITCHING if known.switching else FRESH


def _refresh(known: _Known, using: str) -> None:
    asked_at = time.monotonic()
    try:
        found = {each.group: each for each in _read(using)}
    except (DatabaseError, InterfaceError) as error:
        if not known.silent:
            held = "the last that is known holds" if known.states is not None else "SQL answers all reads"
            logger.warning("The stages in %s cannot be read, %s: %s", using, held, error)
        known.silent = True
        known.read_at = time.monotonic()  # not every read waits for a database that does not answer
    else:
        known.silent = False
        _merge(known, found)
        known.read_at = asked_at  # what was committed later may not be in it


def _merge(known: _Known, found: dict[str, State]) -> None:
    """Take over what is newer: a transaction may still see what another read has overtaken."""
    with _merging:
        before = known.states or {}
        known.states = before | {
            group: state for group, state in found.items() if group not in before or state.epoch >= before[group].epoch
        }
        known.switching = any(each.place.stage is Stage.SWITCHING for each in known.states.values())


def _after_fork() -> None:
    """A thread of the parent's, which is not here, may have held a lock."""
    global _merging  # noqa: PLW0603 - one for a process
    _merging = threading.Lock()
    for known in _known.values():
        known.lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def _read(using: str) -> list[State]:
    connection = connections[using]
    rows = GroupState.objects.using(using).order_by().values_list(*_COLUMNS)
    sql, params = rows.query.get_compiler(connection=connection).as_sql()
    connection.ensure_connection()
    with connection.make_cursor(connection.create_cursor()) as cursor:
        savepoint = _Savepoint(connection, cursor)
        with savepoint:
            cursor.execute(sql, params)
            return [of_row(dict(zip(_COLUMNS, row, strict=True))) for row in cursor.fetchall()]


@dataclass
class _Savepoint:
    """Within a transaction of the application's: a statement that fails must not take the transaction along."""

    connection: BaseDatabaseWrapper
    cursor: Any

    def __enter__(self) -> None:
        self.name = self.connection.ops.quote_name(_SAVEPOINT)
        self.needed = self.connection.in_atomic_block and self.connection.features.uses_savepoints
        if self.needed:
            self.cursor.execute(self.connection.ops.savepoint_create_sql(_SAVEPOINT))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if not self.needed:
            return
        if kind is not None:
            self.cursor.execute(self.connection.ops.savepoint_rollback_sql(_SAVEPOINT))
        self.cursor.execute(self.connection.ops.savepoint_commit_sql(_SAVEPOINT))
