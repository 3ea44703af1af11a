"""What the application's tests share: both stores, the stages on the way from one to the other, and people.

Tests of views run at the stages as well; with ALGOITNY_STAGES=all, all do that take ``either``, and with =none none.
"""

import os
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from algoitny import ids, store
from algoitny.accounts.models import SubscriptionPlan, User
from algoitny.problems.models import Problem
from algoitny.tables import main, plans, users
from algoitny.usage.limiter import limiter
from tests.algoitny.stages import DYNAMODB, READING, at_stage

WHERE = os.environ.get("ALGOITNY_STAGES", "views")
EVERYWHERE = WHERE == "all"
VIEWS = ("test_views", "test_views_hints", "test_routes", "test_staff_routes", "test_account", "test_auth")
START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A busy machine's answer is late, and no reason to decide about a use without it."""
    monkeypatch.setattr(limiter, "timeout", 60.0)


@pytest.fixture
def tables(make_tables):
    """The three tables of the rooms, empty; ids that were handed out for another test's are forgotten."""
    ids.forget()
    make_tables(main, users, plans)
    yield
    ids.forget()


STAGES = {"sql at 100 % reading": READING, "sql under DynamoDB's authority": DYNAMODB}
ON_BOTH = pytest.mark.django_db(databases=["default", "dynamodb"])


def pytest_generate_tests(metafunc):
    if "either" in metafunc.fixturenames:
        stages = STAGES if staged(metafunc) else ()
        given = [*store.STORES, *(pytest.param(each, marks=ON_BOTH) for each in stages)]
        metafunc.parametrize("either", given, indirect=True)


def staged(metafunc):
    return EVERYWHERE or (WHERE == "views" and metafunc.module.__name__.rpartition(".")[2] in VIEWS)


def pytest_collection_modifyitems(config, items):
    """At a stage, of each test one set of parameters: what is refused for what reason has nothing to do with it."""
    seen, kept = set(), []
    for item in items:
        stage = getattr(item, "callspec", None) and item.callspec.params.get("either")
        if EVERYWHERE or stage not in STAGES:
            kept.append(item)
        elif (item.path, item.originalname, stage) not in seen:
            seen.add((item.path, item.originalname, stage))
            kept.append(item)
    items[:] = kept


@pytest.fixture
def either(request, db, monkeypatch, dynamo_endpoint):
    """The test once with each store serving, and once at each stage where the relational code asks the alias."""
    if request.param != "sql":
        request.getfixturevalue("tables")
    with ExitStack() as stack:
        if request.param in STAGES:
            stack.enter_context(at_stage(STAGES[request.param], monkeypatch))
        stack.enter_context(store.serving("dynamodb" if request.param == "dynamodb" else "sql"))
        yield store.truth()


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


@pytest.fixture(params=["off", READING, DYNAMODB])
def stage(request, db, monkeypatch, dynamo_endpoint, tables):
    """The test at each of these stages of all groups: what was written there at ``reading``, and DynamoDB's at last."""
    with at_stage(request.param, monkeypatch):
        yield request.param
