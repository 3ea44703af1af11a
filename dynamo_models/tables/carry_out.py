"""Carries a plan out, looking again after each step, so that it can be stopped anywhere and started again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from dynamo_models.errors import DynamoModelsError
from dynamo_models.schema.table import Table
from dynamo_models.tables.desired import desired
from dynamo_models.tables.diff import diff
from dynamo_models.tables.endpoint import Endpoint
from dynamo_models.tables.gaps import does_not_know, reason
from dynamo_models.tables.live import read
from dynamo_models.tables.report import TablePlan, Unknown
from dynamo_models.tables.requests import requests
from dynamo_models.tables.state import LiveTable
from dynamo_models.tables.steps import SetAutoScaling, Step
from dynamo_models.tables.waiting import Deadline, NotReady, Patience, wait_until_active
from dynamo_models.transport import failures

Outcome = Literal["starts", "waits", "done", "not known", "not kept"]
State = Literal["not started", "done", "refused", "failed"]

# Somebody else is changing the table, or too many tables change at once: wait, look, and see what is left to do.
_BUSY = frozenset(
    {
        "ResourceInUseException",
        "LimitExceededException",
        "ContinuousBackupsUnavailableException",
        "ConcurrentUpdateException",
        "ThrottlingException",
        "TableInUseException",
    }
)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something to show while a plan is carried out.

    step: None while waiting for a change that somebody else has begun. detail: what is waited for, or why a step was
    put aside.
    """

    table: str
    step: Step | None
    outcome: Outcome
    detail: str = ""


@dataclass(kw_only=True)
class TableResult:
    """What came of one table.

    plan: as it was before the first step. done: the steps carried out, in order. unknowns: what the endpoint does not
    know, as far as that showed. error: what stopped it half-way.
    """

    plan: TablePlan
    state: State = "not started"
    done: list[Step] = field(default_factory=list)
    unknowns: list[Unknown] = field(default_factory=list)
    error: DynamoModelsError | None = None

    @property
    def ok(self) -> bool:
        return self.state == "done"

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dicts: the plan's own, with what was done, and what stopped it."""
        return {
            **self.plan.to_json(),
            "ok": self.ok,
            "state": self.state,
            "done": [step.to_json() for step in self.done],
            "unknowns": [unknown.to_json() for unknown in self.unknowns],
            "error": str(self.error) if self.error else None,
        }


