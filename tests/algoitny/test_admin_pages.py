"""The admin's pages of every mirrored model, with either store having authority: listed, changed, made and removed."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from algoitny.accounts.models import SubscriptionPlan, User
from algoitny.history.models import SearchHistory
from algoitny.jobs.models import ScriptGenerationJob, TaskResult
from algoitny.problems.models import Problem
from algoitny.problems.models import TestCase as Case
from algoitny.usage.models import UsageLog
from dynamo_models.mirror.registration import mirrors

pytestmark = pytest.mark.django_db(databases=["default", "dynamodb"])

MODELS = [mirror.model for mirror in mirrors() if mirror.model in admin.site._registry]
FILTERS = {
    SubscriptionPlan: [{"is_active__exact": "1"}],
    User: [{"is_staff__exact": "1"}, {"is_active__exact": "0"}],
    Problem: [{"platform": "p"}, {"language": "python"}, {"is_deleted__exact": "1"}, {"is_completed__exact": "1"}],
    SearchHistory: [{"is_code_public__exact": "1"}, {"platform": "p"}, {"language": "c"}],
    UsageLog: [{"action__exact": "hint"}],
    ScriptGenerationJob: [{"status__exact": "PENDING"}, {"job_type__exact": "generate_outputs"}],
    TaskResult: [{"status__exact": "PENDING"}],
}
SEARCHED = {
    SubscriptionPlan: "REE",
    User: "ANN@",
    Problem: "SUM",
    SearchHistory: "ann@example.org",
    UsageLog: "ann@example.org",
    ScriptGenerationJob: "a" * 32,
    TaskResult: "b" * 32,
}


@pytest.fixture
def boss(db):
    """Who was there before: SQL holds its log of the admin to a foreign key."""
    return User.objects.create_superuser("boss@example.org", "a long one, 17")


@pytest.fixture
def staff(boss, stage, client):
    client.force_login(boss)
    return client


@pytest.fixture
def rows(stage):
    """A row of each model, and of some two."""
    plan = SubscriptionPlan.objects.get(name="Free")
    user = User.objects.create_user("ann@example.org", subscription_plan=plan)
    problem = Problem.objects.create(platform="p", problem_id="1", title="A sum", language="python")
    Problem.objects.create(platform="q", problem_id="2", title="Another", language="c", is_deleted=True)
    Case.objects.create(problem=problem, input="1 2", output="3")
    run = {"problem": problem, "platform": "p", "problem_number": "1", "language": "c", "code": "x"}
    return {
        SubscriptionPlan: plan,
        User: user,
        Problem: problem,
        SearchHistory: SearchHistory.objects.create(user=user, user_identifier=user.email, **run),
        UsageLog: UsageLog.objects.create(user=user, action="hint", problem=problem),
        ScriptGenerationJob: ScriptGenerationJob.objects.create(
            platform="p", problem_id="1", title="t", language="c", job_type="generate_outputs", task_id="a" * 32
        ),
        TaskResult: TaskResult.objects.create(task_id="b" * 32, result={"error": "x"}),
    }


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def listed(client, model, **query):
    response = client.get(page(model, "changelist"), query)
    assert response.status_code == 200, response.content
    return [row.pk for row in response.context["cl"].result_list]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_rows_are_listed_filtered_searched_and_shown(staff, rows, model):
    assert rows[model].pk in listed(staff, model)
    for query in FILTERS[model]:
        assert set(listed(staff, model, **query)) <= set(listed(staff, model))
    assert listed(staff, model, q=SEARCHED[model]) == [rows[model].pk]
    assert listed(staff, model, q="nothing of this kind") == []
    assert staff.get(page(model, "change", rows[model].pk)).status_code == 200
    assert staff.get(page(model, "delete", rows[model].pk)).status_code == 200
    assert staff.get(page(model, "history", rows[model].pk)).status_code == 200
    assert staff.get(page(model, "change", 10**6)).status_code == 302


def test_a_filter_narrows_a_list(staff, rows):
    problems = {row.platform: row.pk for row in (rows[Problem], Problem.objects.get(platform="q", problem_id="2"))}
    assert listed(staff, Problem) == [problems["q"], problems["p"]]
    assert listed(staff, Problem, o="1") == [problems["p"], problems["q"]]
    assert listed(staff, Problem, platform="q") == [problems["q"]]
    assert listed(staff, Problem, is_deleted__exact="0") == [problems["p"]]
    assert listed(staff, Problem, platform="p", q="SUM") == [problems["p"]]
    shown = staff.get(page(Problem, "changelist")).content.decode()
    assert "?platform=p" in shown
    assert "?platform=q" in shown
    assert listed(staff, User, subscription_plan__id__exact=rows[SubscriptionPlan].pk) == [rows[User].pk]


def test_a_plan_is_made_changed_and_removed(staff, rows):
    values = {
        "name": "Team",
        "max_hints_per_day": 1,
        "max_executions_per_day": 2,
        "max_problems": -1,
        "is_active": "on",
    }
    assert staff.post(page(SubscriptionPlan, "add"), values).status_code == 302
    plan = SubscriptionPlan.objects.get(name="Team")
    assert staff.post(page(SubscriptionPlan, "change", plan.pk), {**values, "name": "Crew"}).status_code == 302
    assert SubscriptionPlan.objects.get(pk=plan.pk).name == "Crew"
    taken = staff.post(page(SubscriptionPlan, "add"), {**values, "name": "Free"})
    assert "already exists" in taken.content.decode()
    assert staff.post(page(SubscriptionPlan, "delete", plan.pk), {"post": "yes"}).status_code == 302
    assert not SubscriptionPlan.objects.filter(name="Crew").exists()
    held = staff.post(page(SubscriptionPlan, "delete", rows[SubscriptionPlan].pk), {"post": "yes"})
    assert "would require deleting the following protected related objects" in held.content.decode()
    assert LogEntry.objects.count() == 3


def test_a_user_is_made_changed_and_removed_with_what_is_theirs(staff, rows):
    values = {"usable_password": "true", "password1": "a long one, 17", "password2": "a long one, 17"}
    assert staff.post(page(User, "add"), {"email": "New@Example.org", **values}).status_code == 302
    user = User.objects.get(email="new@example.org")
    assert user.check_password("a long one, 17")
    changed = {"email": "newer@example.org", "name": "New", "subscription_plan": rows[SubscriptionPlan].pk}
    assert staff.post(page(User, "change", user.pk), {**changed, "is_active": "on"}).status_code == 302
    again = User.objects.get(email="newer@example.org")
    assert (again.pk, again.name, again.subscription_plan) == (user.pk, "New", rows[SubscriptionPlan])
    assert staff.post(page(User, "delete", rows[User].pk), {"post": "yes"}).status_code == 302
    assert not User.objects.filter(email="ann@example.org").exists()
    assert not SearchHistory.objects.filter(user_id=rows[User].pk).exists()
    assert UsageLog.objects.filter(pk=rows[UsageLog].pk).first() is None


def forms(cases, **changed):
    """What the form of a problem sends: its own values, and a line for each test case."""
    sent = {"test_cases-TOTAL_FORMS": len(cases), "test_cases-INITIAL_FORMS": sum("id" in case for case in cases)}
    for number, case in enumerate(cases):
        sent |= {f"test_cases-{number}-{name}": value for name, value in case.items()}
    values = {"platform": "p", "problem_id": "9", "title": "Nine", "language": "c", "tags": "[]", "metadata": "{}"}
    return {**values, **changed, **sent}


def test_a_problem_is_made_changed_and_removed_with_its_test_cases(staff, rows):
    assert staff.post(page(Problem, "add"), forms([{"input": "1", "output": "1"}])).status_code == 302
    problem = Problem.objects.get(platform="p", problem_id="9")
    case = problem.test_cases.get()
    changed = [
        {"id": case.pk, "problem": problem.pk, "input": "1", "output": "one"},
        {"problem": problem.pk, "input": "2", "output": "two"},
    ]
    form = forms(changed, title="Neuf", platform="r")
    assert staff.post(page(Problem, "change", problem.pk), form).status_code == 302
    again = Problem.objects.get(platform="r", problem_id="9")
    assert (again.pk, again.title) == (problem.pk, "Neuf")
    assert [(each.input, each.output) for each in again.test_cases.all()] == [("1", "one"), ("2", "two")]
    gone = [{"id": case.pk, "problem": problem.pk, "input": "1", "output": "one", "DELETE": "on"}]
    assert staff.post(page(Problem, "change", problem.pk), forms(gone, platform="r")).status_code == 302
    assert [each.input for each in again.test_cases.all()] == ["2"]
    assert staff.post(page(Problem, "delete", problem.pk), {"post": "yes"}).status_code == 302
    assert not Problem.objects.filter(platform="r", problem_id="9").exists()
    assert not Case.objects.filter(problem_id=problem.pk).exists()
    held = staff.post(page(Problem, "delete", rows[Problem].pk), {"post": "yes"})
    assert "would require deleting the following protected related objects" in held.content.decode()


@pytest.mark.parametrize("model", [SearchHistory, UsageLog, ScriptGenerationJob, TaskResult], ids=lambda m: m.__name__)
def test_rows_are_removed_from_the_list(staff, rows, model):
    sent = {"action": "delete_selected", "_selected_action": [rows[model].pk], "post": "yes"}
    assert staff.post(page(model, "changelist"), sent).status_code == 302
    assert listed(staff, model) == []


def test_past_its_requests_a_list_says_what_would_serve_it(staff, rows, stage, monkeypatch):
    for number in range(12):
        Problem.objects.create(
            platform="p", problem_id=f"big{number}", title="t", language="c", constraints="x" * 200_000
        )
    monkeypatch.setattr(type(admin.site._registry[Problem]), "scan_requests", 1)
    found = staff.get(page(Problem, "changelist"), {"o": "3"})
    assert found.status_code == (400 if stage == "dynamodb" else 200)
    if stage == "dynamodb":
        assert "the budget ended" in found.content.decode()


def test_more_than_a_transaction_takes_is_said_on_a_page(staff, rows, stage):
    user, problem = rows[User], rows[Problem]
    run = {"platform": "p", "problem_number": "1", "language": "c", "code": "x", "user_identifier": user.email}
    for _ in range(2):
        SearchHistory.objects.bulk_create(SearchHistory(user=user, problem=problem, **run) for _ in range(30))
    found = staff.post(page(User, "delete", user.pk), {"post": "yes"})
    assert found.status_code == (400 if stage == "dynamodb" else 302)
    if stage == "dynamodb":
        assert "DynamoDB takes 100 in one transaction; nothing was written" in found.content.decode()
    assert User.objects.filter(pk=user.pk).exists() is (stage == "dynamodb")
    assert SearchHistory.objects.filter(user=user).count() == (61 if stage == "dynamodb" else 0)
