"""DynamoDB's table operations in memory, with the rules that AWS documents and stand-ins leave out."""

from __future__ import annotations

import copy
from collections import Counter

from botocore.exceptions import ClientError

MUTATING = ("Create", "Update", "Tag", "Untag", "Delete", "Register", "Put", "Deregister")


def refused(operation, code, message=""):
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Crash(Exception):  # noqa: N818
    """The process that applies dies here."""


class FakeDynamoDB:
    """One table's worth of botocore's client. Changes take ``slowness`` looks until they are ACTIVE."""

    def __init__(self, slowness=0):
        self.slowness = slowness
        self.calls = []
        self.table = None
        self.ttl = None
        self.recovery = False
        self.tags = {}
        self.pending = 0
        self.settling = lambda: None
        self.crash_at = None
        self.crash_after_effect = False
        self.before = lambda operation, parameters: None

    # What tests look at.

    def mutations(self):
        return [(operation, parameters) for operation, parameters in self.calls if operation.startswith(MUTATING)]

    def index_changes(self):
        """For each UpdateTable, how many indexes it made or dropped."""
        return [
            sum("Create" in change or "Delete" in change for change in parameters["GlobalSecondaryIndexUpdates"])
            for operation, parameters in self.calls
            if operation == "UpdateTable" and "GlobalSecondaryIndexUpdates" in parameters
        ]

    # Reading.

    def describe_table(self, **parameters):
        self._called("DescribeTable", parameters)
        if self.pending:
            self.pending -= 1
            if not self.pending:
                self._settle()
        self._there("DescribeTable")
        return {"Table": copy.deepcopy(self.table)}

    def describe_time_to_live(self, **parameters):
        self._called("DescribeTimeToLive", parameters)
        self._there("DescribeTimeToLive")
        if self.ttl is None:
            return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLING", "AttributeName": self.ttl}}

    def describe_continuous_backups(self, **parameters):
        self._called("DescribeContinuousBackups", parameters)
        self._there("DescribeContinuousBackups", code="TableNotFoundException")
        status = "ENABLED" if self.recovery else "DISABLED"
        return {
            "ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status}}
        }

    def list_tags_of_resource(self, **parameters):
        self._called("ListTagsOfResource", parameters)
        pairs = [{"Key": key, "Value": value} for key, value in sorted({**self.tags, "aws:made-by": "aws"}.items())]
        start = int(parameters.get("NextToken", 0))
        page = {"Tags": pairs[start : start + 2]}
        return {**page, "NextToken": str(start + 2)} if start + 2 < len(pairs) else page

    # Writing.

    def create_table(self, **parameters):
        with self._change("CreateTable", parameters):
            if self.table is not None:
                raise refused("CreateTable", "ResourceInUseException", "Table already exists")
            self._check_definitions(
                "CreateTable",
                parameters["AttributeDefinitions"],
                [
                    parameters,
                    *parameters.get("GlobalSecondaryIndexes", []),
                    *parameters.get("LocalSecondaryIndexes", []),
                ],
            )
            self.table = {
                "TableName": parameters["TableName"],
                "TableArn": f"arn:aws:dynamodb:eu-central-1:1:table/{parameters['TableName']}",
                "TableStatus": "CREATING",
                "KeySchema": parameters["KeySchema"],
                "AttributeDefinitions": parameters["AttributeDefinitions"],
                "BillingModeSummary": {"BillingMode": parameters["BillingMode"]},
                "ProvisionedThroughput": parameters.get("ProvisionedThroughput", _NO_UNITS),
                "GlobalSecondaryIndexes": [
                    self._index("CreateTable", index, parameters["BillingMode"])
                    for index in parameters.get("GlobalSecondaryIndexes", [])
                ],
                "LocalSecondaryIndexes": list(parameters.get("LocalSecondaryIndexes", [])),
                "DeletionProtectionEnabled": parameters.get("DeletionProtectionEnabled", False),
            }
            if "StreamSpecification" in parameters:
                self.table["StreamSpecification"] = parameters["StreamSpecification"]
            if "SSESpecification" in parameters:
                self._encrypt(parameters["SSESpecification"])
            self.tags = {tag["Key"]: tag["Value"] for tag in parameters.get("Tags", [])}
            self._later()

    def update_table(self, **parameters):
        with self._change("UpdateTable", parameters):
            self._active("UpdateTable")
            changes = parameters.get("GlobalSecondaryIndexUpdates", [])
            kinds = Counter(next(iter(change)) for change in changes)
            if kinds["Create"] + kinds["Delete"] > 1:
                raise refused("UpdateTable", "LimitExceededException", "Only 1 online index can be created or deleted")
            subjects = [
                bool(kinds["Create"]),
                bool(kinds["Delete"]),
                bool(kinds["Update"]) or "ProvisionedThroughput" in parameters or "BillingMode" in parameters,
                "StreamSpecification" in parameters,
                "SSESpecification" in parameters,
                "DeletionProtectionEnabled" in parameters,
            ]
            if sum(subjects) != 1:
                raise refused("UpdateTable", "ValidationException", "One operation at a time")
            if subjects[2]:
                self._bill(parameters, {change["Update"]["IndexName"]: change["Update"] for change in changes})
            for change in changes:
                if "Create" in change:
                    self._add(change["Create"], parameters["AttributeDefinitions"])
                if "Delete" in change:
                    self._drop(change["Delete"]["IndexName"])
            if "StreamSpecification" in parameters:
                self._stream(parameters["StreamSpecification"])
            if "SSESpecification" in parameters:
                self._encrypt(parameters["SSESpecification"])
            if "DeletionProtectionEnabled" in parameters:
                self.table["DeletionProtectionEnabled"] = parameters["DeletionProtectionEnabled"]
            self.table["TableStatus"] = "UPDATING"
            self._later()

    def update_time_to_live(self, **parameters):
        with self._change("UpdateTimeToLive", parameters):
            self._active("UpdateTimeToLive")
            wanted = parameters["TimeToLiveSpecification"]
            if wanted["Enabled"] and self.ttl is not None:
                raise refused("UpdateTimeToLive", "ValidationException", "TimeToLive is already enabled")
            if not wanted["Enabled"] and self.ttl != wanted["AttributeName"]:
                raise refused("UpdateTimeToLive", "ValidationException", "TimeToLive is already disabled")
            self.ttl = wanted["AttributeName"] if wanted["Enabled"] else None

    def update_continuous_backups(self, **parameters):
        with self._change("UpdateContinuousBackups", parameters):
            self._active("UpdateContinuousBackups")
            self.recovery = parameters["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]

    def tag_resource(self, **parameters):
        with self._change("TagResource", parameters):
            assert parameters["ResourceArn"] == self.table["TableArn"]
            self.tags |= {tag["Key"]: tag["Value"] for tag in parameters["Tags"]}

    def untag_resource(self, **parameters):
        with self._change("UntagResource", parameters):
            assert parameters["ResourceArn"] == self.table["TableArn"]
            for key in parameters["TagKeys"]:
                self.tags.pop(key)

    # The rules.

    def _called(self, operation, parameters):
        self.calls.append((operation, copy.deepcopy(parameters)))

    def _change(self, operation, parameters):
        self._called(operation, parameters)
        self.before(operation, parameters)
        return _MayCrash(self)

    def _there(self, operation, code="ResourceNotFoundException"):
        if self.table is None:
            raise refused(operation, code)

    def _active(self, operation):
        self._there(operation)
        statuses = [index["IndexStatus"] for index in self.table["GlobalSecondaryIndexes"]]
        if {self.table["TableStatus"], *statuses} != {"ACTIVE"}:
            raise refused(operation, "ResourceInUseException", "Table is being updated")

    def _later(self):
        self.pending = self.slowness
        if not self.pending:
            self._settle()

    def _settle(self):
        self.table["TableStatus"] = "ACTIVE"
        indexes = self.table["GlobalSecondaryIndexes"]
        self.table["GlobalSecondaryIndexes"] = [index for index in indexes if index["IndexStatus"] != "DELETING"]
        for index in self.table["GlobalSecondaryIndexes"]:
            index["IndexStatus"] = "ACTIVE"
            index.pop("Backfilling", None)
        used = self._used([self.table, *self.table["GlobalSecondaryIndexes"], *self.table["LocalSecondaryIndexes"]])
        definitions = self.table["AttributeDefinitions"]
        self.table["AttributeDefinitions"] = [item for item in definitions if item["AttributeName"] in used]

    @staticmethod
    def _used(schemas):
        return {key["AttributeName"] for schema in schemas for key in schema["KeySchema"]}

    def _check_definitions(self, operation, definitions, schemas):
        names = [item["AttributeName"] for item in definitions]
        if set(names) != self._used(schemas) or len(names) != len(set(names)):
            raise refused(operation, "ValidationException", f"AttributeDefinitions {names} are not those in use")

    def _index(self, operation, index, mode):
        if ("ProvisionedThroughput" in index) != (mode == "PROVISIONED"):
            raise refused(operation, "ValidationException", "ProvisionedThroughput does not fit the billing mode")
        if (index["Projection"]["ProjectionType"] == "INCLUDE") != bool(index["Projection"].get("NonKeyAttributes")):
            raise refused(operation, "ValidationException", "NonKeyAttributes go with INCLUDE")
        return {"ProvisionedThroughput": _NO_UNITS, **copy.deepcopy(index), "IndexStatus": "CREATING"}

    def _add(self, index, definitions):
        indexes = self.table["GlobalSecondaryIndexes"]
        if any(other["IndexName"] == index["IndexName"] for other in indexes):
            raise refused("UpdateTable", "ValidationException", "Attempting to create an index which already exists")
        if len(indexes) == 20:
            raise refused("UpdateTable", "LimitExceededException", "GlobalSecondaryIndex count exceeds 20")
        self._check_definitions(
            "UpdateTable", definitions, [self.table, *indexes, *self.table["LocalSecondaryIndexes"], index]
        )
        known = {item["AttributeName"]: item["AttributeType"] for item in self.table["AttributeDefinitions"]}
        for item in definitions:
            if known.get(item["AttributeName"], item["AttributeType"]) != item["AttributeType"]:
                raise refused("UpdateTable", "ValidationException", f"{item} conflicts with the type in use")
        made = self._index("UpdateTable", index, self.table["BillingModeSummary"]["BillingMode"])
        indexes.append({**made, "Backfilling": True})
        self.table["AttributeDefinitions"] = definitions

    def _drop(self, name):
        for index in self.table["GlobalSecondaryIndexes"]:
            if index["IndexName"] == name:
                index["IndexStatus"] = "DELETING"
                return
        raise refused("UpdateTable", "ResourceNotFoundException", f"no index {name}")

    def _bill(self, parameters, updates):
        mode = self.table["BillingModeSummary"]["BillingMode"]
        target = parameters.get("BillingMode", mode)
        indexes = {index["IndexName"]: index for index in self.table["GlobalSecondaryIndexes"]}
        if target == "PAY_PER_REQUEST":
            if updates or "ProvisionedThroughput" in parameters:
                raise refused("UpdateTable", "ValidationException", "no throughput with PAY_PER_REQUEST")
        elif target != mode and (set(updates) != set(indexes) or "ProvisionedThroughput" not in parameters):
            raise refused("UpdateTable", "ValidationException", "ProvisionedThroughput must be given for all indexes")
        elif target == mode:
            same = self.table["ProvisionedThroughput"] == parameters.get("ProvisionedThroughput")
            if same or any(
                indexes[name]["ProvisionedThroughput"] == new["ProvisionedThroughput"] for name, new in updates.items()
            ):
                raise refused("UpdateTable", "ValidationException", "The requested value equals the current value")
        self.table["BillingModeSummary"] = {"BillingMode": target}
        if target == "PAY_PER_REQUEST":
            self.table["ProvisionedThroughput"] = _NO_UNITS
        elif "ProvisionedThroughput" in parameters:
            self.table["ProvisionedThroughput"] = parameters["ProvisionedThroughput"]
        for name, update in updates.items():
            indexes[name]["ProvisionedThroughput"] = update["ProvisionedThroughput"]

    def _stream(self, wanted):
        on = self.table.get("StreamSpecification", {}).get("StreamEnabled", False)
        if on == wanted["StreamEnabled"]:
            raise refused("UpdateTable", "ValidationException", "Table already has that stream")
        if wanted["StreamEnabled"]:
            self.table["StreamSpecification"] = wanted
        else:
            self.table.pop("StreamSpecification")

    def _encrypt(self, wanted):
        if not wanted["Enabled"]:
            self.table.pop("SSEDescription", None)
            return
        key = wanted.get("KMSMasterKeyId", "alias/aws/dynamodb")
        path = key if key.startswith("alias/") else f"key/{key}"
        self.table["SSEDescription"] = {
            "Status": "ENABLED",
            "SSEType": "KMS",
            "KMSMasterKeyArn": f"arn:aws:kms:eu-central-1:1:{path}",
        }


_NO_UNITS = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}


