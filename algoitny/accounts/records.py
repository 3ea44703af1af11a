"""People and plans as either store answers them."""

from dataclasses import dataclass
from datetime import datetime

# What a user who is on no plan may do a day.
DEFAULT_HINTS = 5
DEFAULT_EXECUTIONS = 50

# What a user carries of the plan, by the same names.
COPIED = (
    "max_hints_per_day",
    "max_executions_per_day",
    "max_problems",
    "can_view_all_problems",
    "can_register_problems",
)


class Taken(ValueError):  # noqa: N818 - an outcome
    """Another has this name, address or account; the message says which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanRecord:
    id: int
    name: str
    description: str
    max_hints_per_day: int
    max_executions_per_day: int
    max_problems: int
    can_view_all_problems: bool
    can_register_problems: bool
    is_active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a user may do: uses a day, problems, -1 for no limit. `plan_name` is None where they are on no plan."""

    plan_name: str | None = None
    max_hints_per_day: int = DEFAULT_HINTS
    max_executions_per_day: int = DEFAULT_EXECUTIONS
    max_problems: int = -1
    can_view_all_problems: bool = False
    can_register_problems: bool = False

    def of(self, action: str) -> int:
        """Uses a day of an action: `hint` or `execution`."""
        return {"hint": self.max_hints_per_day, "execution": self.max_executions_per_day}[action]


@dataclass(frozen=True, kw_only=True, slots=True)
class UserRecord:
    id: int
    email: str
    name: str
    picture: str
    google_id: str | None
    is_active: bool
    is_staff: bool
    is_superuser: bool
    subscription_plan_id: int | None
    limits: Limits
    created_at: datetime
    updated_at: datetime
    last_login: datetime | None
