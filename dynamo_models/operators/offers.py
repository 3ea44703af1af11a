"""The moves that a group may make from where it stands, and what each asks of the operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dynamo_models.cutover import guards
from dynamo_models.cutover.guards import Finding
from dynamo_models.cutover.stages import Place
from dynamo_models.cutover.status import GroupStatus
from dynamo_models.operators.words import meaning

Kind = Literal["up", "renew", "down"]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A move. findings: what its guards say, but for those that try a write; a step down has none."""

    before: Place
    place: Place
    kind: Kind
    command: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def crosses(self) -> bool:
        """Whether authority changes with it, which takes a switch and a while."""
        return self.before.authority != self.place.authority

    @property
    def switches(self) -> bool:
        """Whether DynamoDB has authority before or after: then it asks for a permission of its own, and to be typed."""
        return "dynamodb" in {self.before.authority, self.place.authority}

    @property
    def permission(self) -> str:
        """The codename of the permission that it takes."""
        if self.switches:
            return "switch_groupstate"
        return "step_down_groupstate" if self.kind == "down" else "step_up_groupstate"

    @property
    def refused(self) -> list[Finding]:
        return [each for each in self.findings if not each.ok]

    @property
    def asks_more(self) -> bool:
        """Whether there are guards that are asked as the step is taken: those that try a write."""
        return self.kind == "up" and len(guards.GUARDS[self.place.stage]) > len(self.findings)

    @property
    def title(self) -> str:
        if self.kind == "renew":
            return f"Begin {self.place} anew"
        if self.crosses:
            return f"Switch authority {'to DynamoDB' if self.place.authority == 'dynamodb' else 'back to SQL'}"
        return f"Step {self.kind} to {self.place}"

    @property
    def meaning(self) -> str:
        return meaning(self.place)


def offers(status: GroupStatus) -> list[Offer]:
    """Every move that there is: the one up, what can be begun anew, and those down, nearest first."""
    before, up = status.place, status.next_place
    found: list[Offer] = []
    if up is not None:
        findings = status.findings()
        found.append(Offer(before=before, place=up, kind="up", command=status.command(up), findings=findings))
    if status.renews:
        found.append(Offer(before=before, place=before, kind="renew", command=status.command(before)))
    for each in status.lower_places:
        # A step down waits for nothing; the way back of authority has guards of its own.
        crosses = before.authority != each.authority
        findings = guards.check(status.known, each, probing=False) if crosses else []
        found.append(Offer(before=before, place=each, kind="down", command=status.command(each), findings=findings))
    return found
