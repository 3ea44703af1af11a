"""What is copied: each kind of item, and the rows that it is made of."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Model, QuerySet

from algoitny.accounts import items as account_items
from algoitny.accounts import mapping as accounts_mapping
from algoitny.accounts.models import SubscriptionPlan, User
from algoitny.history import items as history_items
from algoitny.history import mapping as history_mapping
from algoitny.history.models import SearchHistory
from algoitny.jobs import items as job_items
from algoitny.jobs import mapping as jobs_mapping
from algoitny.jobs.models import ScriptGenerationJob, TaskResult
from algoitny.problems import items as problem_items
from algoitny.problems import mapping as problems_mapping
from algoitny.problems.models import Problem, TestCase
from algoitny.usage import items as usage_items
from algoitny.usage import mapping as usage_mapping
from algoitny.usage.models import UsageLog
from dynamo_models import Entity

CHUNK = 500  # rows fetched from SQL at a time


@dataclass(frozen=True, kw_only=True)
class Source:
    """One kind of item: its name for people, its entity, and all the items that there should be."""

    name: str
    entity: type[Entity]
    items: Callable[[], Iterable[Entity]]


def _rows(rows: Callable[[], QuerySet[Any]], item: Callable[[Any], Entity]) -> Callable[[], Iterator[Entity]]:
    def items() -> Iterator[Entity]:
        for row in rows().iterator(chunk_size=CHUNK):
            yield item(row)

    return items


SOURCES = (
    Source(
        name="plans",
        entity=account_items.SubscriptionPlan,
        items=_rows(SubscriptionPlan.objects.all, accounts_mapping.plan_item),
    ),
    Source(
        name="users",
        entity=account_items.User,
        items=_rows(lambda: User.objects.select_related("subscription_plan"), accounts_mapping.user_item),
    ),
    Source(
        name="problems", entity=problem_items.Problem, items=_rows(Problem.objects.all, problems_mapping.problem_item)
    ),
    Source(
        name="test cases",
        entity=problem_items.TestCase,
        items=_rows(lambda: TestCase.objects.select_related("problem"), problems_mapping.test_case_item),
    ),
    Source(
        name="runs",
        entity=history_items.SearchHistory,
        items=_rows(SearchHistory.objects.all, history_mapping.run_item),
    ),
    Source(name="uses", entity=usage_items.UsageLog, items=_rows(UsageLog.objects.kept, usage_mapping.use_item)),
    Source(
        name="jobs",
        entity=job_items.ScriptGenerationJob,
        items=_rows(ScriptGenerationJob.objects.all, jobs_mapping.job_item),
    ),
    Source(
        name="task results", entity=job_items.TaskResult, items=_rows(TaskResult.objects.kept, jobs_mapping.result_item)
    ),
    # What has no row of its own: counters, made of what their rows add up to.
    Source(name="totals of users", entity=history_items.UserTotals, items=history_mapping.total_items),
    Source(name="totals by platform", entity=history_items.PlatformTotals, items=history_mapping.platform_items),
    Source(name="totals by language", entity=history_items.LanguageTotals, items=history_mapping.language_items),
    Source(name="tried problems", entity=history_items.TriedProblem, items=history_mapping.tried_items),
    Source(name="counters of uses", entity=usage_items.UsageCounter, items=usage_mapping.counter_items),
    Source(name="totals of uses", entity=usage_items.UsageTotal, items=usage_mapping.usage_total_items),
)

_IDS: dict[str, type[Model]] = {
    "plan": SubscriptionPlan,
    "user": User,
    "problem": Problem,
    "test case": TestCase,
    "history": SearchHistory,
    "usage": UsageLog,
    "job": ScriptGenerationJob,
}


def highest_ids() -> dict[str, int]:
    """The highest id of each kind of row that DynamoDB makes ids for, by the name of its sequence."""
    return {name: model._default_manager.aggregate(last=Max("pk"))["last"] or 0 for name, model in _IDS.items()}
