"""Application Auto Scaling: request shapes as botocore checks them, and what is read back."""

from __future__ import annotations

import pytest
from botocore.session import get_session
from botocore.stub import Stubber

from dynamo_models.errors import SettingsError
from dynamo_models.schema.table import Index, Provisioned, Table
from dynamo_models.tables.desired import desired
from dynamo_models.tables.endpoint import endpoint, is_aws
from dynamo_models.tables.scaling import read_scaling, requests
from dynamo_models.tables.state import ScalingPlace, ScalingRange
from tests.tables.conftest import carry_out, look
from tests.tables.fake_dynamodb import FakeDynamoDB, FakeScaling


@pytest.fixture
def client():
    return get_session().create_client(
        "application-autoscaling", "eu-central-1", aws_access_key_id="local", aws_secret_access_key="local"
    )


def target(name, index, dimension, low, high):
    resource = f"table/{name}/index/{index}" if index else f"table/{name}"
    return {
        "ServiceNamespace": "dynamodb",
        "ResourceId": resource,
        "ScalableDimension": f"dynamodb:{'index' if index else 'table'}:{dimension}CapacityUnits",
        "MinCapacity": low,
        "MaxCapacity": high,
    }


def policy(name, index, dimension, value):
    where = {key: found for key, found in target(name, index, dimension, 0, 0).items() if "Capacity" not in key}
    metric = f"DynamoDB{dimension}CapacityUtilization"
    return {
        **where,
        "PolicyName": f"{metric}:{where['ResourceId']}",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": value,
            "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
        },
    }


def test_table_and_each_index_are_registered_and_given_a_policy(client):
    table = Table("Main", indexes=[Index("GSI1")], capacity=Provisioned(read=(25, 500), write=(10, 100), target=65))
    with Stubber(client) as stub:
        for _ in ("before", "after the table was made"):
            stub.add_response("describe_scalable_targets", {"ScalableTargets": []})
        for index in ("", "GSI1"):
            for dimension, low, high in (("Read", 25, 500), ("Write", 10, 100)):
                stub.add_response("register_scalable_target", {}, target("Main", index, dimension, low, high))
                stub.add_response("put_scaling_policy", _PUT, policy("Main", index, dimension, 65.0))
                stub.add_response("describe_scalable_targets", _so_far(index, dimension))
                for resource in _resources(index):
                    stub.add_response("describe_scaling_policies", _policies_so_far(index, dimension, resource))
        result = carry_out(table, FakeDynamoDB(), client)
        assert result.ok, result.error
        stub.assert_no_pending_responses()
    assert [step.kind for step in result.done] == ["CreateTable"] + 4 * ["SetAutoScaling"]


_PUT = {"PolicyARN": "arn:aws:autoscaling:eu-central-1:1:scalingPolicy:x"}
_ORDER = [("", "Read"), ("", "Write"), ("GSI1", "Read"), ("GSI1", "Write")]


def _done(index, dimension):
    return _ORDER[: _ORDER.index((index, dimension)) + 1]


def _resources(index):
    return ["table/Main", "table/Main/index/GSI1"] if index else ["table/Main"]


def _so_far(index, dimension):
    bounds = {"Read": (25, 500), "Write": (10, 100)}
    made = [target("Main", place, kind, *bounds[kind]) for place, kind in _done(index, dimension)]
    return {"ScalableTargets": [{**item, "RoleARN": "arn:aws:iam::1:role/x", "CreationTime": 0} for item in made]}


def _policies_so_far(index, dimension, resource):
    made = [policy("Main", place, kind, 65.0) for place, kind in _done(index, dimension)]
    return {
        "ScalingPolicies": [
            {**item, "PolicyARN": "arn:x-policy-of-a-table", "CreationTime": 0}
            for item in made
            if item["ResourceId"] == resource
        ]
    }


def test_ranges_are_read_over_pages_and_policies_made_by_hand_keep_their_names(client):
    wanted = desired(Table("Main", capacity=Provisioned((5, 50), 5)))
    by_hand = {**policy("Main", "", "Read", 40.0), "PolicyName": "by-hand"}
    with Stubber(client) as stub:
        first = {**target("Main", "", "Read", 5, 50), "RoleARN": "arn:aws:iam::1:role/x", "CreationTime": 0}
        stub.add_response("describe_scalable_targets", {"ScalableTargets": [], "NextToken": "more"})
        stub.add_response(
            "describe_scalable_targets",
            {"ScalableTargets": [first]},
            {"ServiceNamespace": "dynamodb", "ResourceIds": ["table/Main"], "NextToken": "more"},
        )
        stub.add_response(
            "describe_scaling_policies",
            {"ScalingPolicies": [{**by_hand, "PolicyARN": "arn:x-policy-of-a-table", "CreationTime": 0}]},
            {"ServiceNamespace": "dynamodb", "ResourceId": "table/Main"},
        )
        place = ScalingPlace("", "read")
        assert read_scaling(client, wanted) == ({place: ScalingRange(5, 50, 40.0)}, {place: "by-hand"})


