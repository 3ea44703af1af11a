"""The hints of a run become a conversation: once, whoever asks how often, and with hints that come later."""

import threading
from dataclasses import replace

import pytest

from algoitny.chat import log
from algoitny.tutor import access, starting
from algoitny.tutor.items import Conversation
from dynamo_models import AlreadyExists, TransactionCanceled
from tests.algoitny.conftest import START
from tests.algoitny.helpers import a_user
from tests.algoitny.tutor.conftest import HINTS, a_conversation, a_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tutor_tables")]

at_once = pytest.mark.endpoint_cannot("moto", reason="its transactions are not isolated from each other")


def texts(conversation):
    return [each.content for each in access.messages(conversation.conversation_id).items]


def test_hints_are_the_first_messages_and_are_unread():
    run = a_run()
    made = starting.from_run(run.user_id, run, at=START)
    assert (made.run_id, made.module_id, made.title) == (run.id, run.problem_row, run.problem_title)
    assert (texts(made), made.message_count) == (HINTS, 2)
    (listed,) = access.recent(run.user_id).items
    assert (listed.conversation_id, listed.unread, listed.last_message) == (made.conversation_id, 2, HINTS[-1])
    (recorded, _) = log.of_conversation(made.conversation_id).items
    assert (recorded.module_id, recorded.student_id, recorded.provider) == (run.problem_row, run.user_id, "cases")
    assert (recorded.role, recorded.content, recorded.cost) == ("assistant", HINTS[0], 0)


def test_it_is_one_conversation_for_each_user_and_run():
    run = a_run(public=True)
    first = starting.from_run(run.user_id, run)
    assert starting.from_run(run.user_id, run) == first
    other = starting.from_run(a_user("bob@example.org").id, run)
    assert other.conversation_id != first.conversation_id
    assert (texts(first), texts(other)) == (HINTS, HINTS)


def test_hints_that_come_later_are_added_once():
    run = a_run()
    starting.from_run(run.user_id, run)
    more = replace(run, hints=[*run.hints, "and at two"])
    for _ in range(2):
        made = starting.from_run(run.user_id, more)
        assert texts(made) == [*HINTS, "and at two"]
    assert starting.from_run(run.user_id, run).message_count == 3


@at_once
def test_callers_at_once_begin_one_conversation():
    run = a_run()
    more = replace(run, hints=[*run.hints, "and at two"])
    found = []
    barrier = threading.Barrier(6)

    def begin(n):
        barrier.wait()
        found.append(starting.from_run(run.user_id, more if n % 2 else run))

    threads = [threading.Thread(target=begin, args=[n]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len({each.conversation_id for each in found}) == 1
    assert texts(found[0]) == [*HINTS, "and at two"]
    assert access.entry(run.user_id, found[0].conversation_id).unread == 3


def test_a_run_without_hints_begins_nothing():
    run = a_run(hints=())
    with pytest.raises(starting.NoHints):
        starting.from_run(run.user_id, run)
    assert Conversation.objects.scan().count() == 0


def test_a_second_start_names_the_unique_run():
    a_conversation(number=5)
    with pytest.raises(TransactionCanceled) as caught:
        a_conversation(number=5)
    assert isinstance(caught.value.causes[-2], AlreadyExists)
    assert len(access.recent(17).items) == 1


def test_what_is_asked_of_dynamodb(assert_requests):
    run = a_run()
    with assert_requests(2):  # whether there is one; the transaction
        starting.from_run(run.user_id, run)
    with assert_requests(2):  # the unique item, the conversation
        starting.from_run(run.user_id, run)
