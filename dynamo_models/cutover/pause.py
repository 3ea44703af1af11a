"""The pause of a switch, as whoever is about to write meets it: he waits for its end, or is told to come again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connections

from dynamo_models.cutover.aliases import other_alias
from dynamo_models.cutover.state import State, look_again, state_of
from dynamo_models.transport import before_writes

CLOSED = "dynamo_models: DynamoDB has authority of this table"
"""How the message begins by which SQL refuses to write: of a process, say, that has not heard of a switch yet."""
LONGEST = 30.0  # seconds that a write waits; a switch that takes longer is aborted
_LOOK = 0.05

T = TypeVar("T")


class Frozen(OperationalError):  # noqa: N818 - named for its outcome, as all of them are
    """A switch of authority is in its pause, and nothing was written: the same again in some seconds is carried out.

    To a client that is 503 with ``Retry-After: 1``; ``dynamo_models.cutover.middleware.PauseMiddleware`` says so.
    """


def thawed(group: str, using: str) -> State:
    """Where a group stands, once it may be written to. Raises Frozen within an atomic block, or after LONGEST."""
    state = state_of(group, using)
    if not state.frozen:
        return state
    if _in_block(using):
        raise Frozen(f"{group} is being switched, and this block may hold what the switch waits for: try it again.")
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        time.sleep(_LOOK)
        state = look_again(group, using)
        if not state.frozen:
            return state
    raise Frozen(f"{group} has been in the pause of a switch for {LONGEST:g} s. Nothing was written.")


def outlast(group: str, using: str, work: Callable[[], T]) -> T:
    """What work gives, done anew behind the pause where one refuses its writes: for blocks of a task, say, whom nobody
    sends again. work: makes its block itself, and can be done twice. Raises Frozen as ``thawed`` does.
    """
    until = time.monotonic() + 2 * LONGEST
    while True:
        thawed(group, using)
        try:
            return work()
        except DatabaseError as error:
            if not is_of_pause(error) or time.monotonic() > until:
                raise
        time.sleep(_LOOK)  # a process may not know yet what SQL has told it


def is_of_pause(error: BaseException) -> bool:
    """Whether an error, or what it was raised from, is that nobody may write for the moment."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, Frozen) or (isinstance(found, DatabaseError) and CLOSED in str(found)):
            return True
        found = found.__cause__
    return False


def still_there(group: str, using: str) -> None:
    """Raise Frozen unless DynamoDB has authority of a group and may be written to: by what SQL says at this moment, or,
    where that does not answer, by what was known last. From ``final`` on, which nothing leads back from, SQL is not
    asked."""
    if state_of(group, using).place.is_final:
        return
    try:
        state = look_again(group, using)
    except (DatabaseError, InterfaceError):
        state = state_of(group, using)
    if state.frozen or state.place.authority != "dynamodb":
        raise Frozen(f"{group} is being switched. Nothing was written: try it again.")


@contextmanager
def own_writes(group: str, using: str) -> Iterator[None]:
    """For a block that writes a group's items by the mapper's classes, past the alias, where DynamoDB has authority.

    It begins once no switch is in its pause, and each of its requests that writes is sent only while DynamoDB has
    authority by a look of that moment: Frozen otherwise. What was sent before that is written.
    """
    thawed(group, using)
    with before_writes(partial(still_there, group, using)):
        yield


def _in_block(using: str) -> bool:
    aliases = {using, other_alias() or using}
    return any(_open(connections[alias]) for alias in aliases)


def _open(connection: object) -> bool:
    """Whether a block of the application's is open; those that TestCase puts around each test are none."""
    blocks = getattr(connection, "atomic_blocks", [])
    if getattr(connection, "in_atomic_block", False) and not blocks:
        return True  # autocommit is off
    return any(not block._from_testcase for block in blocks)  # noqa: SLF001 - Django's mark
