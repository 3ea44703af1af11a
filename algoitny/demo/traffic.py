"""Writes to SQL while the mirror is brought up: what people do through the application, and what passes by its models.

It is paced, and each kind of write comes in turn, so that a short run has all of them.
"""

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db import connection, models, transaction

from algoitny import store
from algoitny.accounts import access as accounts
from algoitny.accounts.models import SubscriptionPlan, User
from algoitny.demo.load.names import DOMAIN, LIVE, PLAN
from algoitny.history import access as history
from algoitny.history.models import SearchHistory
from algoitny.history.records import NewRun
from algoitny.problems.models import Problem, TestCase
from algoitny.usage import access as usage
from algoitny.usage.models import UsageLog

PAUSE = 0.1  # seconds between two writes
PLATFORM, PROBLEMS, CASES = "traffic", 3, 4
HINT = "Look at the bounds."
# Those who write through the interface have rows that nobody else writes.
_THEIRS: dict[type[models.Model], models.Q] = {
    User: models.Q(email__endswith=DOMAIN),
    SubscriptionPlan: models.Q(name__startswith=PLAN),
    SearchHistory: models.Q(user_identifier__endswith=DOMAIN),
    # What was counted as it was admitted is taken back by the interface alone: the counter would stay.
    UsageLog: models.Q(user__email__endswith=DOMAIN) | models.Q(counted=True),
    Problem: models.Q(platform=LIVE),
}


class Traffic:
    """``with Traffic() as traffic``: writes until the block ends. What goes wrong is raised by ``stop``.

    written: how many of each kind there were.
    """

    def __init__(self, seed: int = 1) -> None:
        self.written: Counter[str] = Counter()
        self._chance = random.Random(seed)  # noqa: S311 - not for secrets
        self._ended = threading.Event()
        self._own: list[Problem] = []
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="traffic")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def stop(self) -> None:
        """End it. Raises what a write failed with."""
        self._ended.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def has_done_all(self) -> bool:
        """Whether there was at least one of each kind."""
        return all(self.written[name] for name in self._kinds())

    def has_failed(self) -> bool:
        return self._error is not None

    @property
    def total(self) -> int:
        return sum(self.written.values())

    def _work(self) -> None:
        try:
            with store.serving("sql"):
                self._own = _own_problems()
                for name, write in itertools.cycle(self._kinds().items()):
                    if self._ended.wait(PAUSE):
                        break
                    if write():
                        self.written[name] += 1
        except Exception as error:  # noqa: BLE001 - a thread's; `stop` raises it
            self._error = error
        finally:
            connection.close()

    def _kinds(self) -> dict[str, Callable[[], bool]]:
        return {
            "runs": self._run,
            "uses": self._use,
            "hints": self._hint,
            "more runs": self._run,
            "people renamed": self._rename_user,
            "plans changed": self._change_plan,
            "people on another plan": self._move_user,
            "problems moved, with their test cases": self._move_problem,
            "bulk updates": self._update_many,
            "raw SQL": self._raw,
            "uses deleted": self._delete_use,
            "rolled back": self._roll_back,
        }

    def _some(self, model: type[models.Model]) -> models.Model | None:
        pks = list(model._base_manager.exclude(_THEIRS[model]).order_by("pk").values_list("pk", flat=True))
        return model._base_manager.filter(pk=self._chance.choice(pks)).first() if pks else None

    def _run(self) -> bool:
        user, problem = self._some(User), self._some(Problem)
        if not isinstance(user, User) or not isinstance(problem, Problem):
            return False
        failed = self._chance.randrange(3)
        history.create_run(
            NewRun(
                user_id=user.pk,
                user_identifier=user.email,
                problem_row=problem.pk,
                platform=problem.platform,
                problem_number=problem.problem_id,
                problem_title=problem.title,
                language=problem.language,
                code=problem.solution_code,
                result_summary={"passed": 3 - failed, "failed": failed, "total": 3, "seconds": 0.01},
                passed_count=3 - failed,
                failed_count=failed,
                total_count=3,
                is_code_public=self._chance.random() < 0.5,  # noqa: PLR2004 - half of them
                test_results=[],
                metadata={"traffic": True},
            )
        )
        return True

    def _use(self) -> bool:
        user = self._some(User)
        if user is not None:
            usage.log_use(user.pk, self._chance.choice(["hint", "execution"]), limit=-1)
        return user is not None

    def _hint(self) -> bool:
        run = self._some(SearchHistory)
        return run is not None and history.add_hints(run.pk, [HINT]) is not None

    def _rename_user(self) -> bool:
        user = self._some(User)
        return isinstance(user, User) and accounts.update_user(user.email, name=f"Name {self.total}") is not None

    def _change_plan(self) -> bool:
        plan = self._some(SubscriptionPlan)
        return plan is not None and accounts.update_plan(plan.pk, max_hints_per_day=5 + self.total % 7) is not None

    def _move_user(self) -> bool:
        user, plan = self._some(User), self._some(SubscriptionPlan)
        if not isinstance(user, User) or plan is None:
            return False
        return accounts.change_plan(user.email, plan.pk) is not None

    def _move_problem(self) -> bool:
        problem = self._chance.choice(self._own)
        problem.problem_id = f"{problem.pk}-{self.total}"
        problem.save(update_fields=["problem_id"])
        return True

    def _update_many(self) -> bool:
        problem = self._some(Problem)
        if not isinstance(problem, Problem):
            return False
        return TestCase.objects.filter(problem=problem).update(input=models.F("input")) > 0

    def _raw(self) -> bool:
        table = connection.ops.quote_name(User._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET name = %s WHERE is_staff = %s", [f"Name {self.total}", False])  # noqa: S608 - a name of ours
            return bool(cursor.rowcount > 0)

    def _delete_use(self) -> bool:
        use = self._some(UsageLog)
        if use is not None:
            use.delete()
        return use is not None

    def _roll_back(self) -> bool:
        with transaction.atomic():
            self._run()
            transaction.set_rollback(True)
        return True


def _own_problems() -> list[Problem]:
    """Problems that nobody else knows, to be renamed; those of an earlier time are used again."""
    found = list(Problem.objects.filter(platform=PLATFORM).order_by("pk"))
    for number in range(len(found), PROBLEMS):
        with transaction.atomic():
            problem = Problem.objects.create(
                platform=PLATFORM,
                problem_id=f"new-{number}",
                title=f"Traffic {number}",
                language="python",
                is_completed=True,
            )
            TestCase.objects.bulk_create(
                [TestCase(problem=problem, input=str(case), output=str(case)) for case in range(CASES)]
            )
        found.append(problem)
    return found
