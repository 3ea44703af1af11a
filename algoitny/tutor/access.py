"""The questions asked about conversations, and what changes them. DynamoDB alone has them."""

from datetime import UTC, datetime, time, timedelta

from algoitny.accounts.records import UserRecord
from algoitny.chat.paging import page_of
from algoitny.chat.spans import Span
from algoitny.keyset import Page
from algoitny.records import record_of
from algoitny.tutor import sending
from algoitny.tutor.items import Conversation, ListEntry, Message, Profile
from algoitny.tutor.records import ConversationRecord, ListedConversation, MessageRecord, ProfileRecord
from dynamo_models import ConditionFailed, Conflict, QuerySet

# A page of a range of days begins with one request for each.
MOST_DAYS = 31


def recent(user_id: int, *, limit: int = 20, cursor: str | None = None) -> Page[ListedConversation]:
    """A user's conversations, that of the last message first. Raises CursorError."""
    return page_of(by_time(user_id), _listed, limit=limit, cursor=cursor)


def all_of(user_id: int, *, limit: int = 20, cursor: str | None = None) -> Page[ListedConversation]:
    """A user's conversations, oldest first, strongly consistent. Raises CursorError."""
    return page_of(listed(user_id).consistent(), _listed, limit=limit, cursor=cursor)


def entry(user_id: int, conversation_id: str) -> ListedConversation | None:
    """One conversation as its user's list shows it."""
    item = _entry(user_id, conversation_id)
    return None if item is None else _listed(item)


def conversation(conversation_id: str) -> ConversationRecord | None:
    """Whoever asks decides whether its caller may see it: it is its user's."""
    item = Conversation.objects.filter(conversation_id=conversation_id).consistent().first()
    return None if item is None else record_of(ConversationRecord, item)


def messages(
    conversation_id: str, *, newest_first: bool = False, limit: int = 20, cursor: str | None = None
) -> Page[MessageRecord]:
    """A conversation's messages, strongly consistent. Raises CursorError."""
    asked = of_conversation(conversation_id).order_by("-sent_at" if newest_first else "sent_at")
    return page_of(asked, _message, limit=limit, cursor=cursor)


def message(conversation_id: str, sent_at: datetime, message_id: str) -> MessageRecord | None:
    item = _one(conversation_id, sent_at, message_id)
    return None if item is None else _message(item)


def mark_read(user_id: int, conversation_id: str, sent_at: datetime, message_id: str) -> ListedConversation | None:
    """The user has read the messages up to this one; the list's entry as it is then. None where there is none such.

    What is read is a place among the messages and not a zero that is written over the count: a message that arrives
    between the look and the write is behind that place, and stays unread. Of two readers the one who is further wins.
    """
    seen = _one(conversation_id, sent_at, message_id)
    if seen is None:
        return None
    for attempt in range(sending.TRIES):
        item = _entry(user_id, conversation_id)
        if item is None:
            return None
        if seen.incoming <= item.read:
            return _listed(item)
        try:
            more = seen.incoming - item.read
            return _listed(item.patch(ListEntry.unread.add(-more), if_=ListEntry.read == item.read, read=seen.incoming))
        except ConditionFailed:
            sending.pause(attempt)
    raise Conflict(f"Other readers of conversation {conversation_id!r} were first {sending.TRIES} times.")


def of_days(span: Span, *, limit: int = 20, cursor: str | None = None) -> Page[ConversationRecord]:
    """The conversations that began in a range of days, oldest first: one query for each day, merged, behind one cursor.

    Raises CursorError.
    """
    return page_of(by_days(span), lambda item: record_of(ConversationRecord, item), limit=limit, cursor=cursor)


def profile(user: UserRecord) -> ProfileRecord:
    """The user's profile; made of their account where there is none yet."""
    return profile_of(user.id) or save_profile(user)


def profile_of(user_id: int) -> ProfileRecord | None:
    item = Profile.objects.filter(user_id=str(user_id)).first()
    return None if item is None else record_of(ProfileRecord, item)


def save_profile(user: UserRecord, *, name: str | None = None) -> ProfileRecord:
    """Write the user's profile: their account's address, and their name or the one that is given."""
    item = Profile.objects.put(
        user_id=str(user.id),
        name=user.name if name is None else name,
        email=user.email,
        role="teacher" if user.is_staff else "student",
    )
    return record_of(ProfileRecord, item)


def listed(user_id: int) -> QuerySet[ListEntry]:
    return ListEntry.objects.filter(user_id=str(user_id)).using("primary").order_by("conversation_id")


def by_time(user_id: int) -> QuerySet[ListEntry]:
    return ListEntry.objects.by_time(user_id=str(user_id)).order_by("-last_message_at", "-conversation_id")


def of_conversation(conversation_id: str) -> QuerySet[Message]:
    return Message.objects.filter(conversation_id=conversation_id).consistent()


def by_days(span: Span) -> QuerySet[Conversation]:
    first = datetime.combine(span.first, time(), tzinfo=UTC)
    behind = datetime.combine(span.last, time(), tzinfo=UTC) + timedelta(days=1)
    return Conversation.objects.by_day(started_at__gte=first, started_at__lt=behind).order_by("conversation_id")


def _entry(user_id: int, conversation_id: str) -> ListEntry | None:
    return ListEntry.objects.filter(user_id=str(user_id), conversation_id=conversation_id).consistent().first()


def _one(conversation_id: str, sent_at: datetime, message_id: str) -> Message | None:
    return of_conversation(conversation_id).filter(sent_at=sent_at, message_id=message_id).first()


def _listed(item: ListEntry) -> ListedConversation:
    return record_of(ListedConversation, item)


def _message(item: Message) -> MessageRecord:
    return record_of(MessageRecord, item)
