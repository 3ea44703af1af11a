"""What each step asks of DynamoDB: its requests, from the step and the table as it is just before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dynamo_models.tables import scaling
from dynamo_models.tables.state import IndexState, Keys, LiveTable, TableState, Units
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
    UpdateCapacity,
)

Request = tuple[str, dict[str, Any]]


def requests(step: Step, name: str, live: LiveTable) -> list[Request]:
    """(operation, parameters) in the order to send them; the table must be ACTIVE before each.

    name: the table's at the endpoint. live: the table as it is now.
    """
    match step:
        case CreateTable():
            return [("CreateTable", create_table(step.table))]
        case AddIndex() | DropIndex() | ReplaceIndex():
            return _index_requests(step, name, live)
        case SetTags():
            return _tags(step, live.arn)
        case SetAutoScaling():
            return scaling.requests(name, step.place, step.range, step.policy)
    operation, parameters = _setting(step)
    return [(operation, {"TableName": name, **parameters})]


def _setting(step: Step) -> Request:
    match step:
        case UpdateCapacity():
            return "UpdateTable", _capacity(step)
        case SetTTL():
            specification = {"Enabled": step.enabled, "AttributeName": step.attribute}
            return "UpdateTimeToLive", {"TimeToLiveSpecification": specification}
        case SetRecovery():
            recovery = {"PointInTimeRecoveryEnabled": step.enabled}
            return "UpdateContinuousBackups", {"PointInTimeRecoverySpecification": recovery}
        case SetEncryption():
            return "UpdateTable", {"SSESpecification": _encryption(step.key)}
        case SetStream():
            return "UpdateTable", {"StreamSpecification": _stream(step.view)}
        case SetDeletionProtection():
            return "UpdateTable", {"DeletionProtectionEnabled": step.enabled}
    raise TypeError(f"not a step: {step!r}")


def _index_requests(step: AddIndex | DropIndex | ReplaceIndex, name: str, live: LiveTable) -> list[Request]:
    """One index in each request: DynamoDB makes or drops one at a time."""
    if isinstance(step, DropIndex):
        return [_drop(name, step.name)]
    add = _add(name, step.index, live)
    return [_drop(name, step.index.name), add] if isinstance(step, ReplaceIndex) else [add]


def _tags(step: SetTags, arn: str) -> list[Request]:
    tags = [{"Key": key, "Value": value} for key, value in step.tags]
    found: list[Request] = [("TagResource", {"ResourceArn": arn, "Tags": tags})] if tags else []
    if step.remove:
        found.append(("UntagResource", {"ResourceArn": arn, "TagKeys": list(step.remove)}))
    return found


def create_table(table: TableState) -> dict[str, Any]:
    """CreateTable's parameters. TTL, recovery and auto scaling have requests of their own, once the table is there."""
    request: dict[str, Any] = {
        "TableName": table.name,
        "AttributeDefinitions": attribute_definitions([table.keys, *(index.keys for index in table.indexes.values())]),
        "KeySchema": _schema(table.keys),
        "BillingMode": "PAY_PER_REQUEST" if table.units is None else "PROVISIONED",
    }
    if table.units is not None:
        request["ProvisionedThroughput"] = _units(table.units)
    for parameter, local in (("GlobalSecondaryIndexes", False), ("LocalSecondaryIndexes", True)):
        indexes = [_index(index) for index in table.indexes.values() if index.local is local]
        if indexes:
            request[parameter] = indexes
    if table.stream is not None:
        request["StreamSpecification"] = _stream(table.stream)
    if table.encryption is not None:
        request["SSESpecification"] = _encryption(table.encryption)
    if table.tags:
        request["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(table.tags.items())]
    if table.deletion_protection:
        request["DeletionProtectionEnabled"] = True
    return request


def attribute_definitions(schemas: Iterable[Keys]) -> list[dict[str, str]]:
    """Each key attribute once. DynamoDB refuses one that no key uses, so these are of the keys given and no others."""
    types = {name: kind for keys in schemas for name, kind in keys if kind}
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def _schema(keys: Keys) -> list[dict[str, str]]:
    roles = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": role} for (name, _), role in zip(keys, roles, strict=False)]


def _index(index: IndexState) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if index.projection == "INCLUDE":
        projection["NonKeyAttributes"] = sorted(index.attributes)
    request = {"IndexName": index.name, "KeySchema": _schema(index.keys), "Projection": projection}
    if index.units is not None:
        request["ProvisionedThroughput"] = _units(index.units)
    return request


def _units(units: Units) -> dict[str, int]:
    return {"ReadCapacityUnits": units.read, "WriteCapacityUnits": units.write}


def _stream(view: str | None) -> dict[str, Any]:
    return {"StreamEnabled": True, "StreamViewType": view} if view else {"StreamEnabled": False}


def _encryption(key: str | None) -> dict[str, Any]:
    if key is None:
        return {"Enabled": False}
    specification: dict[str, Any] = {"Enabled": True, "SSEType": "KMS"}
    if key != "aws":
        specification["KMSMasterKeyId"] = key
    return specification


def _capacity(step: UpdateCapacity) -> dict[str, Any]:
    request: dict[str, Any] = {}
    if step.mode is not None:
        request["BillingMode"] = step.mode
    if step.units is not None:
        request["ProvisionedThroughput"] = _units(step.units)
    if step.indexes:
        request["GlobalSecondaryIndexUpdates"] = [
            {"Update": {"IndexName": name, "ProvisionedThroughput": _units(units)}} for name, units in step.indexes
        ]
    return request


def _add(name: str, index: IndexState, live: LiveTable) -> Request:
    # All the definitions in use, not the new index's alone: some endpoints forget those that are not repeated.
    schemas: list[Keys] = [index.keys]
    if live.state is not None:
        kept = (other.keys for other in live.state.indexes.values() if other.name != index.name)
        schemas = [live.state.keys, *kept, index.keys]
    changes = [{"Create": _index(index)}]
    definitions = attribute_definitions(schemas)
    return "UpdateTable", {
        "TableName": name,
        "AttributeDefinitions": definitions,
        "GlobalSecondaryIndexUpdates": changes,
    }


def _drop(name: str, index: str) -> Request:
    return "UpdateTable", {"TableName": name, "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": index}}]}
