"""Batches: many puts and deletes of whole items, cut to size, merged, and retried for what came back."""

# ruff: noqa: SLF001 - what an instance knows of its stored item is this library's own, and nobody else's

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from dynamo_models import wire
from dynamo_models.errors import BatchIncomplete, DynamoModelsError, RawItem, Throttled, ValueRefused
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.schema.table import Table
from dynamo_models.transport import call
from dynamo_models.writing import puts, values
from dynamo_models.writing.call import WireKey, key_identity
from dynamo_models.writing.run import pause

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html, November 2026
MAX_WRITES = 25
MAX_GETS = 100
MAX_BATCH_BYTES = 16 * 1024 * 1024
# A value grows on its way: JSON's marks, escapes, base64. A batch this large in items stays below 16 MB on the wire.
SAFE_BATCH_BYTES = MAX_BATCH_BYTES // 4

# Tries in a row of which nothing was done. The delays double to a second each: about nine seconds in all before what is
# left is given back.
FRUITLESS_TRIES = 12


@dataclass(frozen=True)
class _Write:
    """One write of a batch: ``stored`` is the item to put, None to delete it."""

    key: WireKey
    item: EntityDefinition
    stored: RawItem | None

    @property
    def request(self) -> dict[str, Any]:
        if self.stored is None:
            return {"DeleteRequest": {"Key": self.key}}
        return {"PutRequest": {"Item": self.stored}}


