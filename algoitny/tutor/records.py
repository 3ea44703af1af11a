"""What the tutor answers, as plain values."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedConversation:
    """A conversation as its user's list shows it. unread: how many messages to the user they have not read."""

    conversation_id: str
    title: str
    started_at: datetime
    last_message: str
    last_message_at: datetime
    unread: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ConversationRecord:
    """run_id: the run that it is about; module_id: that run's problem."""

    conversation_id: str
    user_id: str
    title: str
    run_id: int | None
    module_id: int
    started_at: datetime
    last_message_at: datetime
    message_count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageRecord:
    """number: its place among those of the conversation, from 1."""

    conversation_id: str
    sent_at: datetime
    message_id: str
    number: int
    role: str
    content: str
    citations: list[str]

    @property
    def id(self) -> str:
        """Time and id in one, as a route carries it."""
        return message_name(self.sent_at, self.message_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRecord:
    session_id: str
    user_id: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileRecord:
    user_id: str
    name: str
    email: str
    role: str


_TIME = "%Y%m%dT%H%M%S%f"
_NAME = re.compile(r"([0-9]{8}T[0-9]{12})-([0-9a-f]{12})")


def message_name(sent_at: datetime, message_id: str) -> str:
    """A message's name within its conversation."""
    return f"{time_name(sent_at)}-{message_id}"


def message_key(name: str) -> tuple[datetime, str] | None:
    """The time and the id in a message's name; None where it is no message's."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        sent_at = datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return sent_at, found[2]


def time_name(at: datetime) -> str:
    """A time of fixed width without punctuation, in order as text."""
    at = at.astimezone(UTC)
    return f"{at.year:04d}{at.strftime('%m%dT%H%M%S%f')}"
