"""A made-up history: consistent in itself, the same for the same seed, and within everybody's plan."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from algoitny.accounts.models import SubscriptionPlan, User
from algoitny.accounts.stores.sql import limits_of
from algoitny.activity.seed import seed
from algoitny.history.models import SearchHistory
from algoitny.jobs.models import KEPT, ScriptGenerationJob, Status, TaskResult
from algoitny.problems.models import TestCase as Case
from algoitny.usage.models import UsageLog

NOW = timezone.now()
LATE = datetime(2026, 5, 20, 22, 15, 3, 17, tzinfo=UTC)


@pytest.fixture
def problems(db, make_problem):
    made = []
    for number in range(6):
        problem = make_problem(
            language=("python", "cpp")[number % 2], solution_code="for i in range(1, n + 1):\n    print(i <= n)\n"
        )
        for case in range(number):
            Case.objects.create(problem=problem, input=str(case), output=str(case) * (1 + 400 * (number == 5)))
        made.append(problem)
    make_problem(is_completed=False)
    make_problem(is_deleted=True)
    return made


def make(**values):
    return seed(**{"users": 20, "runs": 400, "days": 30, "seed": 1, "now": NOW, **values})


def test_every_run_agrees_with_itself_and_with_its_problem(problems):
    report = make()
    assert report.runs == SearchHistory.objects.count() == 400
    for run in SearchHistory.objects.select_related("problem", "user"):
        cases = list(run.problem.test_cases.all())
        assert [result["id"] for result in run.test_results] == [case.pk for case in cases]
        assert all(set(result) == {"id", "status", "output", "error", "seconds"} for result in run.test_results)
        statuses = Counter(result["status"] for result in run.test_results)
        assert run.passed_count == statuses["passed"]
        assert run.failed_count == run.total_count - run.passed_count
        assert run.total_count == len(cases)
        assert {name: run.result_summary[name] for name in statuses} == statuses
        assert run.result_summary["total"] == run.total_count
        for result, case in zip(run.test_results, cases, strict=True):
            assert (result["status"] == "passed") == (result["output"] == case.output[:200])
        problem = (run.problem.platform, run.problem.problem_id, run.problem.title)
        assert (run.platform, run.problem_number, run.problem_title) == problem
        assert run.problem.is_completed
        assert not run.problem.is_deleted
        assert run.user is None or run.user.email == run.user_identifier
        assert NOW - timedelta(days=30) < run.created_at <= NOW
        assert run.hints is None or run.failed_count > 0
        if run.failed_count and run.language == run.problem.language:
            assert run.code != run.problem.solution_code


def test_each_run_of_a_user_and_each_hint_is_a_use_within_the_plan(problems):
    report = make(users=3, runs=300, days=2)
    assert report.left_out == 300 - report.runs
    runs = SearchHistory.objects.filter(user__isnull=False)
    uses = UsageLog.objects.select_related("user__subscription_plan")
    assert Counter(uses.values_list("action", flat=True)) == Counter(
        execution=runs.count(), hint=runs.exclude(hints__isnull=True).count()
    )
    executions = UsageLog.objects.filter(action="execution").values_list("user_id", "problem_id", "created_at")
    assert sorted(executions) == sorted(runs.values_list("user_id", "problem_id", "created_at"))
    used = Counter((use.user, use.action, use.created_at.astimezone(UTC).date()) for use in uses)
    for (user, action, _), count in used.items():
        limit = limits_of(user.subscription_plan).of(action)
        assert count <= limit or limit == -1
    assert all(use.created_at <= NOW for use in uses)


def test_a_second_history_keeps_to_what_the_first_has_left(problems):
    SubscriptionPlan.objects.update(max_executions_per_day=5)
    SubscriptionPlan.objects.create(name="Staff", max_executions_per_day=5)
    for number in range(3):
        report = make(users=2, runs=60, days=1, seed=number)
    assert report.left_out > 0
    used = Counter(UsageLog.objects.filter(action="execution").values_list("user_id", flat=True))
    assert set(used.values()) == {5}


def shape():
    """All that does not hang on the moment."""
    runs = list(SearchHistory.objects.order_by("id"))
    first = min(run.created_at for run in runs)
    return [
        (
            *(run.user_identifier, run.problem_number, run.language, run.code, run.passed_count, run.is_code_public),
            *(run.hints, [result["status"] for result in run.test_results], run.created_at - first),
        )
        for run in runs
    ]


def clear():
    for model in (UsageLog, SearchHistory, ScriptGenerationJob, TaskResult, User):
        model.objects.all().delete()


def test_the_same_seed_makes_the_same_and_another_another(problems):
    make(runs=80)
    jobs = list(ScriptGenerationJob.objects.order_by("id").values_list("task_id", "problem_id", "status"))
    first = shape()
    clear()
    make(runs=80)
    assert shape() == first
    assert list(ScriptGenerationJob.objects.order_by("id").values_list("task_id", "problem_id", "status")) == jobs
    clear()
    make(runs=80, seed=2)
    assert shape() != first


def test_the_same_seed_on_another_day_has_the_same_people_problems_and_outcomes(problems):
    made = []
    for now in (LATE, LATE - timedelta(days=7, hours=20)):
        make(runs=80, now=now)
        made.append([row[:-1] for row in shape()])
        assert SearchHistory.objects.latest("created_at").created_at <= now
        clear()
    assert made[0] == made[1]


def test_again_it_adds_more_with_the_same_users(problems):
    first, second = make(runs=50), make(runs=50)
    assert (first.new_users, second.new_users, second.users) == (20, 0, 20)
    assert (SearchHistory.objects.count(), User.objects.count()) == (100, 20)
    assert ScriptGenerationJob.objects.count() == first.jobs + second.jobs
    assert make(users=25, runs=0).new_users == 5


def test_it_looks_like_life(problems):
    report = make(runs=1_000)
    assert 0.33 < report.public_runs / report.runs < 0.47
    assert 0.06 < report.anonymous_runs / report.runs < 0.14
    assert 0 < report.runs_with_hints < report.failed_runs
    by_user = Counter(SearchHistory.objects.filter(user__isnull=False).values_list("user", flat=True)).most_common()
    assert by_user[0][1] > 5 * by_user[len(by_user) // 2][1] > 0
    hours = Counter(run.created_at.hour for run in SearchHistory.objects.filter(created_at__lt=NOW - timedelta(days=1)))
    assert sum(hours[hour] for hour in (19, 20, 21, 22)) > 4 * sum(hours[hour] for hour in (2, 3, 4, 5))
    assert len(set(SearchHistory.objects.values_list("language", flat=True))) > 3
    users = User.objects.all()
    assert users.filter(subscription_plan=None).count() == 1
    for some in ({"is_staff": True}, {"is_active": False}, {"google_id": None}, {"subscription_plan__name": "Pro"}):
        assert 0 < users.filter(**some).count() < 20
    assert all(user.email.endswith("@example.org") and not user.has_usable_password() for user in users)
    assert not SearchHistory.objects.filter(user__created_at__gt=F("created_at")).exists()


def test_there_are_jobs_in_every_status_and_results_that_are_kept(problems):
    report = make(runs=0)
    assert set(Counter(ScriptGenerationJob.objects.values_list("status", flat=True))) == set(Status.values)
    assert TaskResult.objects.kept().count() == report.task_results > 0
    ended = ScriptGenerationJob.objects.filter(status__in=[Status.COMPLETED, Status.FAILED])
    assert set(TaskResult.objects.values_list("task_id")) == set(ended.values_list("task_id"))
    assert TaskResult.objects.earliest("updated_at").updated_at > NOW - KEPT


def test_without_users_all_runs_are_anonymous(problems):
    report = make(users=0, runs=20)
    assert (report.runs, report.anonymous_runs, report.uses) == (20, 20, 0)


def test_nothing_stays_where_it_fails(problems, monkeypatch):
    monkeypatch.setattr("algoitny.activity.seed.jobs.jobs", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make()
    assert not SearchHistory.objects.exists()
    assert not User.objects.exists()


def test_the_command_says_how_much_it_made(problems, capsys):
    call_command("seed_activity", users=4, runs=30, days=10, format="json")
    report = json.loads(capsys.readouterr().out)
    assert (report["users"], report["runs"], report["left_out"]) == (4, 30, 0)
    call_command("seed_activity", users=4, runs=30, days=10)
    assert "new users" in capsys.readouterr().out


@pytest.mark.parametrize("days", [90, 0, -1])
def test_days_beyond_those_that_uses_are_kept_for_are_refused(problems, days):
    with pytest.raises(CommandError, match="kept for 90 days"):
        call_command("seed_activity", days=days)


def test_89_days_are_all_kept(problems):
    make(days=89, runs=600)
    assert UsageLog.objects.kept().count() == UsageLog.objects.count()


def test_without_problems_it_says_how_to_have_some(db):
    with pytest.raises(CommandError, match="import_problems humaneval"):
        call_command("seed_activity")
    assert not User.objects.exists()
