"""People who write: each has what nobody else writes, so that what is last acknowledged is what has to be there.

What one has written one reads back at once: whichever store serves, one sees it.
"""

import random
import threading
from http import HTTPStatus

import httpx

from algoitny.demo.load.calls import Caller, Client, Refused
from algoitny.demo.load.ledger import Ledger
from algoitny.demo.load.names import LIVE

CASES = 3


class Writer(Client):
    """Does `act` again and again, as one person."""

    def __init__(
        self, http: httpx.Client, ledger: Ledger, ended: threading.Event, *, email: str, think: float, seed: int
    ) -> None:
        super().__init__(http, ledger, ended)
        self.me = Caller(http, ledger, email)
        self.chance = random.Random(seed)  # noqa: S311 - not for secrets
        self.seed, self.number, self._think = seed, 0, think

    def run(self) -> None:
        while not self.ended.is_set():
            self.number += 1
            try:
                self.act()
            except Refused:  # the ledger has it
                self.ended.wait(1.0)
            self.ended.wait(self.chance.uniform(0, self._think))

    def act(self) -> None:
        raise NotImplementedError

    def sees(self, said: str, expected: object, found: object) -> None:
        """Put down that somebody does not see what was acknowledged."""
        if expected != found:
            self.ledger.is_stale(f"{said}: {expected!r} was written, {found!r} is read")


class ProfileWriter(Writer):
    """Changes a picture, and now and then the plan."""

    plans: tuple[int, ...] = ()

    def act(self) -> None:
        picture = f"https://pictures.example/{self.seed}/{self.number}.png"
        self.me.send("PATCH", "/api/account/me/", "change me", {"picture": picture})
        self.ledger.acknowledge("pictures", self.me.email, picture)
        self.sees(f"picture of {self.me.email}", picture, self.me.get("/api/account/me/", "me")["picture"])
        if self.plans and self.number % 5 == 0:
            plan = self.chance.choice(self.plans)
            self.me.send("PUT", "/api/account/plan/", "choose a plan", {"plan": plan})
            self.ledger.acknowledge("plans of people", self.me.email, plan)


class Runner(Writer):
    """Runs code, follows the task, reads the run, and asks for hints."""

    problem: tuple[str, str] = ("", "")

    def act(self) -> None:
        platform, problem_id = self.problem
        fails = self.number % 2 == 0
        code = f"print({'0' if fails else 'int(input()) + 1'})  # {self.seed}-{self.number}"
        body = {"platform": platform, "problem_id": problem_id, "language": "python", "code": code}
        started = self.me.send("POST", "/api/execute/", "run code", body, HTTPStatus.ACCEPTED)
        task = self.me.get(started["status_url"], "task")
        if task["status"] != "COMPLETED":
            self.ledger.fail(f"run {code!r}: the task is {task['status']}: {task['result']}")
            return
        run_id = task["result"]["history_id"]
        self.ledger.acknowledge("runs", run_id, code)
        self.ledger.acknowledge("tasks", task["task_id"], "COMPLETED")
        self.sees(f"code of run {run_id}", code, self.me.get(f"/api/history/{run_id}/", "run")["code"])
        if fails:
            self._hints(run_id)

    def _hints(self, run_id: int) -> None:
        path = f"/api/history/{run_id}/hints/"
        started = self.me.send("POST", f"{path}generate/", "ask for hints", {"count": 1}, HTTPStatus.ACCEPTED)
        task = self.me.get(started["status_url"], "task")
        if task["status"] != "COMPLETED":
            self.ledger.fail(f"hints of {run_id}: the task is {task['status']}: {task['result']}")
            return
        given = len(self.me.get(path, "hints")["hints"])
        self.ledger.acknowledge("hints", run_id, given)
        self.sees(f"hints of run {run_id}", True, given > 0)


class Registrar(Writer):
    """Staff: registers problems, changes them, gives them test cases, has these generated, and completes them."""

    def act(self) -> None:
        name = {"platform": LIVE, "problem_id": f"{self.seed}-{self.number}"}
        key = (name["platform"], name["problem_id"])
        body = name | {"title": f"Live {self.number}", "language": "python", "solution_code": "print(input())"}
        path = "/api/register/problem/"
        self.me.send("POST", path, "register a problem", body, HTTPStatus.CREATED, HTTPStatus.OK)
        title = f"Live {self.number}, and more"
        self.me.send("POST", path, "change a draft", body | {"title": title})
        self.ledger.acknowledge("titles of problems", key, title)
        cases = [{"input": str(n), "output": str(n)} for n in range(CASES)]
        self.me.send("POST", "/api/register/save/", "save test cases", name | {"test_cases": cases})
        self.ledger.acknowledge("test cases of problems", key, CASES)
        found = self.me.get(f"/api/problems/{LIVE}/{name['problem_id']}/", "draft")
        self.sees(f"title of {key}", title, found["title"])
        self.sees(f"test cases of {key}", CASES, len(found["test_cases"]))
        if self.number % 3 == 0:
            self._job(name)
        done = {"is_completed": True}
        self.me.send("POST", "/api/problems/toggle-completion/", "complete a problem", name | done)
        self.ledger.acknowledge("completed problems", key, True)

    def _job(self, name: dict[str, str]) -> None:
        path = "/api/register/generate-test-cases/"
        started = self.me.send("POST", path, "generate test cases", name, HTTPStatus.ACCEPTED)
        job = self.me.get(f"/api/register/jobs/{started['job_id']}/", "job")
        self.ledger.acknowledge("jobs", job["id"], job["status"])
        if job["status"] not in {"COMPLETED", "FAILED"}:
            self.ledger.fail(f"job {job['id']} is {job['status']}")
