"""What the patterns ask about, picked from what is there by the store that serves, always the same of the same data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.utils import timezone

from algoitny.accounts import access as accounts
from algoitny.accounts.records import PlanRecord, UserRecord
from algoitny.history import access as history
from algoitny.history.records import Run, RunSummary
from algoitny.jobs import access as jobs
from algoitny.jobs.models import Status
from algoitny.jobs.records import Job
from algoitny.keyset import Page
from algoitny.problems import access as problems
from algoitny.problems.records import ProblemDetail
from algoitny.usage import access as usage

T = TypeVar("T")

ABSENT = 10**17  # an id that no row has
NAMELESS = "no such name"
_PAGE, _PAGES = 100, 5  # how far is looked for something fitting
_PROBLEMS = 40  # of which the one with the most test cases is taken


class NothingThereError(Exception):
    """The store lacks what the patterns ask about; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`busiest` are the users with the most runs. What is None is not there at all, and is then asked for in vain."""

    problem: ProblemDetail
    word: str
    busiest: tuple[UserRecord, ...]
    by_google: UserRecord | None
    without_plan: UserRecord | None
    plans: tuple[PlanRecord, ...]
    public: RunSummary | None
    private: RunSummary | None
    hinted: Run | None
    job: Job | None
    active_day: date
    now: datetime

    @property
    def user(self) -> UserRecord:
        return self.busiest[0]

    @property
    def today(self) -> date:
        return usage.day_of(self.now)


def pick() -> Sample:
    """Raises NothingThereError where there is no problem, no user or no run of a user."""
    now = timezone.now()
    found = [problems.get_problem(each.platform, each.problem_id) for each in _some(_problems, _PROBLEMS)]
    if not found:
        raise NothingThereError("problems")
    problem = max((each for each in found if each), key=lambda each: (len(each.test_cases), each.id))
    ranking = [accounts.user_by_id(each.user_id) for each in history.leaderboard()]
    busiest = tuple(user for user in ranking if user is not None)
    if not busiest:
        raise NothingThereError("users with runs")
    users = sorted(_some(accounts.users_page, _PAGE * _PAGES), key=lambda user: user.id)
    runs = _some(lambda **page: history.own(busiest[0].id, **page), _PAGE)
    return Sample(
        problem=problem,
        word=max(problem.title.split() or [problem.title], key=len),
        busiest=busiest,
        by_google=_first(user for user in users if user.google_id),
        without_plan=_first(user for user in users if user.subscription_plan_id is None),
        plans=tuple(accounts.all_plans()),
        public=_first(iter(history.public(limit=1).items)),
        private=_first(run for run in runs if not run.is_code_public),
        hinted=_hinted(runs),
        job=_first(job for status in Status.values for job in jobs.jobs_by_status(status, limit=1).items),
        active_day=usage.day_of(runs[0].created_at) if runs else usage.day_of(now),
        now=now,
    )


def _problems(**page: Any) -> Page[Any]:
    return problems.list_problems(completed=None, **page)


def _hinted(runs: list[RunSummary]) -> Run | None:
    failed = (history.run_by_id(run.id) for run in runs if run.failed_count)
    return _first(run for run in failed if run is not None and run.hints)


def _some(function: Callable[..., Page[T]], most: int) -> list[T]:
    """The first of a list's rows, as they come."""
    found: list[T] = []
    cursor = None
    while len(found) < most:
        page = function(limit=min(_PAGE, most), cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return found[:most]


def _first(found: Iterator[T]) -> T | None:
    return next(found, None)


def days_back(day: date, count: int) -> date:
    return day - timedelta(days=count)
