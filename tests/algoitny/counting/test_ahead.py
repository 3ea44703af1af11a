"""A counter of uses above its log is told apart: a lost answer leaves one behind, and nothing leaves the other."""

import pytest
from django.utils import timezone

from algoitny.counting.recount import recount
from algoitny.tables import main
from algoitny.usage.items import UsageCounter, UsageLog, counter_expiry, day_of


@pytest.fixture
def used(make_tables, db):
    """A user with one use, and a counter of it."""
    make_tables(main)
    now = timezone.now()
    day = day_of(now)
    UsageLog(id=1, user_id="7", user_row=7, action="hint", date=day, created_at=now).save()
    counter = UsageCounter(user_id="7", action="hint", date=day, n=1, ttl=counter_expiry(day))
    counter.save()
    recount(mend=True)  # the totals of all users beside it
    return counter


@pytest.mark.parametrize(("n", "ahead", "untrue"), [(1, 0, 0), (2, 1, 0), (0, 0, 1)])
def test_above_is_ahead_and_below_is_untrue(used, n, ahead, untrue):
    used.refresh().patch(n=n)
    found = recount(mend=False)
    assert (len(found.ahead), len(found.untrue)) == (ahead, untrue)
    assert found.right is (n == 1)
    recount(mend=True)
    assert recount(mend=False).right
