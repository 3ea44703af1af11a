"""The application's tests at stages of the cutover: the relational code, by way of the database alias.

At ``reading`` what is written is mirrored before the next read looks, so that DynamoDB answers whatever it can. At
``dynamodb`` it has authority, and answers all. Of what a key does not serve at ``reading``, ``unserved`` has a count.
"""

from collections import Counter
from contextlib import ExitStack, contextmanager

from django.db import connections

from dynamo_models import transport
from dynamo_models.backend import places
from dynamo_models.cutover import serving
from dynamo_models.mirror import fence
from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.registration import mirrors
from dynamo_models.testing.cutover import override_stage
from dynamo_models.testing.mirror import drain

READING, DYNAMODB = "reading", "dynamodb"

unserved = Counter()
"""How often a query was answered by SQL for want of a key, by model, place and reason."""


@contextmanager
def at_stage(stage, monkeypatch):
    """All of AlgoItny's groups are at the stage. The tables have to be there, empty; the rows of SQL's come in."""
    rows_to_items()
    monkeypatch.setattr(serving, "in_flight", _drained)
    monkeypatch.setattr(serving, "unserved", _count)
    with ExitStack() as stack:
        for group in sorted({mirror.group for mirror in mirrors()}):
            stack.enter_context(override_stage(group, stage))
        yield


def rows_to_items():
    """All rows in DynamoDB as the mirror leaves them, in bulk."""
    for mirror in mirrors():
        table = mirror.entity.schema.table
        puts = [
            {"PutRequest": {"Item": {**raw, "_v": {"N": "0"}, "_r": {"S": f"{mirror.label}:{row.pk}"}}}}
            for row in mirror.rows("default")
            for _, raw in fence.images(mirror.item(row))
        ]
        for start in range(0, len(puts), 25):
            answer = transport.client(table.name).batch_write_item(
                RequestItems={table.endpoint_name: puts[start : start + 25]}
            )
            assert not answer["UnprocessedItems"]
    Change.objects.all().delete()


def _drained(mirror, pks, using):
    """In the place of the look for changes in flight: there are none but an open block's."""
    if places.in_block(connections["dynamodb"]):
        return True
    if Change.objects.using(using).exists():
        drain(using)
    return False


def _count(mirror, reason, place, *, using=None):
    unserved[mirror.label, place, reason] += 1
