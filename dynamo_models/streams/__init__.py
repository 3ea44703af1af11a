"""DynamoDB Streams to functions: what was written to a table, told to whoever keeps something up beside it.

::

    @on_change(SearchHistory)
    def count(change):
        with change.once(main) as tx:
            tx.upsert(Totals, Totals.runs.add(1), user_id=change.new.user_id)

A handler is told of each change at least once, and of one item's changes in their order. ``once`` makes what it writes
count a single time. ``on_changes`` is for what adds up: several changes at once, in one transaction. ``manage.py
dynamo_streams`` tells them, and ``lag`` how far they are behind.
"""

from dynamo_models.streams.changes import StreamBatch, StreamChange
from dynamo_models.streams.consumer import Consumed, consume
from dynamo_models.streams.following import lag
from dynamo_models.streams.handlers import on_change, on_changes

__all__ = ["Consumed", "StreamBatch", "StreamChange", "consume", "lag", "on_change", "on_changes"]
