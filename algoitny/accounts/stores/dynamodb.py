"""People and plans as DynamoDB answers. A plan's name and limits are copied onto its users, who follow it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from algoitny import ids
from algoitny.accounts.items import SubscriptionPlan, User
from algoitny.accounts.models import normal_email
from algoitny.accounts.records import COPIED, Limits, PlanRecord, Taken, UserRecord
from algoitny.api import cursors
from algoitny.facets import facet_refusal
from algoitny.keyset import Listing, Page
from algoitny.records import record_of
from algoitny.tables import users
from dynamo_models import (
    AlreadyExists,
    ConditionFailed,
    CursorRefused,
    DoesNotExist,
    StaleWrite,
    Transaction,
    TransactionCanceled,
)

# How often a change that another writer's came before is decided again.
TRIES = 6


def users_page(*, limit: int = 20, cursor: str | None = None) -> Page[UserRecord]:
    """A scan, on purpose: in the order of the table, which no SQL has."""
    query = {"list": "users of dynamodb"}
    start = cursors.unseal(cursor, query=query)[0] if cursor is not None else None
    try:
        found = User.objects.scan().page(limit, cursor=start)
    except CursorRefused as error:
        raise cursors.CursorError(str(error)) from error
    following = cursors.seal([found.next], query=query) if found.next else None
    return Page(items=tuple(_user(item) for item in found.items), next_cursor=following)


def user_by_email(email: str) -> UserRecord | None:
    item = _item(email)
    return None if item is None else _user(item)


def user_by_google_id(google_id: str) -> UserRecord | None:
    if facet_refusal(google_id):
        return None  # no stored key can hold it
    item = User.objects.by_google_id(google_id=google_id).first()
    return None if item is None else _user(item)


def user_by_id(user_id: int) -> UserRecord | None:
    item = User.objects.by_user_id(id=user_id).first()
    return None if item is None else _user(item)


def create_user(*, email: str, user_id: int | None = None, at: datetime | None = None, **values: Any) -> UserRecord:
    at = at or timezone.now()
    plan_id = values.pop("subscription_plan_id", None)
    row_id: int | None = user_id
    for attempt in range(TRIES):
        plan = _plan(plan_id)
        row_id = row_id if row_id is not None else ids.next_id("user")
        item = User(id=row_id, email=normal_email(email), created_at=at, updated_at=at, **values, **copied(plan))
        try:
            with users.transaction() as tx:
                tx.create(item)
                if plan is not None:
                    _hold(tx, plan)
            return _user(item)
        except (AlreadyExists, TransactionCanceled) as error:
            causes = error.causes if isinstance(error, TransactionCanceled) else (error,)
            if any(isinstance(cause, AlreadyExists) for cause in causes):
                taken = f"There is a user with the address {item.email} or this Google account already."
                raise Taken(taken) from error
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def update_user(email: str, **values: Any) -> UserRecord | None:
    def change(item: User) -> None:
        item.patch(**{"updated_at": timezone.now(), **values})

    try:
        return _changed(email, change)
    except AlreadyExists as error:
        raise Taken("Another user has this Google account already.") from error


def change_plan(email: str, plan_id: int | None, *, at: datetime | None = None) -> UserRecord | None:
    def change(item: User) -> None:
        plan = _plan(plan_id)
        with users.transaction() as tx:
            tx.patch(item, updated_at=at or timezone.now(), **copied(plan))
            if plan is not None:
                _hold(tx, plan)

    return _changed(email, change)


def users_on_plan(plan_id: int, *, limit: int = 20, cursor: str | None = None) -> Page[UserRecord]:
    listing = Listing(name="users on plan", filters={"plan": plan_id}, newest_first=False)
    return listing.answer(User.objects.by_plan(subscription_plan_id=plan_id), cursor, limit, _user)


def all_plans() -> list[PlanRecord]:
    """A scan of a table of a few rows."""
    return sorted((record_of(PlanRecord, item) for item in SubscriptionPlan.objects.scan()), key=lambda plan: plan.name)


def active_plans() -> list[PlanRecord]:
    return [record_of(PlanRecord, item) for item in SubscriptionPlan.objects.active(is_active=True)]


def plan_by_name(name: str) -> PlanRecord | None:
    if facet_refusal(name):
        return None
    item = SubscriptionPlan.objects.filter(name=name).first()
    return None if item is None else record_of(PlanRecord, item)


def plan_by_id(plan_id: int) -> PlanRecord | None:
    item = SubscriptionPlan.objects.filter(id=plan_id).first()
    return None if item is None else record_of(PlanRecord, item)


def create_plan(*, name: str, plan_id: int | None = None, at: datetime | None = None, **values: Any) -> PlanRecord:
    at = at or timezone.now()
    item = SubscriptionPlan(
        id=plan_id if plan_id is not None else ids.next_id("plan"), name=name, created_at=at, updated_at=at, **values
    )
    try:
        item.save()
    except AlreadyExists as error:
        raise Taken(f"There is a plan of the name {name!r} already.") from error
    return record_of(PlanRecord, item)


def update_plan(
    plan_id: int, *, at: datetime | None = None, progress: Callable[[int], None] | None = None, **values: Any
) -> PlanRecord | None:
    """The plan first, in one transaction; then each of its users, who are found by the plan's id.

    One who is put on the plan meanwhile is held to the plan that was copied, so that nobody is left behind.
    """
    at = at or timezone.now()
    for attempt in range(TRIES):
        item = SubscriptionPlan.objects.filter(id=plan_id).consistent().first()
        if item is None:
            return None
        name = values.get("name", item.name)
        rest = {key: value for key, value in values.items() if key != "name"}
        try:
            if name != item.name:
                item.move(name=name, updated_at=at, **rest)
            else:
                item.patch(updated_at=at, **rest)
            break
        except AlreadyExists as error:
            raise Taken(f"There is a plan of the name {name!r} already.") from error
        except (StaleWrite, DoesNotExist, TransactionCanceled):
            if attempt == TRIES - 1:
                raise
    changed = record_of(PlanRecord, item)
    while True:
        _fan_out(item, progress)
        # Where another change came meanwhile, its users may have been given what this one copied: once more, then.
        now = SubscriptionPlan.objects.filter(id=plan_id).consistent().first()
        if now is None or copied(now) == copied(item):
            return changed
        item = now


def _fan_out(plan: SubscriptionPlan, progress: Callable[[int], None] | None) -> None:
    values = copied(plan)

    # Held to the plan that the user was seen on: one who has left it meanwhile does not get its limits.
    def follow(item: User) -> None:
        if item.subscription_plan_id == plan.id:
            item.patch(if_=User.subscription_plan_id == plan.id, **values)

    for followed, user in enumerate(User.objects.by_plan(subscription_plan_id=plan.id).iterator(), 1):
        _changed(user.email, follow, item=user)
        if progress:
            progress(followed)


def _changed(email: str, change: Callable[[User], object], *, item: User | None = None) -> UserRecord | None:
    """Change a user, and look again where another writer came before."""
    for attempt in range(TRIES):
        item = item or _item(email, consistent=True)
        if item is None:
            return None
        try:
            change(item)
            return _user(item)
        except AlreadyExists:
            raise
        except (ConditionFailed, StaleWrite, TransactionCanceled):
            if attempt == TRIES - 1:
                raise
            item = None
    return None


def _item(email: str, *, consistent: bool = False) -> User | None:
    if not email.strip():
        return None
    items = User.objects.filter(email=normal_email(email))
    return (items.consistent() if consistent else items).first()


def _plan(plan_id: int | None) -> SubscriptionPlan | None:
    if plan_id is None:
        return None
    plan = SubscriptionPlan.objects.filter(id=plan_id).consistent().first()
    if plan is None:
        raise LookupError(f"There is no plan with the id {plan_id}.")
    return plan


def _hold(tx: Transaction, plan: SubscriptionPlan) -> None:
    """Write nothing if the plan changes between: its new limits would pass by a user who is not on it yet."""
    tx.require(plan, SubscriptionPlan.updated_at == plan.updated_at)


def copied(plan: Any) -> dict[str, Any]:
    """What a user carries of the plan."""
    if plan is None:
        nothing = dict.fromkeys(COPIED)
        return {
            "subscription_plan_id": None,
            "plan_name": None,
            **nothing,
            "can_view_all_problems": False,
            "can_register_problems": False,
        }
    return {
        "subscription_plan_id": plan.id,
        "plan_name": plan.name,
        **{name: getattr(plan, name) for name in COPIED},
    }


def _user(item: User) -> UserRecord:
    return record_of(UserRecord, item, limits=_limits(item))


def _limits(item: User) -> Limits:
    if item.plan_name is None:
        return Limits()
    return Limits(plan_name=item.plan_name, **{name: getattr(item, name) for name in COPIED})
