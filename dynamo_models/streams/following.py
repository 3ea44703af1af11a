"""How far those who are told of a stream are behind it."""

from __future__ import annotations

from django.utils import timezone

from dynamo_models.schema.table import Table
from dynamo_models.streams.models import StreamPosition, digest
from dynamo_models.streams.reading import Stream


def lag(table: Table, *, using: str = "default") -> float:
    """Seconds since the oldest change was written that handlers have not been told of; 0.0 where there is none.

    Infinite where the endpoint does not say when it was. One GetRecords for each shard that is not read to its end.
    Raises EndpointError where there is no stream, RecordsLost where it has trimmed what comes next.
    """
    stream = Stream(table)
    found = 0.0
    for shard in stream.shards():
        position = StreamPosition.objects.using(using).filter(digest=digest(stream.arn, shard.id)).first()
        if position is not None and position.finished:
            continue
        records, _ = next(stream.batches(shard, position.sequence if position is not None else ""))
        if records:
            at = records[0]["dynamodb"].get("ApproximateCreationDateTime")
            found = max(found, (timezone.now() - at).total_seconds() if at is not None else float("inf"))
    return found
