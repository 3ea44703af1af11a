"""Compares what a table should be with what it is, and says what to do in which order; pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from dynamo_models.tables.capacity_changes import capacity_changes
from dynamo_models.tables.index_changes import index_changes
from dynamo_models.tables.report import Extra, Refusal, TablePlan, Unknown
from dynamo_models.tables.state import (
    ENCRYPTION,
    ENCRYPTION_KEY,
    PROTECTION,
    RECOVERY,
    SCALING,
    TAGS,
    TTL,
    LiveTable,
    TableState,
    same_keys,
)
from dynamo_models.tables.steps import (
    AddIndex,
    CreateTable,
    DropIndex,
    ReplaceIndex,
    SetAutoScaling,
    SetDeletionProtection,
    SetEncryption,
    SetRecovery,
    SetStream,
    SetTags,
    SetTTL,
    Step,
)

DROP = "--drop"
UNPROTECT = "--allow-unprotect"


@dataclass
class _Findings:
    # Protection goes on before anything else is touched, and off after all of it.
    first: list[Step] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    last: list[Step] = field(default_factory=list)
    unknowns: list[Unknown] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)


def diff(table: str, wanted: TableState, live: LiveTable, *, drop: bool = False, unprotect: bool = False) -> TablePlan:
    """The plan that makes ``live`` what is ``wanted``.

    table: the name in the code. drop: take away indexes, streams and tags that the definition does not have, and
    replace indexes whose shape has changed. unprotect: let deletion protection, recovery and a KMS key be turned off.
    """
    found = _Findings()
    state = live.state
    if state is None:
        found.steps.append(CreateTable(table=wanted))
        state = _just_created(wanted)
    elif not same_keys(wanted.keys, state.keys):
        found.refusals.append(_other_keys(wanted, state))
        return _plan(table, wanted, live, found)
    else:
        _indexes(found, wanted, live, state, drop=drop)
        _stream(found, wanted, state, drop=drop)
        _encryption(found, wanted, live, state, unprotect=unprotect)
    _protection(found, wanted, live, state, unprotect=unprotect)
    _recovery(found, wanted, live, state, unprotect=unprotect)
    _ttl(found, wanted, live, state)
    _tags(found, wanted, live, state, drop=drop)
    _scaling(found, wanted, live, state)
    return _plan(table, wanted, live, found)


def _plan(table: str, wanted: TableState, live: LiveTable, found: _Findings) -> TablePlan:
    return TablePlan(
        table=table,
        name=wanted.name,
        exists=live.state is not None,
        steps=(*found.first, *found.steps, *found.last),
        unknowns=tuple(found.unknowns),
        refusals=tuple(found.refusals),
        extras=tuple(found.extras),
        busy=live.busy,
    )


def _just_created(wanted: TableState) -> TableState:
    """The table as CreateTable leaves it: the rest is not among its parameters."""
    return TableState(
        name=wanted.name,
        keys=wanted.keys,
        indexes=wanted.indexes,
        units=wanted.units,
        encryption=wanted.encryption,
        stream=wanted.stream,
        tags=wanted.tags,
        deletion_protection=wanted.deletion_protection,
    )


def _other_keys(wanted: TableState, state: TableState) -> Refusal:
    def words(keys: tuple[tuple[str, str], ...]) -> str:
        return ", ".join(f"{name} ({kind})" for name, kind in keys)

    return Refusal(
        what="keys",
        reason=f"The table is keyed by {words(state.keys)}, its definition by {words(wanted.keys)}; "
        "DynamoDB cannot change a table's keys.",
        remedy="Define a table under another name and copy the items to it; or give this one its keys as they are.",
    )


def _not_known(found: _Findings, live: LiveTable, aspect: str, wanted: str) -> bool:
    if aspect not in live.unknown:
        return False
    found.unknowns.append(Unknown(aspect=aspect, wanted=wanted, reason=live.unknown[aspect]))
    return True


def _indexes(found: _Findings, wanted: TableState, live: LiveTable, state: TableState, *, drop: bool) -> None:
    steps, extras, refusals = index_changes(wanted, state, drop=drop)
    goes = {step.index.name for step in steps if isinstance(step, ReplaceIndex | AddIndex)}
    goes |= {step.name for step in steps if isinstance(step, DropIndex)}
    capacity, unknowns = capacity_changes(wanted, live, state, replaced=goes)
    # Billing comes first: an index is added with or without units as its table is billed then.
    found.steps += [*capacity, *steps]
    found.unknowns += unknowns
    found.extras += extras
    found.refusals += refusals


def _stream(found: _Findings, wanted: TableState, state: TableState, *, drop: bool) -> None:
    if wanted.stream == state.stream:
        return
    if state.stream is None:
        found.steps.append(SetStream(view=wanted.stream))
    elif wanted.stream is not None:
        found.refusals.append(
            Refusal(
                what="stream",
                reason=f"It is there as {state.stream}, and DynamoDB cannot change it to {wanted.stream} in place.",
                remedy=f"Take stream= out of the definition and apply with {DROP}; then give it and apply again. "
                "Readers get a new stream with another ARN, and miss what is written in between.",
            )
        )
    elif drop:
        found.steps.append(SetStream(view=None))
    else:
        found.extras.append(Extra(what=f"stream {state.stream}", flag=DROP))


def _encryption(found: _Findings, wanted: TableState, live: LiveTable, state: TableState, *, unprotect: bool) -> None:
    words = wanted.encryption or "DynamoDB's own key"
    _not_known(found, live, ENCRYPTION_KEY, words)
    if wanted.encryption == state.encryption:
        return
    if ENCRYPTION in live.fixed:
        has = state.encryption or "DynamoDB's own key"
        reason = f"it has {has}, and {live.fixed[ENCRYPTION]}"
        found.unknowns.append(Unknown(aspect=ENCRYPTION, wanted=words, reason=reason))
    elif wanted.encryption is not None:
        found.steps.append(SetEncryption(key=wanted.encryption))
    elif unprotect:
        found.last.append(SetEncryption(key=None))
    else:
        found.extras.append(Extra(what=f"encryption by {state.encryption}", flag=UNPROTECT))


def _protection(found: _Findings, wanted: TableState, live: LiveTable, state: TableState, *, unprotect: bool) -> None:
    if _not_known(found, live, PROTECTION, "on" if wanted.deletion_protection else "off"):
        return
    if wanted.deletion_protection and not state.deletion_protection:
        found.first.append(SetDeletionProtection(enabled=True))
    elif state.deletion_protection and not wanted.deletion_protection:
        if unprotect:
            found.last.append(SetDeletionProtection(enabled=False))
        else:
            found.extras.append(Extra(what=PROTECTION, flag=UNPROTECT))


def _recovery(found: _Findings, wanted: TableState, live: LiveTable, state: TableState, *, unprotect: bool) -> None:
    if _not_known(found, live, RECOVERY, "on" if wanted.recovery else "off"):
        return
    if wanted.recovery and not state.recovery:
        (found.first if live.state is not None else found.steps).append(SetRecovery(enabled=True))
    elif state.recovery and not wanted.recovery:
        if unprotect:
            found.last.append(SetRecovery(enabled=False))
        else:
            found.extras.append(Extra(what=RECOVERY, flag=UNPROTECT))


def _ttl(found: _Findings, wanted: TableState, live: LiveTable, state: TableState) -> None:
    if _not_known(found, live, TTL, f"attribute {wanted.ttl}" if wanted.ttl else "off") or wanted.ttl == state.ttl:
        return
    if wanted.ttl is None:
        found.steps.append(SetTTL(attribute=str(state.ttl), enabled=False))
    elif state.ttl is None:
        found.steps.append(SetTTL(attribute=wanted.ttl))
    else:
        found.refusals.append(
            Refusal(
                what="time to live",
                reason=f"It is on for {state.ttl}, and must be off before it can be on for {wanted.ttl}; "
                "DynamoDB takes one change an hour.",
                remedy="Take ttl= out of the definition and apply; an hour later give it and apply again.",
            )
        )


def _tags(found: _Findings, wanted: TableState, live: LiveTable, state: TableState, *, drop: bool) -> None:
    if _not_known(found, live, TAGS, ", ".join(sorted(wanted.tags)) or "none"):
        return
    tags = tuple((key, value) for key, value in sorted(wanted.tags.items()) if state.tags.get(key) != value)
    extra = tuple(key for key in sorted(state.tags) if key not in wanted.tags)
    remove = extra if drop else ()
    if tags or remove:
        found.steps.append(SetTags(tags=tags, remove=remove))
    if not drop:
        found.extras += [Extra(what=f"tag {key}", flag=DROP) for key in extra]


def _scaling(found: _Findings, wanted: TableState, live: LiveTable, state: TableState) -> None:
    if wanted.units is None:
        return
    words = ", ".join(f"{place} {scaling}" for place, scaling in wanted.scaling.items())
    if _not_known(found, live, SCALING, words or "none"):
        return
    for place, scaling in wanted.scaling.items():
        if state.scaling.get(place) != scaling:
            found.steps.append(SetAutoScaling(place=place, range=scaling, policy=state.policies.get(place)))
    for place in state.scaling:
        if place not in wanted.scaling:
            found.steps.append(SetAutoScaling(place=place, range=None))
