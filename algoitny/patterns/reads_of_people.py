"""Patterns 14, 16, 20, 21, 23 to 25, 27 to 29 and 32: people, plans, uses and jobs."""

from algoitny.accounts import access as accounts
from algoitny.jobs import access as jobs
from algoitny.jobs.models import JobType, Status
from algoitny.patterns.asking import Asking
from algoitny.patterns.pattern import Pattern
from algoitny.patterns.sample import ABSENT, NAMELESS, Sample, days_back
from algoitny.usage import access as usage

_EVERYBODY = 10**9
_NOBODY = "nobody@example.org"


def today(asking: Asking, sample: Sample) -> None:
    for day in (sample.active_day, sample.today):
        for user in sample.busiest[:3]:
            asking.ask(usage.today, user.id, day=day)
    asking.ask(usage.today, ABSENT, day=sample.today)
    for action in ("execution", "hint"):
        asking.walk(usage.uses, sample.user.id, action, day=sample.active_day)


def limits(asking: Asking, sample: Sample) -> None:
    for user in (sample.user, sample.without_plan):
        asking.ask(accounts.limits, user.email if user else _NOBODY)
    asking.ask(accounts.limits, _NOBODY)


def one_job(asking: Asking, sample: Sample) -> None:
    asking.ask(jobs.job_by_id, sample.job.id if sample.job else ABSENT)
    asking.ask(jobs.job_by_task, sample.job.task_id if sample.job else NAMELESS)
    asking.ask(jobs.job_by_id, ABSENT)
    asking.ask(jobs.job_by_task, NAMELESS)


def listed_jobs(asking: Asking, _sample: Sample) -> None:
    for job_type in JobType.values:
        asking.walk(jobs.jobs_by_type, job_type)
    for status in Status.values:
        asking.walk(jobs.jobs_by_status, status)


def all_users(asking: Asking, _sample: Sample) -> None:
    for limit in (100, 7):
        # To the end: a part of a list without an order is nothing to compare.
        asking.gather(accounts.users_page, limit=limit, most=_EVERYBODY, in_order=False)


def by_email(asking: Asking, sample: Sample) -> None:
    asking.ask(accounts.user_by_email, sample.user.email)
    asking.ask(accounts.user_by_email, f" {sample.user.email.upper()} ")
    asking.ask(accounts.user_by_email, _NOBODY)


def by_google_id(asking: Asking, sample: Sample) -> None:
    asking.ask(accounts.user_by_google_id, (sample.by_google and sample.by_google.google_id) or NAMELESS)
    asking.ask(accounts.user_by_google_id, NAMELESS)


def on_plan(asking: Asking, sample: Sample) -> None:
    for plan in sample.plans:
        asking.walk(accounts.users_on_plan, plan.id)
    asking.ask(accounts.users_on_plan, ABSENT)


def plans(asking: Asking, _sample: Sample) -> None:
    asking.ask(accounts.all_plans)
    asking.ask(accounts.active_plans)


def plan_by_name(asking: Asking, sample: Sample) -> None:
    for plan in sample.plans:
        asking.ask(accounts.plan_by_name, plan.name)
    asking.ask(accounts.plan_by_name, NAMELESS)


def usage_totals(asking: Asking, sample: Sample) -> None:
    for days in (usage.MOST_DAYS - 1, 6, 0):
        asking.ask(usage.totals, days_back(sample.today, days), sample.today)
    asking.ask(usage.totals, sample.active_day, sample.active_day)


PATTERNS = (
    Pattern(number=14, name="a day's hints and executions of a user", reads=today),
    Pattern(number=16, name="limits of a user's plan", reads=limits),
    Pattern(number=20, name="job by id; job by task id", reads=one_job),
    Pattern(number=21, name="jobs by type; jobs by status", reads=listed_jobs),
    Pattern(number=23, name="all users", reads=all_users, may_scan=True),
    Pattern(number=24, name="user by email", reads=by_email),
    Pattern(number=25, name="user by Google id", reads=by_google_id),
    Pattern(number=27, name="users on a plan", reads=on_plan),
    Pattern(number=28, name="all plans; active plans", reads=plans, may_scan=True),
    Pattern(number=29, name="plan by name", reads=plan_by_name),
    Pattern(number=32, name="usage totals by day and action", reads=usage_totals),
)
