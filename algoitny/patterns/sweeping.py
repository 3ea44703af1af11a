"""Takes away from DynamoDB whatever a probe can have written there."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from algoitny.accounts.items import SubscriptionPlan, User
from algoitny.history.items import SearchHistory
from algoitny.jobs.items import ScriptGenerationJob
from algoitny.usage.items import UsageCounter, UsageLog, UsageRequest
from dynamo_models import Entity

if TYPE_CHECKING:
    from algoitny.patterns.probe import Probe

# How many rows of each kind a probe may have; their ids count from its first.
PEOPLE = 3
RUNS = 4
JOBS = 2
PLANS = ("one", "two", "renamed")

# The totals that follow them go by themselves.
_COUNTED = (UsageCounter, UsageRequest)
_OF_A_USER = (SearchHistory, UsageLog, *_COUNTED)


def sweep(probe: "Probe") -> None:
    """Each kind by itself: where one cannot be taken away, the others still are, and the error is raised after them."""
    with ExitStack() as stack:
        for name in PLANS:
            stack.callback(_remove, SubscriptionPlan, name=probe.plan_name(name))
        for number in range(PEOPLE):
            stack.callback(_remove, User, email=probe.email(number))
            for entity in _OF_A_USER:
                stack.callback(_remove, entity, user_id=str(probe.id(number)))
        for number in range(RUNS):  # those of nobody, which lie among others'
            stack.callback(_remove, SearchHistory, id=probe.id(number))
        for number in range(JOBS):
            stack.callback(_remove, ScriptGenerationJob, id=probe.id(number))


def sweep_counted(probe: "Probe") -> None:
    """What SQL's uses leave there, which no rollback takes back: counters, and notes of requests."""
    for number in range(PEOPLE):
        for entity in _COUNTED:
            _remove(entity, user_id=str(probe.id(number)))


def _remove(entity: type[Entity], **which: object) -> None:
    for item in list(entity.objects.filter(**which).consistent().iterator()):
        item.delete()
