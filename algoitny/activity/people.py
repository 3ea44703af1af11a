"""Plans and people that the history is about. Who somebody is depends on their number alone, so they can be reused."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password

from algoitny.accounts.models import NO_LIMIT, SubscriptionPlan, User

CHUNK = 500  # rows in one INSERT
WITHOUT_PLAN = 2  # the number of the one who is on no plan

FREE, PRO, STAFF = "Free", "Pro", "Staff"
_PLANS: dict[str, dict[str, Any]] = {
    FREE: {"description": "To look around.", "max_hints_per_day": 5, "max_executions_per_day": 50},
    PRO: {
        "description": "For those who practise every day.",
        "max_hints_per_day": 50,
        "max_executions_per_day": 500,
        "can_register_problems": True,
    },
    STAFF: {
        "description": "For those who look after the problems.",
        "max_hints_per_day": NO_LIMIT,
        "max_executions_per_day": NO_LIMIT,
        "can_view_all_problems": True,
        "can_register_problems": True,
        "is_active": False,
    },
}
_FIRST = ("ada", "bo", "chen", "dana", "emil", "fatima", "goro", "hana", "ines", "jun", "kofi", "lena", "min", "nils")
_LAST = ("abe", "berg", "costa", "diaz", "evans", "fischer", "garcia", "han", "ito", "jansen", "kim")


def plans() -> list[SubscriptionPlan]:
    """Those of the made-up people; one of the name that is there already stays as it is."""
    return [SubscriptionPlan.objects.get_or_create(name=name, defaults=values)[0] for name, values in _PLANS.items()]


def users(count: int, before: datetime) -> tuple[list[User], int]:
    """So many people, and how many of them are new; they were there before the history begins."""
    by_name = {plan.name: plan for plan in plans()}
    wanted = [_user(number, by_name, before) for number in range(count)]
    known = set(User.objects.values_list("email", flat=True))
    new = [user for user in wanted if user.email not in known]
    User.objects.bulk_create(new, batch_size=CHUNK)
    # Read again: who was there may have changed meanwhile, and not every database gives the ids of new rows back.
    found = {user.email: user for user in _by_email([user.email for user in wanted])}
    return [found[user.email] for user in wanted], len(new)


def _by_email(emails: list[str]) -> list[User]:
    rows = User.objects.select_related("subscription_plan")
    return [
        user for start in range(0, len(emails), CHUNK) for user in rows.filter(email__in=emails[start : start + CHUNK])
    ]


def _user(number: int, plans: dict[str, SubscriptionPlan], before: datetime) -> User:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
    joined = before - timedelta(days=1 + 37 * number % 300, seconds=101 * number % 86_400, microseconds=number)
    is_staff = number % 25 == 0
    plan = "" if number == WITHOUT_PLAN else STAFF if is_staff else PRO if number % 4 == 1 else FREE
    return User(
        email=f"{first}.{last}.{number}@example.org",
        name=f"{first} {last}".title(),
        picture=f"https://example.org/pictures/{number}.png" if number % 4 == 0 else "",
        google_id=f"10{number:019d}" if number % 3 else None,
        is_active=(number + 1) % 15 != 0,
        is_staff=is_staff,
        subscription_plan=plans.get(plan),
        password=make_password(None),
        created_at=joined,
        updated_at=joined,
        last_login=before + timedelta(seconds=number) if number % 5 else None,
    )
