"""However many ask at once, exactly the limit is admitted, and counter and log are equal.

Of the 20 rounds a share runs by default; DYNAMO_FUZZ_SCALE=5 runs all.
"""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.conftest import SCALE
from tests.limits.conftest import NOON
from tests.limits.entities import DayCounter, UseLog, a_limiter
from tests.limits.racing import LIMIT, a_pool, by_processes, by_threads

pytestmark = pytest.mark.endpoint_cannot("moto", reason="it loses and tears updates under threads")

ROUNDS = min(20, max(2, round(4 * SCALE)))
KINDS = [pytest.param({"atomic_log": kind}, id="atomic" if kind else "counter first") for kind in (True, False)]
PATIENT = {"timeout": 60.0, "tries": 100}  # the machine is shared, and this is about what is admitted


def assert_equal(user):
    day = {"user_id": user, "date": NOON.date(), "action": "hint"}
    assert DayCounter.objects.filter(**day).consistent().get().n == LIMIT
    assert UseLog.objects.filter(**day).consistent().count() == LIMIT


@pytest.mark.parametrize("options", KINDS)
def test_32_threads_are_admitted_exactly_as_often_as_the_limit_says(tables, options):
    limiter = a_limiter(**options, **PATIENT)
    for number in range(ROUNDS):
        assert by_threads(limiter, f"user{number}", NOON) == LIMIT
        assert_equal(f"user{number}")


@pytest.fixture(scope="module")
def pool():
    """To start them takes longer than all that they do."""
    with a_pool() as started:
        yield started


@pytest.mark.parametrize("options", KINDS)
def test_8_processes_are_admitted_exactly_as_often_as_the_limit_says(tables, pool, options):
    users = [f"user{number}" for number in range(ROUNDS)]
    found = by_processes(pool, users, NOON, dict(settings.DYNAMO_MODELS), options=options | PATIENT)
    assert found == dict.fromkeys(users, LIMIT)
    for user in users:
        assert_equal(user)
