"""What was acknowledged, looked for in both stores once nothing is on its way: what is not there is lost."""

from collections.abc import Callable
from typing import Any

from algoitny import store
from algoitny.accounts import access as accounts
from algoitny.accounts.models import User
from algoitny.demo.load.ledger import Ledger
from algoitny.history import access as history
from algoitny.history.models import SearchHistory
from algoitny.jobs import access as jobs
from algoitny.jobs.models import ScriptGenerationJob, TaskResult
from algoitny.problems import access as problems
from algoitny.problems.models import Problem, TestCase

USING = "default"
Find = Callable[[Any], Any]


def lost(ledger: Ledger) -> list[str]:
    """A line for each acknowledged value that a store does not have."""
    found = []
    for (kind, key), value in ledger.acknowledged.items():
        for name, find in (("SQL", _SQL[kind]), ("DynamoDB", _dynamodb(kind))):
            there = find(key)
            if there != value:
                found.append(f"{kind}, {key}: {value!r} was acknowledged, {name} has {there!r}")
    return found


def _user(email: str) -> User | None:
    return User._base_manager.using(USING).filter(email=email).first()


def _problem(key: tuple[str, str]) -> Problem | None:
    return Problem._base_manager.using(USING).filter(platform=key[0], problem_id=key[1]).first()


def _run(run_id: int) -> SearchHistory | None:
    return SearchHistory._base_manager.using(USING).filter(pk=run_id).first()


def _cases(key: tuple[str, str]) -> int:
    rows = TestCase._base_manager.using(USING)
    return rows.filter(problem__platform=key[0], problem__problem_id=key[1]).count()


def _of(found: Any, name: str) -> Any:
    return getattr(found, name, None)


_SQL: dict[str, Find] = {
    "pictures": lambda email: _of(_user(email), "picture"),
    "plans of people": lambda email: _of(_user(email), "subscription_plan_id"),
    "runs": lambda run_id: _of(_run(run_id), "code"),
    "hints": lambda run_id: len(_of(_run(run_id), "hints") or []),
    "tasks": lambda task: _of(TaskResult._base_manager.using(USING).filter(task_id=task).first(), "status"),
    "titles of problems": lambda key: _of(_problem(key), "title"),
    "test cases of problems": _cases,
    "completed problems": lambda key: _of(_problem(key), "is_completed"),
    "jobs": lambda pk: _of(ScriptGenerationJob._base_manager.using(USING).filter(pk=pk).first(), "status"),
}
_DYNAMODB: dict[str, Find] = {
    "pictures": lambda email: _of(accounts.user_by_email(email), "picture"),
    "plans of people": lambda email: _of(accounts.user_by_email(email), "subscription_plan_id"),
    "runs": lambda run_id: _of(history.run_by_id(run_id), "code"),
    "hints": lambda run_id: len(history.hints(run_id) or []),
    "tasks": lambda task: _of(jobs.result(task), "status"),
    "titles of problems": lambda key: _of(problems.get_problem(*key), "title"),
    "test cases of problems": lambda key: len(_of(problems.get_problem(*key), "test_cases") or ()),
    "completed problems": lambda key: _of(problems.get_problem(*key), "is_completed"),
    "jobs": lambda pk: _of(jobs.job_by_id(pk), "status"),
}


def _dynamodb(kind: str) -> Find:
    def find(key: Any) -> Any:
        with store.serving("dynamodb"):
            return _DYNAMODB[kind](key)

    return find
