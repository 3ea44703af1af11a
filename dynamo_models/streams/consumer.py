"""Tells handlers of what streams hold: shard by shard, record by record, and keeps how far it has come."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dynamo_models.schema.table import Table
from dynamo_models.streams.changes import StreamBatch, StreamChange, change_of
from dynamo_models.streams.handlers import Handler, handlers_of
from dynamo_models.streams.models import StreamPosition, digest
from dynamo_models.streams.reading import Shard, Stream

logger = logging.getLogger(__name__)

TRIES = 8
AT_ONCE = 20  # changes that a handler of several is told of
FIRST_DELAY, LONGEST_DELAY = 0.05, 5.0  # seconds, doubled with each attempt, with jitter

Stopped = Callable[[], bool]


@dataclass(kw_only=True)
class Consumed:
    """What was read. told: how often a handler was called."""

    records: int = 0
    told: int = 0

    def __add__(self, other: Consumed) -> Consumed:
        return Consumed(records=self.records + other.records, told=self.told + other.told)


def consume(table: Table, *, using: str = "default", stopped: Stopped = lambda: False) -> Consumed:
    """Tell the table's handlers of every change up to now that they have not been told of.

    Raises EndpointError where there is no stream, RecordsLost where it has trimmed what comes next, and what a handler
    raises again and again: the position then stays before that record, and nothing behind it in its shard is told.
    """
    stream = Stream(table)
    handlers = list(handlers_of(table))
    found = Consumed()
    waiting: set[str] = set()
    for shard in stream.shards():
        position = _position(stream, shard, using)
        if position.finished:
            continue
        if shard.parent in waiting:
            waiting.add(shard.id)  # what the parent still has comes first
            continue
        found += _shard(stream, shard, position, handlers, using=using, stopped=stopped)
        if not position.finished:
            waiting.add(shard.id)
    return found


def _shard(
    stream: Stream, shard: Shard, position: StreamPosition, handlers: list[Handler], *, using: str, stopped: Stopped
) -> Consumed:
    found = Consumed()
    for records, ended in stream.batches(shard, position.sequence):
        try:
            for start in range(0, len(records), AT_ONCE):
                part = records[start : start + AT_ONCE]
                if stopped():
                    return found
                # Those first that know for themselves how far they have come, should a single one fail within.
                found.told += sum(_tell_all(part, handler, position.digest) for handler in handlers if handler.many)
                for record in part:
                    if stopped():
                        return found
                    found.told += sum(_tell(record, handler) for handler in handlers if not handler.many)
                    found.records += 1
                    position.sequence = str(record["dynamodb"]["SequenceNumber"])
            position.finished = ended
        finally:
            # Once for each batch: what is told again after a crash is told to handlers that know.
            if records or ended:
                position.save(using=using)
        if not records:
            break
    return found


def _tell(record: dict[str, Any], handler: Handler) -> int:
    change = change_of(record, handler.entity, handler.name)
    if change is None:
        return 0
    _call(handler, change, change.id)
    return 1


def _tell_all(records: list[dict[str, Any]], handler: Handler, shard: str) -> int:
    found = [change_of(record, handler.entity, handler.name) for record in records]
    changes = [change for change in found if change is not None]
    if not changes:
        return 0
    _call(handler, StreamBatch(changes=changes, shard=shard, handler=handler.name), changes[0].id)
    return 1


def _call(handler: Handler, told: StreamChange | StreamBatch, which: str) -> None:
    for attempt in range(TRIES):
        try:
            handler.function(told)
        except Exception:
            if attempt == TRIES - 1:
                raise
            logger.warning("%s failed at change %s (attempt %d)", handler.name, which, attempt + 1, exc_info=True)
            ceiling = min(LONGEST_DELAY, FIRST_DELAY * 2**attempt)
            time.sleep(random.uniform(ceiling / 2, ceiling))  # noqa: S311 - not for secrets
        else:
            return


def _position(stream: Stream, shard: Shard, using: str) -> StreamPosition:
    position, _ = StreamPosition.objects.using(using).get_or_create(
        digest=digest(stream.arn, shard.id), defaults={"stream": stream.arn, "shard": shard.id}
    )
    return position
