"""All rows to DynamoDB: a copy is equal, the same again changes nothing, and whatever is wrong is seen and mended."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from algoitny import copying, ids, store
from algoitny.accounts import access as accounts
from algoitny.accounts import items as account_items
from algoitny.accounts import models as account_models
from algoitny.activity.seed import seed
from algoitny.copying import compare_all, copy_all
from algoitny.copying.sources import SOURCES
from algoitny.history import access as history
from algoitny.history.items import LanguageTotals, SearchHistory, TriedProblem, UserTotals
from algoitny.history.models import SearchHistory as Runs
from algoitny.jobs.items import ScriptGenerationJob, TaskResult
from algoitny.problems.items import Problem
from algoitny.problems.items import TestCase as CaseItem
from algoitny.problems.models import TestCase as Cases
from algoitny.tables import main
from algoitny.usage.items import UsageCounter, UsageLog, UsageTotal
from dynamo_models import transport
from tests.algoitny.dumps import every_item


@pytest.fixture
def rows(db, make_problem):
    """Rows in SQL alone, of every kind."""
    for number in range(3):
        problem = make_problem(tags=["math"], metadata={"tolerance": 1e-06, "nested": [1, None, {"a": True}]})
        Cases.objects.create(problem=problem, input=f"[{number}]", output="")
    make_problem(is_deleted=True)
    seed(users=7, runs=40, days=20, seed=3, now=datetime.now(UTC))


@pytest.fixture
def copied(rows, tables):
    return copy_all()


def first(entity):
    return next(iter(sorted(entity.objects.scan(), key=repr)))


def test_a_copy_is_equal_and_the_same_again_changes_nothing(copied):
    found = compare_all()
    assert found.equal
    assert found.compared["runs"] == copied.put["runs"] == 40
    assert set(found.compared) == {source.name for source in SOURCES}
    assert [name for name, count in found.compared.items() if count == 0] == []
    before = every_item()
    again = copy_all()
    assert (again.written, again.put, again.removed) == (0, {}, 0)
    assert again.unchanged == copied.written == sum(found.compared.values())
    assert every_item() == before


def test_ids_go_on_behind_those_of_the_rows(copied):
    with store.serving("dynamodb"):
        assert ids.next_id("history") > Runs.objects.latest("id").pk
        assert ids.next_id("user") > account_models.User.objects.latest("id").pk


def drift(item, **attributes):
    """Change what is stored without the mapper, which would let the index keys follow."""
    table = item.schema.table
    key = {name: item.raw[name] for name in ("PK", "SK")}
    for name, value in attributes.items():
        transport.client(table.name).update_item(
            TableName=table.endpoint_name,
            Key=key,
            UpdateExpression="SET #n = :v",
            ExpressionAttributeNames={"#n": name},
            ExpressionAttributeValues={":v": {"S": value}},
        )


def first_public():
    return SearchHistory.objects.public(is_code_public=True).order_by("created_at").first()


@pytest.mark.parametrize(
    ("plant", "kind", "said"),
    [
        (lambda: first(Problem).patch(title="another"), "different", "Title is {'S': 'another'}"),
        (lambda: first(account_items.User).patch(plan_name="Gone"), "different", "PlanName is {'S': 'Gone'}"),
        (lambda: drift(first(Problem), GSI1SK="2020"), "different", "GSI1SK is {'S': '2020'}"),
        (lambda: drift(first_public(), GSI1PK="PUBLIC#true#9"), "different", "GSI1PK"),
        (lambda: drift(first(CaseItem), Unknown="x"), "different", "Unknown is {'S': 'x'}, and the row says None"),
        (lambda: first(UserTotals).patch(runs=999), "different", "Runs is {'N': '999'}"),
        (lambda: first(LanguageTotals).patch(passed=999), "different", "Passed is {'N': '999'}"),
        (lambda: first(UsageCounter).patch(n=999), "different", "N is {'N': '999'}"),
        (lambda: first(UsageTotal).patch(UsageTotal.n.add(1)), "different", "N is"),
        (lambda: first(UsageLog).patch(ttl=timezone.now() + timedelta(days=9)), "different", "TTL is"),
        (lambda: first(CaseItem).delete(), "missing", "TestCase"),
        (lambda: first(SearchHistory).delete(), "missing", "SearchHistory"),
        (lambda: first(account_items.User).delete(), "missing", "User"),
        (lambda: first(TriedProblem).delete(), "missing", "TriedProblem"),
        (lambda: first(TaskResult).delete(), "missing", "TaskResult"),
        (lambda: first(ScriptGenerationJob).delete(), "missing", "ScriptGenerationJob"),
        (
            lambda: Problem.objects.create(id=99_999, platform="extra", problem_id="1", title="t", language="c"),
            "extra",
            "platform='extra'",
        ),
        (lambda: UserTotals.objects.create(user_id="99999", user_number=99_999, runs=1), "extra", "user_id='99999'"),
        (lambda: account_items.SubscriptionPlan.objects.create(id=99_999, name="More"), "extra", "name='More'"),
        (
            lambda: UsageCounter.objects.create(
                user_id="1", action="hint", date=datetime(2020, 1, 1, tzinfo=UTC).date()
            ),
            "extra",
            "UsageCounter",
        ),
    ],
)
def test_a_planted_difference_is_found_said_and_mended(copied, plant, kind, said):
    before = every_item()
    plant()
    found = compare_all()
    kinds = {"missing": found.missing, "extra": found.extra, "different": found.different}
    assert {name: len(entries) for name, entries in kinds.items() if entries} == {kind: 1}
    assert said in kinds[kind][0]
    mended = copy_all()
    assert (mended.written, mended.removed) == ((0, 1) if kind == "extra" else (1, 0))
    assert compare_all().equal
    assert every_item() == before


def test_a_copy_takes_what_has_no_row_any_more_away_and_its_counts_with_it(copied):
    run = Runs.objects.filter(user__isnull=False).first()
    with store.serving("sql"):
        stats = history.stats(run.user_id)
    run_id = run.pk
    run.delete()
    copy_all()
    assert compare_all().equal
    with store.serving("dynamodb"):
        assert history.run_by_id(run_id) is None
        now = history.stats(run.user_id)
    assert now.all.runs == stats.all.runs - 1


def test_a_unique_value_that_another_row_has_by_now_is_copied(copied):
    one, two = account_models.User.objects.exclude(google_id=None)[:2]
    first_google, second_google = one.google_id, two.google_id
    account_models.User.objects.filter(pk=one.pk).update(google_id=None)
    account_models.User.objects.filter(pk=two.pk).update(google_id=first_google)
    account_models.User.objects.filter(pk=one.pk).update(google_id=second_google)
    copy_all()
    assert compare_all().equal
    with store.serving("dynamodb"):
        assert accounts.user_by_google_id(first_google).id == two.pk


def test_two_plans_that_have_changed_names_are_copied(copied):
    free, pro = account_models.SubscriptionPlan.objects.filter(name__in=["Free", "Pro"]).order_by("name")
    for name, plan in (("between", free), ("Free", pro), ("Pro", free)):
        account_models.SubscriptionPlan.objects.filter(pk=plan.pk).update(name=name)
    copy_all()
    assert compare_all().equal
    with store.serving("dynamodb"):
        assert accounts.plan_by_id(free.pk).name == "Pro"


def test_what_dynamodb_wrote_itself_is_what_a_copy_would_write(rows, tables):
    """A copy, then the same writes to both stores: the counters that each keeps are the same."""
    copy_all()
    user = account_models.User.objects.filter(subscription_plan__isnull=False).first()
    problem = Cases.objects.first().problem
    from algoitny.history.records import NewRun
    from algoitny.usage import access as usage

    at = timezone.now()
    for which in store.STORES:
        with store.serving(which):
            for number, failed in enumerate((0, 2)):
                run = NewRun(
                    user_id=user.pk, user_identifier=user.email, problem_row=problem.pk, platform=problem.platform,
                    problem_number=problem.problem_id, problem_title=problem.title, language="rust", code="x",
                    result_summary={}, passed_count=2 - failed, failed_count=failed, total_count=2,
                    is_code_public=bool(number), test_results=[], metadata={},
                )  # fmt: skip
                history.create_run(run, run_id=10_000 + number, at=at)
                usage.log_use(user.pk, "execution", limit=-1, use_id=20_000 + number, at=at)
            plan = accounts.update_plan(user.subscription_plan_id, name="Renamed", max_problems=77, at=at)
            accounts.change_plan(user.email, None, at=at)
    assert plan.name == "Renamed"
    found = compare_all()
    assert [*found.missing, *found.extra, *found.different] == []


def test_a_table_that_is_empty_and_rows_that_are_none_are_equal(db, tables):
    account_models.SubscriptionPlan.objects.all().delete()
    assert copy_all().written == 0
    assert compare_all().equal


def test_the_command_says_what_it_did_and_compares(rows, tables, capsys):
    call_command("copy_rows", "--compare", format="json")
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["put"]["runs"], report["differences"], report["removed"]) == (True, 40, [], 0)
    assert report["written"] == sum(report["put"].values())
    assert report["requests"] > 0
    call_command("copy_rows", "--compare")
    said = capsys.readouterr().out
    assert "0 items put" in said
    assert "nothing is different" in said


def test_the_command_ends_with_an_error_where_something_differs(copied, capsys, monkeypatch):
    """As where somebody writes meanwhile, which the command is not for."""
    original = copying.copy.copy_all

    def copy_and_meddle(*args):
        report = original(*args)
        first(Problem).patch(title="another")
        return report

    monkeypatch.setattr("algoitny.copying.management.commands.copy_rows.copy_all", copy_and_meddle)
    with pytest.raises(CommandError, match="differ"):
        call_command("copy_rows", "--compare")
    assert "different: <Problem" in capsys.readouterr().out


def test_the_door_has_what_it_says_and_nothing_else():
    assert copying.copy_all is copy_all
    with pytest.raises(AttributeError, match="nothing"):
        _ = copying.nothing


def test_all_of_the_main_table_is_of_a_kind_that_is_copied_or_made_beside_it(copied):
    kinds = {json.loads(item)["EntityType"]["S"] for item in every_item().values()}
    assert kinds == {source.entity.__name__ for source in SOURCES} | {"Unique", "Sequence"}
    assert {source.entity.schema.table.name for source in SOURCES} >= {main.name}