class Batch:
    """``with main.batch() as batch: batch.put(item); batch.delete(item)``.

    Written when the block ends, and not at all if it raised. Of two writes to one item the later stands. Unconditional,
    as DynamoDB's batches are: entities with a version or with unique items are refused, since they would be untrue.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._writes: dict[str, _Write] = {}

    def __enter__(self) -> Self:
        self._writes = {}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.send()

    def __len__(self) -> int:
        return len(self._writes)

    def put(self, *items: EntityDefinition) -> None:
        """Write items in place of what is there. They are encoded, and refused, here and not when the block ends."""
        for item in items:
            self._fits(item)
            puts.stamp(item, new=item._stored is None)
            encoded = values.with_unknown(item, values.encoded(item))
            key = {name: encoded[name] for name in item.schema.key_names()}
            if item._stored is not None and key != values.key_of(item):
                raise puts.moved(item.schema, item)
            self._take(_Write(key, item, encoded))

    def delete(self, *items: EntityDefinition) -> None:
        """Remove items."""
        for item in items:
            self._fits(item)
            self._take(_Write(values.key_of(item), item, None))

    def _take(self, write: _Write) -> None:
        identity = key_identity(write.key)
        self._writes.pop(identity, None)
        self._writes[identity] = write

    def _fits(self, item: EntityDefinition) -> None:
        schema = item.schema
        if schema.table is not self.table:
            raise ValueRefused(
                f"{schema.name} is in table {schema.table.name}, and this batch writes {self.table.name}."
            )
        if schema.uniques or schema.version:
            what = "unique items" if schema.uniques else "a version"
            raise ValueRefused(
                f"{schema.name} has {what}, and a batch takes no conditions: it would be untrue. "
                "Use create(), put() or delete(), or a transaction."
            )

    def send(self) -> None:
        """Write what was gathered, and forget it.

        BatchIncomplete has the items that were not written, in the order given. An error of the first request is raised
        as it is: nothing was written then, or nothing is known to have been.
        """
        waiting = list(self._writes.values())
        self._writes = {}
        done = 0
        for chunk in _chunks(waiting):
            try:
                left = _write(self.table, chunk)
            except DynamoModelsError as error:
                if not done:
                    raise
                raise self._incomplete(waiting[done:], waiting, str(error)) from error
            written = [write for write in chunk if write not in left]
            for write in written:
                write.item._stored = write.stored
            if left:
                why = f"some came back unprocessed {FRUITLESS_TRIES} times, and those after them were not tried"
                raise self._incomplete([*left, *waiting[done + len(chunk) :]], waiting, why)
            done += len(chunk)

    def _incomplete(self, unwritten: list[_Write], waiting: list[_Write], why: str) -> BatchIncomplete:
        return BatchIncomplete(
            f"{len(unwritten)} of {len(waiting)} writes to {self.table.name} were not done; they are in .unwritten, "
            f"to be written again later: {why}",
            unwritten=[write.item for write in unwritten],
        )


def put_all(items: Iterable[EntityDefinition]) -> int:
    """Put items of any number, in batches, without holding more than one; how many were written.

    BatchIncomplete as soon as a batch cannot be written whole; the items after it were not tried.
    """
    count = 0
    batch: Batch | None = None
    for item in items:
        if batch is None or batch.table is not item.schema.table or len(batch) >= MAX_WRITES:
            count += _sent(batch)
            batch = Batch(item.schema.table)
        batch.put(item)
    return count + _sent(batch)


def _sent(batch: Batch | None) -> int:
    if batch is None:
        return 0
    count = len(batch)
    batch.send()
    return count


def _chunks(writes: list[_Write]) -> Iterator[list[_Write]]:
    chunk: list[_Write] = []
    size = 0
    for write in writes:
        own = wire.item_size(write.stored) if write.stored is not None else 0
        if chunk and (len(chunk) == MAX_WRITES or size + own > SAFE_BATCH_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(write)
        size += own
    if chunk:
        yield chunk


def _write(table: Table, chunk: list[_Write]) -> list[_Write]:
    """Send one chunk until nothing of it comes back, or too many tries did nothing; what is left, in order."""
    name = table.endpoint_name
    names = [table.pk.name, *([table.sk.name] if table.sk else [])]

    def send(left: list[_Write]) -> list[_Write]:
        answer = call(table, "BatchWriteItem", {"RequestItems": {name: [write.request for write in left]}})
        # Told by its key: the rest of an item may come back in other words, a number without its last zeros.
        back = set()
        for request in answer.get("UnprocessedItems", {}).get(name, []):
            held = request["PutRequest"]["Item"] if "PutRequest" in request else request["DeleteRequest"]["Key"]
            back.add(key_identity({each: held[each] for each in names}))
        return [write for write in left if key_identity(write.key) in back]

    return _until_done(chunk, send)


def _until_done(left: list[Any], send: Callable[[list[Any]], list[Any]]) -> list[Any]:
    """Send what came back again, with growing delay, until nothing does or too many tries in a row did nothing."""
    fruitless = number = 0
    while True:
        before = len(left)
        with contextlib.suppress(Throttled):  # nothing was done then: all of it is what came back
            left = send(left)
        if not left:
            return left
        fruitless = fruitless + 1 if len(left) == before else 0
        if fruitless >= FRUITLESS_TRIES:
            return left
        pause(number)
        number += 1


def get_all(table: Table, keys: list[WireKey], *, consistent: bool = False) -> list[RawItem | None]:
    """The items at these keys, in the order of the keys, one for each (None where there is none).

    A request for each 100 different keys. BatchIncomplete has the keys that came back unprocessed after all tries.
    """
    identities = [key_identity(key) for key in keys]
    different = dict(zip(identities, keys, strict=True))
    found: dict[str, RawItem] = {}
    name = table.endpoint_name
    names = [table.pk.name, *([table.sk.name] if table.sk else [])]

    def send(left: list[WireKey]) -> list[WireKey]:
        answer = call(table, "BatchGetItem", {"RequestItems": {name: {"Keys": left, "ConsistentRead": consistent}}})
        for item in answer.get("Responses", {}).get(name, []):
            found[key_identity({each: item[each] for each in names})] = item
        return list(answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", []))

    waiting = list(different.values())
    for start in range(0, len(waiting), MAX_GETS):
        left = _until_done(waiting[start : start + MAX_GETS], send)
        if left:
            left += waiting[start + MAX_GETS :]
            raise BatchIncomplete(
                f"{len(left)} keys of {table.name} were not read: some came back unprocessed {FRUITLESS_TRIES} times. "
                "They are in .unread; read them later.",
                unread=left,
            )
    return [found.get(identity) for identity in identities]
