"""Records messages: each once, whoever gives it again, and none in the place of another.

The log's key is the conversation and the millisecond. Of two messages in one millisecond the later takes the next that
is free: its write is held to that nothing stands there. That a message was recorded is noted in the same transaction,
by its own id. What messages add up to is not written here: see `counting`.
"""

from datetime import datetime

from django.utils import timezone

from algoitny.chat.items import ChatMessage, RecordedMessage
from algoitny.chat.records import Message, NewMessage
from algoitny.chat.spans import LAST_MILLISECOND, milliseconds
from algoitny.chat.tables import messages
from algoitny.records import names_of, record_of
from dynamo_models import AlreadyExists, Conflict, Transaction, TransactionCanceled, ValueRefused

# How often another place, or the same one, is tried. Each time another writer was first, and so something was written.
TRIES = 40
# How many of the messages that follow are looked at for a gap among them.
_LOOKED_AT = 200


def record(message: NewMessage, *, at: datetime | None = None) -> Message:
    """The message as the log has it: as it was recorded before, where a message of this id was.

    at: when it was said; now where it is not given. ValueRefused for what the log cannot hold, Conflict where writers
    of the same conversation came in between again and again.
    """
    timestamp = milliseconds(at or timezone.now())
    for attempt in range(TRIES):
        try:
            with messages.transaction() as tx:
                item = add(tx, message, timestamp)
            return record_of(Message, item)
        except Conflict:
            if attempt == TRIES - 1:
                raise
        except TransactionCanceled as canceled:
            known, taken = canceled.causes
            if isinstance(known, AlreadyExists):
                return _recorded(known.item)
            if not isinstance(taken, AlreadyExists):
                raise next((cause for cause in canceled.causes if cause is not None), canceled) from canceled
            timestamp = _free_from(message.conversation_id, timestamp + 1)
    raise Conflict(
        f"Conversation {message.conversation_id!r}: other writers took {TRIES} places first; nothing was written."
    )


def add(tx: Transaction, message: NewMessage, timestamp: int) -> ChatMessage:
    """Let a transaction record a message: its cause is AlreadyExists for one that was recorded before (the first of the
    two calls), or whose millisecond another has (the second)."""
    if message.cost < 0:
        raise ValueRefused(f"Message {message.message_id!r} costs {message.cost}; a cost is 0 or more.")
    if not 0 <= timestamp <= LAST_MILLISECOND:
        raise ValueRefused(
            f"Message {message.message_id!r} is of millisecond {timestamp}, which is in no year to 9999."
        )
    item = ChatMessage(timestamp=timestamp, **{name: getattr(message, name) for name in names_of(NewMessage)})
    where = {"conversation_id": item.conversation_id, "timestamp": timestamp}
    tx.create(RecordedMessage(message_id=message.message_id, **where))
    tx.create(item)
    return item


def _recorded(known: RecordedMessage) -> Message:
    found = ChatMessage.objects.consistent().get(conversation_id=known.conversation_id, timestamp=known.timestamp)
    return record_of(Message, found)


def _free_from(conversation_id: str, timestamp: int) -> int:
    """The first millisecond from this one on that no message of the conversation has, as far as can be seen now."""
    behind = ChatMessage.objects.filter(conversation_id=conversation_id, timestamp__gte=timestamp).consistent()
    for item in behind.order_by("timestamp").only("timestamp")[:_LOOKED_AT]:
        if item.timestamp != timestamp:
            break
        timestamp += 1
    return timestamp
