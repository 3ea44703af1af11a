"""The limiter of hints and executions, and how it holds while the log of uses moves from one store to the other.

The user's counter in DynamoDB has a say in every use from stage ``mirror`` on, whichever store has authority over the
log: a use is admitted only if the counter's conditional write lets it. So no two decisions are ever made apart from
each other, and nobody can use their quota twice because authority moved.

- Stage ``off``: SQL alone, under a lock on the user's row; DynamoDB is not asked, and need not be there.
- SQL has authority: the counter first, then SQL's own count under the lock, and the row. Where the row is not written,
  because SQL counts more, or a switch has closed SQL to writers, the use is taken off the counter again. Both releases
  of the change from counting to counters are this one: SQL decides beside processes that do not know the counter yet,
  and the counter is right by the time that it decides alone. It is made by the stream of what was written before.
- DynamoDB has authority, or serves: the counter and the row in one transaction.

In between: a use that was counted before a switch and whose row SQL refuses is taken off; until then the counter has
one too many, and never too few. A row that is written, mirrored, switched or brought back is marked ``counted``, and
what follows the stream (``totals``) leaves the counter of such a row alone: it was counted as it was admitted. A row
without the mark is counted by the stream as it first comes, however often it is mirrored again after that.

A crash between counter and row leaves one too many, until ``recount``. While SQL has authority and DynamoDB does not
answer, SQL's lock decides alone, and the row is not marked: the stream counts it. A switch that overtook the stream
would miss such rows: none begins while ``dynamo_streams`` is further behind than the setting ``LAG``.
"""

from datetime import timedelta

from algoitny.store import authority, current
from algoitny.usage.items import KEPT, UsageCounter, UsageLog, UsageRequest
from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.stages import Stage
from dynamo_models.cutover.state import state_of
from dynamo_models.limits import Limiter, Window

GROUP = "activity"

limiter = Limiter(
    windows=[Window.day(UsageCounter)],
    log=UsageLog,
    uses=UsageRequest,
    kept=KEPT,
    settled_after=timedelta(minutes=10),
)


def counts() -> bool:
    """Whether the counter has a say."""
    return current() == "dynamodb" or state_of(GROUP, sql_alias()).place.stage is not Stage.OFF


def log_is_in_sql() -> bool:
    return authority(GROUP) == "sql"
