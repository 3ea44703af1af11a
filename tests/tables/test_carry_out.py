"""Carrying a plan out: waiting, others at the same table, endpoints that ignore, and what stops it half-way."""

from __future__ import annotations

import pytest

from dynamo_models import tables
from dynamo_models.errors import EndpointError
from dynamo_models.schema.table import Index, LocalIndex, Provisioned, Table
from dynamo_models.tables import carry_out as module
from dynamo_models.tables.endpoint import Endpoint
from tests.tables.conftest import carry_out, look
from tests.tables.fake_dynamodb import FakeDynamoDB, FakeScaling, refused

ONE = [Index("GSI1")]
TWO = [Index("GSI1"), Index("GSI2")]


def test_each_request_waits_for_the_one_before_and_adds_one_index(clock):
    fake = FakeDynamoDB(slowness=4)
    assert carry_out(Table("Main", indexes=ONE), fake, patience=clock.patience()).ok
    grown = Table("Main", indexes=[*TWO, Index("GSI3")], stream="new")
    result = carry_out(grown, fake, patience=clock.patience())
    assert [step.kind for step in result.done] == ["AddIndex", "AddIndex", "SetStream"]
    assert fake.index_changes() == [1, 1]


def test_waiting_grows_longer_up_to_its_longest(clock):
    fake = FakeDynamoDB(slowness=10)
    carry_out(Table("Main"), fake, patience=clock.patience(first=1.0, longest=4.0))
    assert clock.slept[:6] == [1.0, 1.5, 2.25, 3.375, 4.0, 4.0]


def test_what_is_waited_for_is_told_once_with_its_backfill():
    fake, heard = FakeDynamoDB(slowness=5), []
    carry_out(Table("Main"), fake)
    carry_out(Table("Main", indexes=ONE), fake, told=heard.append)
    assert [(event.outcome, event.detail) for event in heard] == [
        ("starts", ""),
        ("waits", "table updating; index GSI1 creating (backfilling)"),
        ("done", ""),
    ]


def test_out_of_time_says_what_goes_on_and_applying_again_goes_on_from_there(clock):
    fake, table = FakeDynamoDB(), Table("Main", indexes=TWO)
    carry_out(Table("Main"), fake)
    fake.slowness = 50
    result = carry_out(table, fake, patience=clock.patience(timeout=3.0))
    assert (result.state, result.done) == ("failed", [])
    assert isinstance(result.error, tables.NotReady)
    assert "after 3 s still table updating; index GSI1 creating (backfilling)" in str(result.error)
    assert "longer --timeout" in str(result.error)
    fake.slowness = 0
    again = carry_out(table, fake, patience=clock.patience())
    assert again.ok
    assert [step.index.name for step in again.done] == ["GSI2"]
    assert fake.index_changes() == [1, 1]


def test_a_table_that_does_not_come_back_by_itself_is_not_waited_for(clock):
    fake = FakeDynamoDB()
    carry_out(Table("Main"), fake)
    fake.table["TableStatus"] = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    result = carry_out(Table("Main", indexes=ONE), fake, patience=clock.patience())
    assert "stays so until somebody mends that" in str(result.error)
    assert clock.slept == []


def test_a_table_made_by_somebody_else_meanwhile_is_waited_for_and_finished():
    fake, table = FakeDynamoDB(slowness=3), Table("Main", indexes=ONE, ttl="expires")

    def other(operation, parameters):
        fake.before = lambda operation, parameters: None
        fake.create_table(**parameters)

    fake.before = other
    result = carry_out(table, fake)
    assert result.ok, result.error
    assert [step.kind for step in result.done] == ["SetTTL"]
    assert look(table, fake).steps == ()


def test_an_index_added_by_somebody_else_meanwhile_is_not_added_twice():
    fake, table, heard = FakeDynamoDB(slowness=3), Table("Main", indexes=TWO), []
    carry_out(Table("Main"), fake)

    def other(operation, parameters):
        fake.before = lambda operation, parameters: None
        fake.update_table(**parameters)

    fake.before = other
    result = carry_out(table, fake, told=heard.append)
    assert result.ok, result.error
    assert [step.index.name for step in result.done] == ["GSI2"]
    assert any(
        "somebody else changes the table (ResourceInUseException: Table is being updated)" in event.detail
        for event in heard
    )


