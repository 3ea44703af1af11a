"""What the first page shows.

It counts rows in SQL and asks DynamoDB nothing: what is there is what the last report found.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from algoitny import store
from algoitny.accounts.models import SubscriptionPlan, User
from algoitny.history.models import SearchHistory
from algoitny.jobs.models import ScriptGenerationJob, TaskResult
from algoitny.landing import last_report
from algoitny.problems.models import Problem, TestCase
from algoitny.usage.models import UsageLog
from dynamo_models import conf

# By the names that a comparison of both stores has for them.
_MODELS = {
    "plans": SubscriptionPlan,
    "users": User,
    "problems": Problem,
    "test cases": TestCase,
    "runs": SearchHistory,
    "uses": UsageLog,
    "jobs": ScriptGenerationJob,
    "task results": TaskResult,
}

LINKS = (
    ("api/docs/", "The interface, to read and to try"),
    ("api/problems/", "Problems"),
    ("api/history/", "The public history"),
    ("api/health/", "Which store serves, and whether it answers"),
    ("admin/", "Django's admin (manage.py createsuperuser makes an account)"),
    ("admin/dynamo_models/groupstate/", "How far each group is on its way to DynamoDB, and the moves that there are"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """Rows of one kind: in SQL now, and in DynamoDB when both were last compared; None where they never were."""

    name: str
    rows: int
    items: int | None

    @property
    def percent(self) -> int:
        if not self.items:
            return 0
        return min(100, round(100 * self.items / self.rows)) if self.rows else 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    store: str
    sql: str
    dynamodb: str
    kinds: list[Kind]
    counters: list[tuple[str, int]]
    patterns: list[dict[str, Any]]
    at: datetime | None
    ok: bool
    differences: list[str]


def count_rows() -> dict[str, int]:
    """Rows in SQL by their kind."""
    return {name: model._default_manager.count() for name, model in _MODELS.items()}


def overview() -> Overview:
    report = last_report.read() or {}
    compared = report.get("compared", {})
    endpoint = conf.connection_settings().endpoint
    return Overview(
        store=store.current(),
        sql=connection.vendor,
        dynamodb=_engine(report.get("endpoint", ""))
        or {None: "AWS", conf.EMBEDDED: "embedded"}.get(endpoint, "by URL"),
        kinds=[Kind(name=name, rows=rows, items=compared.get(name)) for name, rows in count_rows().items()],
        counters=[(name, n) for name, n in compared.items() if name not in _MODELS],
        patterns=report.get("patterns", []),
        at=datetime.fromisoformat(report["at"]) if report else None,
        ok=report.get("ok", False),
        differences=report.get("differences", []),
    )


def _engine(line: str) -> str:
    """The engine's name of the line that says which endpoint served: "DynamoDB endpoint: dynoxide 1.2.1 at http…"."""
    return line.partition(": ")[2].partition(" at ")[0].partition(", ")[0]
