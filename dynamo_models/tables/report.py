"""What a plan says of one table: steps, what the endpoint does not know, what cannot be done, what is left as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dynamo_models.tables.steps import Step


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """Something that the endpoint cannot be asked, or never changes. It is no pending change and no failure."""

    aspect: str
    wanted: str
    reason: str

    @property
    def text(self) -> str:
        return f"{self.aspect}: not known. The definition asks for {self.wanted}; {self.reason}"

    def to_json(self) -> dict[str, Any]:
        return {"aspect": self.aspect, "wanted": self.wanted, "reason": self.reason}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A change that is not made: DynamoDB cannot make it, or it needs a flag. ``remedy`` says what to do."""

    what: str
    reason: str
    remedy: str

    @property
    def text(self) -> str:
        return f"{self.what}: {self.reason} {self.remedy}"

    def to_json(self) -> dict[str, Any]:
        return {"what": self.what, "reason": self.reason, "remedy": self.remedy}


@dataclass(frozen=True, kw_only=True)
class Extra:
    """Something live that the definition does not ask for. It stays, unless ``flag`` is given."""

    what: str
    flag: str

    @property
    def text(self) -> str:
        return f"{self.what}: there and not in the definition; left ({self.flag} takes it away)"

    def to_json(self) -> dict[str, Any]:
        return {"what": self.what, "flag": self.flag}


@dataclass(frozen=True, kw_only=True)
class TablePlan:
    """What would be done for one table, in order.

    table: its name in the code. name: its name at the endpoint. exists: whether it is there.
    busy: what somebody is changing at the moment; ``apply`` waits for it.
    """

    table: str
    name: str
    exists: bool
    steps: tuple[Step, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    extras: tuple[Extra, ...] = ()
    busy: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.refusals

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dicts, ready for ``json.dumps``."""
        return {
            "table": self.table,
            "name": self.name,
            "exists": self.exists,
            "ok": self.ok,
            "steps": [step.to_json() for step in self.steps],
            "unknowns": [unknown.to_json() for unknown in self.unknowns],
            "refusals": [refusal.to_json() for refusal in self.refusals],
            "extras": [extra.to_json() for extra in self.extras],
            "busy": list(self.busy),
        }

    def lines(self) -> list[str]:
        """A line for the table, and one for each thing said of it: + ~ - steps, ? unknown, ! refused, = left."""
        named = self.table if self.table == self.name else f"{self.table} ({self.name})"
        if not self.exists:
            state = "does not exist"
        elif self.steps or self.refusals:
            state = "differs from its definition"
        else:
            state = "is as defined, as far as the endpoint tells" if self.unknowns else "is as defined"
        return [
            f"{named} {state}",
            *(f"  … {words}" for words in self.busy),
            *(f"  {step.mark} {step.text}" for step in self.steps),
            *(f"  ? {unknown.text}" for unknown in self.unknowns),
            *(f"  = {extra.text}" for extra in self.extras),
            *(f"  ! {refusal.text}" for refusal in self.refusals),
        ]
