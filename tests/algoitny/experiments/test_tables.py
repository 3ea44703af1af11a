"""The five tables are those of the documents: keys, indexes, expiry and billing; plan and apply make them."""

from io import StringIO

import pytest
from django.core.management import call_command

from algoitny.experiments import tables
from dynamo_models import OnDemand, Provisioned, Table
from dynamo_models.checks import check_table
from dynamo_models.tables.desired import desired
from dynamo_models.testing import isolated_tables

# (the table's keys, its indexes with theirs, what expires), of the page in the specification
DOCUMENTED = {
    "assignments": (
        ["id"],
        {
            "user-experiment-index": ["user_id", "experiment_id"],
            "experiment-index": ["experiment_id", "assigned_at"],
            "user-index": ["user_id", "assigned_at"],
            "variation-index": ["variation", "assigned_at"],
        },
        "ttl",
    ),
    "events": (
        ["id", "timestamp"],
        {
            "user-event-index": ["user_id", "timestamp"],
            "experiment-event-index": ["experiment_id", "timestamp"],
            "event-type-index": ["event_type", "timestamp"],
        },
        "ttl",
    ),
    "experiments": (
        ["id"],
        {
            "status-index": ["status", "created_at"],
            "owner-index": ["owner", "created_at"],
            "tag-index": ["tag", "created_at"],
        },
        None,
    ),
    "feature-flags": (
        ["id"],
        {"status-index": ["status", "updated_at"], "tag-index": ["tag", "updated_at"]},
        None,
    ),
    "overrides": (
        ["id"],
        {
            "user-index": ["user_id", "created_at"],
            "target-index": ["target_id", "created_at"],
            "type-index": ["type", "created_at"],
        },
        "ttl",
    ),
}


@pytest.mark.parametrize("table", tables.ALL, ids=lambda table: table.name)
def test_a_table_is_as_documented(table):
    state = desired(table)
    keys, indexes, ttl = DOCUMENTED[table.name.removeprefix("experimentation-")]
    assert state.keys == tuple((key, "S") for key in keys)
    assert {name: [key for key, _ in index.keys] for name, index in state.indexes.items()} == indexes
    assert {index.projection for index in state.indexes.values()} == {"ALL"}
    assert state.ttl == ttl
    assert state.units is None
    assert check_table(table) == []


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_it_is_on_demand_in_development(environment):
    assert tables.capacity(environment) == OnDemand()


def test_in_production_tables_and_indexes_scale_at_70_percent():
    assert tables.capacity("prod") == Provisioned(read=(5, 500), write=(5, 500), target=70)
    with isolated_tables():
        indexes = tables.events.indexes.values()
        state = desired(Table("events", pk="id", sk="timestamp", indexes=indexes, capacity=tables.capacity("prod")))
    assert {(place.index, each.target) for place, each in state.scaling.items()} == {
        ("", 70.0),
        *((name, 70.0) for name in tables.events.indexes),
    }
    assert len(state.scaling) == 2 * (1 + len(tables.events.indexes))


def test_plan_and_apply_make_the_five_tables(dynamo_endpoint, settings):
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "TABLE_PREFIX": "applied-"}
    names = [table.name for table in tables.ALL]
    said = StringIO()
    call_command("dynamo_tables", "apply", *names, stdout=said)
    for table in tables.ALL:
        assert table.endpoint_name in said.getvalue()
    said = StringIO()
    call_command("dynamo_tables", "plan", *names, stdout=said)
    assert "create" not in said.getvalue().lower()
