"""What a plan gives beside its items in order: the one item of a key, a count, whether there is any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dynamo_models.errors import RawItem
from dynamo_models.reading import decode, lookups, request
from dynamo_models.reading.plan import Plan
from dynamo_models.reading.projection import expiry_projected, marker_projected
from dynamo_models.reading.stream import Meter
from dynamo_models.reading.walk import Walk, belongs
from dynamo_models.transport import call
from dynamo_models.writing.uniques import is_unique, owner_key

# A unique item that leads to where its item was a moment ago is read again, so often.
TRIES = 3


def get_one(plan: Plan, meter: Meter | None = None) -> Any | None:
    """The instance of a plan that reads one item by its key or by a unique; None where there is none."""
    if plan.item_key is None:
        return None
    meter = meter or Meter(plan)
    if plan.key_is_enough:
        return _reference(plan, meter)
    item = _by_unique(plan, meter) if plan.operation == "Unique" else _item(plan, plan.item_key, meter)
    if item is None or not belongs(plan, item):
        return None
    instance = decode.whole(plan.schema, item)
    if not lookups.all_hold(plan.local, instance.attribute_values):
        return None
    return decode.deferring(instance, plan.question.only)


def _reference(plan: Plan, meter: Meter) -> Any | None:
    """The instance that a unique item leads to, with its key alone: the item itself is not read."""
    assert plan.item_key is not None  # noqa: S101 - looked at before
    pointer = _item(plan, plan.item_key, meter, consistent=True)
    if pointer is None or not is_unique(plan.schema, pointer):
        return None
    instance = decode.of_key(plan.schema, owner_key(pointer), plan.values or {})
    return instance if lookups.all_hold(plan.local, instance.attribute_values) else None


def _by_unique(plan: Plan, meter: Meter) -> RawItem | None:
    assert plan.unique is not None  # noqa: S101 - the operation says so
    assert plan.item_key is not None  # noqa: S101 - looked at before
    known: Mapping[str, Any] | None = None
    for _ in range(TRIES):
        pointer = _item(plan, plan.item_key, meter, consistent=True)
        if pointer is None or not is_unique(plan.schema, pointer):
            return None
        owner = owner_key(pointer)
        if owner == known:
            return None
        item = _item(plan, owner, meter, consistent=True)
        if item is not None:
            return item
        known = owner  # the item has moved, or has gone, between the two reads
    return None


def _item(plan: Plan, key: Mapping[str, Any], meter: Meter, *, consistent: bool | None = None) -> RawItem | None:
    asked = {
        "TableName": plan.schema.table.endpoint_name,
        "Key": dict(key),
        "ConsistentRead": plan.question.consistent if consistent is None else consistent,
    }
    answer = call(plan.schema.table, "GetItem", asked)
    meter.after(answer)
    item: RawItem | None = answer.get("Item")
    return item


def count(plan: Plan) -> int:
    """How many items match. DynamoDB counts them, and bills each one that it reads."""
    if plan.operation in ("GetItem", "Unique"):
        return int(get_one(plan) is not None)
    if not plan.streams:
        return 0
    unseen = not plan.question.expired and not expiry_projected(plan.schema, plan.key)
    if plan.local or unseen or not marker_projected(plan.schema, plan.key):
        # What DynamoDB cannot count is counted here; the rest of an item is read only where its expiry is there.
        return sum(1 for _ in Walk(replace(plan, fetch=unseen)).matches())
    meter = Meter(plan)
    total = 0
    segments = range(plan.question.scan) if plan.question.scan > 1 else (None,)
    for each in plan.streams:
        for segment in segments:
            asked = request.query(plan, each, count=True, segment=segment)
            while True:
                meter.before()
                answer = call(plan.schema.table, "Query" if each is not None else "Scan", dict(asked))
                meter.after(answer)
                total += int(answer["Count"])
                if "LastEvaluatedKey" not in answer:
                    break
                asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    return total


def exists(plan: Plan) -> bool:
    """Whether any item matches."""
    if plan.operation in ("GetItem", "Unique"):
        return get_one(plan) is not None
    unseen = not plan.question.expired and not expiry_projected(plan.schema, plan.key)
    return any(True for _ in Walk(replace(plan, fetch=plan.fetch and unseen)).matches(1))