class _MayCrash:
    """Ends the n-th change with a crash, before it has its effect or after."""

    def __init__(self, fake):
        self.fake = fake
        self.dies = fake.crash_at is not None and len(fake.mutations()) - 1 == fake.crash_at
        if self.dies and not fake.crash_after_effect:
            raise Crash

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.dies and error is None:
            raise Crash


class FakeScaling:
    """Application Auto Scaling in memory: one policy for a place's metric, as AWS has it."""

    def __init__(self):
        self.targets = {}
        self.policies = {}
        self.calls = []

    def register_scalable_target(self, **given):
        self.calls.append(("RegisterScalableTarget", given))
        self.targets[given["ResourceId"], given["ScalableDimension"]] = given

    def put_scaling_policy(self, **given):
        self.calls.append(("PutScalingPolicy", given))
        place = given["ResourceId"], given["ScalableDimension"]
        assert place in self.targets
        if self.policies.get(place, given)["PolicyName"] != given["PolicyName"]:
            raise refused("PutScalingPolicy", "ValidationException", "Only one TargetTrackingScaling policy")
        self.policies[place] = given

    def deregister_scalable_target(self, **given):
        self.calls.append(("DeregisterScalableTarget", given))
        place = given["ResourceId"], given["ScalableDimension"]
        del self.targets[place]
        self.policies.pop(place, None)

    def describe_scalable_targets(self, **given):
        return {
            "ScalableTargets": [
                item for (resource, _), item in self.targets.items() if resource in given["ResourceIds"]
            ]
        }

    def describe_scaling_policies(self, **given):
        return {
            "ScalingPolicies": [
                item for (resource, _), item in self.policies.items() if resource == given["ResourceId"]
            ]
        }
