"""Everybody at once, each a thread, against a server that is there."""

import random
import threading
import time
from types import TracebackType
from typing import Self

import httpx

from algoitny.accounts.models import NO_LIMIT, SubscriptionPlan, User
from algoitny.demo.load.calls import Client
from algoitny.demo.load.ledger import Ledger
from algoitny.demo.load.names import DOMAIN, LIVE, PLAN
from algoitny.demo.load.readers import Reader
from algoitny.demo.load.writers import ProfileWriter, Registrar, Runner
from algoitny.demo.pace import Pace
from algoitny.problems.models import Problem, TestCase

READERS, PROFILES, RUNNERS, REGISTRARS = 3, 2, 1, 1
ANSWERS = 60.0  # seconds that an answer is waited for
UP = 60.0  # seconds that a server has to come up


class NeverUpError(Exception):
    """The server does not answer."""


class Crowd:
    """``with Crowd(address, pace) as crowd``: people who come and go until the block ends, or ``stop``."""

    def __init__(self, address: str, pace: Pace, ledger: Ledger) -> None:
        self.ledger = ledger
        self._ended = threading.Event()
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=20)
        self._http = httpx.Client(base_url=f"http://{address}", timeout=ANSWERS, limits=limits, trust_env=False)
        self._clients = self._everybody(pace)

    def __enter__(self) -> Self:
        self._wait_for_server()
        for each in self._clients:
            each.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._http.close()

    def stop(self) -> None:
        """Let each end what he is at."""
        self._ended.set()
        for each in self._clients:
            if each.is_alive():
                each.join()

    def _everybody(self, pace: Pace) -> list[Client]:
        plans, staff = _prepared()
        problem = (LIVE, "increment")
        emails = sorted(
            User.objects.filter(is_active=True).exclude(email__endswith=DOMAIN).values_list("email", flat=True)
        )
        rows = Problem.objects.live().filter(is_completed=True).exclude(platform="traffic")
        problems = sorted(rows.values_list("id", "platform", "problem_id"))
        common = (self._http, self.ledger, self._ended)
        found: list[Client] = [
            Reader(*common, emails=emails, problems=problems, staff=staff, think=pace.think, seed=seed)
            for seed in range(READERS)
        ]
        base = random.randrange(10**6)  # noqa: S311 - a run of its own beside earlier ones
        for number in range(PROFILES):
            writer = ProfileWriter(*common, email=f"profile-{number}{DOMAIN}", think=5 * pace.think, seed=base + number)
            writer.plans = plans
            found.append(writer)
        for number in range(RUNNERS):
            runner = Runner(*common, email=f"runner-{number}{DOMAIN}", think=10 * pace.think, seed=base + number)
            runner.problem = problem
            found.append(runner)
        found += [
            Registrar(*common, email=staff, think=10 * pace.think, seed=base + number) for number in range(REGISTRARS)
        ]
        return found

    def _wait_for_server(self) -> None:
        until = time.monotonic() + UP
        while True:
            try:
                if self._http.get("/api/health/live/").is_success:
                    return
            except httpx.TransportError as error:
                if time.monotonic() > until:
                    raise NeverUpError(f"The server at {self._http.base_url} does not answer: {error}") from error
            time.sleep(0.1)


def _prepared() -> tuple[tuple[int, ...], str]:
    """Who writes, and on what, in SQL; the plans that may be chosen, and the address of staff."""
    plan, _ = SubscriptionPlan.objects.get_or_create(
        name=PLAN, defaults={"max_hints_per_day": NO_LIMIT, "max_executions_per_day": NO_LIMIT, "is_active": True}
    )
    emails = [*(f"profile-{n}{DOMAIN}" for n in range(PROFILES)), *(f"runner-{n}{DOMAIN}" for n in range(RUNNERS))]
    for email in emails:
        _user(email, plan, is_staff=False)
    staff = f"staff{DOMAIN}"
    registering, _ = SubscriptionPlan.objects.get_or_create(
        name=f"{PLAN}, staff", defaults={"can_register_problems": True, "can_view_all_problems": True}
    )
    _user(staff, registering, is_staff=True)
    problem, made = Problem.objects.get_or_create(
        platform=LIVE,
        problem_id="increment",
        defaults={"title": "Increment", "language": "python", "is_completed": True},
    )
    if made:
        TestCase.objects.create(problem=problem, input="1", output="2")
    offered = SubscriptionPlan.objects.filter(is_active=True).values_list("pk", flat=True)
    return tuple(sorted(offered)), staff


def _user(email: str, plan: SubscriptionPlan, *, is_staff: bool) -> None:
    User.objects.get_or_create(email=email, defaults={"subscription_plan": plan, "is_staff": is_staff})
