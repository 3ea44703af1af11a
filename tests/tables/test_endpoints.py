"""Tables as code on a real endpoint: created, changed, drifted and repaired, and what the endpoint does not know."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamo_models import tables, transport
from dynamo_models.schema import table as schema
from dynamo_models.schema.table import Index, LocalIndex, Provisioned, Table, numeric
from tests.tables import definitions

MUTATING = ("Create", "Update", "Tag", "Untag", "Delete", "Put", "Register", "Deregister")
ALL_FLAGS = {"drop": True, "unprotect": True}
QUICK = tables.Patience(timeout=30.0, first=0.01, longest=0.2)

no_recovery = pytest.mark.endpoint_cannot("dynoxide", reason="dynoxide has no point-in-time recovery")
no_scaling = [
    pytest.mark.endpoint_cannot("dynoxide", reason="dynoxide has no Application Auto Scaling"),
    pytest.mark.endpoint_cannot("ministack", reason="ministack has no Application Auto Scaling"),
]
fixed_index_capacity = pytest.mark.endpoint_cannot(
    "dynoxide", reason="dynoxide keeps an index's capacity as the table was created"
)
fixed_encryption = [
    pytest.mark.endpoint_cannot("dynoxide", reason="dynoxide keeps encryption as the table was created"),
    pytest.mark.endpoint_cannot("moto", reason="moto takes a change of encryption and ignores it"),
]


class Sent:
    """The requests that a table's client sends, from botocore's own events."""

    def __init__(self, client):
        self.requests = []
        self.client = client
        client.meta.events.register("provide-client-params.dynamodb.*", self._keep, unique_id="tests-sent")

    def _keep(self, params, model, **others):
        self.requests.append((model.name, params))

    def stop(self):
        self.client.meta.events.unregister("provide-client-params.dynamodb.*", unique_id="tests-sent")

    def mutating(self):
        return [name for name, _ in self.requests if name.startswith(MUTATING)]

    def index_changes(self):
        return [
            sum("Create" in change or "Delete" in change for change in params["GlobalSecondaryIndexUpdates"])
            for name, params in self.requests
            if name == "UpdateTable" and "GlobalSecondaryIndexUpdates" in params
        ]


@pytest.fixture
def sent(dynamo_endpoint, name):
    found = Sent(transport.client(name))
    yield found
    found.stop()


@pytest.fixture
def make(live_tables, name):
    """Defines the table of this test again and again; it is deleted in the end."""

    def define(**given):
        table = Table(name, **given)
        live_tables(table)
        return table

    return define


def apply(table, **flags):
    (result,) = tables.apply([table], patience=QUICK, **flags)
    assert result.ok, result.error or result.plan.lines()
    return result


def planned(table, **flags):
    (found,) = tables.plan([table], **flags)
    return found


def described(table):
    return transport.client(table.name).describe_table(TableName=table.endpoint_name)["Table"]


def everything(**more):
    return {
        "sk": numeric("at"),
        "indexes": [
            Index("GSI1"),
            Index("GSI2", pk="owner", sk=numeric("at"), projection=["title", "state"]),
            Index("GSI3", pk="day", sk=None, projection="keys"),
            LocalIndex("LSI1", sk="kind"),
        ],
        "ttl": "expires",
        "recovery": True,
        "encryption": "aws",
        "stream": "new_and_old",
        "tags": {"team": "judge", "stage": "test"},
        "deletion_protection": True,
        **more,
    }


@pytest.mark.parametrize("capacity", [None, Provisioned((5, 50), 6)])
def test_a_second_run_changes_nothing(make, sent, capacity):
    table = make(**everything(capacity=capacity))
    assert next(step.kind for step in apply(table).done) == "CreateTable"
    assert planned(table).steps == ()
    sent.requests.clear()
    again = apply(table, **ALL_FLAGS)
    assert again.done == []
    assert sent.mutating() == []


def test_a_plan_changes_nothing_and_neither_does_one_for_a_table_that_is_there(make, sent):
    table = make(ttl="expires")
    assert not planned(table).exists
    apply(table)
    sent.requests.clear()
    changed = make(ttl=None, stream="new", indexes=[Index("GSI1")], tags={"a": "b"})
    assert {step.kind for step in planned(changed).steps} == {"AddIndex", "SetStream", "SetTTL", "SetTags"}
    assert sent.mutating() == []
    assert sent.requests


def test_an_existing_table_gets_what_its_definition_has_gained_one_index_at_a_time(make, sent):
    apply(make(sk=numeric("at"), indexes=[LocalIndex("LSI1", sk="kind")]))
    sent.requests.clear()
    table = make(**everything(encryption=None))
    apply(table)
    assert planned(table).steps == ()
    assert sent.index_changes() == [1, 1, 1]
    found = described(table)
    assert {index["IndexName"] for index in found["GlobalSecondaryIndexes"]} == {"GSI1", "GSI2", "GSI3"}
    assert found["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert found["DeletionProtectionEnabled"]


def test_items_that_were_there_are_in_an_index_added_later(make):
    apply(make())
    table = make(indexes=[Index("GSI1")])
    client = transport.client(table.name)
    item = {key: {"S": "x"} for key in ("PK", "SK", "GSI1PK", "GSI1SK")}
    client.put_item(TableName=table.endpoint_name, Item=item)
    apply(table)
    found = client.query(
        TableName=table.endpoint_name,
        IndexName="GSI1",
        KeyConditionExpression="GSI1PK = :x",
        ExpressionAttributeValues={":x": {"S": "x"}},
    )
    assert found["Items"] == [item]


def test_an_index_that_somebody_dropped_comes_back(make):
    table = make(indexes=[Index("GSI1"), Index("GSI2")])
    apply(table)
    transport.client(table.name).update_table(
        TableName=table.endpoint_name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "GSI2"}}]
    )
    assert [step.kind for step in planned(table).steps] == ["AddIndex"]
    apply(table)
    assert planned(table).steps == ()


def test_capacity_that_somebody_changed_comes_back_and_a_range_is_left_alone(make):
    table = make(capacity=Provisioned((5, 50), 6))
    apply(table)
    client = transport.client(table.name)
    units = {"ReadCapacityUnits": 20, "WriteCapacityUnits": 9}
    client.update_table(TableName=table.endpoint_name, ProvisionedThroughput=units)
    assert [step.text for step in planned(table).steps] == ["capacity: table 20 read, 6 write"]
    apply(table)
    assert described(table)["ProvisionedThroughput"]["WriteCapacityUnits"] == 6


def test_what_somebody_turned_off_or_tagged_otherwise_comes_back(make):
    table = make(ttl="expires", tags={"team": "judge"}, deletion_protection=True)
    apply(table)
    client, name = transport.client(table.name), table.endpoint_name
    client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires"})
    client.update_table(TableName=name, DeletionProtectionEnabled=False)
    client.tag_resource(ResourceArn=described(table)["TableArn"], Tags=[{"Key": "team", "Value": "other"}])
    kinds = ["SetDeletionProtection", "SetTTL", "SetTags"]
    assert [step.kind for step in planned(table).steps] == kinds
    assert [step.kind for step in apply(table).done] == kinds
    assert planned(table).steps == ()


@pytest.mark.endpoint_cannot("moto", reason="moto never turns a stream on again that was turned off")
def test_a_stream_that_somebody_turned_off_comes_back(make):
    table = make(stream="new")
    apply(table)
    transport.client(table.name).update_table(
        TableName=table.endpoint_name, StreamSpecification={"StreamEnabled": False}
    )
    assert [step.kind for step in apply(table).done] == ["SetStream"]
    assert planned(table).steps == ()


def test_what_the_definition_has_lost_is_left_without_flags_and_goes_with_them(make, sent):
    apply(make(indexes=[Index("GSI1"), Index("GSI2")], tags={"a": "b"}, stream="new", deletion_protection=True))
    table = make(indexes=[Index("GSI1")])
    sent.requests.clear()
    assert apply(table).done == []
    assert sent.mutating() == []
    extras = [extra.what for extra in planned(table).extras]
    assert extras == ["index GSI2", "stream NEW_IMAGE", "deletion protection", "tag a"]
    apply(table, **ALL_FLAGS)
    plan = planned(table)
    assert (plan.steps, plan.extras) == ((), ())
    assert [index["IndexName"] for index in described(table)["GlobalSecondaryIndexes"]] == ["GSI1"]


def test_an_index_of_another_shape_is_dropped_and_added_anew_in_two_requests(make, sent):
    apply(make(indexes=[Index("GSI1")]))
    table = make(indexes=[Index("GSI1", pk="owner", sk=numeric("at"), projection=["title"])])
    (result,) = tables.apply([table])
    assert result.state == "refused"
    assert sent.index_changes() == []
    apply(table, drop=True)
    assert sent.index_changes() == [1, 1]
    assert planned(table).steps == ()


def test_billing_goes_both_ways(make):
    indexes = [Index("GSI1")]
    apply(make(indexes=indexes))
    provisioned = make(indexes=indexes, capacity=Provisioned(5, 6))
    assert [step.kind for step in apply(provisioned).done] == ["UpdateCapacity"]
    assert described(provisioned)["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert planned(provisioned).steps == ()
    on_demand = make(indexes=indexes)
    apply(on_demand)
    assert planned(on_demand).steps == ()


@fixed_index_capacity
def test_an_indexes_capacity_is_changed_without_the_tables(make):
    apply(make(indexes=[Index("GSI1")], capacity=Provisioned(5, 6)))
    table = make(indexes=[Index("GSI1", capacity=Provisioned(7, 8))], capacity=Provisioned(5, 6))
    (step,) = apply(table).done
    assert step.text == "capacity: GSI1 7 read, 8 write"
    assert planned(table).steps == ()


@pytest.mark.endpoint_cannot("moto", reason="moto changes an index's capacity: there is nothing to say")
@pytest.mark.endpoint_cannot("ministack", reason="ministack changes an index's capacity: there is nothing to say")
def test_an_indexes_capacity_that_the_endpoint_never_changes_is_said_each_time(make, sent):
    apply(make(indexes=[Index("GSI1")], capacity=Provisioned(5, 6)))
    table = make(indexes=[Index("GSI1", capacity=Provisioned(7, 8))], capacity=Provisioned(5, 6), encryption="aws")
    sent.requests.clear()
    for _ in range(2):
        result = apply(table)
        assert [unknown.aspect for unknown in result.unknowns if "recovery" not in unknown.aspect] == [
            "capacity of index GSI1",
            "encryption",
            "auto scaling",
        ]
    assert sent.mutating() == []


@fixed_encryption[0]
@fixed_encryption[1]
def test_encryption_is_changed_and_taken_off_only_with_the_flag(make):
    apply(make())
    apply(make(encryption="aws"))
    table = make()
    assert [extra.flag for extra in planned(table).extras] == ["--allow-unprotect"]
    apply(table, unprotect=True)
    assert planned(table).extras == ()


@pytest.mark.endpoint_cannot("dynoxide", reason="dynoxide is known never to change encryption, and is not asked to")
@pytest.mark.endpoint_cannot("ministack", reason="ministack changes encryption")
def test_a_change_that_the_endpoint_takes_and_ignores_is_said_and_is_no_failure(make):
    apply(make())
    result = apply(make(encryption="aws"))
    assert result.done == []
    (unknown,) = result.unknowns
    assert (unknown.aspect, unknown.reason) == ("encryption", "the endpoint took the request and changed nothing")


@no_recovery
def test_recovery_is_turned_on_with_the_table_and_off_only_with_the_flag(make):
    on = make(recovery=True)
    assert [step.kind for step in apply(on).done] == ["CreateTable", "SetRecovery"]
    off = make()
    assert [extra.what for extra in planned(off).extras] == ["point-in-time recovery"]
    apply(off, unprotect=True)
    assert planned(off).extras == ()


@pytest.mark.endpoint_cannot("moto", reason="moto knows point-in-time recovery: there is nothing to say")
@pytest.mark.endpoint_cannot("ministack", reason="ministack knows point-in-time recovery: there is nothing to say")
def test_recovery_that_the_endpoint_does_not_know_is_said_each_time_and_is_no_failure(make):
    table = make(recovery=True)
    for result in (apply(table), apply(table)):
        (unknown,) = result.unknowns
        assert (unknown.aspect, unknown.wanted) == ("point-in-time recovery", "on")
        assert "UnknownOperationException" in unknown.reason
    plan = planned(table)
    assert (plan.steps, plan.ok) == ((), True)
    assert any(line.startswith("  ? point-in-time recovery: not known") for line in plan.lines())


@no_scaling[0]
@no_scaling[1]
def test_auto_scaling_is_set_for_the_table_and_its_indexes_and_read_back(make):
    scaled = Provisioned(read=(5, 50), write=(6, 60), target=65)
    table = make(indexes=[Index("GSI1"), Index("GSI2", capacity=Provisioned(1, 1))], capacity=scaled)
    assert [step.kind for step in apply(table).done].count("SetAutoScaling") == 4
    assert planned(table).steps == ()
    wider = make(indexes=[Index("GSI1"), Index("GSI2", capacity=Provisioned(1, 1))], capacity=Provisioned((5, 80), 6))
    texts = [step.text for step in apply(wider).done]
    assert "auto scaling: read capacity of the table, 5 to 80 units at 70 % of use" in texts
    assert "auto scaling: write capacity of index GSI1, off" in texts
    assert planned(wider).steps == ()


@pytest.mark.endpoint_cannot("moto", reason="moto knows Application Auto Scaling: there is nothing to say")
def test_auto_scaling_that_the_endpoint_does_not_know_is_said_each_time_and_is_no_failure(make):
    table = make(capacity=Provisioned(read=(5, 50), write=6))
    for result in (apply(table), apply(table)):
        unknown = next(unknown for unknown in result.unknowns if unknown.aspect == "auto scaling")
        assert unknown.wanted == "read capacity of the table 5 to 50 units at 70 % of use"


def test_other_keys_are_refused_and_the_table_is_left_as_it_is(make, sent):
    apply(make())
    sent.requests.clear()
    (result,) = tables.apply([make(pk="id", ttl="expires")], **ALL_FLAGS)
    assert result.state == "refused"
    assert sent.mutating() == []


def test_ensure_makes_a_table_that_serves_at_once(make):
    table = make(indexes=[Index("GSI1")], ttl="expires")
    tables.ensure(table)
    tables.ensure(table)
    client = transport.client(table.name)
    client.put_item(TableName=table.endpoint_name, Item={"PK": {"S": "a"}, "SK": {"S": "b"}})
    assert client.scan(TableName=table.endpoint_name)["Count"] == 1


def test_an_endpoint_that_is_not_there_is_an_error_of_ours(settings, name):
    settings.DYNAMO_MODELS = {"ENDPOINT": "http://127.0.0.1:9", "REGION": "us-east-1", "RETRIES": 0}
    transport.reset_connections()
    try:
        with pytest.raises(Exception, match="the endpoint did not answer"):
            tables.plan([Table(name)])
    finally:
        transport.reset_connections()


@fixed_encryption[1]
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=definitions.tables(name="x-walk"), second=definitions.tables(name="x-walk"), data=st.data())
def test_any_definition_becomes_any_other(dynamo_endpoint, first, second, data, sent_to):
    with sent_to("x-walk") as found:
        for table in (first, second):
            apply(table, **ALL_FLAGS)
            assert planned(table, **ALL_FLAGS).steps == ()
        assert all(count <= 1 for count in found.index_changes())


@pytest.fixture
def sent_to(dynamo_endpoint):
    """Requests to a table that is deleted when the block ends."""
    from contextlib import contextmanager

    @contextmanager
    def requests(name):
        client = transport.client(name)
        found = Sent(client)
        try:
            yield found
        finally:
            found.stop()
            client.update_table(TableName=name, DeletionProtectionEnabled=False)
            client.delete_table(TableName=name)

    return requests


def test_the_registry_of_these_tests_is_their_own():
    assert schema.registered_tables() == []
