"""One change of one item, or several in a row, as a handler sees them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from dynamo_models.codec import codec_of
from dynamo_models.errors import AlreadyExists, ConditionFailed, RawItem, TransactionCanceled, ValueRefused
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.schema.table import Table
from dynamo_models.transport import call as send
from dynamo_models.writing.call import Action, Call, path
from dynamo_models.writing.transaction import Transaction

# A stream holds a record for 24 hours; until then a consumer may come to it again.
REMEMBERED = timedelta(days=2)
DONE = "StreamDone"
SEQUENCE = "Sequence"
# The sort key of the note of that, whatever type the table's has.
_SORT_KEYS: dict[str, Any] = {"S": DONE, "N": "0", "B": DONE.encode()}


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

        ``table`` keeps the note of that, in the same transaction, for two days. ValueRefused for one whose partition
        key is no text.
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


@dataclass(frozen=True, kw_only=True)
class StreamBatch:
    """Changes of an entity's items that follow each other in one shard, oldest first. shard: a text that is its own."""

    changes: list[StreamChange]
    shard: str
    handler: str

    @contextmanager
    def once(self, table: Table) -> Iterator[tuple[Transaction, list[StreamChange]]]:
        """A transaction, and those of the changes that no transaction of this handler has been carried out for.

        ``table`` keeps a note of how far the handler has come in the shard, written in the same transaction: a batch
        that is told again after a crash, cut elsewhere then, counts each change a single time. Where another consumer
        comes between, TransactionCanceled is raised, and the batch is told again. Without a call in the block nothing
        is written. The transaction takes 99 actions besides the note. ValueRefused as for one change.
        """
        key = _note_key(table, self.handler, self.shard)
        asked = {"TableName": table.endpoint_name, "Key": key, "ConsistentRead": True}
        noted = send(table, "GetItem", asked).get("Item", {}).get(SEQUENCE, {}).get("S", "")
        fresh = [change for change in self.changes if _ordered(change.sequence) > noted]
        transaction = Transaction()
        with transaction:
            yield transaction, fresh
            if transaction.calls:
                progress = _progress(table, key, noted, _ordered(fresh[-1].sequence))
                transaction._add(_call(table, f"progress of {self.handler}", progress))  # noqa: SLF001 - none of an entity's


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


def _ordered(sequence: str) -> str:
    """A sequence number as text in whose order the numbers are; AWS's have up to 40 digits."""
    return sequence.rjust(40, "0")


def _note_key(table: Table, handler: str, of: str) -> dict[str, dict[str, Any]]:
    if table.pk.type != "S":
        raise ValueRefused(
            f"{table.name} is keyed by {table.pk.name}, which is no text, and cannot note what {handler} has done. "
            "Give once() a table whose partition key is text."
        )
    key = {table.pk.name: {"S": f"STREAM#{handler}#{of}"}}
    if table.sk is not None:
        key[table.sk.name] = {table.sk.type: _SORT_KEYS[table.sk.type]}
    return key


def _noted(table: Table, key: dict[str, dict[str, Any]]) -> RawItem:
    item = {**key, table.type_attribute: {"S": DONE}}
    if table.options.ttl is not None:
        item[table.options.ttl] = {"N": str(int((datetime.now(UTC) + REMEMBERED).timestamp()))}
    return item


def _progress(table: Table, key: dict[str, dict[str, Any]], noted: str, last: str) -> Action:
    return Action(
        kind="Put",
        table=table,
        key=key,
        item={**_noted(table, key), SEQUENCE: {"S": last}},
        condition=path(SEQUENCE) == noted if noted else path(table.pk.name).does_not_exist(),
    )


def _note(table: Table, change: StreamChange) -> Call:
    key = _note_key(table, change.handler, change.id)

    def told_before(failed: ConditionFailed) -> AlreadyExists:
        return AlreadyExists(f"{change.handler} has carried out change {change.id} already.", raw=failed.raw)

    action = Action(
        kind="Put",
        table=table,
        key=key,
        item=_noted(table, key),
        condition=path(table.pk.name).does_not_exist(),
        failure=told_before,
    )
    return _call(table, f"note of {change.handler}", action)


def _call(table: Table, what: str, action: Action) -> Call:
    return Call(what=what, schema=next(iter(table.entities.values())).schema, actions=[action])
