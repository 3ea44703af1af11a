"""The tutor doing what it is for, on the endpoint that the settings name. It changes nothing of AlgoItny's own."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from algoitny.chat.spans import Span
from algoitny.hints import providers
from algoitny.hints.tasks import request_of
from algoitny.history import access as history
from algoitny.tutor import access, sending, sessions, starting
from algoitny.tutor.items import Session
from algoitny.tutor.records import ConversationRecord, ListedConversation
from algoitny.tutor.sending import NewMessage
from dynamo_models import capture

_CALLERS, _SENDERS, _EACH = 5, 4, 5
_HINTS = 3
# For a run of an anonymous caller: a number that no user of AlgoItny comes to.
_NOBODY = 9_000_001


def demonstrate() -> list[str]:
    """What was done, in a handful of lines. The tables have to be there, and a public run in the store that serves."""
    found = history.public(limit=1).items
    run = history.run_by_id(found[0].id) if found else None
    if run is None:
        return ["no public run is there to talk about: manage.py seed_activity makes some"]
    run = replace(run, hints=run.hints or providers.current().hints(request_of(run, _HINTS)))
    user_id = run.user_id or _NOBODY
    with ThreadPoolExecutor(_CALLERS) as pool:
        begun = list(pool.map(lambda _: starting.from_run(user_id, run), range(_CALLERS)))
    conversation = begun[0]
    different = len({each.conversation_id for each in begun})
    hints = f"{len(run.hints or [])} hints of run {run.id} ({run.problem_title})"
    return [
        f"{hints}, asked for {_CALLERS} times at once: {different} conversation",
        *_talk(user_id, conversation),
        *_end(user_id),
        _days(conversation),
    ]


def _talk(user_id: int, conversation: ConversationRecord) -> list[str]:
    before = _listed(user_id, conversation)
    with ThreadPoolExecutor(_SENDERS + 1) as pool:
        senders = [pool.submit(_send, conversation, number) for number in range(_SENDERS)]
        reader = pool.submit(_read_to_the_last, user_id, conversation)
        sent = [number for each in senders for number in each.result()]
        seen = reader.result()
    after = _listed(user_id, conversation)
    with capture() as usage:
        _send(conversation, _SENDERS, count=1)
    end = _read_to_the_last(user_id, conversation)
    left = _listed(user_id, conversation).unread
    numbers = f"{len(sent)} messages with {len(set(sent))} numbers up to {max(sent)}"
    unread = f"unread {before.unread} before, {after.unread} after the reader had read to number {seen}"
    return [
        f"{_SENDERS} senders at once, and a reader: {numbers}; {unread}",
        f"one more message: {len(usage)} requests, {usage.write_units:g} write units; read to {end}, unread {left}",
    ]


def _listed(user_id: int, conversation: ConversationRecord) -> ListedConversation:
    found = access.entry(user_id, conversation.conversation_id)
    assert found is not None  # noqa: S101 - it was begun above
    return found


def _send(conversation: ConversationRecord, number: int, count: int = _EACH) -> list[int]:
    new = [NewMessage(role="assistant", content=f"Sender {number} says so.", provider="cases")]
    return [sending.send(conversation.conversation_id, new)[0].number for _ in range(count)]


def _read_to_the_last(user_id: int, conversation: ConversationRecord) -> int:
    last = access.messages(conversation.conversation_id, newest_first=True, limit=1).items[0]
    access.mark_read(user_id, conversation.conversation_id, last.sent_at, last.message_id)
    return last.number


def _end(user_id: int) -> list[str]:
    ended = sessions.start(user_id, lifetime=timedelta(seconds=-1)).session_id
    there = Session.objects.include_expired().filter(session_id=ended).consistent().exists()
    token = sessions.new_token(user_id, "somebody@example.org")
    redeemed = [sessions.redeem(token) is not None for _ in range(2)]
    session = f"{'still in the table' if there else 'removed already'}, "
    session += "not valid" if sessions.get(ended) is None else "valid"
    return [f"a session that ended a second ago: {session}; a token redeemed twice: {redeemed}"]


def _days(conversation: ConversationRecord) -> str:
    day = conversation.started_at.date()
    span = Span(day - timedelta(days=1), day + timedelta(days=1))
    with capture() as usage:
        page = access.of_days(span, limit=100)
    there = any(each.conversation_id == conversation.conversation_id for each in page.items)
    return (
        f"conversations of {len(span)} days: {len(page.items)}, {'that one among them' if there else 'not that one'}, "
        f"merged from {len(usage)} queries behind one cursor"
    )