def test_a_step_that_somebody_else_did_is_done_even_where_the_refusal_is_of_another_kind():
    fake, heard = FakeDynamoDB(), []
    carry_out(Table("Main"), fake)

    def other(operation, parameters):
        fake.before = lambda operation, parameters: None
        fake.update_time_to_live(**parameters)

    fake.before = other
    result = carry_out(Table("Main", ttl="expires"), fake, told=heard.append)
    assert result.ok
    assert result.done == []
    assert heard[-1].detail == "by somebody else"


def test_two_that_apply_at_once_end_at_one_definition():
    fake, table = FakeDynamoDB(slowness=2), Table("Main", indexes=TWO, ttl="expires", stream="new", recovery=True)
    state = {"nested": False, "results": []}

    def other(operation, parameters):
        if not state["nested"]:
            state["nested"] = True
            state["results"].append(carry_out(table, fake))
            state["nested"] = False

    carry_out(Table("Main"), fake)
    fake.before = other
    state["results"].append(carry_out(table, fake))
    assert all(result.ok for result in state["results"])
    assert look(table, fake).steps == ()
    assert set(fake.index_changes()) == {1}


def test_a_hold_up_that_does_not_end_is_an_error_after_a_minute_whatever_the_timeout(clock):
    fake = FakeDynamoDB()
    carry_out(Table("Main"), fake)

    def always(operation, parameters):
        raise refused(operation, "LimitExceededException", "Too many operations")

    fake.before = always
    result = carry_out(Table("Main", stream="new"), fake, patience=clock.patience())
    assert "Too many operations" in str(result.error)
    assert 30 < clock.now < 120


