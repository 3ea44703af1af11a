"""Batches: many puts and deletes of whole items, cut to size, merged, and retried for what came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any

from dynamo_models import wire
from dynamo_models.errors import BatchIncomplete, RawItem, Throttled, ValueRefused
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

# The delays double to a second each: about nine seconds in all before what is left is given back.
BATCH_TRIES = 12


class Batch:
    """``with main.batch() as batch: batch.put(item); batch.delete(item)``.

    Written when the block ends, and not at all if it raised. Of two writes to one item the later stands. Unconditional,
    as DynamoDB's batches are: entities with a version or with unique items are refused, since they would be untrue.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.writes: dict[str, tuple[dict[str, Any], EntityDefinition, RawItem | None]] = {}

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.send()

    def put(self, *items: EntityDefinition) -> None:
        """Write items in place of what is there. They are encoded, and refused, here and not when the block ends."""
        for item in items:
            self._fits(item)
            puts.stamp(item, new=item._stored is None)
            encoded = values.with_unknown(item, values.encoded(item))
            key = {name: encoded[name] for name in item.schema.key_names()}
            if item._stored is not None and key != values.key_of(item):
                raise puts.moved(item.schema, item)
            self._take(key, {"PutRequest": {"Item": encoded}}, item, encoded)

    def delete(self, *items: EntityDefinition) -> None:
        """Remove items."""
        for item in items:
            self._fits(item)
            key = values.key_of(item)
            self._take(key, {"DeleteRequest": {"Key": key}}, item, None)

    def _take(self, key: WireKey, request: dict[str, Any], item: EntityDefinition, stored: RawItem | None) -> None:
        identity = key_identity(key)
        self.writes.pop(identity, None)
        self.writes[identity] = (request, item, stored)

    def _fits(self, item: EntityDefinition) -> None:
        schema = item.schema
        if schema.table is not self.table:
            raise ValueRefused(f"{schema.name} is in table {schema.table.name}, and this batch writes {self.table.name}.")
        if schema.uniques or schema.version:
            what = "unique items" if schema.uniques else "a version"
            raise ValueRefused(
                f"{schema.name} has {what}, and a batch takes no conditions: it would be untrue. "
                "Use create(), put() or delete(), or a transaction."
            )

    def send(self) -> None:
        """Write what was gathered. BatchIncomplete has the items that were not written, in the order given."""
        waiting = list(self.writes.values())
        self.writes = {}
        unwritten: list[EntityDefinition] = []
        for chunk in _chunks(waiting):
            left = _write(self.table, [request for request, _, _ in chunk])
            for request, item, stored in chunk:
                if request in left:
                    unwritten.append(item)
                else:
                    item._stored = stored
        if unwritten:
            raise BatchIncomplete(
                f"{len(unwritten)} of {len(waiting)} writes to {self.table.name} came back unprocessed "
                f"{BATCH_TRIES} times and were not written; they are in .unwritten. Write them again later.",
                unwritten=unwritten,
            )


def put_all(items: Iterable[EntityDefinition]) -> int:
    """Put items of any number, in batches, without holding more than one; how many were written.

    BatchIncomplete as soon as a batch cannot be written whole; the items after it were not tried.
    """
    count = 0
    batch: Batch | None = None
    for item in items:
        if batch is None or batch.table is not item.schema.table or len(batch.writes) >= MAX_WRITES:
            if batch is not None:
                count += len(batch.writes)
                batch.send()
            batch = Batch(item.schema.table)
        batch.put(item)
    if batch is not None:
        count += len(batch.writes)
        batch.send()
    return count


def _chunks(
    writes: list[tuple[dict[str, Any], EntityDefinition, RawItem | None]],
) -> Iterator[list[tuple[dict[str, Any], EntityDefinition, RawItem | None]]]:
    chunk: list[tuple[dict[str, Any], EntityDefinition, RawItem | None]] = []
    size = 0
    for write in writes:
        own = wire.item_size(write[2]) if write[2] is not None else 0
        if chunk and (len(chunk) == MAX_WRITES or size + own > SAFE_BATCH_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(write)
        size += own
    if chunk:
        yield chunk


def _write(table: Table, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send one chunk until nothing of it comes back, or the tries are used up; what is left."""
    name = table.endpoint_name
    left = requests
    for attempt in range(BATCH_TRIES):
        if attempt:
            pause(attempt - 1)
        try:
            answer = call(table, "BatchWriteItem", {"RequestItems": {name: left}})
        except Throttled:
            # Nothing of the batch was written: all of it is what came back.
            continue
        left = list(answer.get("UnprocessedItems", {}).get(name, []))
        if not left:
            break
    return left


def get_all(table: Table, keys: list[WireKey], *, consistent: bool = False) -> list[RawItem | None]:
    """The items at these keys, in the order of the keys, one for each (None where there is none).

    A request for each 100 different keys. BatchIncomplete has the keys that came back unprocessed after all tries.
    """
    identities = [key_identity(key) for key in keys]
    different = dict(zip(identities, keys, strict=True))
    found: dict[str, RawItem] = {}
    names = [table.pk.name, *([table.sk.name] if table.sk else [])]
    waiting = list(different.values())
    for start in range(0, len(waiting), MAX_GETS):
        for item in _read(table, waiting[start : start + MAX_GETS], consistent=consistent):
            found[key_identity({name: item[name] for name in names})] = item
    return [found.get(identity) for identity in identities]


def _read(table: Table, keys: list[WireKey], *, consistent: bool) -> Iterator[RawItem]:
    name = table.endpoint_name
    left = keys
    for attempt in range(BATCH_TRIES):
        if attempt:
            pause(attempt - 1)
        request = {"Keys": left, "ConsistentRead": consistent}
        try:
            answer = call(table, "BatchGetItem", {"RequestItems": {name: request}})
        except Throttled:
            continue
        yield from answer.get("Responses", {}).get(name, [])
        left = list(answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", []))
        if not left:
            return
    raise BatchIncomplete(
        f"{len(left)} keys of {table.name} came back unread {BATCH_TRIES} times; they are in .unread. Read them later.",
        unread=left,
    )
