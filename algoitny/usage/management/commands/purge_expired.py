"""The command that removes rows whose time has passed from SQL; DynamoDB removes its items by itself (TTL)."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import QuerySet
from django.utils import timezone

from algoitny.jobs import models as jobs
from algoitny.usage import models as usage

BATCH = 1_000


class Command(BaseCommand):
    help = (
        f"Removes uses older than {usage.KEPT.days} days and results of tasks that have not changed for "
        f"{jobs.KEPT.days} days, in batches of {BATCH:,}. They are in no answer any more, so it may run at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one object on stdout")

    def handle(self, *_args: Any, format: str, **_options: Any) -> None:  # noqa: A002 - the option's name
        now = timezone.now()
        removed = {
            "usage_logs": remove(usage.UsageLog.objects.all(), "created_at", now - usage.KEPT),
            "task_results": remove(jobs.TaskResult.objects.all(), "updated_at", now - jobs.KEPT),
        }
        if format == "json":
            self.stdout.write(json.dumps(removed))
            return
        for name, count in removed.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {count:,} removed")


def remove(rows: QuerySet[Any], time: str, last: datetime) -> int:
    """Remove rows of that time or earlier; the number of them.

    Each batch is a transaction of its own, so that nobody waits long for a lock, and what is done stays done.
    """
    expired = rows.filter(**{f"{time}__lte": last}).order_by(time)
    count = 0
    while batch := list(expired.values_list("pk", flat=True)[:BATCH]):
        removed, _ = rows.filter(pk__in=batch).delete()
        count += removed
    return count
