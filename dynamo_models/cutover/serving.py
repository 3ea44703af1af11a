"""The one choice for reads: which store answers, and what is made of its answer.

The compiler of the database alias asks here for every read of a mirrored model; code that reads both stores by itself
can do the same. Once DynamoDB has authority it answers every read. Up to 100 % reading SQL has it: whatever it answers
is right, and whatever keeps DynamoDB from answering (a change in flight, a query that no key serves, the kill switch)
makes SQL the answer's store.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from dynamo_models.cutover import shadow, subjects, tallies
from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.in_flight import in_flight
from dynamo_models.cutover.stages import Stage, Store
from dynamo_models.cutover.state import State, state_of
from dynamo_models.mirror.registration import Mirror


@dataclass(frozen=True, kw_only=True)
class Choice:
    """store: who is to answer. authority: whose answer is the truth. compare: whether ``compare`` is to be called."""

    store: Store
    authority: Store
    compare: bool


def choose(mirror: Mirror, *, pks: Collection[Any] | None, partition: str | None, using: str) -> Choice:
    """Which store answers a read.

    pks: the primary keys that the query names, where it names all that it may find. partition: the text of the
    partition that it asks, where there is one. using: the alias of the database that holds the rows. Raises
    DatabaseError where the change log has to be looked at and cannot be: SQL could not answer either.
    """
    state = state_of(mirror.group, using)
    authority = state.place.authority
    if authority == "dynamodb":
        tallies.count(state, using, "served_dynamodb")
        return Choice(store="dynamodb", authority=authority, compare=False)
    if state.killed or not state.place.asks_dynamodb:
        return Choice(store="sql", authority=authority, compare=False)
    chosen = "sql"
    if _within(state, mirror, partition):
        if in_flight(mirror, pks, using):
            tallies.count(state, using, "in_flight")
        else:
            chosen = "dynamodb"
    tallies.count(state, using, f"served_{chosen}")
    compared = shadow.is_sampled(mirror.group)
    return Choice(store="dynamodb" if chosen == "dynamodb" else "sql", authority=authority, compare=compared)


def _within(state: State, mirror: Mirror, partition: str | None) -> bool:
    """Whether DynamoDB is to answer, as far as that goes by who asks."""
    if state.place.stage not in {Stage.READING, Stage.SWITCHING}:
        return False
    who = subjects.current()
    if who is not None and who in state.deny | state.allow:
        return who not in state.deny
    return subjects.within(state.place.share, state.group, who=who, partition=partition, label=mirror.label)


def compare(
    mirror: Mirror,
    *,
    ask_other: Callable[[], object],
    answer: object,
    what: str,
    store: str,
    ask_again: Callable[[], object] | None = None,
    ordered: bool = True,
    took: float | None = None,
    using: str | None = None,
) -> None:
    """Ask the other store the same, off this thread, and keep it where the answers differ. Never raises, never waits.

    answer: what ``store`` answered: rows as a list of tuples, model instances, a number, anything that ``normal``
    knows. ask_other, ask_again: ask the other store, and ``store`` itself once more, for an answer of the same form,
    in another thread. A difference counts when both stores give it twice with nothing in flight, so it takes
    ``ask_again`` to find one: without it, answers that differ are counted as not settled, and hold the next stage.
    ordered: whether the query says in which order; otherwise lists that hold the same are equal. took: seconds that
    ``answer`` took. using: as for ``choose``; the SQL side that the
    settings name where it is not said.
    """
    shadow.compare(
        shadow.Read(
            mirror=mirror,
            using=using or sql_alias(),
            what=what,
            served_by="dynamodb" if store == "dynamodb" else "sql",
            ordered=ordered,
            ask_other=ask_other,
            ask_again=ask_again,
        ),
        answer,
        took,
    )


def unserved(mirror: Mirror, reason: str, place: str, *, using: str | None = None) -> None:
    """Say that DynamoDB cannot serve a read that it was chosen for, and that SQL answers. Never raises.

    place: file and line of the code that asks.
    """
    using = using or sql_alias()
    state = state_of(mirror.group, using)
    tallies.count(state, using, "served_dynamodb", -1)
    tallies.count(state, using, "served_sql")
    tallies.unserved(state, mirror, reason, place, using)


def failed(mirror: Mirror, error: Exception, *, using: str | None = None) -> None:
    """Say that DynamoDB failed at a read that it was to answer. Past the bound, the group steps down. Never raises."""
    shadow.failed(mirror, error, using or sql_alias())
