"""Reads a table's stream to its tip, for certain.

A shard tells its records in their order, so whoever has met a canary in a shard has met everything that was written to
its partitions before. A key goes to one shard, and nobody says which; so canaries with other keys are written until
every open shard has shown one. That a shard gives nothing new proves nothing: it may have something all the same.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from dynamo_models.errors import DynamoModelsError
from dynamo_models.schema.table import Table
from dynamo_models.streams.reading import Stream
from dynamo_models.switch.records import CanarySeen
from dynamo_models.switch.returning import canary
from dynamo_models.switch.returning.reader import position_of, read

_LOOK = 0.05
_AT_ONCE = 4


class NoCanary(DynamoModelsError):  # noqa: N818 - an outcome, as the library's other errors are
    """A canary did not come back in time: nothing that is written to DynamoDB would reach SQL."""


def through(table: Table, using: str, *, until: float) -> None:
    """Come back when everything that was written to the table before has been taken up. NoCanary where it is not by
    ``until``, of ``time.monotonic()``."""
    token = secrets.token_hex(8)
    sent: list[dict[str, Any]] = []
    try:
        stream = Stream(table)
        waiting = {shard.id for shard in stream.shards() if not shard.closed}
        while True:
            sent += [canary.put(table, token) for _ in range(_AT_ONCE)]
            for _ in range(5):
                read(table, using)
                seen = CanarySeen.objects.using(using).filter(token=token).values_list("shard", flat=True)
                waiting -= set(seen)
                if not waiting:
                    return
                time.sleep(_LOOK)
            # One that has ended meanwhile, and was read to its end, has told all that it will.
            for shard in stream.shards():
                if shard.id in waiting and position_of(stream, shard, using).finished:
                    waiting.discard(shard.id)
            if time.monotonic() > until:
                raise NoCanary(
                    f"What was written to {table.endpoint_name} has not come back by {len(waiting)} shards of its "
                    "stream in time."
                )
    finally:
        canary.removed(table, sent)
        CanarySeen.objects.using(using).filter(token=token).delete()
