"""Questions about the log itself, each one Query on one of its indexes, within a range of days and by pages."""

from typing import Any

from algoitny.chat.items import ChatMessage
from algoitny.chat.paging import page_of
from algoitny.chat.records import Message
from algoitny.chat.spans import Span
from algoitny.keyset import Page
from algoitny.records import record_of
from dynamo_models import QuerySet

LATEST = 10


def of_conversation(conversation_id: str, *, limit: int = 20, cursor: str | None = None) -> Page[Message]:
    """A conversation's messages, oldest first. Raises CursorError."""
    asked = ChatMessage.objects.filter(conversation_id=conversation_id).order_by("timestamp")
    return page_of(asked, _message, limit=limit, cursor=cursor)


def of_module(module_id: int, span: Span, *, limit: int = 20, cursor: str | None = None) -> Page[Message]:
    """A module's messages in a range, oldest first. Raises CursorError."""
    return page_of(within(span, module_id=module_id), _message, limit=limit, cursor=cursor)


def of_student(student_id: int, span: Span, *, limit: int = 20, cursor: str | None = None) -> Page[Message]:
    """A student's messages in a range, oldest first. Raises CursorError."""
    return page_of(within(span, student_id=student_id), _message, limit=limit, cursor=cursor)


def of_provider(provider: str, span: Span, *, limit: int = 20, cursor: str | None = None) -> Page[Message]:
    """A provider's messages in a range, oldest first. Raises CursorError."""
    return page_of(within(span, provider=provider), _message, limit=limit, cursor=cursor)


def latest_of_student(student_id: int) -> list[Message]:
    """A student's last ten messages, newest first."""
    return [_message(item) for item in latest(student_id)]


def within(span: Span, **whose: Any) -> QuerySet[ChatMessage]:
    """Messages of a module, a student or a provider in a range, by the index that serves them."""
    return ChatMessage.objects.filter(**whose, timestamp__range=span.milliseconds).order_by("timestamp")


def latest(student_id: int) -> QuerySet[ChatMessage]:
    return ChatMessage.objects.filter(student_id=student_id).order_by("-timestamp")[:LATEST]


def _message(item: ChatMessage) -> Message:
    return record_of(Message, item)
