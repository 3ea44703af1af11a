"""What becomes of a plan's and a user's row on the DynamoDB side."""

from algoitny.accounts import items, models
from algoitny.accounts.stores.dynamodb import copied

_PLAN = list(items.SubscriptionPlan.schema.attributes)
_USER = [
    "id",
    "email",
    "name",
    "picture",
    "google_id",
    "is_active",
    "is_staff",
    "is_superuser",
    "password",
    "created_at",
    "updated_at",
    "last_login",
]


def plan_item(row: models.SubscriptionPlan) -> items.SubscriptionPlan:
    return items.SubscriptionPlan(**{name: getattr(row, name) for name in _PLAN})


def user_item(row: models.User) -> items.User:
    """With the copy of the plan; the row comes with its plan selected."""
    return items.User(**{name: getattr(row, name) for name in _USER}, **copied(row.subscription_plan))
