"""Patterns 12, 15, 17, 19, 22, 26 and 30: what changes something, and what reads say afterwards."""

from typing import Any

from algoitny.accounts import access as accounts
from algoitny.accounts.records import Taken
from algoitny.history import access as history
from algoitny.jobs import access as jobs
from algoitny.jobs.records import NewJob, StatusChanged
from algoitny.patterns.asking import Asking
from algoitny.patterns.pattern import Pattern
from algoitny.patterns.probe import Probe
from algoitny.patterns.sample import ABSENT
from algoitny.patterns.sweeping import PEOPLE
from algoitny.usage import access as usage
from algoitny.usage.records import LimitReached

_LIMIT = 2


def keep_run(asking: Asking, probe: Probe) -> None:
    (user,) = probe.prepare_people(asking, None)
    other = probe.run(user, failed=1, language="another language", is_code_public=True)
    for number, run in enumerate((probe.run(user), other, probe.run(user), probe.run(None, is_code_public=True))):
        made = asking.ask(history.create_run, run, run_id=probe.id(number), at=probe.later(number))
        asking.look(history.run_by_id, made.id)
    asking.look(history.own, user.id)
    asking.look(history.own, user.id, language=other.language)
    asking.settle()
    asking.look(history.stats, user.id)


def log_use(asking: Asking, probe: Probe) -> None:
    (user,) = probe.prepare_people(asking, probe.prepare_plan(asking, max_executions_per_day=_LIMIT))
    most = asking.look(accounts.limits, user.email).max_executions_per_day
    problem = probe.sample.problem.id
    for number in range(most):
        asking.ask(
            usage.log_use,
            user.id,
            "execution",
            limit=most,
            problem_row=problem,
            metadata={"number": number},
            use_id=probe.id(number),
            at=probe.at,
        )
    asking.refused(LimitReached, usage.log_use, user.id, "execution", limit=most, use_id=probe.id(most), at=probe.at)
    asking.ask(usage.log_use, user.id, "hint", limit=-1, use_id=probe.id(most), at=probe.at)
    day = usage.day_of(probe.at)
    asking.look(usage.today, user.id, day=day)
    asking.look(usage.uses, user.id, "execution", day=day)
    asking.settle()
    asking.look(usage.totals, day, day)


def add_hints(asking: Asking, probe: Probe) -> None:
    (user,) = probe.prepare_people(asking, None)
    run = asking.look(history.create_run, probe.run(user, failed=1), run_id=probe.id(0), at=probe.at)
    asking.ask(history.add_hints, run.id, ["Look at the bounds.", {"line": 3}])
    asking.ask(history.add_hints, run.id, ["And at zero."])
    asking.ask(history.add_hints, ABSENT, ["Nobody sees this."])
    asking.look(history.hints, run.id)
    asking.look(history.run_by_id, run.id)


def _job(probe: Probe, number: int) -> NewJob:
    problem = probe.sample.problem
    return NewJob(
        platform=problem.platform,
        problem_id=problem.problem_id,
        title=problem.title,
        language=problem.language,
        job_type="generate_outputs",
        task_id=f"probe-{probe.id(number)}",
        tags=("probe",),
        solution_code="print(1 + 1)",
    )


def _key(probe: Probe, number: int) -> dict[str, Any]:
    return {"job_id": probe.id(number), "at": probe.later(number)}


def create_job(asking: Asking, probe: Probe) -> None:
    for number in range(2):
        made = asking.ask(jobs.create_job, _job(probe, number), **_key(probe, number))
        asking.look(jobs.job_by_id, made.id)
        asking.look(jobs.job_by_task, made.task_id)
    asking.look(jobs.jobs_by_type, made.job_type, limit=3)
    asking.look(jobs.jobs_by_status, "PENDING", limit=3)


def advance(asking: Asking, probe: Probe) -> None:
    job = asking.look(jobs.create_job, _job(probe, 0), **_key(probe, 0))
    asking.ask(jobs.advance, job.id, seen="PENDING", status="PROCESSING", at=probe.later(1))
    asking.refused(StatusChanged, jobs.advance, job.id, seen="PENDING", status="FAILED", at=probe.later(2))
    asking.refused(StatusChanged, jobs.advance, ABSENT, seen="PENDING", status="FAILED", at=probe.later(2))
    asking.look(jobs.jobs_by_status, "PROCESSING", limit=3)
    asking.ask(jobs.advance, job.id, seen="PROCESSING", status="COMPLETED", generator_code="print()", at=probe.later(3))
    asking.look(jobs.job_by_id, job.id)
    for status in ("PENDING", "PROCESSING", "COMPLETED"):
        asking.look(jobs.jobs_by_status, status, limit=3)


def change_plan(asking: Asking, probe: Probe) -> None:
    one = probe.prepare_plan(asking, "one", max_hints_per_day=1)
    two = probe.prepare_plan(asking, "two", max_hints_per_day=-1, can_view_all_problems=True)
    first, second = probe.prepare_people(asking, one, 2)
    for seconds, plan_id in enumerate((two.id, None, one.id, two.id), 10):
        asking.ask(accounts.change_plan, first.email, plan_id, at=probe.later(seconds))
        asking.look(accounts.limits, first.email)
    asking.refused(LookupError, accounts.change_plan, second.email, ABSENT)
    asking.ask(accounts.change_plan, "nobody@example.org", one.id)
    for plan in (one, two):
        asking.look(accounts.users_on_plan, plan.id)
    asking.look(accounts.user_by_email, second.email)


def change_plans(asking: Asking, probe: Probe) -> None:
    taken = probe.prepare_plan(asking, "two", is_active=False)
    one = {"name": probe.plan_name("one"), "plan_id": probe.id(0), "at": probe.at}
    plan = asking.ask(accounts.create_plan, **one, max_hints_per_day=1)
    asking.refused(Taken, accounts.create_plan, **(one | {"plan_id": probe.id(2)}))
    people = probe.prepare_people(asking, plan, PEOPLE)
    asking.look(accounts.active_plans)
    asking.ask(accounts.update_plan, plan.id, max_hints_per_day=7, can_register_problems=True, at=probe.later(1))
    for user in people:
        asking.look(accounts.user_by_email, user.email)
    asking.refused(Taken, accounts.update_plan, plan.id, name=taken.name, at=probe.later(2))
    renamed = probe.plan_name("renamed")
    asking.ask(
        accounts.update_plan, plan.id, name=renamed, max_executions_per_day=-1, is_active=False, at=probe.later(3)
    )
    asking.ask(accounts.update_plan, ABSENT, max_hints_per_day=7)
    for user in people:
        asking.look(accounts.user_by_email, user.email)
    asking.look(accounts.users_on_plan, plan.id)
    for name in (plan.name, renamed):
        asking.look(accounts.plan_by_name, name)
    asking.look(accounts.plan_by_id, plan.id)
    asking.look(accounts.active_plans)


PATTERNS = (
    Pattern(number=12, name="keep a run as a history row", writes=keep_run),
    Pattern(number=15, name="log one use", writes=log_use),
    Pattern(number=17, name="add hints to a history row", writes=add_hints),
    Pattern(number=19, name="create a generation job", writes=create_job),
    Pattern(number=22, name="move a job's status on", writes=advance),
    Pattern(number=26, name="change a user's plan", writes=change_plan),
    Pattern(number=30, name="create or update a plan; its users follow", writes=change_plans),
)
