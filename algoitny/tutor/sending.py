"""Adds messages to a conversation: the messages, its metadata and its entry in the user's list, all or none.

Each message has the number that follows the last one's, and a time that is later: the transaction is held to the number
of messages that it was made for, so that of two senders at once one tries again. Order, `unread` and what is read are
then plain facts of the numbers, and no clock decides about them. A conversation takes some fifty messages a second this
way, which a person and their tutor do not come near; different conversations never wait for each other.

Every message is recorded for chat analytics in the same transaction.
"""

import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from algoitny.chat import writing as chat
from algoitny.chat.records import NewMessage as ChatMessage
from algoitny.chat.spans import milliseconds
from algoitny.records import record_of
from algoitny.tutor.items import Conversation, ListEntry, Message
from algoitny.tutor.records import MessageRecord, message_name
from algoitny.tutor.tables import navigator
from dynamo_models import ConditionFailed, Conflict, Transaction, TransactionCanceled

# How often a sender tries who meets others each time.
TRIES = 24
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.25  # seconds; doubled each time, with full jitter

SNIPPET = 200  # characters of the last message that the list shows

_ONE = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMessage:
    """A message to send. provider, cost: what made it (or is asked to answer it), and what it cost in dollars."""

    role: str
    content: str
    provider: str
    citations: list[str] = field(default_factory=list)
    cost: Decimal = Decimal(0)


class ConversationGone(LookupError):  # noqa: N818 - an outcome
    """There is no such conversation any more."""


def send(
    conversation_id: str,
    new: Sequence[NewMessage],
    *,
    at: datetime | None = None,
    hints_before: int | None = None,
) -> list[MessageRecord]:
    """Messages one behind the other; what was sent. Raises ConversationGone; Conflict where others were always first.

    hints_before: these are hints of the run, behind so many; nothing is sent where the conversation has others by then.
    """
    for attempt in range(TRIES):
        there = Conversation.objects.filter(conversation_id=conversation_id).consistent().first()
        if there is None:
            raise ConversationGone(f"There is no conversation {conversation_id!r}.")
        if hints_before is not None and there.hints != hints_before:
            return []
        try:
            with navigator.transaction() as tx:
                sent = add(tx, there, new, at=at or timezone.now(), hints=0 if hints_before is None else len(new))
            return [record_of(MessageRecord, item) for item in sent]
        except (TransactionCanceled, Conflict) as failed:
            if isinstance(failed, TransactionCanceled) and not _overtaken(failed):
                raise
        pause(attempt)
    raise Conflict(f"Other senders to conversation {conversation_id!r} were first {TRIES} times; nothing was sent.")


def add(
    tx: Transaction, there: Conversation, new: Sequence[NewMessage], *, at: datetime, hints: int = 0
) -> list[Message]:
    """Let a transaction send messages behind those that the conversation has as it was read."""
    items = made(there, new, at)
    changes = _write(tx, there, new, items)
    tx.patch(there, if_=Conversation.message_count == there.message_count, hints=there.hints + hints, **changes)
    last = items[-1]
    tx.patch(
        ListEntry.objects.ref(user_id=there.user_id, conversation_id=there.conversation_id),
        ListEntry.unread.add(last.incoming - there.incoming),
        last_message=snippet(last.content),
        last_message_at=last.sent_at,
    )
    return items


def add_first(tx: Transaction, there: Conversation, new: Sequence[NewMessage], *, at: datetime) -> Message:
    """Let a transaction send the first messages of a conversation, which is set to have them; the last of them."""
    items = made(there, new, at)
    for name, value in _write(tx, there, new, items).items():
        setattr(there, name, value)
    return items[-1]


def made(there: Conversation, new: Sequence[NewMessage], at: datetime) -> list[Message]:
    """The messages as they follow those that the conversation has."""
    first = max(at, there.last_message_at + _ONE)
    incoming = there.incoming
    items = []
    for n, each in enumerate(new):
        incoming += each.role != "user"
        items.append(
            Message(
                conversation_id=there.conversation_id,
                sent_at=first + n * _ONE,
                message_id=uuid.uuid4().hex[:12],
                number=there.message_count + n + 1,
                incoming=incoming,
                role=each.role,
                content=each.content,
                citations=each.citations,
            )
        )
    return items


def snippet(content: str) -> str:
    return content if len(content) <= SNIPPET else f"{content[: SNIPPET - 1]}…"


def pause(attempt: int) -> None:
    time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)))  # noqa: S311 - not for secrets


def _write(tx: Transaction, there: Conversation, new: Sequence[NewMessage], items: Sequence[Message]) -> dict[str, Any]:
    """Let a transaction write the messages, and record them in the log, each in a millisecond of its own; what the
    conversation is then."""
    timestamp = there.log_time
    for each, item in zip(new, items, strict=True):
        timestamp = max(milliseconds(item.sent_at), timestamp + 1)
        recorded = ChatMessage(
            message_id=f"{there.conversation_id}/{message_name(item.sent_at, item.message_id)}",
            conversation_id=there.conversation_id,
            module_id=there.module_id,
            student_id=int(there.user_id),
            provider=each.provider,
            role=each.role,
            content=each.content,
            cost=each.cost,
        )
        tx.create(item)
        chat.add(tx, recorded, timestamp)
    last = items[-1]
    return {
        "message_count": last.number,
        "incoming": last.incoming,
        "last_message_at": last.sent_at,
        "log_time": timestamp,
    }


def _overtaken(canceled: TransactionCanceled) -> bool:
    """Whether another sender was first: then the number of messages is another, and what follows from it as well."""
    return any(isinstance(cause, (ConditionFailed, Conflict)) for cause in canceled.causes)
