"""Runs, the hints on some of those that failed, and the log of both."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from algoitny.accounts.models import User
from algoitny.activity.attempts import Attempt, Task, attempt
from algoitny.activity.quota import Quota
from algoitny.activity.rhythm import Clock, Favourites
from algoitny.history.models import SearchHistory
from algoitny.problems.models import Problem
from algoitny.usage.models import UsageLog

PUBLIC, ANONYMOUS, HINTED = 0.4, 0.1, 0.35
TRIES = 25  # to find somebody whose plan allows one more run on that day

_HINTS = (
    "Look at the smallest input that fails, and follow your code through it by hand.",
    "What does your code answer where the list is empty?",
    "Compare the first and the last index that your loop reaches with those that it should.",
    "The numbers can be negative.",
    "Your code looks at every pair; with a dictionary it need not.",
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A run and the uses that are logged for it; none for an anonymous run."""

    run: SearchHistory
    uses: list[UsageLog]


class Runs:
    def __init__(self, users: list[User], problems: list[tuple[Problem, Task]], clock: Clock, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - not for secrets
        self._users = Favourites(users, self._chance, steepness=1.1) if users else None
        self._problems = Favourites(problems, self._chance, steepness=0.9)
        self._clock = clock
        self._quota = Quota()

    def make(self, count: int) -> Iterator[Made]:
        """So many runs, or fewer where everybody's plan is used up."""
        for _ in range(count):
            if (made := self._one()) is not None:
                yield made

    def _one(self) -> Made | None:
        chance = self._chance
        problem, task = self._problems.draw(chance)
        tried = attempt(task, chance)
        is_public = chance.random() < PUBLIC
        if self._users is None or chance.random() < ANONYMOUS:
            at = self._clock.draw(chance)
            identifier = f"guest-{chance.getrandbits(32):08x}"
            return Made(run=_run(None, identifier, problem, tried, is_code_public=is_public, created_at=at), uses=[])
        for _ in range(TRIES):
            user = self._users.draw(chance)
            # Who is not active any more was so in the first half of the time.
            at = self._clock.draw(chance, oldest_half=not user.is_active)
            if self._quota.take(user, "execution", at):
                run = _run(user, user.email, problem, tried, is_code_public=is_public, created_at=at)
                use = UsageLog(
                    user=user,
                    action="execution",
                    problem=problem,
                    metadata={"language": tried.language},
                    created_at=at,
                )
                return Made(run=run, uses=[use, *self._hint(user, run)])
        return None

    def _hint(self, user: User, run: SearchHistory) -> list[UsageLog]:
        """Hints on the run, and the use that they are, where somebody asks for them and may."""
        if run.failed_count == 0 or self._chance.random() >= HINTED:
            return []
        at = self._clock.later_that_day(run.created_at, timedelta(seconds=self._chance.randint(20, 900)))
        if not self._quota.take(user, "hint", at):
            return []
        run.hints = self._chance.sample(_HINTS, self._chance.randint(1, 3))
        count = len(run.hints)
        return [UsageLog(user=user, action="hint", problem=run.problem, metadata={"hints": count}, created_at=at)]


def _run(user: User | None, identifier: str, problem: Problem, tried: Attempt, **values: object) -> SearchHistory:
    return SearchHistory(
        user=user,
        user_identifier=identifier,
        problem=problem,
        platform=problem.platform,
        problem_number=problem.problem_id,
        problem_title=problem.title,
        language=tried.language,
        code=tried.code,
        result_summary=tried.result.summary(),
        passed_count=tried.result.passed_count,
        failed_count=tried.result.failed_count,
        total_count=tried.result.total_count,
        test_results=tried.result.as_json(),
        **values,
    )
