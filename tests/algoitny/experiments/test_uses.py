"""The one flag that AlgoItny asks itself: fewer hints, only where it is there and says so."""

import pytest

from algoitny.experiments.uses import hints_at_most
from algoitny.hints import service
from tests.algoitny.helpers import a_user


@pytest.fixture
def user(db):
    return a_user()


@pytest.fixture
def on(settings):
    settings.ALGOITNY_EXPERIMENTS = True


def test_nothing_is_asked_unless_it_is_turned_on(user, dynamo_usage):
    assert hints_at_most(user, 3) == 3
    assert len(dynamo_usage) == 0


def test_without_the_flag_as_many_are_given_as_were_asked_for(user, on, access):
    assert hints_at_most(user, 3) == 3


@pytest.mark.parametrize(("value", "given"), [(1, 1), (5, 3), (0, 3), ("1", 3), (True, 3), (None, 3)])
def test_the_flag_lowers_the_number_and_never_raises_it(value, given, user, on, access):
    access.create_feature_flag("hints-at-most", "", {"default": value}, "active")
    assert hints_at_most(user, 3) == given


def test_a_table_that_is_not_there_is_no_error(user, on, dynamo_endpoint, settings):
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "TABLE_PREFIX": "nowhere-"}
    assert hints_at_most(user, 3) == 3


def test_a_dynamodb_that_does_not_answer_is_no_error(user, on, settings):
    settings.DYNAMO_MODELS = {"ENDPOINT": "http://127.0.0.1:9", "RETRIES": 0, "CONNECT_TIMEOUT": 0.2}
    assert hints_at_most(user, 3) == 3


def test_a_request_for_hints_is_given_as_many_as_the_flag_says(user, on, access, monkeypatch, db):
    begun = []
    monkeypatch.setattr(service, "begin", lambda task, task_id, **options: begun.append(options))
    monkeypatch.setattr(service, "admit", lambda *args, **options: None)
    run = type("Run", (), {"id": 1, "hints": [], "problem_row": 1})
    access.create_feature_flag("hints-at-most", "", {"default": 1}, "active")
    service.start_hints(user, run, 3)
    assert begun == [{"run_id": 1, "count": 1, "user_id": user.id}]
