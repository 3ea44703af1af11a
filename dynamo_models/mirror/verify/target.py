"""What DynamoDB holds: items by key and all of them, always as they are now."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from dynamo_models import transport
from dynamo_models.errors import RawItem, Throttled
from dynamo_models.mirror import fence
from dynamo_models.mirror.sync import digest_of
from dynamo_models.schema.table import Table

MOST_KEYS = 100  # of one BatchGetItem
MOST_TRIES = 10  # of what it leaves unprocessed


@dataclass(frozen=True)
class Target:
    """The tables as the settings name them, or as ``names`` does, by their names in the code: a scratch copy."""

    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, table: Table) -> str:
        return self.names.get(table.name, table.endpoint_name)

    def get(self, table: Table, keys: Iterable[fence.WireKey]) -> dict[str, RawItem]:
        """The items that are there, by the digest of their key, read consistently."""
        found: dict[str, RawItem] = {}
        names = [key.name for key in table.key_pair() if key is not None]
        iterator = iter(keys)
        while part := list(islice(iterator, MOST_KEYS)):
            for raw in self._batch(table, part):
                found[digest_of(table.name, {name: dict(raw[name]) for name in names})] = raw
        return found

    def _batch(self, table: Table, keys: list[fence.WireKey]) -> Iterator[RawItem]:
        name = self.name(table)
        for attempt in range(MOST_TRIES):
            request: dict[str, Any] = {"RequestItems": {name: {"Keys": keys, "ConsistentRead": True}}}
            answer = transport.call(table, "BatchGetItem", request)
            yield from answer.get("Responses", {}).get(name, [])
            keys = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
            if not keys:
                return
            time.sleep(0.05 * 2**attempt)
        raise Throttled(f"{name}: {len(keys)} keys were not read in {MOST_TRIES} tries; raise its read capacity.")

    def scan(
        self,
        table: Table,
        segment: int,
        segments: int,
        *,
        above: int | None = None,
        start: fence.WireKey | None = None,
    ) -> Iterator[tuple[int, list[RawItem], fence.WireKey | None]]:
        """The pages of one segment behind a key: items read, those of them with a number above ``above``, or all, and
        the key to go on behind, None at the end."""
        request: dict[str, Any] = {"TableName": self.name(table), "ConsistentRead": True}
        if segments > 1:
            request |= {"Segment": segment, "TotalSegments": segments}
        if above is not None:
            request |= {
                "FilterExpression": "#v > :v",
                "ExpressionAttributeNames": {"#v": fence.VERSION},
                "ExpressionAttributeValues": {":v": {"N": str(above)}},
            }
        if start is not None:
            request["ExclusiveStartKey"] = start
        while True:
            answer = transport.call(table, "Scan", request)
            items = answer.get("Items", [])
            last = answer.get("LastEvaluatedKey") or None
            yield answer.get("ScannedCount", len(items)), items, last
            if last is None:
                return
            request["ExclusiveStartKey"] = last
