"""The questions asked about people and plans, and what changes them; either store does both."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from algoitny.accounts.records import Limits, PlanRecord, UserRecord
from algoitny.accounts.stores import dynamodb, sql
from algoitny.keyset import Page
from algoitny.store import Either

# All users are in no key: a scan, on purpose.
_store = Either(sql=sql, dynamodb=dynamodb, group="accounts", beside={"users_page"})


def users_page(*, limit: int = 20, cursor: str | None = None) -> Page[UserRecord]:
    """Pattern 23: all users, in an order of the store's own, which its cursors belong to. Raises CursorError."""
    return _store.users_page(limit=limit, cursor=cursor)


def user_by_email(email: str) -> UserRecord | None:
    """Pattern 24, and 16: the user with their plan's limits."""
    return _store.user_by_email(email)


def user_by_google_id(google_id: str) -> UserRecord | None:
    """Pattern 25."""
    return _store.user_by_google_id(google_id)


def user_by_id(user_id: int) -> UserRecord | None:
    return _store.user_by_id(user_id)


def limits(email: str) -> Limits | None:
    """Pattern 16: what a user may do; None where there is no such user."""
    user = user_by_email(email)
    return user.limits if user else None


def create_user(*, email: str, user_id: int | None = None, at: datetime | None = None, **values: Any) -> UserRecord:
    """A new user without a password; `values` are name, picture, google_id, subscription_plan_id. Raises Taken.

    LookupError where there is no such plan.
    """
    return _store.create_user(email=email, user_id=user_id, at=at, **values)


def update_user(email: str, **values: Any) -> UserRecord | None:
    """Change name, picture, google_id, is_active, is_staff or last_login of a user; None where there is none.

    Raises Taken.
    """
    return _store.update_user(email, **values)


def change_plan(email: str, plan_id: int | None, *, at: datetime | None = None) -> UserRecord | None:
    """Pattern 26: another plan, or none, whose limits hold from now on. None where there is no such user.

    LookupError where there is no such plan.
    """
    return _store.change_plan(email, plan_id, at=at)


def users_on_plan(plan_id: int, *, limit: int = 20, cursor: str | None = None) -> Page[UserRecord]:
    """Pattern 27: oldest first. Raises CursorError."""
    return _store.users_on_plan(plan_id, limit=limit, cursor=cursor)


def all_plans() -> list[PlanRecord]:
    """Pattern 28: sorted by name, as its characters are numbered."""
    return _store.all_plans()


def active_plans() -> list[PlanRecord]:
    """Pattern 28: those that are offered, sorted by name."""
    return _store.active_plans()


def plan_by_name(name: str) -> PlanRecord | None:
    """Pattern 29."""
    return _store.plan_by_name(name)


def plan_by_id(plan_id: int) -> PlanRecord | None:
    return _store.plan_by_id(plan_id)


def create_plan(*, name: str, plan_id: int | None = None, at: datetime | None = None, **values: Any) -> PlanRecord:
    """Pattern 30. `values` are the fields of a plan. Raises Taken."""
    return _store.create_plan(name=name, plan_id=plan_id, at=at, **values)


def update_plan(
    plan_id: int, *, at: datetime | None = None, progress: Callable[[int], None] | None = None, **values: Any
) -> PlanRecord | None:
    """Pattern 30: a plan changes, its name too, and its users follow. None where there is no such plan. Raises Taken.

    progress: called with how many users have followed.
    """
    return _store.update_plan(plan_id, at=at, progress=progress, **values)
