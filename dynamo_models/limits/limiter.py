"""The limiter: what an application declares once, and asks for every use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from dynamo_models.limits import consuming, reconciling, refunding
from dynamo_models.limits.asked import Asked
from dynamo_models.limits.decision import Decision
from dynamo_models.limits.declaration import Declaration, Limits
from dynamo_models.limits.reconciling import Reconciled
from dynamo_models.limits.signals import decided
from dynamo_models.limits.trying import Tries


class Limiter(Declaration):
    """``Limiter(windows=[Window.day(UsageCounter)], log=UsageLog, uses=UsageUse)``.

    windows: each with the entity of its counters (``CounterItem``). log: the entity of a row for each use (user_id,
    action, date, created_at; cost and request_id where there is such a thing); None where the log is elsewhere. uses:
    the entity that remembers requests by their ids (``UseItem``); without it no use is told again, and none given back.

    atomic_log: the row in the counter's transaction; False is the counter first and the row after, half the units,
    and a crash in between counts one too many. decide_by: ``"log"`` is for the release before the first that decides by
    the counter: the log is counted and decides, and the counter is written beside it, made of the log where there is
    none. It also refuses what the counter does, so that both releases can run at once. Processes that only count, and
    do not write the counter, have to be gone before the counter decides; ``reconcile`` then puts right what they wrote.

    on_unavailable: what a use gets that DynamoDB could not be asked for, ``"deny"`` or ``"allow"``. timeout: seconds
    for one request, and after which no other try begins; tries: at most so many. zone: of the calendar's days, unless a
    call gives another. clock: tells the time, with a zone. remember_refusals: how long this process refuses what was
    refused, without a request. kept: how long rows, notes and counters stay after their time, where they have a TTL.
    settled_after: see ``reconcile``. DefinitionError for what does not fit together.
    """

    def consume(
        self,
        user_id: Any,
        action: str,
        *,
        limit: Limits,
        cost: int = 1,
        request_id: str | None = None,
        at: datetime | None = None,
        zone: str | None = None,
        values: Mapping[str, Any] | None = None,
        log: bool = True,
        look: bool = False,
    ) -> Decision:
        """Admit one use, or do not; all windows or none, and nothing is written of what is not admitted.

        limit: uses in the window, by its name where there are several; -1 is none. It holds for this call alone.
        request_id: told again it is one use, and gets the answer of the first; one that was refused is asked anew.
        values: what the log's row has besides. log: False where the caller writes the row elsewhere.
        look: read the counters first, a GetItem for each window: what is used up is refused for that alone, and the
        answer tells how much is left. Without it that is known of a refusal, and of ``atomic_log=False``.

        A limit of 0, and a cost above the limit, are refused without a request. ValueRefused for what cannot be meant.
        """
        asked = Asked(
            declared=self,
            user_id=user_id,
            action=action,
            limit=limit,
            cost=cost,
            request_id=request_id,
            at=at or self.clock(),
            zone=zone or self.zone,
        )
        tries = self.trying()
        decision = consuming.decide(asked, tries, values=values or {}, log=log and self.log is not None, look=look)
        self._tell(action, decision.reason, tries)
        return decision

    def peek(
        self,
        user_id: Any,
        action: str,
        *,
        limit: Limits,
        at: datetime | None = None,
        zone: str | None = None,
        consistent: bool = False,
    ) -> Decision:
        """What a use would be answered now, and how much is used: one GetItem for each window."""
        asked = Asked(
            declared=self, user_id=user_id, action=action, limit=limit, at=at or self.clock(), zone=zone or self.zone
        )
        for part in asked.parts:
            held = part.read(consistent=consistent)
            asked.used[part.window.name] = 0 if held is None else held.n
        full = asked.full()
        return asked.decision("looked", allowed=not full, refusing=full)

    def refund(self, user_id: Any, request_id: str, *, log: bool | None = None, forget: bool = False) -> bool:
        """Give the use of a request back: its row goes, its counters count it no more. Whether this call did it.

        log: whether the row goes; where it is not given, as it was written by ``consume``. forget: the request may be
        admitted again, as what was to be written elsewhere never was. False where it was given back before, and where
        no such use was admitted. Conflict, Throttled or EndpointError where DynamoDB cannot be asked: it is not known
        then, and may be tried again.
        """
        tries = self.trying()
        held = refunding.refund(self, tries, user_id, request_id, log=log, forget=forget)
        if held is not None:
            self._tell(held.action, "given back", tries)
        return held is not None

    def reconcile(
        self,
        user_id: Any,
        action: str,
        *,
        at: datetime | None = None,
        zone: str | None = None,
        rows: Callable[[], int] | None = None,
    ) -> list[Reconciled]:
        """Compare the counters of a time (now) with the log, which is read as a whole, and set those that differ.

        Safe beside uses, refunds and itself. rows: counts a log elsewhere. There, and with ``atomic_log=False``,
        a counter above its log is left as it is, ``unsettled``, until it was last written ``settled_after`` ago:
        a row may be on its way. Conflict where it is written all the time.
        """
        at, zone = at or self.clock(), zone or self.zone
        return reconciling.reconcile(self, user_id, action, at=at, zone=zone, rows=rows, only_missing=False)

    def seed(
        self,
        user_id: Any,
        action: str,
        *,
        at: datetime | None = None,
        zone: str | None = None,
        rows: Callable[[], int] | None = None,
    ) -> list[Reconciled]:
        """Make the counters that are missing, of what the log has; those that are there stay. Once is enough."""
        at, zone = at or self.clock(), zone or self.zone
        return reconciling.reconcile(self, user_id, action, at=at, zone=zone, rows=rows, only_missing=True)

    def _tell(self, action: str, outcome: str, tries: Tries) -> None:
        decided.send_robust(sender=type(self), limiter=self, action=action, outcome=outcome, tries=tries.made)
