"""Rows of a pattern's own, for the patterns that write: the same in both stores, and gone afterwards.

In SQL they live in a transaction that is rolled back. In DynamoDB they are taken away again, and what they added to
the totals of all users with them, also where a pattern stops half-way; only a process that is killed leaves them.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from algoitny import store
from algoitny.accounts import access as accounts
from algoitny.accounts.records import PlanRecord, UserRecord
from algoitny.counting.catch_up import catch_up
from algoitny.history.records import NewRun
from algoitny.patterns import sweeping
from algoitny.patterns.asking import Asking
from algoitny.patterns.sample import Sample
from algoitny.usage.limiter import counts

# Ids that no sequence comes to: a row's id in one store may be another row's in the other, but none of these is.
_LOWEST, _HIGHEST = 4 * 10**18, 9 * 10**18
_SETTLED = 5.0  # seconds in which an index has caught up with its table


@dataclass(kw_only=True)
class Probe:
    """Names, ids and times that both stores are given. `plan` and `people` are there once `prepare` has made them."""

    sample: Sample
    at: datetime
    first_id: int = field(default_factory=lambda: random.SystemRandom().randrange(_LOWEST, _HIGHEST))

    @property
    def name(self) -> str:
        return f"access pattern probe {self.first_id}"

    def id(self, number: int) -> int:
        """The same small number is the same id in both stores."""
        return self.first_id + number

    def plan_name(self, which: str) -> str:
        return f"{self.name} {which}"

    def email(self, number: int) -> str:
        return f"probe.{self.first_id}.{number}@example.org"

    def later(self, seconds: float) -> datetime:
        return self.at + timedelta(seconds=seconds)

    def prepare_plan(self, asking: Asking, which: str = "one", **values: Any) -> PlanRecord:
        number = sweeping.PLANS.index(which)
        return asking.look(  # type: ignore[no-any-return]
            accounts.create_plan, name=self.plan_name(which), plan_id=self.id(number), at=self.at, **values
        )

    def prepare_people(self, asking: Asking, plan: PlanRecord | None, count: int = 1) -> list[UserRecord]:
        """People on a plan, or on none; the index of the plan's users has them when this is done."""
        people = [
            asking.look(
                accounts.create_user,
                email=self.email(number),
                user_id=self.id(number),
                at=self.later(number),
                name=f"Probe {number}",
                subscription_plan_id=plan.id if plan else None,
            )
            for number in range(count)
        ]
        if plan is not None:
            _wait_for_index(plan.id, count)
        return people

    def run(self, user: UserRecord | None, *, failed: int = 0, **values: Any) -> NewRun:
        """A run of the sample's problem, which is in both stores."""
        problem = self.sample.problem
        made = NewRun(
            user_id=user.id if user else None,
            user_identifier=user.email if user else "guest",
            problem_row=problem.id,
            platform=problem.platform,
            problem_number=problem.problem_id,
            problem_title=problem.title,
            language=problem.language,
            code="print(1 + 1)",
            result_summary={"passed": 3 - failed, "failed": failed, "total": 3, "seconds": 0.25},
            passed_count=3 - failed,
            failed_count=failed,
            total_count=3,
            is_code_public=False,
            test_results=[{"id": 1, "status": "passed", "output": "2", "error": "", "seconds": 0.125}],
            metadata={"probe": True},
        )
        return replace(made, **values)


@contextmanager
def staged(probe: Probe) -> Iterator[None]:
    """What the block writes to the store that serves is gone after it."""
    if store.current() == "sql":
        try:
            with transaction.atomic():
                try:
                    yield
                finally:
                    transaction.set_rollback(True)
        finally:
            if counts():
                sweeping.sweep_counted(probe)
        return
    try:
        yield
    finally:
        sweeping.sweep(probe)
        catch_up()  # the totals follow


def _wait_for_index(plan_id: int, count: int) -> None:
    # DynamoDB's indexes follow their table a little later: the fan-out that is to be shown reads one.
    deadline = time.monotonic() + _SETTLED
    while len(accounts.users_on_plan(plan_id, limit=count).items) < count and time.monotonic() < deadline:
        time.sleep(0.05)
