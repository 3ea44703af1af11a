"""One use as it is asked for: its stretches of the windows, the items it would write, and the answers it can have."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dynamo_models.errors import ValueRefused
from dynamo_models.limits.decision import Decision, Quota, Reason
from dynamo_models.limits.declaration import Declaration, Limits
from dynamo_models.limits.windows import Span, Window, zone_of
from dynamo_models.writing import puts, upserts
from dynamo_models.writing.call import Call


@dataclass(frozen=True, kw_only=True)
class Part:
    """A use's part in one window. facets: those of its counter."""

    window: Window
    span: Span
    limit: int
    facets: dict[str, Any]

    def fits(self, used: int, cost: int) -> bool:
        return self.limit < 0 or used + cost <= self.limit

    def read(self, *, consistent: bool = True) -> Any:
        """The counter, None where nothing was counted; one GetItem."""
        items = self.window.counter.objects.filter(**self.facets)  # type: ignore[attr-defined] # an Entity's
        return (items.consistent() if consistent else items).first()


@dataclass(kw_only=True)
class Asked:
    """The use, and what is known of the windows by now. used: by the window's name."""

    declared: Declaration
    user_id: Any
    action: str
    limit: Limits
    cost: int = 1
    request_id: str | None = None
    at: datetime
    zone: str
    used: dict[str, int] = field(default_factory=dict)
    parts: list[Part] = field(init=False)

    def __post_init__(self) -> None:
        if type(self.cost) is not int or self.cost < 1:
            raise ValueRefused(f"A use costs a whole number of 1 or more, not {self.cost!r}.")
        if self.request_id is not None and self.declared.uses is None:
            raise ValueRefused("A request_id needs an entity that remembers it: Limiter(uses=...), a UseItem.")
        self.parts = [
            Part(window=window, span=span, limit=limit, facets=window.facets(self.user_id, self.action, span))
            for window, limit in zip(self.declared.windows, self.declared.limits_of(self.limit), strict=True)
            for span in [window.span(self.at, self.zone)]
        ]

    def key(self, part: Part) -> tuple[Any, ...]:
        """What a refusal is remembered by."""
        return part.window.name, self.user_id, self.action, part.span.start

    def decision(self, reason: Reason, *, allowed: bool, refusing: Sequence[Part] = ()) -> Decision:
        quotas = [
            Quota(
                window=part.window.name,
                limit=part.limit,
                used=self.used.get(part.window.name),
                seconds=part.span.seconds(),
                reset_after=part.span.left(self.at),
                refuses=part in refusing,
            )
            for part in self.parts
        ]
        return Decision(
            allowed=allowed,
            reason=reason,
            user_id=self.user_id,
            action=self.action,
            cost=self.cost,
            at=self.at,
            request_id=self.request_id,
            quotas=tuple(quotas),
        )

    def refused(self, parts: Sequence[Part]) -> Decision:
        """By these windows, of which it is known how much is used, or that it would never fit."""
        for part in parts:
            if part.window.name in self.used:
                self.declared.refusals.remember(self.key(part), self.used[part.window.name], self.at)
        return self.decision("limit", allowed=False, refusing=parts)

    def full(self) -> list[Part]:
        """The windows that the use does not fit in, as far as it is known how much is used."""
        return [part for part in self.parts if not part.fits(self.used.get(part.window.name, 0), self.cost)]

    # What is written

    def count(self, part: Part) -> Call:
        """Add to the counter, if it stays within the limit; a counter that is not there starts at 0."""
        counter: Any = part.window.counter
        within = counter.n <= part.limit - self.cost if part.limit >= 0 else None
        given = part.facets | self.declared.expiry(part.window, part.span)
        return upserts.upsert(counter, given, [counter.n.add(self.cost)], if_=within)

    def begin(self, part: Part, used: int) -> Call:
        """Make the counter where there is none: with what the log has, and this use."""
        counter: Any = part.window.counter
        given = part.facets | self.declared.expiry(part.window, part.span)
        return puts.create(counter(**given, n=used + self.cost))

    def note(self, *, logged: bool) -> list[Call]:
        """Remember the request, if it has an id."""
        uses: Any = self.declared.uses
        if self.request_id is None or uses is None:
            return []
        return [
            puts.create(
                uses(
                    user_id=self.user_id,
                    request_id=self.request_id,
                    action=self.action,
                    cost=self.cost,
                    at=self.at,
                    zone=self.zone,
                    windows=[part.window.name for part in self.parts],
                    logged=logged,
                    **self._expiry(uses),
                )
            )
        ]

    def row(self, values: Mapping[str, Any]) -> Call:
        """The log's row. ValueRefused for a cost that it could not tell."""
        log: Any = self.declared.log
        known = log.schema.attributes
        if self.cost != 1 and "cost" not in known:
            raise ValueRefused(f"{log.__name__} has no attribute cost, so a use costs 1 there and not {self.cost}.")
        day = self.at.astimezone(zone_of(self.zone)).date()
        given = {"user_id": self.user_id, "action": self.action, "date": day, "created_at": self.at}
        given |= {name: value for name, value in self._told().items() if name in known}
        return puts.create(log(**(given | self._expiry(log) | dict(values))))

    def _told(self) -> dict[str, Any]:
        # A row's key may need an id where the caller has none to tell.
        needed = self.declared.log is not None and "request_id" in self.declared.log.schema.primary.facets
        return {"cost": self.cost, "request_id": self.request_id or (uuid.uuid4().hex if needed else None)}

    def _expiry(self, entity: Any) -> dict[str, datetime]:
        name = entity.schema.ttl
        return {} if name is None else {name: self.at + self.declared.kept}
