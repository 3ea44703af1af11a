"""Waits until a table can be changed again, asking less and less often."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dynamo_models.errors import DynamoModelsError
from dynamo_models.tables.live import busy, describe

# A table in one of these does not become ACTIVE by itself.
_STUCK = frozenset({"INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVING", "ARCHIVED", "REPLICATION_NOT_AUTHORIZED"})


class NotReady(DynamoModelsError):  # noqa: N818 - an outcome, named as those of ``errors``
    """A table was not ACTIVE in time. What was asked of DynamoDB goes on there; applying again goes on from it."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait for one table, and how often to look; all in seconds.

    timeout: for all of one table's steps. first, longest: the delay between two looks, growing by half each time.
    """

    timeout: float = 3600.0
    first: float = 0.5
    longest: float = 20.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def delays(self) -> Iterator[float]:
        delay = self.first
        while True:
            yield delay
            delay = min(delay * 1.5, self.longest)

    def looks(self, *, aws: bool) -> list[float]:
        """The delays between looks for a change that was taken: about a minute at AWS, two short ones elsewhere."""
        return list(islice(self.delays(), 10 if aws else 2))


class Deadline:
    """One table's time, from its first step on."""

    def __init__(self, patience: Patience, name: str) -> None:
        self.patience = patience
        self.name = name
        self._ends = patience.clock() + patience.timeout
        self._tries = iter(patience.looks(aws=True))

    def held_up(self, why: str) -> bool:
        """Wait before trying again what was refused as busy, longer each time; False after about a minute of it."""
        delay = next(self._tries, None)
        if delay is not None:
            self.pause(delay, why)
        return delay is not None

    def went_on(self) -> None:
        """Something was done: what is refused from now on is another hold-up."""
        self._tries = iter(self.patience.looks(aws=True))

    def pause(self, delay: float, why: str) -> None:
        """Wait, or raise NotReady where the time is up."""
        if self.patience.clock() + delay > self._ends:
            raise NotReady(
                f"{self.name}: after {self.patience.timeout:g} s still {why}. DynamoDB goes on with what it has begun; "
                "apply again to go on from there, with a longer --timeout where a backfill is long."
            )
        self.patience.sleep(delay)


def wait_until_active(client: Any, deadline: Deadline, said: Callable[[str], None], *, expected: bool) -> None:
    """Return when the table and each of its indexes are ACTIVE.

    said: told what is being waited for, each time that it changes. expected: the table has just been made or changed,
    so that "no such table" comes from a reader that is behind; otherwise that answer ends the wait.
    """
    before = ""
    for delay in deadline.patience.delays():
        found = describe(client, deadline.name)
        if found is None and not expected:
            return
        if found is None:
            words = "table not yet to be seen"
        elif found.get("TableStatus") in _STUCK:
            raise NotReady(f"{deadline.name} is {found['TableStatus']} and stays so until somebody mends that at AWS.")
        else:
            words = "; ".join(busy(found))
        if not words:
            return
        if words != before:
            said(words)
            before = words
        deadline.pause(delay, words)
