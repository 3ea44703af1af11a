"""People and plans as SQL answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from algoitny.accounts.models import SubscriptionPlan, User, normal_email
from algoitny.accounts.records import COPIED, Limits, PlanRecord, Taken, UserRecord
from algoitny.facets import askable
from algoitny.keyset import Listing, Page
from algoitny.records import record_of


def users_page(*, limit: int = 20, cursor: str | None = None) -> Page[UserRecord]:
    listing = Listing(name="users of sql", filters={}, newest_first=False)
    rows = listing.rows(User.objects.select_related("subscription_plan"), listing.position(cursor), limit + 1)
    return listing.page([_user(row) for row in rows], limit)


def user_by_email(email: str) -> UserRecord | None:
    return _found(email=normal_email(email))


def user_by_google_id(google_id: str) -> UserRecord | None:
    return _found(google_id=google_id)


def user_by_id(user_id: int) -> UserRecord | None:
    return _found(pk=user_id)


def create_user(*, email: str, user_id: int | None = None, at: datetime | None = None, **values: Any) -> UserRecord:
    at = at or timezone.now()
    _plan_is_there(values.get("subscription_plan_id"))
    user = User(pk=user_id, email=normal_email(email), created_at=at, updated_at=at, **values)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Taken(f"There is a user with the address {user.email} or this Google account already.") from error
    return _user(user)


def update_user(email: str, **values: Any) -> UserRecord | None:
    if not askable(email):
        return None
    try:
        with transaction.atomic():
            User.objects.filter(email=normal_email(email)).update(**{"updated_at": timezone.now(), **values})
    except IntegrityError as error:
        raise Taken("Another user has this Google account already.") from error
    return user_by_email(email)


def change_plan(email: str, plan_id: int | None, *, at: datetime | None = None) -> UserRecord | None:
    _plan_is_there(plan_id)
    return update_user(email, subscription_plan_id=plan_id, updated_at=at or timezone.now())


def users_on_plan(plan_id: int, *, limit: int = 20, cursor: str | None = None) -> Page[UserRecord]:
    listing = Listing(name="users on plan", filters={"plan": plan_id}, newest_first=False)
    rows = User.objects.filter(subscription_plan_id=plan_id).select_related("subscription_plan")
    return listing.page([_user(row) for row in listing.rows(rows, listing.position(cursor), limit + 1)], limit)


def all_plans() -> list[PlanRecord]:
    return _plans(SubscriptionPlan.objects.all())


def active_plans() -> list[PlanRecord]:
    return _plans(SubscriptionPlan.objects.filter(is_active=True))


def plan_by_name(name: str) -> PlanRecord | None:
    if not askable(name):
        return None
    return next(iter(_plans(SubscriptionPlan.objects.filter(name=name))), None)


def plan_by_id(plan_id: int) -> PlanRecord | None:
    return next(iter(_plans(SubscriptionPlan.objects.filter(pk=plan_id))), None)


def create_plan(*, name: str, plan_id: int | None = None, at: datetime | None = None, **values: Any) -> PlanRecord:
    at = at or timezone.now()
    plan = SubscriptionPlan(pk=plan_id, name=name, created_at=at, updated_at=at, **values)
    with _naming(name):
        plan.save(force_insert=True)
    return record_of(PlanRecord, plan)


def update_plan(
    plan_id: int, *, at: datetime | None = None, progress: Callable[[int], None] | None = None, **values: Any
) -> PlanRecord | None:
    with _naming(values.get("name", "")):
        SubscriptionPlan.objects.filter(pk=plan_id).update(**values, updated_at=at or timezone.now())
    if progress:
        progress(User.objects.filter(subscription_plan_id=plan_id).count())  # by their foreign key they have followed
    return plan_by_id(plan_id)


def _plan_is_there(plan_id: int | None) -> None:
    if plan_id is not None and not SubscriptionPlan.objects.filter(pk=plan_id).exists():
        raise LookupError(f"There is no plan with the id {plan_id}.")


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Say what an integrity error of a plan means."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Taken(f"There is a plan of the name {name!r} already.") from error


def _found(**which: Any) -> UserRecord | None:
    if not askable(*which.values()):
        return None
    row = User.objects.select_related("subscription_plan").filter(**which).first()
    return None if row is None else _user(row)


def _user(row: User) -> UserRecord:
    return record_of(UserRecord, row, limits=limits_of(row.subscription_plan))


def limits_of(plan: SubscriptionPlan | None) -> Limits:
    if plan is None:
        return Limits()
    return Limits(plan_name=plan.name, **{name: getattr(plan, name) for name in COPIED})


def _plans(rows: Any) -> list[PlanRecord]:
    # Sorted here: databases sort text by rules of their own.
    return sorted((record_of(PlanRecord, row) for row in rows), key=lambda plan: plan.name)
