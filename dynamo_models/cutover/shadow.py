"""Comparisons of reads, off the requests' path: as many at once, waiting, and for as long as settings say; the rest is
dropped and counted."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dynamo_models import conf
from dynamo_models.cutover import background, settling, tallies, watch
from dynamo_models.cutover.in_flight import in_flight
from dynamo_models.cutover.normal import kept, normal, snapshot
from dynamo_models.cutover.records import ReadMismatch
from dynamo_models.cutover.stages import Store
from dynamo_models.cutover.state import State, look_again, overridden, state_of
from dynamo_models.mirror.registration import Mirror

logger = logging.getLogger(__name__)

MOST_KEPT = 200  # mismatches of a group; the oldest go


@dataclass(frozen=True, kw_only=True)
class Read:
    """A read that one store has answered. ordered: whether the order of its rows matters."""

    mirror: Mirror
    using: str
    what: str
    served_by: Store
    ordered: bool
    ask_other: Callable[[], object]
    ask_again: Callable[[], object] | None

    @property
    def other(self) -> Store:
        return "dynamodb" if self.served_by == "sql" else "sql"

    def form(self, answer: Any) -> Any:
        return normal(answer, ordered=self.ordered)


differing: list[tuple[Read, settling.Difference]] = []
"""What tests have found that put a group at a stage: there a read is compared at once, and kept nowhere else."""


def is_sampled(group: str) -> bool:
    """Whether this read is one of those that are compared; each is, where a test has put the group at its stage."""
    return group in overridden or random.random() < conf.cutover_settings().sample  # noqa: S311 - not for secrets


def compare(read: Read, answer: object, took: float | None) -> None:
    """Have the other store asked the same. Never raises, never waits."""
    if read.mirror.group in overridden:
        _compare_now(read, answer)
        return
    try:
        state = state_of(read.mirror.group, read.using)
        if took is not None:
            tallies.took(state, read.using, read.served_by, took)
        held, until = snapshot(answer), time.monotonic() + conf.cutover_settings().deadline
        if not background.submit(lambda: _carry_out(read, held, state, until)):
            tallies.count(state, read.using, "dropped")
    except Exception:
        logger.exception("A read of %s was not compared: %s", read.mirror.label, read.what)


def failed(mirror: Mirror, error: Exception, using: str) -> None:
    """DynamoDB failed at a read that it was to answer."""
    try:
        state = state_of(mirror.group, using)
        logger.warning("DynamoDB failed at a read of %s: %s: %s", mirror.label, type(error).__name__, error)
        tallies.count(state, using, "errors_dynamodb")
        if state.step:
            background.submit(lambda: watch.judge_now(mirror.group, using, swarm=True))
    except Exception:
        logger.exception("A failure of DynamoDB at a read of %s was not counted.", mirror.label)


def _carry_out(read: Read, held: Any, state: State, until: float) -> None:
    deadline = conf.cutover_settings().deadline
    if time.monotonic() > until:
        tallies.count(state, read.using, "dropped")
        return
    began = time.perf_counter()
    try:
        other = read.form(read.ask_other())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the other store's, and counted as such
        _erred(read, state, error)
        return
    took = time.perf_counter() - began
    tallies.took(state, read.using, read.other, took)
    if took > deadline:
        tallies.count(state, read.using, "late")
    elif other == read.form(held):
        tallies.count(state, read.using, "same")
    else:
        _make_certain(read, state)


def _erred(read: Read, state: State, error: Exception) -> None:
    logger.warning("%s failed at what it was asked to compare, %s: %s", read.other, read.what, error)
    tallies.count(state, read.using, f"errors_{read.other}")
    watch.judge_now(state.group, read.using, swarm=True)


def _make_certain(read: Read, state: State) -> None:
    again = read.ask_again
    if again is None:
        tallies.count(state, read.using, "unsettled")
        return
    asks = {read.served_by: lambda: read.form(again()), read.other: lambda: read.form(read.ask_other())}
    try:
        found = settling.make_certain(read.mirror, ask_sql=asks["sql"], ask_dynamodb=asks["dynamodb"], using=read.using)
    except Exception as error:  # noqa: BLE001 - one of the stores failed: nothing is certain
        logger.warning("A difference at %s could not be looked at again: %s", read.what, error)
        found = settling.Certain(settled=False)
    # Of the place where the group is by now: a difference that was found at the last one speaks against this one too.
    state = state_of(state.group, read.using)
    if found.difference is not None and look_again(state.group, read.using).place.authority == "dynamodb":
        # Authority moved meanwhile: SQL is behind by what is on its way back.
        tallies.count(state, read.using, "dropped")
        return
    if found.difference is not None:
        _keep(read, state, found.difference)
    tallies.count(state, read.using, _named(found))
    if found.difference is not None:
        watch.judge_now(state.group, read.using)


def _named(found: settling.Certain) -> str:
    if found.difference is not None:
        return "different"
    return "same" if found.settled else "unsettled"


def _keep(read: Read, state: State, difference: settling.Difference) -> None:
    """Write a mismatch down, with both answers, and forget the oldest."""
    rows = ReadMismatch.objects.using(read.using).filter(group=state.group)
    row = ReadMismatch.objects.using(read.using).create(
        group=state.group,
        step=state.step,
        source=read.mirror.label,
        what=read.what,
        sql=kept(difference.sql),
        dynamodb=kept(difference.dynamodb),
        served_by=read.served_by,
    )
    logger.error("SQL and DynamoDB differ at %s (mismatch %s)", read.what, row.pk)
    oldest = list(rows.order_by("-pk").values_list("pk", flat=True)[MOST_KEPT : MOST_KEPT + 1])
    if oldest:
        rows.filter(pk__lte=oldest[0]).delete()


def _compare_now(read: Read, answer: object) -> None:
    """In a test: at once, in its own thread and transaction, unless something is on its way."""
    if in_flight(read.mirror, None, read.using):
        return
    other, own = read.form(read.ask_other()), read.form(answer)
    if other != own:
        both: dict[Store, Any] = {read.served_by: own, read.other: other}
        differing.append((read, settling.Difference(sql=both["sql"], dynamodb=both["dynamodb"])))
