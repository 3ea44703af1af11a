"""Application Auto Scaling's side of a table: targets and policies, in the words of ``state``."""

from __future__ import annotations

from typing import Any

from dynamo_models.tables.state import READ, WRITE, Dimension, ScalingPlace, ScalingRange, TableState

NAMESPACE = "dynamodb"
_METRICS: dict[Dimension, str] = {
    READ: "DynamoDBReadCapacityUtilization",
    WRITE: "DynamoDBWriteCapacityUtilization",
}
_UNITS: dict[Dimension, str] = {READ: "ReadCapacityUnits", WRITE: "WriteCapacityUnits"}


def address(table: str, place: ScalingPlace) -> dict[str, str]:
    """What names a place to Application Auto Scaling: ``table/Main/index/GSI1``, ``dynamodb:index:...``."""
    resource = f"table/{table}/index/{place.index}" if place.index else f"table/{table}"
    level = "index" if place.index else "table"
    return {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": resource,
        "ScalableDimension": f"dynamodb:{level}:{_UNITS[place.dimension]}",
    }


def requests(
    table: str, place: ScalingPlace, scaling_range: ScalingRange | None, policy: str | None
) -> list[tuple[str, dict[str, Any]]]:
    """(operation, parameters) that let a place scale within a range, or stop it. Sending them again does no harm."""
    where = address(table, place)
    if scaling_range is None:
        return [("DeregisterScalableTarget", where)]
    target = {**where, "MinCapacity": scaling_range.lowest, "MaxCapacity": scaling_range.highest}
    metric = _METRICS[place.dimension]
    tracking = {
        "TargetValue": scaling_range.target,
        "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
    }
    # The name that the console gives, so that a policy made there is changed here, and not doubled.
    name = policy or f"{metric}:{where['ResourceId']}"
    put = {
        **where,
        "PolicyName": name,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": tracking,
    }
    return [("RegisterScalableTarget", target), ("PutScalingPolicy", put)]


def read_scaling(client: Any, wanted: TableState) -> tuple[dict[ScalingPlace, ScalingRange], dict[ScalingPlace, str]]:
    """(ranges, names of policies) of the table and of the indexes that it should have."""
    names = ["", *(index.name for index in wanted.global_indexes())]
    places: list[ScalingPlace] = []
    for name in names:
        places += [ScalingPlace(name, READ), ScalingPlace(name, WRITE)]
    by_address = {_key(address(wanted.name, place)): place for place in places}
    resources = sorted({resource for resource, _ in by_address})
    bounds: dict[ScalingPlace, tuple[int, int]] = {}
    for item in _pages(client.describe_scalable_targets, "ScalableTargets", ResourceIds=resources):
        place = by_address.get(_key(item))
        if place is not None:
            bounds[place] = (int(item["MinCapacity"]), int(item["MaxCapacity"]))
    targets: dict[ScalingPlace, float] = {}
    policies: dict[ScalingPlace, str] = {}
    for resource in sorted({address(wanted.name, place)["ResourceId"] for place in bounds}):
        for item in _pages(client.describe_scaling_policies, "ScalingPolicies", ResourceId=resource):
            place = by_address.get(_key(item))
            tracking = item.get("TargetTrackingScalingPolicyConfiguration") or {}
            metric = (tracking.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
            if place is not None and metric == _METRICS[place.dimension]:
                targets[place] = float(tracking["TargetValue"])
                policies[place] = str(item["PolicyName"])
    # A target without a policy scales to nothing: 0 per cent differs from whatever is wanted.
    ranges = {place: ScalingRange(low, high, targets.get(place, 0.0)) for place, (low, high) in bounds.items()}
    return ranges, policies


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return str(item["ResourceId"]), str(item["ScalableDimension"])


def _pages(call: Any, field: str, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = call(ServiceNamespace=NAMESPACE, **parameters, **more)
        found += page.get(field) or []
        if not page.get("NextToken"):
            return found
        more = {"NextToken": page["NextToken"]}
