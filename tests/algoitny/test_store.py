"""Which of two stores is asked, while authority moves."""

from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from algoitny.store import Either
from dynamo_models.backend.errors import NotServed
from dynamo_models.testing.cutover import override_stage


@pytest.fixture
def stack():
    with ExitStack() as opened:
        opened.enter_context(override_stage("activity", "reading"))
        yield opened


def either(sql):
    return Either(
        sql=SimpleNamespace(today=sql),
        dynamodb=SimpleNamespace(today=lambda user_id: f"counter of {user_id}"),
        group="activity",
        beside={"today"},
    )


def refuse(_user_id):
    raise NotServed("it aggregates")


def test_a_question_under_which_authority_moved_is_asked_of_the_other_store(db, stack):
    def switched(user_id):
        stack.enter_context(override_stage("activity", "dynamodb"))
        refuse(user_id)

    assert either(switched).today(7) == "counter of 7"


def test_a_question_that_is_refused_where_it_stands_is_an_error(db, stack):
    with pytest.raises(NotServed):
        either(refuse).today(7)
