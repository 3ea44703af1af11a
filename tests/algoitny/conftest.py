"""What the application's tests share: both stores, and people."""

from datetime import UTC, datetime, timedelta

import pytest

from algoitny import ids, store
from algoitny.accounts.models import SubscriptionPlan, User
from algoitny.problems.models import Problem

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def tables(dynamo_tables):
    """Every table, empty; ids that were handed out for another test's are forgotten."""
    ids.forget()
    yield dynamo_tables
    ids.forget()


@pytest.fixture(params=store.STORES)
def either(request, db):
    """The test once with each store serving."""
    if request.param == "dynamodb":
        request.getfixturevalue("tables")
    with store.serving(request.param):
        yield request.param


@pytest.fixture
def make_plan(db):
    def make(name="Free", **values):
        # A migration has made some already.
        return SubscriptionPlan.objects.update_or_create(name=name, defaults=values)[0]

    return make


@pytest.fixture
def make_user(db):
    made = []

    def make(email=None, **values):
        user = User.objects.create_user(email or f"user{len(made)}@example.org", **values)
        made.append(user)
        return user

    return make


@pytest.fixture
def make_problem(db):
    made = []

    def make(**values):
        number = len(made)
        problem = Problem.objects.create(
            **{
                "platform": "baekjoon",
                "problem_id": str(1000 + number),
                "title": f"Problem {number}",
                "language": "python",
                "is_completed": True,
                "created_at": START + timedelta(minutes=number),
                **values,
            }
        )
        made.append(problem)
        return problem

    return make
