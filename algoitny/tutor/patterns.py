"""The access patterns of the tutor's document, for the table of all patterns."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from algoitny.catalogue import AccessPattern, Planned, planned
from algoitny.chat.items import ChatMessage, RecordedMessage
from algoitny.chat.spans import Span, milliseconds
from algoitny.tutor import access, sending, sessions
from algoitny.tutor.items import Conversation, EmailToken, ListEntry, Message, Profile, Session
from algoitny.tutor.records import message_name
from algoitny.tutor.sending import NewMessage
from dynamo_models import Entity, QuerySet

_AT = datetime(2025, 12, 20, 10, 30, tzinfo=UTC)
_NEXT = timedelta(seconds=2, milliseconds=500)
_DAY = _AT.date()
_LAST_DAY = (_AT + timedelta(days=2)).date()
_USER, _CONVERSATION, _ID = 123, "conv-456", "0123456789ab"
_FOREVER = datetime(2999, 1, 1, tzinfo=UTC)


def _sample() -> list[Entity]:
    """Ann's profile, three conversations on three days, and three messages of the first; a session and a token."""
    return [
        Profile(user_id=str(_USER), name="Ann", email="ann@example.org", updated_at=_AT),
        *(each for n in range(3) for each in _conversation(n)),
        *(_message(n) for n in range(3)),
        Session(session_id="abc123", user_id=str(_USER), expires_at=_FOREVER),
        EmailToken(token="verify-xyz", user_id=str(_USER), email="ann@example.org", expires_at=_FOREVER),  # noqa: S106
    ]


def _conversation(n: int) -> tuple[Conversation, ListEntry]:
    began = _AT + timedelta(days=n)
    conversation_id = _CONVERSATION if n == 0 else f"conv-{456 + n}"
    common = {"conversation_id": conversation_id, "user_id": str(_USER), "title": "A+B", "started_at": began}
    last = _AT + 2 * _NEXT if n == 0 else began
    there = Conversation(**common, module_id=7, last_message_at=last, message_count=3, incoming=2)
    return there, ListEntry(**common, last_message="look at zero", last_message_at=last, unread=2)


def _message(n: int, role: str = "assistant") -> Message:
    return Message(
        conversation_id=_CONVERSATION,
        sent_at=_AT + n * _NEXT,
        message_id=_ID,
        number=n + 1,
        incoming=n + 1,
        role=role,
        content="look at zero",
    )


def _send(there: Sequence[Entity]) -> list[Planned]:
    conversation, entry = _of(there, Conversation), _of(there, ListEntry)
    sent = _message(3, "user")
    timestamp = milliseconds(sent.sent_at)
    name = f"{_CONVERSATION}/{message_name(sent.sent_at, _ID)}"
    where = {"message_id": name, "conversation_id": _CONVERSATION, "timestamp": timestamp}
    common = {"module_id": 7, "student_id": _USER, "provider": "cases", "role": "user", "content": "why?"}
    write = planned.transaction(
        planned.create(sent),
        planned.create(RecordedMessage(**where)),
        planned.create(ChatMessage(**where, **common)),
        planned.patch(conversation, planned.changed(conversation, message_count=4, last_message_at=sent.sent_at)),
        planned.patch(entry, planned.changed(entry, last_message="why?", last_message_at=sent.sent_at)),
    )
    return [*_read_conversation(there), write]


def _mark_read(there: Sequence[Entity]) -> list[Planned]:
    entry = _of(there, ListEntry)
    return [
        *planned.read(_one_message(), there),
        *planned.read(ListEntry.objects.filter(user_id=str(_USER), conversation_id=_CONVERSATION).consistent(), there),
        planned.patch(entry, planned.changed(entry, unread=1, read=1)),
    ]


def _read_conversation(there: Sequence[Entity]) -> list[Planned]:
    return planned.read(Conversation.objects.filter(conversation_id=_CONVERSATION).consistent(), there)


def _one_message() -> QuerySet[Message]:
    return access.of_conversation(_CONVERSATION).filter(sent_at=_AT, message_id=_ID)


def _of(there: Sequence[Entity], entity: type[Entity]) -> Entity:
    return next(item for item in there if isinstance(item, entity))


def _pattern(name: str, plan: object, run: object) -> AccessPattern:
    return AccessPattern(system="Tutor", name=name, sample=_sample, plan=plan, run=run)  # type: ignore[arg-type]


PATTERNS = [
    _pattern(
        "user profile",
        lambda there: planned.read(Profile.objects.filter(user_id=str(_USER)), there),
        lambda: access.profile_of(_USER),
    ),
    _pattern(
        "a user's conversations",
        lambda there: planned.read(access.listed(_USER).consistent(), there),
        lambda: access.all_of(_USER),
    ),
    _pattern(
        "a user's conversations by time",
        lambda there: planned.read(access.by_time(_USER), there),
        lambda: access.recent(_USER),
    ),
    _pattern("conversation metadata", _read_conversation, lambda: access.conversation(_CONVERSATION)),
    _pattern(
        "messages of a conversation",
        lambda there: planned.read(access.of_conversation(_CONVERSATION).order_by("sent_at"), there),
        lambda: access.messages(_CONVERSATION),
    ),
    _pattern(
        "one message",
        lambda there: planned.read(_one_message(), there),
        lambda: access.message(_CONVERSATION, _AT, _ID),
    ),
    _pattern(
        "conversations of a day",
        lambda there: planned.read(access.by_days(Span(_DAY, _DAY)), there),
        lambda: access.of_days(Span(_DAY, _DAY)),
    ),
    _pattern(
        "conversations of three days",
        lambda there: planned.read(access.by_days(Span(_DAY, _LAST_DAY)), there),
        lambda: access.of_days(Span(_DAY, _LAST_DAY)),
    ),
    _pattern(
        "session",
        lambda there: planned.read(Session.objects.filter(session_id="abc123").consistent(), there),
        lambda: sessions.get("abc123"),
    ),
    _pattern(
        "redeem a token",
        lambda there: [
            *planned.read(EmailToken.objects.filter(token="verify-xyz").consistent(), there),  # noqa: S106
            planned.delete(_of(there, EmailToken)),
        ],
        lambda: sessions.redeem("verify-xyz"),
    ),
    _pattern(
        "send a message",
        _send,
        lambda: sending.send(
            _CONVERSATION, [NewMessage(role="user", content="why?", provider="cases")], at=_AT + 3 * _NEXT
        ),
    ),
    _pattern("mark as read", _mark_read, lambda: access.mark_read(_USER, _CONVERSATION, _AT, _ID)),
]
