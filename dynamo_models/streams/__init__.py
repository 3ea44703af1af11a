"""DynamoDB Streams to functions: what was written to a table, told to whoever keeps something up beside it.

::

    @on_change(SearchHistory)
    def count(change):
        with change.once(main) as tx:
            tx.upsert(Totals, Totals.runs.add(1), user_id=change.new.user_id)

A handler is told of each change at least once, and of one item's changes in their order. ``once`` makes what it writes
count a single time. ``manage.py dynamo_streams`` tells them.
"""

from dynamo_models.streams.changes import StreamChange
from dynamo_models.streams.consumer import Consumed, consume
from dynamo_models.streams.handlers import on_change

__all__ = ["Consumed", "StreamChange", "consume", "on_change"]