def test_a_change_under_way_is_waited_for_before_the_first_step_and_where_nothing_is_to_do():
    fake, table = FakeDynamoDB(), Table("Main", indexes=ONE)
    carry_out(Table("Main"), fake)
    fake.slowness = 3
    fake.update_table(TableName="Main", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    heard = []
    result = carry_out(table, fake, told=heard.append)
    assert result.ok
    assert (heard[0].step, heard[0].outcome, heard[0].detail) == (None, "waits", "table updating")
    fake.update_table(TableName="Main", DeletionProtectionEnabled=True)
    assert carry_out(table, fake).ok
    assert fake.table["TableStatus"] == "ACTIVE"


def test_a_step_that_the_endpoint_does_not_know_is_put_aside_and_the_rest_is_done(monkeypatch):
    fake, heard = FakeDynamoDB(), []

    def unknown(**parameters):
        raise refused("UpdateContinuousBackups", "UnknownOperationException")

    monkeypatch.setattr(fake, "update_continuous_backups", unknown)
    result = carry_out(Table("Main", recovery=True, ttl="expires"), fake, told=heard.append, aws=False)
    assert result.ok
    assert [step.kind for step in result.done] == ["CreateTable", "SetTTL"]
    (found,) = result.unknowns
    assert found.aspect == "point-in-time recovery"
    assert "not known to this endpoint" in found.reason
    assert "not known" in [event.outcome for event in heard]


def test_a_stand_in_that_takes_a_request_and_ignores_it_is_said_to(monkeypatch):
    fake, heard = FakeDynamoDB(), []
    monkeypatch.setattr(fake, "update_time_to_live", lambda **parameters: {})
    result = carry_out(Table("Main", ttl="expires", tags={"a": "b"}), fake, told=heard.append, aws=False)
    assert result.ok
    (found,) = result.unknowns
    assert found.reason == "the endpoint took the request and changed nothing"
    assert heard[-1].outcome == "not kept"


def test_at_aws_a_change_that_is_seen_late_is_waited_for_and_one_that_is_never_seen_is_an_error(monkeypatch, clock):
    fake = FakeDynamoDB()
    late = []
    monkeypatch.setattr(fake, "update_time_to_live", lambda **parameters: late.append(parameters))
    real = fake.describe_time_to_live

    def describe(**parameters):
        late.append("look")
        if len(late) > 6:
            fake.ttl = "expires"
        return real(**parameters)

    monkeypatch.setattr(fake, "describe_time_to_live", describe)
    assert carry_out(Table("Main", ttl="expires"), fake, patience=clock.patience()).ok
    monkeypatch.setattr(fake, "describe_time_to_live", real)
    fake.ttl = None
    result = carry_out(Table("Main", ttl="expires"), fake, patience=clock.patience())
    assert "DynamoDB took the request and does not show it: time to live: on" in str(result.error)


def test_what_stops_a_table_is_in_its_result_and_the_state_is_one_to_go_on_from(monkeypatch):
    fake, table = FakeDynamoDB(), Table("Main", indexes=TWO, ttl="expires")

    def fails(operation, parameters):
        if operation == "UpdateTimeToLive":
            raise refused(operation, "InternalServerError", "try later")

    fake.before = fails
    result = carry_out(table, fake)
    assert result.state == "failed"
    assert isinstance(result.error, EndpointError)
    assert result.error.__cause__.response["Error"]["Code"] == "InternalServerError"
    assert [step.kind for step in result.done] == ["CreateTable"]
    fake.before = lambda operation, parameters: None
    assert [step.kind for step in carry_out(table, fake).done] == ["SetTTL"]


def test_time_to_live_that_was_changed_within_the_hour_is_refused_in_dynamodbs_words():
    fake = FakeDynamoDB()

    def within_the_hour(operation, parameters):
        if operation == "UpdateTimeToLive":
            raise refused(operation, "ValidationException", "Time to live has been modified multiple times")

    carry_out(Table("Main"), fake)
    fake.before = within_the_hour
    result = carry_out(Table("Main", ttl="expires"), fake)
    assert "Time to live has been modified multiple times" in str(result.error)


@pytest.fixture
def fakes(monkeypatch):
    """An endpoint for each table's name."""
    made = {}

    def endpoint(table):
        return Endpoint(made.setdefault(table.name, FakeDynamoDB()), FakeScaling(), aws=True)

    monkeypatch.setattr(tables, "endpoint", endpoint)
    return made


def test_apply_takes_every_table_that_is_defined(fakes):
    Table("Beta", indexes=ONE)
    Table("Alpha", capacity=Provisioned(1, 1))
    assert [found.table for found in tables.plan()] == ["Alpha", "Beta"]
    assert all(fake.mutations() == [] for fake in fakes.values())
    assert [result.state for result in tables.apply()] == ["done", "done"]
    assert [found.steps for found in tables.plan()] == [(), ()]


def test_a_refusal_for_one_table_holds_back_every_table(fakes):
    odd = Table("Odd")
    tables.apply([odd])
    before = len(fakes["Odd"].mutations())
    other, odd = Table("Other"), Table("Odd", indexes=[LocalIndex("LSI1")])
    results = tables.apply([other, odd])
    assert [(result.plan.table, result.state, result.ok) for result in results] == [
        ("Other", "not started", False),
        ("Odd", "refused", False),
    ]
    assert fakes["Other"].mutations() == []
    assert len(fakes["Odd"].mutations()) == before


def test_an_error_of_one_table_does_not_stop_the_next(fakes):
    first, second = Table("First"), Table("Second")
    tables.plan([first])

    def fails(operation, parameters):
        raise refused(operation, "InternalServerError")

    fakes["First"].before = fails
    assert [result.state for result in tables.apply([first, second])] == ["failed", "done"]


def test_ensure_makes_a_table_and_raises_what_stops_it(fakes):
    tables.ensure(Table("One", indexes=ONE), Table("Two"))
    assert fakes["One"].table["TableStatus"] == "ACTIVE"
    with pytest.raises(tables.PlanRefused, match="DynamoDB cannot change a table's keys"):
        tables.ensure(Table("One", pk="id"))

    def fails(operation, parameters):
        raise refused(operation, "InternalServerError", "later")

    fakes["Two"].before = fails
    with pytest.raises(EndpointError, match="later"):
        tables.ensure(Table("Two", ttl="expires"))


def test_refusals_made_by_somebody_else_half_way_stop_it():
    fake, table = FakeDynamoDB(), Table("Main", ttl="expires", recovery=True)

    def other(operation, parameters):
        if operation == "UpdateContinuousBackups":
            fake.ttl = "until"

    fake.before = other
    result = carry_out(table, fake)
    assert result.state == "refused"
    assert result.plan.refusals[0].what == "time to live"
    assert isinstance(result, module.TableResult)
