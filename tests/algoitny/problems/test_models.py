"""The rows of problems and test cases keep what their keys will need."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from algoitny.problems import models
from algoitny.problems.models import Problem
from tests.algoitny.conftest import START


def test_the_manager_hides_nothing_and_live_hides_the_deleted(make_problem):
    kept, deleted = make_problem(), make_problem(is_deleted=True, deleted_at=START, deleted_reason="twice")
    assert set(Problem.objects.all()) == {kept, deleted}
    assert list(Problem.objects.live()) == [kept]


def test_live_and_completed_combine(make_problem):
    done = make_problem()
    make_problem(is_completed=False)
    make_problem(is_deleted=True)
    assert list(Problem.objects.live().completed()) == [done]


def test_platform_and_problem_id_are_unique_together(make_problem):
    make_problem(problem_id="1")
    make_problem(problem_id="1", platform="codeforces")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_problem(problem_id="1")


@pytest.mark.parametrize("field", ["platform", "problem_id", "language"])
@pytest.mark.parametrize("value", ["", "a#b"])
def test_a_row_that_no_key_can_carry_is_refused_by_the_database_and_by_the_validators(make_problem, field, value):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_problem(**{field: value})
    problem = make_problem()
    setattr(problem, field, value)
    with pytest.raises(ValidationError) as caught:
        problem.full_clean()
    assert set(caught.value.message_dict) == {field}


@pytest.mark.parametrize("value", ["a/b", ".", "..", " a", "a\n"])
def test_a_name_that_a_route_cannot_carry_is_refused_by_the_validators(make_problem, value):
    problem = make_problem()
    problem.problem_id = value
    with pytest.raises(ValidationError, match="problem_id"):
        problem.full_clean()


def test_test_cases_are_ordered_by_created_at_then_id_and_go_with_their_problem(make_problem):
    problem = make_problem()
    late = problem.test_cases.create(input="3", output="3", created_at=START + timedelta(seconds=1))
    first = problem.test_cases.create(input="1", output="1", created_at=START)
    second = problem.test_cases.create(input="2", output="2", created_at=START)
    assert list(problem.test_cases.all()) == [first, second, late]
    problem.delete()
    assert not models.TestCase.objects.exists()


def test_times_keep_their_microseconds(make_problem):
    at = START + timedelta(microseconds=123456)
    assert Problem.objects.get(pk=make_problem(created_at=at).pk).created_at == at


def test_rows_say_what_they_are(make_problem):
    problem = make_problem(problem_id="1", title="A+B")
    case = problem.test_cases.create(input="1 2", output="3")
    assert str(problem) == "baekjoon 1: A+B"
    assert str(case) == f"test case {case.pk} of problem {problem.pk}"


def test_the_migrations_are_those_of_the_models(db, settings):
    settings.DATABASE_ROUTERS = []  # with routers Django looks at every database of the settings
    call_command("makemigrations", "problems", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("page", ["", "add/", "{id}/change/"])
def test_the_admin_shows_problems_with_their_test_cases(admin_client, make_problem, page):
    problem = make_problem()
    problem.test_cases.create(input="1 2", output="3")
    response = admin_client.get(
        f"/admin/problems/problem/{page.format(id=problem.pk)}", {"q": "Problem"} if not page else {}
    )
    assert response.status_code == 200
