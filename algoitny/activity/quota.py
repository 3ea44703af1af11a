"""How much of their plan everybody has used on each day, so that the made-up history keeps to it as well."""

from collections import Counter
from datetime import UTC, date, datetime

from django.db.models import Count
from django.db.models.functions import TruncDate

from algoitny.accounts.models import User
from algoitny.accounts.stores.sql import limits_of
from algoitny.usage.models import UsageLog


class Quota:
    """Begins with what the log of uses has already."""

    def __init__(self) -> None:
        self._used: Counter[tuple[int, date, str]] = Counter()
        rows = UsageLog.objects.order_by().values("user_id", "action", day=TruncDate("created_at", tzinfo=UTC))
        for row in rows.annotate(n=Count("id")).iterator():
            self._used[row["user_id"], row["day"], row["action"]] += row["n"]

    def take(self, user: User, action: str, at: datetime) -> bool:
        """Count one use, if the user's plan allows one more on that day; whether it does."""
        limit = limits_of(user.subscription_plan).of(action)
        used = (user.pk, at.astimezone(UTC).date(), action)
        if 0 <= limit <= self._used[used]:
            return False
        self._used[used] += 1
        return True
