"""Messages and what they add up to, as plain values."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMessage:
    """A message to record. message_id: the same each time that the same message is given. cost: in dollars, exact."""

    message_id: str
    conversation_id: str
    module_id: int
    student_id: int
    provider: str
    role: str
    content: str
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Message(NewMessage):
    """A message as the log has it. timestamp: milliseconds since 1970, different for each of a conversation."""

    timestamp: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ModulePeriod:
    """A module's day, week or month, which begins on `start`."""

    start: date
    messages: int
    students: int
    cost: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """What a module came to in some months."""

    module_id: int
    messages: int
    cost: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class DayCost:
    """A provider's day."""

    provider: str
    day: date
    messages: int
    cost: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A day, of a student or of all."""

    day: date
    messages: int
    cost: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Student:
    student_id: int
    messages: int
    cost: Decimal
    last_at: datetime
