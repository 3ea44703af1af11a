"""Messages survive each other, stand in one order, and are counted once in what is unread."""

import threading
from datetime import timedelta

import pytest

from algoitny.chat import log
from algoitny.chat.spans import milliseconds
from algoitny.tutor import access, sending
from algoitny.tutor.items import Conversation, ListEntry, Message
from algoitny.tutor.sending import NewMessage
from dynamo_models import TransactionCanceled
from tests.algoitny.conftest import START
from tests.algoitny.tutor.conftest import a_conversation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tutor_tables")]

at_once = pytest.mark.endpoint_cannot("moto", reason="its transactions are not isolated from each other")

OWNER = 17


def say(conversation, *texts, role="assistant", at=START):
    new = [NewMessage(role=role, content=text, provider="cases") for text in texts]
    return sending.send(conversation.conversation_id, new, at=at)


def entry(conversation):
    return access.entry(OWNER, conversation.conversation_id)


def all_messages(conversation):
    return access.messages(conversation.conversation_id, limit=1000).items


def together(*works):
    errors = []

    def carefully(work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a thread's own would be lost
            errors.append(error)

    threads = [threading.Thread(target=carefully, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_messages_of_one_moment_all_survive_in_their_order():
    conversation = a_conversation(hints=["first"])
    for text in ("second", "third"):
        say(conversation, text, at=START)
    say(conversation, "fourth", at=START - timedelta(hours=1))  # by a clock that is behind
    found = all_messages(conversation)
    assert [each.content for each in found] == ["first", "second", "third", "fourth"]
    assert [each.number for each in found] == [1, 2, 3, 4]
    assert len({each.sent_at for each in found}) == 4


def test_the_key_itself_tells_two_messages_of_one_microsecond_apart():
    for name in ("a" * 12, "b" * 12):
        Message.objects.create(
            conversation_id="c", sent_at=START, message_id=name, number=1, incoming=1, role="user", content=name
        )
    assert len(access.messages("c").items) == 2


def test_a_message_changes_the_metadata_and_the_list_in_one_transaction(assert_requests):
    conversation = a_conversation()
    assert (entry(conversation).unread, entry(conversation).last_message) == (2, "then at one")
    with assert_requests(2):  # the conversation, the transaction
        (sent,) = say(conversation, "x" * 500, role="user", at=START + timedelta(minutes=1))
    listed = entry(conversation)
    assert (listed.unread, len(listed.last_message), listed.last_message_at) == (2, 200, sent.sent_at)
    assert access.conversation(conversation.conversation_id).message_count == 3
    say(conversation, "answer", at=START + timedelta(minutes=2))
    assert entry(conversation).unread == 3


def test_what_fails_writes_nothing():
    conversation = a_conversation()
    ListEntry.objects.ref(user_id=str(OWNER), conversation_id=conversation.conversation_id).delete()
    with pytest.raises(TransactionCanceled):
        say(conversation, "x")
    assert len(all_messages(conversation)) == 2
    assert len(log.of_conversation(conversation.conversation_id).items) == 2
    with pytest.raises(sending.ConversationGone):
        sending.send("none", [NewMessage(role="user", content="x", provider="cases")])


@at_once
def test_senders_at_once_lose_no_message_and_count_each_once():
    conversation = a_conversation(hints=["first"])
    together(*[lambda n=n: [say(conversation, f"{n}/{k}") for k in range(6)] for n in range(5)])
    found = all_messages(conversation)
    assert {each.content for each in found} == {"first", *(f"{n}/{k}" for n in range(5) for k in range(6))}
    assert [each.number for each in found] == list(range(1, 32))
    assert [each.sent_at for each in found] == sorted(each.sent_at for each in found)
    assert entry(conversation).unread == 31
    assert entry(conversation).last_message == found[-1].content
    recorded = log.of_conversation(conversation.conversation_id, limit=100).items
    assert [each.content for each in recorded] == [each.content for each in found]
    assert len({each.timestamp for each in recorded}) == 31
    assert recorded[0].timestamp == milliseconds(START)


def test_a_sender_whom_another_overtakes_sends_behind_them(monkeypatch):
    conversation = a_conversation()
    real = sending.add
    overtaken = []

    def add(tx, there, new, **options):
        if not overtaken:
            overtaken.append(True)
            say(conversation, "first", at=START + timedelta(hours=1))
        return real(tx, there, new, **options)

    monkeypatch.setattr(sending, "add", add)
    (sent,) = say(conversation, "second", at=START + timedelta(minutes=1))
    assert overtaken
    assert [each.content for each in all_messages(conversation)[2:]] == ["first", "second"]
    assert (sent.number, entry(conversation).unread, entry(conversation).last_message) == (4, 4, "second")


def test_a_reader_keeps_what_arrives_between_the_look_and_the_write(monkeypatch):
    """Whoever sets `unread` to 0 here loses the message that is sent after the reader has looked."""
    conversation = a_conversation()
    last = all_messages(conversation)[-1]
    real = ListEntry.patch
    arrived = []

    def patch(self, *actions, **changes):
        if not arrived:
            arrived.append(True)
            say(conversation, "meanwhile")
        return real(self, *actions, **changes)

    monkeypatch.setattr(ListEntry, "patch", patch)
    listed = access.mark_read(OWNER, conversation.conversation_id, last.sent_at, last.message_id)
    assert arrived
    assert listed.unread == entry(conversation).unread == 1
    assert listed.last_message == "meanwhile"


@at_once
def test_of_two_readers_the_one_who_is_further_wins():
    conversation = a_conversation(hints=["1", "2", "3", "4"])
    first, second, third, _ = all_messages(conversation)

    def read(message):
        return access.mark_read(OWNER, conversation.conversation_id, message.sent_at, message.message_id).unread

    assert [read(message) for message in (second, first, second, third, first)] == [2, 2, 2, 1, 1]
    together(*[lambda message=message: read(message) for message in all_messages(conversation)])
    assert entry(conversation).unread == 0


@at_once
def test_unread_is_right_under_senders_and_readers_at_once():
    conversation = a_conversation(hints=["first"])
    read_to = []

    def send(n):
        for k in range(6):
            say(conversation, f"{n}/{k}", role="assistant" if k % 3 else "user")

    def read():
        for _ in range(8):
            seen = access.messages(conversation.conversation_id, newest_first=True, limit=1).items[0]
            access.mark_read(OWNER, conversation.conversation_id, seen.sent_at, seen.message_id)
            read_to.append(seen.number)

    together(*[lambda n=n: send(n) for n in range(4)], read, read)
    found = all_messages(conversation)
    assert len(found) == 25
    left = [each for each in found if each.number > max(read_to) and each.role != "user"]
    assert entry(conversation).unread == len(left)
    last = found[-1]
    assert access.mark_read(OWNER, conversation.conversation_id, last.sent_at, last.message_id).unread == 0


def test_ones_own_message_is_not_unread_and_reads_nothing():
    conversation = a_conversation()
    say(conversation, "why?", role="user")
    assert entry(conversation).unread == 2
    last = all_messages(conversation)[-1]
    assert access.mark_read(OWNER, conversation.conversation_id, last.sent_at, last.message_id).unread == 0


def test_a_message_or_conversation_that_is_not_there_is_none():
    conversation = a_conversation()
    assert access.mark_read(OWNER, conversation.conversation_id, START, "0" * 12) is None
    assert access.message(conversation.conversation_id, START, "0" * 12) is None
    assert access.conversation("a#b") is access.conversation("none") is None
    last = all_messages(conversation)[-1]
    assert access.mark_read(18, conversation.conversation_id, last.sent_at, last.message_id) is None
    assert Conversation.objects.scan().count() == 1
