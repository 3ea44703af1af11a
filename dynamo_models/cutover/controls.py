"""What an operator may do to a group at any stage: the kill switch, and whose reads go where whatever the share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from dynamo_models.cutover.moves import MoveRefused, locked, note, operator, put
from dynamo_models.cutover.records import GroupState
from dynamo_models.cutover.state import State, of_row, state_of

# All of them are read by each process twice a second; more people than that are a share.
MOST_SUBJECTS = 1000
LONGEST_SUBJECT = 255


def kill(group: str, *, using: str, who: str = "", reason: str = "") -> State:
    """SQL answers every read from now on, whatever the stage, within a second everywhere. MoveRefused where DynamoDB
    has authority: SQL's answers would be behind."""
    if (place := state_of(group, using).place).authority == "dynamodb":
        raise MoveRefused(
            f"{group} is at {place}: DynamoDB has authority, and SQL cannot answer in its place. The way back is "
            f"manage.py dynamo_cutover {group} --to reading."
        )
    return _change(group, using, "kill", lambda _: {"killed": True}, who=who, reason=reason)


def unkill(group: str, *, using: str, who: str = "", reason: str = "") -> State:
    """Reads go where the stage says again."""
    return _change(group, using, "unkill", lambda _: {"killed": False}, who=who, reason=reason)


def allow(group: str, subjects: Iterable[str], *, using: str, who: str = "", reason: str = "") -> State:
    """Reads of these subjects go to DynamoDB at every share above 0."""
    named = _named(subjects)
    return _change(group, using, "allow", lambda row: _lists(row, allow=named), who=who, reason=reason, named=named)


def deny(group: str, subjects: Iterable[str], *, using: str, who: str = "", reason: str = "") -> State:
    """Reads of these subjects go to SQL at every share."""
    named = _named(subjects)
    return _change(group, using, "deny", lambda row: _lists(row, deny=named), who=who, reason=reason, named=named)


def forget(group: str, subjects: Iterable[str], *, using: str, who: str = "", reason: str = "") -> State:
    """Reads of these subjects go by the share again."""
    named = _named(subjects)
    return _change(group, using, "forget", _lists_without(named), who=who, reason=reason, named=named)


def _named(subjects: Iterable[str]) -> list[str]:
    named = [each.strip() for each in subjects]
    if not named or any(not each or len(each) > LONGEST_SUBJECT for each in named):
        raise MoveRefused(f"A subject is text of 1 to {LONGEST_SUBJECT} characters, such as a user's primary key.")
    return named


def _lists(row: GroupState, *, allow: list[str] | None = None, deny: list[str] | None = None) -> dict[str, str]:
    """Both lists with these added to the one, and taken from the other."""
    state = of_row(vars(row))
    allowed, denied = set(allow or ()), set(deny or ())
    return _stored((state.allow | allowed) - denied, (state.deny | denied) - allowed)


def _lists_without(named: list[str]) -> Callable[[GroupState], dict[str, str]]:
    def without(row: GroupState) -> dict[str, str]:
        state = of_row(vars(row))
        return _stored(state.allow.difference(named), state.deny.difference(named))

    return without


def _stored(allowed: frozenset[str] | set[str], denied: frozenset[str] | set[str]) -> dict[str, str]:
    if len(allowed) + len(denied) > MOST_SUBJECTS:
        raise MoveRefused(f"{MOST_SUBJECTS} subjects are the most that the lists of a group hold.")
    return {"allow": json.dumps(sorted(allowed)), "deny": json.dumps(sorted(denied))}


def _change(
    group: str,
    using: str,
    action: str,
    fields: Callable[[GroupState], dict[str, Any]],
    *,
    who: str,
    reason: str,
    named: list[str] | None = None,
) -> State:
    with locked(group, using) as row:
        state = of_row(vars(row))
        changed = fields(row)
        evidence = {"subjects": named} if named else {}
        note(row, action, state.place, using=using, who=who or operator(), reason=reason, evidence=evidence)
        return put(row, using, **changed)
