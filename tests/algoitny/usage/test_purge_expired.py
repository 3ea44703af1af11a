"""The command that removes what has expired from SQL."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from algoitny.jobs.models import TaskResult
from algoitny.usage.management.commands import purge_expired
from algoitny.usage.models import UsageLog


@pytest.fixture
def rows(make_user):
    """By the days of their age, each kind."""
    now, user = timezone.now(), make_user()
    for days in (0, 6.9, 7.1, 89.9, 90.1, 91, 300):
        at = now - timedelta(days=days)
        UsageLog.objects.create(user=user, action="hint", created_at=at)
        TaskResult.objects.create(task_id=f"t{days}", created_at=at, updated_at=at)
    # Old, and changed lately: its time is counted from then.
    TaskResult.objects.create(task_id="changed", created_at=now - timedelta(days=300), updated_at=now)


def purge(**options):
    out = io.StringIO()
    call_command("purge_expired", stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize("batch", [1, 2, 1_000])
def test_it_removes_what_has_expired_and_nothing_else(rows, monkeypatch, batch):
    monkeypatch.setattr(purge_expired, "BATCH", batch)
    assert json.loads(purge(format="json")) == {"usage_logs": 3, "task_results": 5}
    assert UsageLog.objects.count() == UsageLog.objects.kept().count() == 4
    assert set(TaskResult.objects.values_list("task_id", flat=True)) == {"t0", "t6.9", "changed"}
    assert json.loads(purge(format="json")) == {"usage_logs": 0, "task_results": 0}


def test_it_says_what_it_removed(rows):
    assert purge().splitlines() == ["usage logs: 3 removed", "task results: 5 removed"]


def test_it_asks_for_a_batch_at_a_time(rows, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(purge_expired, "BATCH", 3)
    with django_assert_max_num_queries(40) as captured:
        purge()
    selects = [each["sql"] for each in captured if each["sql"].startswith("SELECT")]
    assert all("LIMIT 3" in sql for sql in selects)
