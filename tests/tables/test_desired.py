"""What a definition asks of DynamoDB."""

from __future__ import annotations

import pytest
from botocore.session import get_session
from botocore.stub import Stubber
from hypothesis import given, settings

from dynamo_models.errors import DefinitionError
from dynamo_models.schema.table import Index, LocalIndex, OnDemand, Provisioned, Table, numeric
from dynamo_models.tables.desired import desired
from dynamo_models.tables.requests import create_table
from dynamo_models.tables.state import ScalingPlace, ScalingRange, Units
from tests.tables.definitions import tables


def test_create_table_says_all_that_it_can_take():
    table = Table(
        "Chat",
        pk="conversation",
        sk=numeric("at"),
        indexes=[
            Index("ByUser", pk="user", sk=numeric("at"), projection=("title", "user"), capacity=Provisioned(7, 8)),
            Index("ByDay", pk="day", sk=None, projection="keys"),
            LocalIndex("ByKind", sk="kind"),
        ],
        capacity=Provisioned(read=(25, 500), write=10),
        ttl="expires",
        recovery=True,
        encryption="0f9c",
        stream="new_and_old",
        tags={"team": "chat"},
        deletion_protection=True,
    )
    assert create_table(desired(table)) == {
        "TableName": "Chat",
        "AttributeDefinitions": [
            {"AttributeName": "conversation", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "user", "AttributeType": "S"},
            {"AttributeName": "day", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "conversation", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": 25, "WriteCapacityUnits": 10},
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "ByUser",
                "KeySchema": [
                    {"AttributeName": "user", "KeyType": "HASH"},
                    {"AttributeName": "at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
                "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 8},
            },
            {
                "IndexName": "ByDay",
                "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 25, "WriteCapacityUnits": 10},
            },
        ],
        "LocalSecondaryIndexes": [
            {
                "IndexName": "ByKind",
                "KeySchema": [
                    {"AttributeName": "conversation", "KeyType": "HASH"},
                    {"AttributeName": "kind", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "0f9c"},
        "Tags": [{"Key": "team", "Value": "chat"}],
        "DeletionProtectionEnabled": True,
    }


def test_an_on_demand_table_has_no_units_anywhere():
    request = create_table(desired(Table("Plain", indexes=[Index("GSI1")])))
    assert request["BillingMode"] == "PAY_PER_REQUEST"
    assert "ProvisionedThroughput" not in request
    assert "ProvisionedThroughput" not in request["GlobalSecondaryIndexes"][0]


def test_the_account_s_managed_key_is_asked_for_without_naming_it():
    request = create_table(desired(Table("Plain", encryption="aws")))
    assert request["SSESpecification"] == {"Enabled": True, "SSEType": "KMS"}


def test_an_index_takes_its_tables_capacity_and_range_unless_it_has_its_own():
    state = desired(
        Table(
            "Wide",
            indexes=[Index("GSI1"), Index("GSI2", capacity=Provisioned(3, (4, 40), target=50))],
            capacity=Provisioned(read=(25, 500), write=10),
        )
    )
    assert state.indexes["GSI1"].units == Units(25, 10)
    assert state.indexes["GSI2"].units == Units(3, 4)
    assert state.scaling == {
        ScalingPlace("", "read"): ScalingRange(25, 500, 70.0),
        ScalingPlace("GSI1", "read"): ScalingRange(25, 500, 70.0),
        ScalingPlace("GSI2", "write"): ScalingRange(4, 40, 50.0),
    }


@pytest.mark.parametrize(
    ("table", "index"), [(None, Provisioned(1, 1)), (OnDemand(), Provisioned(1, 1)), (Provisioned(1, 1), OnDemand())]
)
def test_an_index_billed_otherwise_than_its_table_is_refused_by_name(table, index):
    with pytest.raises(DefinitionError, match=r"Table Odd .* index GSI1 .* Leave out the index's capacity"):
        desired(Table("Odd", capacity=table, indexes=[Index("GSI1", capacity=index)]))


def test_the_name_is_the_endpoints(settings):
    settings.DYNAMO_MODELS = {"TABLE_PREFIX": "stage-", "TABLES": {"Main": {"NAME": "main"}}}
    assert desired(Table("Main")).name == "stage-main"


CLIENT = get_session().create_client(
    "dynamodb", "eu-central-1", aws_access_key_id="local", aws_secret_access_key="local"
)


@settings(max_examples=60, deadline=None)
@given(tables(locals_=("Near",)))
def test_botocore_takes_every_request_as_well_formed(table):
    request = create_table(desired(table))
    with Stubber(CLIENT) as stub:
        stub.add_response("create_table", {}, request)
        CLIENT.create_table(**request)
