"""People who look: some are signed in, some are nobody; each question is one that a page of the application asks."""

import random
import threading
from collections.abc import Callable

import httpx
from django.db import connections

from algoitny.accounts import access, tokens
from algoitny.demo.load.calls import Caller, Client, Refused
from algoitny.demo.load.ledger import Ledger


class Reader(Client):
    """Asks as many people in turn: a share of readers is a share of them."""

    def __init__(
        self,
        http: httpx.Client,
        ledger: Ledger,
        ended: threading.Event,
        *,
        emails: list[str],
        problems: list[tuple[int, str, str]],
        staff: str,
        think: float,
        seed: int,
    ) -> None:
        super().__init__(http, ledger, ended)
        self._chance = random.Random(seed)  # noqa: S311 - not for secrets
        self._people = [Caller(http, ledger, email, signed_in=_token) for email in emails]
        self._nobody, self._staff = Caller(http, ledger), Caller(http, ledger, staff)
        self._problems, self._think = problems, think
        self._jobs: list[int] = []

    def run(self) -> None:
        asked: list[Callable[[], None]] = [
            *(self._me, self._own, self._timeline, self._used, self._totals),
            *(self._problem, self._problem_by_id, self._list, self._public, self._search, self._run, self._plans),
            *(self._job_list, self._job, self._users, self._ranking),
        ]
        try:
            while not self.ended.is_set():
                try:
                    self._chance.choice(asked)()
                except Refused:  # the ledger has it
                    self.ended.wait(1.0)
                self.ended.wait(self._chance.uniform(0, self._think))
        finally:
            connections.close_all()

    def _who(self) -> Caller:
        return self._chance.choice(self._people)

    def _me(self) -> None:
        self._who().get("/api/account/me/", "me")

    def _own(self) -> None:
        self._who().get("/api/history/?scope=own", "own history")

    def _timeline(self) -> None:
        self._who().get("/api/history/", "timeline")

    def _used(self) -> None:
        self._who().get("/api/account/plan-usage/", "uses today")

    def _totals(self) -> None:
        self._who().get("/api/account/stats/", "totals")

    def _problem(self) -> None:
        _, platform, problem_id = self._chance.choice(self._problems)
        self._who().get(f"/api/problems/{platform}/{problem_id}/", "problem")

    def _problem_by_id(self) -> None:
        row_id, _, _ = self._chance.choice(self._problems)
        self._nobody.get(f"/api/problems/{row_id}/", "problem by id")

    def _list(self) -> None:
        found = self._nobody.get("/api/problems/", "problems")
        if found["next"]:
            self._nobody.get(f"/api/problems/?cursor={found['next']}", "problems, next page")

    def _public(self) -> None:
        self._nobody.get("/api/history/?scope=public", "public history")

    def _search(self) -> None:
        self._nobody.get("/api/problems/?search=sum", "search")

    def _run(self) -> None:
        who = self._who()
        for each in who.get("/api/history/?scope=own&limit=5", "own history")["items"][:1]:
            who.get(f"/api/history/{each['id']}/", "run")

    def _plans(self) -> None:
        self._nobody.get("/api/auth/plans/", "plans")

    def _job_list(self) -> None:
        found = self._staff.get("/api/register/jobs/?status=COMPLETED&limit=5", "jobs")["items"]
        self._jobs = [each["id"] for each in found]

    def _job(self) -> None:
        for each in self._jobs[:2]:
            self._staff.get(f"/api/register/jobs/{each}/", "job")

    def _users(self) -> None:
        self._staff.get("/api/admin/users/?limit=5", "users")

    def _ranking(self) -> None:
        self._staff.get("/api/admin/leaderboard/", "ranking")


def _token(email: str) -> str:
    user = access.user_by_email(email)
    assert user is not None, email  # noqa: S101 - nobody is ever removed
    return tokens.issue(user)["access"]
