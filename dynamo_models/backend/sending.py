"""Sends what rows are to become, all or nothing, and again of rows read anew where another writer was first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, OperationalError

from dynamo_models.backend.actions import InTheWay, LockLost, action_of, locked
from dynamo_models.backend.errors import NotServed, TooManyWrites, as_django, translated
from dynamo_models.backend.intents import Intent
from dynamo_models.backend.rows import decoded, row_of
from dynamo_models.backend.slots import Slot, slots_of
from dynamo_models.backend.targets import items_by_pk
from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.pause import still_there
from dynamo_models.errors import (
    AlreadyExists,
    ConditionFailed,
    DynamoModelsError,
    RawItem,
    StaleWrite,
    TransactionCanceled,
)
from dynamo_models.mirror import fence
from dynamo_models.writing import guards, load
from dynamo_models.writing.call import Action, Call
from dynamo_models.writing.run import MAX_ACTIONS, pause, run, transact

TRIES = 8


@dataclass
class _Sent:
    """One attempt: the calls, and the slot of each; None for a lock."""

    calls: list[Call] = field(default_factory=list)
    slots: list[Slot | None] = field(default_factory=list)


def send(intents: Sequence[Intent], *, using: str, native_uuid: bool, locks: Sequence[Intent] = ()) -> None:
    """Write what rows are to become, in one transaction, or one request where it is one item.

    locks: rows that have to be as they were read. IntegrityError where a key or a unique value is taken,
    OperationalError where a lock was lost or other writers kept coming in between, DatabaseError for more than
    DynamoDB takes at once. Frozen where DynamoDB is not the one to be written to any more, by a look of this moment.
    """
    groups = sorted({each.mirror.group for each in intents if each.writes})
    obstacles: dict[str, RawItem] = {}
    for number in range(TRIES):
        for group in groups:
            still_there(group, sql_alias())
        with translated():
            sent = _prepared(intents, locks, obstacles, using=using, native_uuid=native_uuid)
        if not any(slot is not None for slot in sent.slots):
            return  # a block that writes nothing needs no lock
        failed = _failures(sent)
        if not failed:
            return
        _give_up(failed)
        for slot, cause in failed:
            if slot is None:
                continue
            obstacles.pop(slot.identity, None)  # it is not what it was, or is gone
            if isinstance(cause, InTheWay) and cause.raw is not None:
                obstacles[slot.identity] = cause.raw
        _read_again(intents)
        pause(number)
    raise OperationalError(f"Other writers came in between {TRIES} times; nothing was written.")


def _prepared(
    intents: Sequence[Intent], locks: Sequence[Intent], obstacles: dict[str, RawItem], *, using: str, native_uuid: bool
) -> _Sent:
    sent = _Sent()
    for slot in slots_of(intents, using=using):
        action = action_of(slot, obstacles.get(slot.identity), native_uuid=native_uuid)
        if action is not None:
            intent = slot.came or slot.left
            assert intent is not None  # noqa: S101 - every slot has a row on one side
            _add(sent, action, intent, slot)
    for intent in locks:
        _add(sent, locked(intent), intent, None)
    if len(sent.calls) > MAX_ACTIONS:
        raise TooManyWrites(
            f"A block writes {len(sent.calls)} items (unique items count too), and DynamoDB takes {MAX_ACTIONS} in one "
            "transaction; nothing was written. Write fewer rows in one atomic block or one call: bulk_create() and "
            "update() in parts, by primary keys say."
        )
    return sent


def _add(sent: _Sent, action: Action, intent: Intent, slot: Slot | None) -> None:
    what = f"{action.kind} {intent.mirror.label} {intent.pk}"
    sent.calls.append(Call(what=what, schema=intent.mirror.entity.schema, actions=[action]))
    sent.slots.append(slot)


def _failures(sent: _Sent) -> list[tuple[Slot | None, DynamoModelsError]]:
    """The calls that failed on a condition; none where all was written. What else goes wrong is raised."""
    try:
        if len(sent.calls) == 1:
            run(sent.calls[0])
        else:
            transact(sent.calls, token=None)
    except TransactionCanceled as canceled:
        found = [(slot, cause) for slot, cause in zip(sent.slots, canceled.causes, strict=True) if cause is not None]
        if not all(isinstance(cause, ConditionFailed) for _, cause in found):
            raise as_django(canceled) from canceled
        return found
    except ConditionFailed as error:
        return [(sent.slots[0], error)]
    except DynamoModelsError as error:
        raise as_django(error) from error
    return []


def _give_up(failed: Iterable[tuple[Slot | None, DynamoModelsError]]) -> None:
    """Raise what trying again would not mend."""
    causes = [cause for _, cause in failed]
    for kind, meaning in ((LockLost, OperationalError), (AlreadyExists, IntegrityError)):
        for cause in causes:
            if isinstance(cause, kind):
                raise meaning(str(cause)) from cause
    for cause in causes:
        if not isinstance(cause, StaleWrite):
            raise as_django(cause) from cause


def _read_again(intents: Sequence[Intent]) -> None:
    """Take the items as they are by now."""
    for intent in intents:
        if intent.raw is not None:
            intent.raw = current(intent)
            intent.base = None if intent.raw is None else row_of(intent.mirror, decoded(intent.mirror, intent.raw))


def current(intent: Intent) -> RawItem | None:
    """A row's item as it is stored by now, wherever it has moved; None where it is gone."""
    assert intent.raw is not None  # noqa: S101 - the caller looked
    schema = intent.mirror.entity.schema
    key = {name: dict(intent.raw[name]) for name in schema.key_names()}
    raw = load.get_item(schema.table, key)
    if raw is not None and live(intent, raw):
        return raw
    return next(by_pk(intent), None)


def live(intent: Intent, raw: RawItem) -> bool:
    """Whether a stored item is of the row, and is no tombstone."""
    schema = intent.mirror.entity.schema
    if fence.is_tombstone(schema.table, raw) or guards.expired(schema, raw) or not schema.owns(raw):
        return False
    row = row_of(intent.mirror, decoded(intent.mirror, raw))
    return bool(row[intent.mirror.model._meta.pk.attname] == intent.pk)


def by_pk(intent: Intent) -> Iterator[RawItem]:
    """The item of a row by its primary key, where a key leads from that to it."""
    try:
        for item in items_by_pk(intent.mirror, intent.pk):
            yield item._stored  # noqa: SLF001 - what an instance knows of its stored item is this library's own
    except NotServed:
        return