class CarryOut:
    """One table's way to its definition: ``look`` says what is to do, ``run`` does it."""

    def __init__(
        self,
        table: Table,
        at: Endpoint,
        *,
        drop: bool = False,
        unprotect: bool = False,
        patience: Patience | None = None,
        told: Callable[[Event], None] | None = None,
    ) -> None:
        self.table = table
        self.at = at
        self.drop = drop
        self.unprotect = unprotect
        self.patience = patience or Patience()
        self.told = told
        self.wanted = desired(table)
        self.live = LiveTable(state=None)
        self.set_aside: list[tuple[Step, Unknown]] = []

    def look(self) -> TablePlan:
        """The plan from what is there now. Raises this library's errors."""
        try:
            return self._look()
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error

    def run(self, plan: TablePlan) -> TableResult:
        """Take the plan's first step, look again, and so on until none is left. What goes wrong is in the result."""
        result = TableResult(plan=plan, unknowns=list(plan.unknowns))
        deadline = Deadline(self.patience, self.wanted.name)
        try:
            while not plan.refusals:
                if plan.busy:
                    self._wait(None, deadline, expected=False)
                    plan = self._look()
                    continue
                step = self._next(plan)
                if step is None:
                    break
                plan = self._take(step, result, deadline)
        except (ClientError, BotoCoreError) as error:
            result.error = self._translated(error)
            result.error.__cause__ = error
        except DynamoModelsError as error:
            result.error = error
        if plan.refusals:
            # Seen before the first step, or made by somebody else meanwhile: what is refused is what to show.
            result.plan, result.state = plan, "refused"
        else:
            result.state = "failed" if result.error else "done"
        result.unknowns = [*plan.unknowns, *(unknown for _, unknown in self.set_aside)]
        return result

    def _look(self) -> TablePlan:
        self.live = read(self.at.client, self.wanted, scaling=self.at.scaling, aws=self.at.aws)
        return diff(self.table.name, self.wanted, self.live, drop=self.drop, unprotect=self.unprotect)

    def _translated(self, error: ClientError | BotoCoreError) -> DynamoModelsError:
        operation = getattr(error, "operation_name", "Looking at the table")
        return failures.translate(error, operation, self.wanted.name)

    def _next(self, plan: TablePlan) -> Step | None:
        aside = [step for step, _ in self.set_aside]
        return next((step for step in plan.steps if step not in aside), None)

    def _take(self, step: Step, result: TableResult, deadline: Deadline) -> TablePlan:
        """Try one step. Gives the plan after it, in which it is no more, or is to be tried again."""
        self._tell(step, "starts")
        try:
            for operation, parameters in requests(step, self.wanted.name, self.live):
                self._send(step, operation, parameters)
                self._wait(step, deadline, expected=True)
        except ClientError as error:
            return self._after_refusal(step, error, deadline)
        plan = self._look_until_gone(step, deadline)
        if step not in plan.steps:
            deadline.went_on()
            result.done.append(step)
            self._tell(step, "done")
        return plan

    def _send(self, step: Step, operation: str, parameters: dict[str, Any]) -> None:
        client = self.at.scaling if isinstance(step, SetAutoScaling) else self.at.client
        getattr(client, xform_name(operation))(**parameters)

    def _wait(self, step: Step | None, deadline: Deadline, *, expected: bool) -> None:
        wait_until_active(self.at.client, deadline, lambda words: self._tell(step, "waits", words), expected=expected)

    def _after_refusal(self, step: Step, error: ClientError, deadline: Deadline) -> TablePlan:
        """The endpoint refused a step: because it does not know it, because somebody else is at it, or for good."""
        if does_not_know(error, aws=self.at.aws):
            return self._put_aside(step, "not known", reason(error))
        found = error.response.get("Error", {})
        said = f"{found.get('Code')}: {found.get('Message', '')}"
        if found.get("Code") in _BUSY and deadline.held_up(f"refused with {said}"):
            self._tell(step, "waits", f"somebody else changes the table ({said})")
            self._wait(step, deadline, expected=False)
            return self._look()
        plan = self._look()
        if step in plan.steps:
            raise error
        self._tell(step, "done", "by somebody else")
        return plan

    def _look_until_gone(self, step: Step, deadline: Deadline) -> TablePlan:
        """Look until the step is no more to do: AWS may show a change seconds later; a stand-in shows or ignores it."""
        plan = self._look()
        for delay in self.patience.looks(aws=self.at.aws):
            if plan.busy:
                self._wait(step, deadline, expected=True)
                plan = self._look()
            if step not in plan.steps:
                return plan
            deadline.pause(delay, f"not to be seen: {step.text}")
            plan = self._look()
        if step not in plan.steps:
            return plan
        if self.at.aws:
            raise NotReady(
                f"{self.wanted.name}: DynamoDB took the request and does not show it: {step.text}. "
                "Look at the table in a while, and apply again."
            )
        return self._put_aside(step, "not kept", "the endpoint took the request and changed nothing")

    def _put_aside(self, step: Step, outcome: Outcome, why: str) -> TablePlan:
        self.set_aside.append((step, Unknown(aspect=step.aspect or "capacity", wanted=step.text, reason=why)))
        self._tell(step, outcome, why)
        return self._look()

    def _tell(self, step: Step | None, outcome: Outcome, detail: str = "") -> None:
        if self.told is not None:
            self.told(Event(table=self.table.name, step=step, outcome=outcome, detail=detail))
