"""What is read from DynamoDB's answers, and what an endpoint is found not to know."""

from __future__ import annotations

import pytest

from dynamo_models.schema.table import Index, Table
from dynamo_models.tables.desired import desired
from dynamo_models.tables.gaps import does_not_know, fixed_after_creation
from dynamo_models.tables.live import busy, read
from dynamo_models.tables.requests import create_table
from tests.tables.conftest import look
from tests.tables.fake_dynamodb import FakeDynamoDB, refused


def created(table):
    fake = FakeDynamoDB()
    fake.create_table(**create_table(desired(table)))
    return fake


def test_a_table_that_is_not_there_is_no_state():
    assert read(FakeDynamoDB(), desired(Table("Main")), aws=True).state is None


def test_tags_are_read_over_all_pages_and_aws_s_own_are_not_ours():
    table = Table("Main", tags=dict.fromkeys("abcde", "x"))
    live = read(created(table), desired(table), aws=True)
    assert live.state.tags == table.options.tags


@pytest.mark.parametrize(
    ("code", "message", "known"),
    [
        ("UnknownOperationException", "", False),
        ("404", "<UnknownOperationException/>\n", False),
        ("400", "", False),
        ("501", "", False),
        (
            "ValidationException",
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled is required",
            False,
        ),
        ("ValidationException", "Tagging is not supported in this version", False),
        ("ValidationException", "One or more parameter values were invalid", True),
        ("AccessDeniedException", "no", True),
        ("ThrottlingException", "slow down", True),
    ],
)
def test_what_a_stand_in_does_not_know_is_told_from_what_is_wrong(code, message, known):
    assert does_not_know(refused("DescribeContinuousBackups", code, message), aws=False) is not known


def test_aws_is_not_taken_not_to_know_what_it_refuses():
    assert not does_not_know(refused("UpdateTable", "ValidationException", "SSE is not supported here"), aws=True)
    assert does_not_know(refused("UpdateTable", "UnknownOperationException"), aws=True)


@pytest.mark.parametrize(
    ("method", "aspect", "exists"),
    [
        ("describe_time_to_live", "time to live", True),
        ("describe_time_to_live", "time to live", False),
        ("describe_continuous_backups", "point-in-time recovery", True),
        ("describe_continuous_backups", "point-in-time recovery", False),
        ("list_tags_of_resource", "tags", True),
    ],
)
def test_each_question_that_the_endpoint_does_not_know_is_a_named_unknown(method, aspect, exists, monkeypatch):
    table = Table("Main", ttl="t", recovery=True, tags={"a": "b"})
    fake = created(table) if exists else FakeDynamoDB()

    def unknown(**parameters):
        raise refused("TheOperation", "UnknownOperationException")

    monkeypatch.setattr(fake, method, unknown)
    plan = look(table, fake, aws=False)
    (found,) = plan.unknowns
    assert found.aspect == aspect
    assert "TheOperation is not known to this endpoint (UnknownOperationException)" in found.reason
    assert not any(step.aspect == aspect for step in plan.steps)


def test_an_endpoint_that_does_not_tell_deletion_protection_is_said_not_to():
    table = Table("Main", deletion_protection=True)
    fake = created(table)
    del fake.table["DeletionProtectionEnabled"]
    (unknown,) = look(table, fake).unknowns
    assert (unknown.aspect, unknown.wanted) == ("deletion protection", "on")


def test_what_may_not_be_looked_at_is_an_error_and_no_unknown(monkeypatch):
    fake = created(Table("Main"))

    def denied(**parameters):
        raise refused("DescribeTimeToLive", "AccessDeniedException", "no")

    monkeypatch.setattr(fake, "describe_time_to_live", denied)
    with pytest.raises(Exception, match="DescribeTimeToLive on Main: the endpoint refused the caller"):
        look(Table("Main"), fake, aws=False)


KEY = "arn:aws:kms:eu-central-1:1:key/0f9c"
MANAGED = "arn:aws:kms:eu-central-1:1:alias/aws/dynamodb"


@pytest.mark.parametrize(
    ("wanted", "arn", "kinds", "unknowns"),
    [
        (None, None, [], []),
        ("aws", None, ["SetEncryption"], []),
        ("0f9c", KEY, [], []),
        (KEY, KEY, [], []),
        ("1234", KEY, ["SetEncryption"], []),
        ("aws", MANAGED, [], []),
        ("aws", KEY, [], ["encryption key"]),
        ("alias/mine", KEY, [], ["encryption key"]),
        ("alias/mine", MANAGED, ["SetEncryption"], []),
    ],
)
def test_keys_are_compared_as_far_as_describe_table_tells_them(wanted, arn, kinds, unknowns):
    fake = created(Table("Main"))
    if arn is not None:
        fake.table["SSEDescription"] = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": arn}
    plan = look(Table("Main", encryption=wanted), fake)
    assert [step.kind for step in plan.steps] == kinds
    assert [unknown.aspect for unknown in plan.unknowns] == unknowns


def test_encryption_that_was_turned_off_is_none_whatever_key_is_still_told():
    fake = created(Table("Main"))
    fake.table["SSEDescription"] = {"Status": "DISABLED", "SSEType": "KMS", "KMSMasterKeyArn": KEY}
    assert look(Table("Main"), fake).extras == ()


def test_a_missing_attribute_definition_is_no_difference():
    table = Table("Main", indexes=[Index("GSI1")])
    fake = created(table)
    fake.table["AttributeDefinitions"] = fake.table["AttributeDefinitions"][:2]
    assert look(table, fake).steps == ()


def test_what_is_under_way_is_said_in_words():
    described = {
        "TableStatus": "UPDATING",
        "GlobalSecondaryIndexes": [
            {"IndexName": "GSI1", "IndexStatus": "ACTIVE"},
            {"IndexName": "GSI2", "IndexStatus": "CREATING", "Backfilling": True},
            {"IndexName": "GSI3", "IndexStatus": "DELETING"},
        ],
        "SSEDescription": {"Status": "UPDATING"},
    }
    assert busy(described) == (
        "table updating",
        "index GSI2 creating (backfilling)",
        "index GSI3 deleting",
        "encryption updating",
    )
    assert busy({"TableStatus": "ACTIVE", "SSEDescription": {"Status": "ENABLED"}}) == ()


def test_engines_that_keep_things_as_created_are_known_by_their_arn():
    assert set(fixed_after_creation("arn:aws:dynamodb:dynoxide:000000000000:table/Main")) == {
        "index capacity",
        "encryption",
    }
    assert fixed_after_creation("arn:aws:dynamodb:eu-central-1:123456789012:table/dynoxide") == {}
    assert fixed_after_creation("") == {}
