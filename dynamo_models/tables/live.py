"""Reads what DynamoDB has, and names what the endpoint cannot be asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from dynamo_models.tables.gaps import does_not_know, fixed_after_creation, reason
from dynamo_models.tables.scaling import read_scaling
from dynamo_models.tables.state import (
    ENCRYPTION_KEY,
    PROTECTION,
    RECOVERY,
    SCALING,
    TAGS,
    TTL,
    IndexState,
    Keys,
    LiveTable,
    ScalingPlace,
    ScalingRange,
    TableState,
    Units,
    projected,
)

Answer = TypeVar("Answer")
Ranges = tuple[Mapping[ScalingPlace, ScalingRange], Mapping[ScalingPlace, str]]

# AWS makes these tags itself; nobody else can set them or take them away.
RESERVED_TAG = "aws:"
_NO_TABLE_YET = frozenset(
    {"ResourceNotFoundException", "ResourceNotFound", "TableNotFoundException", "ContinuousBackupsUnavailableException"}
)
_UNDERWAY = frozenset({"CREATING", "UPDATING", "DELETING", "ENABLING", "DISABLING"})


def describe(client: Any, name: str) -> dict[str, Any] | None:
    """DescribeTable's answer, or None where there is no such table."""
    try:
        found: dict[str, Any] = client.describe_table(TableName=name)["Table"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            return None
        raise
    return found


def read(client: Any, wanted: TableState, *, scaling: Any = None, aws: bool = False) -> LiveTable:
    """What is there where ``wanted`` should be. Raises botocore's errors, but for what the endpoint does not know.

    scaling: a client for Application Auto Scaling. aws: the endpoint is AWS itself, where only what it says outright to
    be unknown is taken for a gap.
    """
    found = describe(client, wanted.name)
    ask = _Questions(aws=aws)
    ttl = ask(TTL, lambda: _ttl(client, wanted.name), None)
    recovery = ask(RECOVERY, lambda: _recovery(client, wanted.name), False)
    # On demand nothing scales. What AWS keeps of an earlier range then is left: it serves again on the way back.
    ranges = ask.scaling(scaling, wanted) if wanted.units is not None else ({}, {})
    if found is None:
        return LiveTable(state=None, unknown=ask.unknown)
    arn = str(found.get("TableArn", ""))
    tags = ask(TAGS, lambda: _tags(client, arn), dict[str, str]())
    if "DeletionProtectionEnabled" not in found:
        ask.unknown[PROTECTION] = "DescribeTable does not tell it"
    encryption, doubt = _encryption(found, wanted.encryption)
    if doubt:
        ask.unknown[ENCRYPTION_KEY] = doubt
    state = _state(found, ttl=ttl, recovery=recovery, tags=tags, encryption=encryption, ranges=ranges)
    return LiveTable(state=state, arn=arn, unknown=ask.unknown, fixed=fixed_after_creation(arn), busy=busy(found))


class _Questions:
    """Asks the endpoint, and keeps what it cannot be asked with the reason."""

    def __init__(self, *, aws: bool) -> None:
        self.aws = aws
        self.unknown: dict[str, str] = {}

    def __call__(self, aspect: str, call: Callable[[], Answer], default: Answer) -> Answer:
        try:
            return call()
        except ClientError as error:
            if does_not_know(error, aws=self.aws):
                self.unknown[aspect] = reason(error)
            # A table that is not there, or only just: it is asked again once the table is.
            elif error.response.get("Error", {}).get("Code") not in _NO_TABLE_YET:
                raise
            return default

    def scaling(self, client: Any, wanted: TableState) -> Ranges:
        """Elsewhere than at AWS any failure is taken for a service that is not there."""
        if client is None:
            self.unknown[SCALING] = "this endpoint has no Application Auto Scaling"
            return {}, {}
        try:
            return read_scaling(client, wanted)
        except (ClientError, BotoCoreError) as error:
            # Who may not look there and wants nothing from there is not held up.
            if self.aws and wanted.scaling:
                raise
            self.unknown[SCALING] = reason(error)
            return {}, {}


def busy(found: Mapping[str, Any]) -> tuple[str, ...]:
    """What is being changed in a described table, in words; empty when it and each index are ACTIVE."""
    words = []
    if found.get("TableStatus", "ACTIVE") != "ACTIVE":
        words.append(f"table {found['TableStatus'].lower()}")
    for index in found.get("GlobalSecondaryIndexes") or []:
        status = index.get("IndexStatus", "ACTIVE")
        if status != "ACTIVE":
            filling = " (backfilling)" if index.get("Backfilling") else ""
            words.append(f"index {index['IndexName']} {status.lower()}{filling}")
    status = (found.get("SSEDescription") or {}).get("Status")
    if status in _UNDERWAY:
        words.append(f"encryption {status.lower()}")
    return tuple(words)


def _state(
    found: Mapping[str, Any],
    *,
    ttl: str | None,
    recovery: bool,
    tags: Mapping[str, str],
    encryption: str | None,
    ranges: Ranges,
) -> TableState:
    types = {item["AttributeName"]: item["AttributeType"] for item in found.get("AttributeDefinitions") or []}
    keys = _keys(found["KeySchema"], types)
    on_demand = (found.get("BillingModeSummary") or {}).get("BillingMode") == "PAY_PER_REQUEST"
    indexes = {}
    for local, group in ((False, "GlobalSecondaryIndexes"), (True, "LocalSecondaryIndexes")):
        for item in found.get(group) or []:
            if item.get("IndexStatus") != "DELETING":
                indexes[item["IndexName"]] = _index(item, keys, types, local=local, on_demand=on_demand)
    stream = found.get("StreamSpecification") or {}
    return TableState(
        name=found["TableName"],
        keys=keys,
        indexes=indexes,
        units=None if on_demand else _units(found),
        scaling=ranges[0],
        policies=ranges[1],
        ttl=ttl,
        recovery=recovery,
        encryption=encryption,
        stream=stream.get("StreamViewType") if stream.get("StreamEnabled") else None,
        tags=tags,
        deletion_protection=bool(found.get("DeletionProtectionEnabled")),
    )


def _keys(schema: list[Mapping[str, str]], types: Mapping[str, str]) -> Keys:
    ordered = sorted(schema, key=lambda key: key["KeyType"] != "HASH")
    return tuple((key["AttributeName"], types.get(key["AttributeName"], "")) for key in ordered)


def _units(found: Mapping[str, Any]) -> Units:
    given = found.get("ProvisionedThroughput") or {}
    return Units(int(given.get("ReadCapacityUnits", 0)), int(given.get("WriteCapacityUnits", 0)))


def _index(
    item: Mapping[str, Any], table_keys: Keys, types: Mapping[str, str], *, local: bool, on_demand: bool
) -> IndexState:
    keys = _keys(item["KeySchema"], types)
    given = item.get("Projection") or {}
    projection, attributes = projected(
        given.get("ProjectionType", "ALL"),
        frozenset(given.get("NonKeyAttributes") or ()),
        frozenset(name for name, _ in (*keys, *table_keys)),
    )
    units = None if local or on_demand else _units(item)
    return IndexState(item["IndexName"], keys, projection, attributes, local, units)


def _ttl(client: Any, name: str) -> str | None:
    found = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    # ENABLING lasts up to an hour at AWS, and nothing is to be done about it.
    on = found.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    return found.get("AttributeName") if on else None


def _recovery(client: Any, name: str) -> bool:
    found = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    status = (found.get("PointInTimeRecoveryDescription") or {}).get("PointInTimeRecoveryStatus")
    return bool(status == "ENABLED")


def _tags(client: Any, arn: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    more: dict[str, str] = {}
    while True:
        page = client.list_tags_of_resource(ResourceArn=arn, **more)
        tags |= {tag["Key"]: tag["Value"] for tag in page.get("Tags") or []}
        if not page.get("NextToken"):
            return {key: value for key, value in tags.items() if not key.startswith(RESERVED_TAG)}
        more = {"NextToken": page["NextToken"]}


def _encryption(found: Mapping[str, Any], wanted: str | None) -> tuple[str | None, str]:
    """(the key in the definition's words, what is in doubt about it).

    DescribeTable gives a KMS key's ARN, and not its aliases, of which the account's managed key has one.
    """
    description = found.get("SSEDescription") or {}
    if description.get("Status") in (None, "DISABLED", "DISABLING"):
        return None, ""
    arn = str(description.get("KMSMasterKeyArn", ""))
    if wanted is None:
        return arn or "aws", ""
    name = "alias/aws/dynamodb" if wanted == "aws" else wanted
    if arn == name or arn.endswith((f"/{name}", f":{name}")):
        return wanted, ""
    if not arn or (wanted == "aws" and ":key/" in arn) or ("alias/" in name and ":key/" in arn):
        said = arn or "a KMS key"
        return wanted, f"the table is encrypted by {said}; DescribeTable does not tell whether that is {name}"
    return arn, ""
