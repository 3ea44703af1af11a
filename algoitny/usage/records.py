"""Uses as either store answers them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dynamo_models.limits import Decision


class LimitReached(Exception):  # noqa: N818 - an outcome
    """The day's limit is used up; nothing was written."""

    def __init__(self, action: str, limit: int) -> None:
        super().__init__(f"The plan allows {limit} of {action} a day, and they are used up.")
        self.action = action
        self.limit = limit


class LimitUnknown(Exception):  # noqa: N818 - an outcome
    """The counter could not be asked, and the use was not admitted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Today:
    """Uses of a user on one day."""

    hint: int = 0
    execution: int = 0

    def of(self, action: str) -> int:
        return {"hint": self.hint, "execution": self.execution}[action]


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    id: int
    user_id: int
    action: str
    problem_row: int | None
    metadata: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became of a use that was asked for. use: its row, where this call wrote it."""

    decision: Decision
    use: Use | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DayTotal:
    date: date
    action: str
    n: int
