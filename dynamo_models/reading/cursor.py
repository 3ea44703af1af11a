"""Cursors of pages: opaque, signed, bound to the query they came from, and made from the keys as they are stored."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import signing

from dynamo_models import conf
from dynamo_models.errors import CursorRefused
from dynamo_models.keys.predicate import Condition, Junction, Negation
from dynamo_models.reading.plan import Plan

SALT = "dynamo_models.cursor"

# Where a range of the read stands: None at its start, DONE at its end, else the key after which to go on.
Position = dict[str, dict[str, Any]] | str | None
DONE = "done"


def fingerprint(plan: Plan) -> str:
    """What tells one query from another: entity, key, ranges, direction and filters, but not the size of a page."""
    question = plan.question
    described = (
        plan.schema.table.endpoint_name,
        plan.schema.type_name,
        plan.operation,
        plan.key.name if plan.key else "",
        plan.key.shards if plan.key else 0,
        plan.key.index if plan.key else "",
        [str(each) for each in plan.ranges],
        plan.forward,
        question.order,
        sorted(_described(condition) for condition in question.conditions),
        sorted(str(expression) for expression in question.expressions),
        question.expired,
        question.scan,
    )
    return hashlib.sha256(repr(described).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _described(condition: Condition) -> str:
    """A condition as every process writes it: a set has no order of its own."""
    if isinstance(condition, Negation):
        return f"NOT {_described(condition.part)}"
    if isinstance(condition, Junction):
        return f"({condition.connector}: {', '.join(sorted(_described(part) for part in condition.parts))})"
    return f"{condition.name} {condition.op} {condition.path} {_value(condition.value)}"


def _value(value: Any) -> str:
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(_value(each) for each in value)) + "}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(sorted(f"{key!r}: {_value(each)}" for key, each in value.items())) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return repr(value)


def seal(plan: Plan, positions: Sequence[Position]) -> str:
    """The cursor that goes on at these positions, one for each range of the plan."""
    names = _names(plan)
    packed = [
        position if position is None or isinstance(position, str) else [_pack(position[name]) for name in names]
        for position in positions
    ]
    return signing.dumps([fingerprint(plan), packed], salt=SALT, compress=True)


def unseal(plan: Plan, cursor: str) -> list[Position]:
    """The positions that a cursor stands for. CursorRefused for one that is forged, damaged, too old, or another's."""
    if not isinstance(cursor, str):
        raise CursorRefused(f"A cursor is text, not {type(cursor).__name__}. Take it from page.next.")
    try:
        age = conf.cursor_max_age()
        found = signing.loads(cursor, salt=SALT, max_age=None if age is None else timedelta(seconds=age))
    except signing.SignatureExpired as error:
        raise CursorRefused("The cursor is too old. Begin again with the first page.") from error
    except signing.BadSignature as error:
        raise CursorRefused("The cursor is damaged, or was not made here. Begin again with the first page.") from error
    mark, packed = found
    if mark != fingerprint(plan) or len(packed) != len(plan.streams):
        raise CursorRefused(
            f"The cursor was taken in another query, or before the keys of {plan.schema.name} were changed. Use it "
            "with the filters and the order that it was taken with, or begin again with the first page."
        )
    names = _names(plan)
    return [
        each if each is None or isinstance(each, str) else dict(zip(names, map(_unpack, each), strict=True))
        for each in packed
    ]


def _names(plan: Plan) -> list[str]:
    return plan.schema.key_names(plan.key)


def _pack(value: dict[str, Any]) -> list[str]:
    ((kind, held),) = value.items()
    return [kind, base64.b64encode(held).decode() if kind == "B" else held]


def _unpack(packed: list[str]) -> dict[str, Any]:
    kind, held = packed
    return {kind: base64.b64decode(held) if kind == "B" else held}
