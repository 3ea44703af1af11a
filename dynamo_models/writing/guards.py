"""What a write is held to: that an item is still what it was, and what it means where it is not."""

# ruff: noqa: SLF001 - what an instance knows of its stored item is this library's own, and nobody else's

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pynamodb.expressions.condition import Comparison, Condition
from pynamodb.expressions.operand import Value

from dynamo_models import wire
from dynamo_models.codec import codec_of
from dynamo_models.errors import ConditionFailed, DynamoModelsError, RawItem, StaleWrite, ValueRefused
from dynamo_models.schema.definition import SCHEMA_VERSION, EntityDefinition, EntitySchema
from dynamo_models.writing import values
from dynamo_models.writing.call import Failure, all_of, as_stored, path

# Stored names and what each has to be still; None for an attribute that has to be absent still.
Expected = dict[str, dict[str, Any] | None]

# DynamoDB takes 300 operators in an expression, and each attribute that is held to costs two.
MOST_GUARDS = 100


def absent(schema: EntitySchema) -> Condition:
    """That there is no item, or only one that has expired and that DynamoDB has not removed yet."""
    condition: Condition = path(schema.table.pk.name).does_not_exist()
    return condition | _expiry_passed(schema) if schema.ttl is not None else condition


def present(schema: EntitySchema) -> Condition:
    """That there is an item, and that it has not expired: to readers, an expired one is gone."""
    condition: Condition = path(schema.table.pk.name).exists()
    return condition & ~_expiry_passed(schema) if schema.ttl is not None else condition


def _expiry_passed(schema: EntitySchema) -> Condition:
    assert schema.ttl is not None  # noqa: S101 - the callers looked
    now = Value({"N": str(int(time.time()))})
    return Comparison("<=", path(schema.stored(schema.ttl)), now)  # type: ignore[no-untyped-call]


def expired(schema: EntitySchema, item: RawItem) -> bool:
    """Whether a stored item's time has passed."""
    held = item.get(schema.stored(schema.ttl)) if schema.ttl is not None else None
    return held is not None and "N" in held and Decimal(held["N"]) <= time.time()


def held(expected: Expected) -> Condition | None:
    """The condition that all of these still are as they were; None where there are none."""
    return all_of(*(as_stored(name, value) for name, value in expected.items()))


def as_read(item: RawItem | None, names: Iterable[str]) -> Expected:
    """That these attributes are what they are in a stored item."""
    return {name: dict(item[name]) if item is not None and name in item else None for name in names}


def version_of(instance: EntityDefinition) -> Expected:
    """That nobody has written the item since: its version is what the instance has, or it has none yet.

    DeferredAttribute for an instance of which the version was not loaded.
    """
    schema = instance.schema
    if schema.version is None:
        return {}
    number = instance.attribute_values.get(schema.version)
    return {schema.stored(schema.version): None if number is None else {"N": str(number)}}


def decoded(schema: EntitySchema, raw: RawItem | None) -> Any:
    """An item that a failed condition gave back, as an instance where it is one of the entity's and can be read."""
    if raw is None or not schema.owns(raw):
        return None
    try:
        return codec_of(schema.entity).decode(raw)
    except ValueRefused:
        return None


def failure(instance: EntityDefinition, expected: Mapping[str, Any], *, must_exist: bool) -> Failure:
    """What a failed condition of a write means: there is no such item (only where it ``must_exist``), another writer
    changed what was expected, or what is left: the caller's own condition."""
    schema = instance.schema
    known = instance._stored

    def meaning(failed: ConditionFailed) -> DynamoModelsError:
        what = f"{schema.name} {values.describe_key(instance)}"
        raw = failed.raw
        gone = raw is None or (expired(schema, raw) and not (known is not None and expired(schema, known)))
        if must_exist and gone:
            why = "does not exist" if raw is None else "has expired"
            text = f"{what} {why}; nothing was written. create() makes it."
            # For a type checker it is still PynamoDB's own.
            return schema.entity.DoesNotExist(text)  # type: ignore[return-value]
        changed = [name for name, value in expected.items() if not wire.same_value(value, (raw or {}).get(name))]
        item = decoded(schema, raw)
        if not changed:
            return ConditionFailed(f"{what}: the condition did not hold; nothing was written.", item=item, raw=raw)
        if SCHEMA_VERSION in changed and (known is None or instance._deferred):
            return StaleWrite(
                f"{what} is stored in schema version {_version(raw)}, and this is version {schema.schema_version}; "
                "nothing was written. Load it whole first: the change then brings it up.",
                item=item,
                raw=raw,
            )
        return StaleWrite(
            f"{what}: another writer changed {', '.join(sorted(changed))} since the item was read; nothing was "
            "written. Load it again and decide again.",
            item=item,
            raw=raw,
        )

    return meaning


def _version(raw: RawItem | None) -> str:
    marked = (raw or {}).get(SCHEMA_VERSION)
    return str(marked["N"]) if marked else "1"
