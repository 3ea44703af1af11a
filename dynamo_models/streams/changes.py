"""One change of one item, as a handler sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from dynamo_models.codec import codec_of
from dynamo_models.errors import AlreadyExists, ConditionFailed, RawItem, TransactionCanceled
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.schema.table import Table
from dynamo_models.writing.call import Action, Call, path
from dynamo_models.writing.transaction import Transaction

# A stream holds a record for 24 hours; until then a consumer may come to it again.
REMEMBERED = timedelta(days=2)
DONE = "StreamDone"


@dataclass(frozen=True, kw_only=True)
class StreamChange:
    """What became of an item. old, new: it before and after, None where it was not there, or no item of the entity.

    id: the same each time that this change is told. by_ttl: DynamoDB removed the item because its time had passed.
    """

    id: str
    kind: Literal["INSERT", "MODIFY", "REMOVE"]
    sequence: str
    at: datetime | None
    by_ttl: bool
    handler: str
    old_raw: RawItem | None
    new_raw: RawItem | None
    old: Any
    new: Any

    @contextmanager
    def once(self, table: Table) -> Iterator[Transaction]:
        """A transaction that is carried out for this change and this handler a single time, however often it is told.

        ``table`` keeps the note of that, in the same transaction, for two days.
        """
        transaction = Transaction()
        note = _note(table, self)
        try:
            with transaction:
                transaction._add(note)  # noqa: SLF001 - a call that is none of an entity's
                yield transaction
        except TransactionCanceled as canceled:
            if not isinstance(canceled.causes[0], AlreadyExists):
                raise


def change_of(record: dict[str, Any], entity: type[EntityDefinition], handler: str) -> StreamChange | None:
    """A record as a change of an entity's item; None where neither image is one."""
    held = record["dynamodb"]
    old, new = (_image(entity, held.get(name)) for name in ("OldImage", "NewImage"))
    if old is None and new is None:
        return None
    identity = record.get("userIdentity") or {}
    created = held.get("ApproximateCreationDateTime")
    return StreamChange(
        id=str(record["eventID"]),
        kind=record["eventName"],
        sequence=str(held["SequenceNumber"]),
        at=created.astimezone(UTC) if isinstance(created, datetime) else None,
        by_ttl=identity.get("principalId") == "dynamodb.amazonaws.com",
        handler=handler,
        old_raw=held.get("OldImage"),
        new_raw=held.get("NewImage"),
        old=old,
        new=new,
    )


def _image(entity: type[EntityDefinition], raw: RawItem | None) -> Any:
    if not raw or not entity.schema.owns(raw):
        return None
    return codec_of(entity).decode(raw)


def _note(table: Table, change: StreamChange) -> Call:
    key = {table.pk.name: {"S": f"STREAM#{change.handler}#{change.id}"}}
    if table.sk is not None:
        key[table.sk.name] = {"S": DONE}
    item = {**key, table.type_attribute: {"S": DONE}}
    if table.options.ttl is not None:
        item[table.options.ttl] = {"N": str(int((datetime.now(UTC) + REMEMBERED).timestamp()))}

    def told_before(failed: ConditionFailed) -> AlreadyExists:
        return AlreadyExists(f"{change.handler} has carried out change {change.id} already.", raw=failed.raw)

    action = Action(
        kind="Put",
        table=table,
        key=key,
        item=item,
        condition=path(table.pk.name).does_not_exist(),
        failure=told_before,
    )
    schema = next(iter(table.entities.values())).schema
    return Call(what=f"note of {change.handler}", schema=schema, actions=[action])