def test_stopping_deregisters_the_target(client):
    ((operation, parameters),) = requests("Main", ScalingPlace("GSI1", "write"), None, None)
    assert operation == "DeregisterScalableTarget"
    with Stubber(client) as stub:
        stub.add_response("deregister_scalable_target", {}, parameters)
        client.deregister_scalable_target(**parameters)


def test_an_endpoint_without_that_service_is_said_to_be(client):
    table = Table("Main", capacity=Provisioned((5, 50), 5))
    fake = FakeDynamoDB()
    with Stubber(client) as stub:
        stub.add_client_error("describe_scalable_targets", "404", "<UnknownOperationException/>")
        (unknown,) = look(table, fake, client, aws=False).unknowns
    assert unknown.aspect == "auto scaling"
    assert "5 to 50 units at 70 % of use" in unknown.wanted


def test_who_may_not_look_is_held_up_only_where_something_is_to_scale(client):
    fixed = Table("Fixed", capacity=Provisioned(5, 5))
    with Stubber(client) as stub:
        stub.add_client_error("describe_scalable_targets", "AccessDeniedException", "no")
        (unknown,) = look(fixed, FakeDynamoDB(), client).unknowns
    assert "AccessDeniedException" in unknown.reason
    scaled = Table("Scaled", capacity=Provisioned((5, 6), 5))
    with Stubber(client) as stub:
        stub.add_client_error("describe_scalable_targets", "AccessDeniedException", "no")
        with pytest.raises(Exception, match="refused the caller"):
            look(scaled, FakeDynamoDB(), client)


@pytest.mark.parametrize(
    ("url", "aws"),
    [
        (None, True),
        ("https://dynamodb.eu-central-1.amazonaws.com", True),
        ("https://vpce-1.dynamodb.us-east-1.vpce.amazonaws.com", True),
        ("https://dynamodb.cn-north-1.amazonaws.com.cn", True),
        ("http://localhost:8000", False),
        ("https://amazonaws.com.example.org", False),
    ],
)
def test_aws_is_told_from_stand_ins_by_its_address(url, aws):
    assert is_aws(url) is aws


def test_the_client_has_the_tables_own_region_endpoint_and_credentials(settings):
    settings.DYNAMO_MODELS = {
        "REGION": "eu-north-1",
        "TABLES": {
            "Here": {"ENDPOINT": "http://localhost:9", "REGION": "eu-west-3"},
            "There": {"REGION": "eu-west-1", "ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret"},
        },
    }
    here = endpoint(Table("Here", capacity=Provisioned(1, 1)))
    assert (here.aws, here.scaling.meta.region_name) == (False, "eu-west-3")
    assert here.scaling.meta.endpoint_url == "http://localhost:9"
    there = endpoint(Table("There", capacity=Provisioned(1, 1)))
    assert there.aws
    assert there.scaling.meta.endpoint_url == "https://application-autoscaling.eu-west-1.amazonaws.com"
    assert there.scaling._request_signer._credentials.access_key == "key"
    assert endpoint(Table("OnDemand")).scaling is None


def test_settings_that_name_no_region_are_an_error_of_ours(settings, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    settings.DYNAMO_MODELS = {"REGION": None, "ENDPOINT": None}
    with pytest.raises(SettingsError, match="Connecting on Nowhere: You must specify a region"):
        endpoint(Table("Nowhere"))


def test_a_policy_made_by_hand_is_changed_and_not_doubled():
    fake, scaling = FakeDynamoDB(), FakeScaling()
    carry_out(Table("Main", capacity=Provisioned((5, 50), 5)), fake, scaling)
    (place,) = scaling.policies
    scaling.policies[place] = {**scaling.policies[place], "PolicyName": "by-hand"}
    result = carry_out(Table("Main", capacity=Provisioned((5, 80), 5, target=50)), fake, scaling)
    assert result.ok, result.error
    assert scaling.policies[place]["PolicyName"] == "by-hand"
    assert scaling.policies[place]["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50.0
