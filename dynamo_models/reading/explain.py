"""A plan in words and figures, for whoever wants to know what a read will do before it does it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dynamo_models.reading.plan import KeyRange, Plan
from dynamo_models.reading.ranges import shown_value
from dynamo_models.reading.request import Expressions, filter_parts


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """How a read is answered.

    operation: GetItem, Unique (a unique item and the item that it leads to), Query, Scan. requests: how many at the
    least; None where only the data tells. read_units: for that many, estimated; None likewise.
    """

    operation: str
    table: str
    index: str | None
    key: str | None
    key_conditions: tuple[str, ...]
    filtered: tuple[str, ...]
    filtered_here: tuple[str, ...]
    forward: bool
    consistent: bool
    fetches: bool
    type_filter: bool
    requests: int | None
    read_units: float | None

    def __str__(self) -> str:
        where = f"{self.table}.{self.index}" if self.index else self.table
        lines = [f"{self.operation} {where}" + (f" by {self.key}" if self.key else "")]
        lines += [f"  key: {condition}" for condition in self.key_conditions]
        if len(self.key_conditions) > 1:
            lines.append(f"  merged in order: {len(self.key_conditions)} queries")
        lines += [f"  filtered after the read: {condition}" for condition in self.filtered]
        lines += [f"  filtered here: {condition}" for condition in self.filtered_here]
        if self.fetches:
            lines.append("  the index lacks attributes: the items are read by key, 100 at a time")
        if not self.forward:
            lines.append("  highest first")
        if self.consistent:
            lines.append("  strongly consistent")
        if self.requests == 0:
            lines.append("  nothing can match: nothing is sent")
        asked = "as many as the data has pages" if self.requests is None else f"{self.requests}"
        units = "" if self.read_units is None else f", about {self.read_units:g} read units"
        lines.append(f"  requests: {asked}{units}")
        return "\n".join(lines)


def explain(plan: Plan, *, limit: int | None, item_bytes: int) -> Explanation:
    """The explanation of a plan for ``limit`` matches of items of ``item_bytes`` each."""
    consistent = plan.question.consistent or plan.operation == "Unique"
    requests, units = _cost(plan, limit, item_bytes, consistent=consistent)
    schema = plan.schema
    filtered = [str(condition) for condition in plan.filters] + [str(each) for each in plan.question.expressions]
    if plan.type_filter:
        filtered.append(f"{schema.table.type_attribute} = {schema.type_name}")
    if plan.expiry_filter:
        filtered.append(f"{schema.ttl} has not passed")
    filter_parts(plan, Expressions(schema), count=False)  # what cannot be sent is refused here too
    name = plan.key.name if plan.key else plan.unique.name if plan.unique else None
    return Explanation(
        operation=plan.operation,
        table=schema.table.name,
        index=plan.index,
        key=name,
        key_conditions=tuple(_condition(plan, each) for each in plan.ranges) or _point(plan),
        filtered=tuple(filtered),
        filtered_here=tuple(str(condition) for condition in plan.local),
        forward=plan.forward,
        consistent=consistent,
        fetches=plan.fetch,
        type_filter=plan.type_filter,
        requests=requests,
        read_units=units,
    )


def _condition(plan: Plan, each: KeyRange) -> str:
    assert plan.key is not None  # noqa: S101 - only keys have ranges
    text = f"{plan.key.pk.attribute.name} = {shown_value(each.pk)}"
    if each.sort is not None and plan.key.sk is not None:
        text += f", {plan.key.sk.attribute.name} {each.sort}"
    return text


def _point(plan: Plan) -> tuple[str, ...]:
    if plan.operation != "Unique" or plan.unique is None:
        return ()
    return (", ".join(f"{name}={value!r}" for name, value in (plan.values or {}).items()),)


def _cost(plan: Plan, limit: int | None, item_bytes: int, *, consistent: bool) -> tuple[int | None, float | None]:
    """(requests, read units), at the least; None where only the data tells."""
    if plan.operation != "Scan" and plan.item_key is None and not plan.ranges:
        return 0, 0.0
    each = math.ceil(item_bytes / 4096) * (1.0 if consistent else 0.5)
    if plan.operation == "GetItem":
        return 1, each
    if plan.operation == "Unique":
        return (1, 1.0) if plan.key_is_enough else (2, 1.0 + each)
    if limit is None or plan.operation == "Scan":
        return None, None
    queries = len(plan.ranges)
    units = queries * math.ceil(limit * item_bytes / 4096) * (1.0 if consistent else 0.5)
    if plan.fetch:
        return queries + math.ceil(limit / 100), units + limit * each
    return queries, units
