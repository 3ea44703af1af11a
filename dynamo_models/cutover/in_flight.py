"""Whether what is read has a change on its way to DynamoDB: then SQL answers, so that people see what they wrote.

Why one look at the change log before the read is enough. A change is in the log from its commit, in the same
transaction, until its item is written; only then is the log cleared. So of a change that was committed before the look
either the log row is seen, and SQL answers; or it is gone, and then the item was written before the look, and a
consistent read after it finds that or something later. What a transaction has written and not committed yet is in the
log for that transaction's own looks, by the database's own visibility. A change that another commits between the look
and the read may be in the answer or not, as with any read that runs beside a write: its writer was not told yet when
the read began, or is another. A change of another table that items are made of (a parent's) leaves the log after the
rows that it leads to are in it, and all are looked for in one statement, which sees one state of the log.

Known gap: DynamoDB has no consistent reads of global indexes. A read by one may miss, for the milliseconds that
DynamoDB takes to bring its index up to date, a change that has left the log already.

The look is an EXISTS by the index that the log has on (source, row_key): where primary keys are named, for those rows;
otherwise for any row of the model, as the log does not say which partition a row was in before it changed. What a
partition is could be told of a few rows by reading them from both stores, which costs more than to let SQL answer. A
change of what items depend on counts for all of them. A change that cannot be mirrored, a dead letter, stays in the log
until a person decides; so does the choice of SQL for what it concerns.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from dynamo_models.mirror.capture.plan import source_of
from dynamo_models.mirror.enqueue import text_of
from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.registration import Mirror, mirrors

# Above this many keys the look is for any row: a list of them would be slower than that.
MOST_KEYS = 500


def in_flight(mirror: Mirror, pks: Collection[Any] | None, using: str) -> bool:
    """Whether any of these rows, or any row of the model where none is named, has a change on its way."""
    if pks is None or len(pks) > MOST_KEYS:
        asked = Q(source__in=sources(mirror))
    else:
        keys = [text_of(mirror, pk, using) for pk in pks]
        by_row = [mirror.label]
        others: list[str] = []
        for dependency in mirror.dependencies:
            # A many-to-many table logs the key of the row itself.
            (by_row if dependency.lookup is None else others).append(source_of(mirror, dependency))
        asked = Q(source__in=by_row, row_key__in=keys) | Q(source__in=others)
    return Change.objects.using(using).filter(asked).order_by().exists()


def sources(mirror: Mirror) -> list[str]:
    """Under which names the log has what concerns the items of a mirror."""
    return [mirror.label, *(source_of(mirror, each) for each in mirror.dependencies)]


def sources_of(group: str) -> list[str]:
    """The same of all mirrors of a group."""
    return [each for mirror in mirrors(group) for each in sources(mirror)]
