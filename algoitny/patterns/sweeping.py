"""Takes away from DynamoDB whatever a probe can have written there."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from algoitny.accounts.items import SubscriptionPlan, User
from algoitny.history.items import LanguageTotals, PlatformTotals, SearchHistory, TriedProblem, UserTotals
from algoitny.jobs.items import ScriptGenerationJob
from algoitny.tables import main
from algoitny.usage.items import TOTAL_SHARDS, UsageCounter, UsageLog, UsageTotal, month_of
from dynamo_models import ConditionFailed, Entity

if TYPE_CHECKING:
    from algoitny.patterns.probe import Probe

# How many rows of each kind a probe may have; their ids count from its first.
PEOPLE = 3
RUNS = 4
JOBS = 2
PLANS = ("one", "two", "renamed")

_OF_A_USER = (SearchHistory, UserTotals, PlatformTotals, LanguageTotals, TriedProblem, UsageCounter)


def sweep(probe: "Probe") -> None:
    """Each kind by itself: where one cannot be taken away, the others still are, and the error is raised after them."""
    with ExitStack() as stack:
        for name in PLANS:
            stack.callback(_remove, SubscriptionPlan, name=probe.plan_name(name))
        for number in range(PEOPLE):
            stack.callback(_remove, User, email=probe.email(number))
            for entity in _OF_A_USER:
                stack.callback(_remove, entity, user_id=str(probe.id(number)))
            stack.callback(_take_back_uses, str(probe.id(number)))
        for number in range(RUNS):  # those of nobody, which lie among others'
            stack.callback(_remove, SearchHistory, id=probe.id(number))
        for number in range(JOBS):
            stack.callback(_remove, ScriptGenerationJob, id=probe.id(number))


def _remove(entity: type[Entity], **which: object) -> None:
    for item in list(entity.objects.filter(**which).consistent().iterator()):
        item.delete()


def _take_back_uses(user_id: str) -> None:
    """The log of uses, and each use from its day's total: with it in one transaction, so that none counts twice."""
    totals = set()
    for use in _uses(user_id):
        total = {
            "month": month_of(use.date),
            "date": use.date,
            "action": use.action,
            "shard": int(user_id) % TOTAL_SHARDS,
        }
        with main.transaction() as tx:
            tx.delete(use)
            tx.patch(UsageTotal.objects.ref(**total), UsageTotal.n.add(-1))
        totals.add(tuple(total.items()))
    for total in totals:
        with suppress(ConditionFailed, UsageTotal.DoesNotExist):  # others have used something that day
            UsageTotal.objects.ref(**dict(total)).delete(if_=UsageTotal.n == 0)


def _uses(user_id: str) -> Iterator[UsageLog]:
    yield from list(UsageLog.objects.filter(user_id=user_id).consistent().iterator())
