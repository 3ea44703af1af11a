"""The rows that the application alone writes, in Django's admin: shown, searched through an index, never changed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from algoitny.history.models import SearchHistory
from algoitny.jobs.models import ScriptGenerationJob, TaskResult
from algoitny.usage.models import UsageLog

NAMES = ["history_searchhistory", "usage_usagelog", "jobs_scriptgenerationjob", "jobs_taskresult"]


@pytest.fixture
def rows(make_user, make_problem):
    user, problem = make_user("ann@example.org"), make_problem()
    run = SearchHistory.objects.create(
        user=user, user_identifier=user.email, problem=problem, platform="p", problem_number="1", language="c", code="x"
    )
    return {
        "history_searchhistory": run,
        "usage_usagelog": UsageLog.objects.create(user=user, action="hint", problem=problem),
        "jobs_scriptgenerationjob": ScriptGenerationJob.objects.create(
            platform="p", problem_id="1", title="t", language="c", job_type="generate_outputs", task_id="a" * 32
        ),
        "jobs_taskresult": TaskResult.objects.create(task_id="b" * 32, result={"error": "x"}),
    }


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_listed_and_shown_and_cannot_be_changed(admin_client, rows, name):
    row = rows[name]
    page = admin_client.get(reverse(f"admin:{name}_changelist"))
    assert page.status_code == 200
    assert list(page.context["cl"].result_list) == [row]
    path = reverse(f"admin:{name}_change", args=[row.pk])
    assert admin_client.get(path).status_code == 200
    assert admin_client.post(path, {}).status_code == 403
    assert admin_client.get(reverse(f"admin:{name}_add")).status_code == 403


@pytest.mark.parametrize(
    ("name", "found", "missed"),
    [
        ("history_searchhistory", "ann@example.org", "ann"),
        ("usage_usagelog", "ann@example.org", "bob@example.org"),
        ("jobs_scriptgenerationjob", "a" * 32, "a"),
        ("jobs_taskresult", "b" * 32, "b"),
    ],
)
def test_a_search_is_exact(admin_client, rows, name, found, missed):
    for text, expected in ((found, [rows[name]]), (missed, [])):
        page = admin_client.get(reverse(f"admin:{name}_changelist"), {"q": text})
        assert list(page.context["cl"].result_list) == expected


def test_a_list_of_runs_does_not_fetch_their_code(admin_client, rows):
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(reverse("admin:history_searchhistory_changelist"))
    assert not any('"history_searchhistory"."code"' in each["sql"] for each in captured)


@pytest.mark.parametrize("name", NAMES)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(admin_client, rows, make_user, name):
    path = reverse(f"admin:{name}_changelist")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(path).status_code == 200
        return len(captured)

    before = queries()
    for _ in range(3):
        row = type(rows[name]).objects.get(pk=rows[name].pk)
        row.pk = None
        if hasattr(row, "task_id"):
            row.task_id = f"{type(row).objects.count():032x}"
        if hasattr(row, "user_id"):
            row.user = make_user()
        row.save(force_insert=True)
    assert queries() == before
