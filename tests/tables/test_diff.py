"""The plan for one difference at a time: what is done, what is left, what is refused and with which way out."""

from __future__ import annotations

import dataclasses
import json

import pytest

from dynamo_models.schema.table import Index, LocalIndex, Provisioned, Table, numeric
from dynamo_models.tables.desired import desired
from dynamo_models.tables.diff import diff
from dynamo_models.tables.state import LiveTable, ScalingPlace, ScalingRange, Units
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
    UpdateCapacity,
)


def between(before, after, *, drop=False, unprotect=False, unknown=(), fixed=(), **live_changes):
    """The plan that brings a table defined as ``before`` to ``after``."""
    state = dataclasses.replace(desired(before), **live_changes) if before is not None else None
    live = LiveTable(state=state, unknown=dict(unknown), fixed=dict(fixed))
    return diff("Main", desired(after), live, drop=drop, unprotect=unprotect)


def steps(*args, **kwargs):
    plan = between(*args, **kwargs)
    assert plan.refusals == ()
    return list(plan.steps)


def refusal(*args, **kwargs):
    (found,) = between(*args, **kwargs).refusals
    return found.text


def test_a_missing_table_is_created_and_then_given_what_create_table_does_not_take():
    table = Table("Main", ttl="expires", recovery=True, capacity=Provisioned((5, 50), 5), deletion_protection=True)
    assert steps(None, table) == [
        CreateTable(table=desired(table)),
        SetRecovery(enabled=True),
        SetTTL(attribute="expires"),
        SetAutoScaling(place=ScalingPlace("", "read"), range=ScalingRange(5, 50, 70.0)),
    ]


def test_no_difference_is_no_step():
    table = Table("Main", indexes=[Index("GSI1"), LocalIndex("LSI1")], ttl="t", tags={"a": "b"}, stream="new")
    plan = between(table, table)
    assert plan.steps == plan.refusals == plan.extras == plan.unknowns == ()
    assert plan.lines() == ["Main is as defined"]


def test_protection_goes_on_first_and_off_last():
    bare = Table("Main", indexes=[Index("GSI1")])
    safe = Table("Main", recovery=True, deletion_protection=True, ttl="expires")
    on = steps(bare, safe, drop=True)
    assert on[:2] == [SetDeletionProtection(enabled=True), SetRecovery(enabled=True)]
    off = steps(safe, bare, unprotect=True)
    assert off[-2:] == [SetDeletionProtection(enabled=False), SetRecovery(enabled=False)]


def test_protection_is_left_on_unless_the_flag_is_given():
    safe = Table("Main", recovery=True, deletion_protection=True, encryption="aws")
    plan = between(safe, Table("Main"))
    assert plan.ok
    assert plan.steps == ()
    assert [extra.what for extra in plan.extras] == [
        "encryption by aws",
        "deletion protection",
        "point-in-time recovery",
    ]
    assert all(extra.flag == "--allow-unprotect" for extra in plan.extras)
    assert steps(safe, Table("Main"), unprotect=True) == [
        SetEncryption(key=None),
        SetDeletionProtection(enabled=False),
        SetRecovery(enabled=False),
    ]


def test_an_extra_index_is_reported_and_left_and_dropped_only_with_the_flag():
    two, one = Table("Main", indexes=[Index("GSI1"), Index("GSI2")]), Table("Main", indexes=[Index("GSI1")])
    plan = between(two, one)
    assert (plan.steps, [extra.what for extra in plan.extras]) == ((), ["index GSI2"])
    assert "  = index GSI2: there and not in the definition; left (--drop takes it away)" in plan.lines()
    assert steps(two, one, drop=True) == [DropIndex(name="GSI2")]


def test_indexes_are_steps_of_their_own_and_new_ones_come_before_old_ones_go():
    before, after = Table("Main", indexes=[Index("Old")]), Table("Main", indexes=[Index("GSI1"), Index("GSI2")])
    found = steps(before, after, drop=True)
    indexes = desired(after).indexes
    assert found == [AddIndex(index=indexes["GSI1"]), AddIndex(index=indexes["GSI2"]), DropIndex(name="Old")]
    assert "backfills" in found[0].text


@pytest.mark.parametrize(
    "other",
    [
        Index("GSI1", pk="other"),
        Index("GSI1", sk=None),
        Index("GSI1", projection="keys"),
        Index("GSI1", projection=["a"]),
    ],
)
def test_another_shape_of_an_index_is_a_replacement_that_needs_the_flag(other):
    before, after = Table("Main", indexes=[Index("GSI1")]), Table("Main", indexes=[other])
    text = refusal(before, after)
    assert "readers are without it" in text
    assert "another name" in text
    assert "--drop" in text
    (step,) = steps(before, after, drop=True)
    assert isinstance(step, ReplaceIndex)
    assert step.loses
    assert "readers are without it until it is backfilled" in step.text


def test_a_projection_is_the_same_in_any_order_and_with_keys_named():
    one = Table("Main", indexes=[Index("GSI1", projection=["b", "a", "PK", "GSI1SK"])])
    other = Table("Main", indexes=[Index("GSI1", projection=["a", "b"])])
    assert steps(one, other) == []
    keys = Table("Main", indexes=[Index("GSI1", projection="keys")])
    assert steps(Table("Main", indexes=[Index("GSI1", projection=["PK"])]), keys) == []


def test_an_index_whose_attribute_has_another_type_goes_before_the_new_one_comes():
    before = Table("Main", indexes=[Index("GSI1", pk="when", sk=None), Index("GSI2", pk="who", sk="when")])
    after = Table(
        "Main", indexes=[Index("GSI1", pk=numeric("when"), sk=None), Index("GSI2", pk="who", sk=numeric("when"))]
    )
    kinds = [
        (step.kind, step.name if isinstance(step, DropIndex) else step.index.name)
        for step in steps(before, after, drop=True)
    ]
    assert kinds == [("DropIndex", "GSI1"), ("DropIndex", "GSI2"), ("AddIndex", "GSI1"), ("AddIndex", "GSI2")]


def test_an_attribute_of_another_type_in_an_index_that_stays_is_refused():
    before = Table("Main", indexes=[Index("Old", pk="when", sk=None)])
    after = Table("Main", indexes=[Index("New", pk=numeric("when"), sk=None)])
    assert "Its key attribute when has another type in index Old, which stays." in refusal(before, after)
    assert [step.kind for step in steps(before, after, drop=True)] == ["DropIndex", "AddIndex"]


def test_a_twenty_first_index_is_refused_unless_one_goes_first():
    before = Table("Main", indexes=[Index(f"GSI{number}") for number in range(20)])
    after = Table("Main", indexes=[Index(f"GSI{number}") for number in range(1, 21)])
    assert "There would be 21 global indexes; DynamoDB takes 20. Indexes that are not in the definition: GSI0." in (
        refusal(before, after)
    )
    assert [step.kind for step in steps(before, after, drop=True)] == ["DropIndex", "AddIndex"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ([], [LocalIndex("LSI1")], "this table is there without it"),
        ([LocalIndex("LSI1")], [], "cannot drop a local index"),
        ([LocalIndex("LSI1")], [LocalIndex("LSI1", sk="other")], "cannot change a local index"),
        ([LocalIndex("LSI1")], [Index("LSI1")], "It is a local index, and DynamoDB cannot make it a global one"),
        ([Index("LSI1")], [LocalIndex("LSI1")], "It is a global index, and DynamoDB cannot make it a local one"),
    ],
)
def test_a_local_index_is_made_with_its_table_or_not_at_all(before, after, said):
    text = refusal(Table("Main", indexes=before), Table("Main", indexes=after), drop=True)
    assert said in text
    assert "another name" in text


@pytest.mark.parametrize("after", [Table("Main", pk="id"), Table("Main", sk=None), Table("Main", sk=numeric("SK"))])
def test_other_keys_are_refused_and_nothing_else_is_planned(after):
    plan = between(Table("Main"), after, drop=True)
    assert plan.steps == ()
    (found,) = plan.refusals
    assert "DynamoDB cannot change a table's keys" in found.reason
    assert "another name and copy the items" in found.remedy
    assert any(line.startswith("  ! keys: ") for line in plan.lines())


def test_another_ttl_attribute_is_refused_with_the_way_round():
    text = refusal(Table("Main", ttl="expires"), Table("Main", ttl="until"), drop=True, unprotect=True)
    assert "one change an hour" in text
    assert "Take ttl= out of the definition and apply; an hour later" in text
    assert steps(Table("Main", ttl="expires"), Table("Main")) == [SetTTL(attribute="expires", enabled=False)]


def test_another_stream_view_is_refused_with_the_way_round():
    text = refusal(Table("Main", stream="new"), Table("Main", stream="keys"), drop=True)
    assert "Take stream= out of the definition and apply with --drop" in text
    assert "another ARN" in text


def test_a_stream_is_turned_off_only_with_the_flag():
    before, after = Table("Main", stream="new"), Table("Main")
    plan = between(before, after)
    assert (plan.steps, [extra.what for extra in plan.extras]) == ((), ["stream NEW_IMAGE"])
    assert steps(before, after, drop=True) == [SetStream(view=None)]
    assert steps(after, before) == [SetStream(view="NEW_IMAGE")]


def test_tags_are_set_and_others_left_unless_the_flag_is_given():
    before, after = Table("Main", tags={"a": "1", "x": "1"}), Table("Main", tags={"a": "2", "b": "3"})
    plan = between(before, after)
    assert plan.steps == (SetTags(tags=(("a", "2"), ("b", "3"))),)
    assert [extra.what for extra in plan.extras] == ["tag x"]
    assert steps(before, after, drop=True) == [SetTags(tags=(("a", "2"), ("b", "3")), remove=("x",))]


def test_going_provisioned_names_every_index_that_is_there():
    before = Table("Main", indexes=[Index("GSI1"), Index("Old")])
    after = Table("Main", capacity=Provisioned(5, 6), indexes=[Index("GSI1", capacity=Provisioned(7, 8))])
    plan = between(before, after)
    assert plan.steps == (
        UpdateCapacity(mode="PROVISIONED", units=Units(5, 6), indexes=(("GSI1", Units(7, 8)), ("Old", Units(5, 6)))),
    )
    assert steps(after, Table("Main", indexes=[Index("GSI1")])) == [UpdateCapacity(mode="PAY_PER_REQUEST")]


def test_only_the_capacity_that_differs_is_named():
    one = Table("Main", capacity=Provisioned(5, 6), indexes=[Index("GSI1"), Index("GSI2", capacity=Provisioned(1, 1))])
    other = Table(
        "Main", capacity=Provisioned(5, 6), indexes=[Index("GSI1"), Index("GSI2", capacity=Provisioned(2, 1))]
    )
    assert steps(one, other) == [UpdateCapacity(indexes=(("GSI2", Units(2, 1)),))]
    table_only = Table(
        "Main", capacity=Provisioned(9, 6), indexes=[Index("GSI1", capacity=Provisioned(5, 6)), other.indexes["GSI2"]]
    )
    assert steps(other, table_only) == [UpdateCapacity(units=Units(9, 6))]


@pytest.mark.parametrize(("live", "better"), [(25, None), (300, None), (500, None), (10, 25), (900, 500)])
def test_what_auto_scaling_has_moved_within_its_range_is_as_it_should_be(live, better):
    table = Table("Main", capacity=Provisioned((25, 500), 10))
    expected = [] if better is None else [UpdateCapacity(units=Units(better, 10))]
    assert steps(table, table, units=Units(live, 10)) == expected


def test_auto_scaling_is_changed_under_the_policy_that_is_there_and_taken_off_where_capacity_is_fixed():
    place = ScalingPlace("", "read")
    before, after = Table("Main", capacity=Provisioned((5, 50), 5)), Table("Main", capacity=Provisioned((5, 80), 5))
    assert steps(before, after, policies={place: "made-by-hand"}) == [
        SetAutoScaling(place=place, range=ScalingRange(5, 80, 70.0), policy="made-by-hand")
    ]
    fixed = Table("Main", capacity=Provisioned(5, 5))
    assert steps(before, fixed) == [SetAutoScaling(place=place, range=None)]


def test_what_the_endpoint_does_not_know_is_named_and_is_no_change():
    table = Table(
        "Main", recovery=True, ttl="t", tags={"a": "b"}, capacity=Provisioned((5, 50), 5), deletion_protection=True
    )
    aspects = ["deletion protection", "point-in-time recovery", "time to live", "tags", "auto scaling"]
    plan = between(
        table, table, unknown=dict.fromkeys(aspects, "nobody knows"), recovery=False, ttl=None, tags={}, scaling={}
    )
    assert plan.steps == ()
    assert plan.ok
    assert [unknown.aspect for unknown in plan.unknowns] == aspects
    assert "  ? point-in-time recovery: not known. The definition asks for on; nobody knows" in plan.lines()


def test_what_the_endpoint_never_changes_is_named_where_it_differs_and_is_no_change():
    fixed = {"encryption": "it keeps that", "index capacity": "it keeps that too"}
    before = Table("Main", capacity=Provisioned(1, 1), indexes=[Index("GSI1")])
    after = Table("Main", capacity=Provisioned(2, 2), indexes=[Index("GSI1")], encryption="aws")
    plan = between(before, after, fixed=fixed)
    assert plan.steps == (UpdateCapacity(units=Units(2, 2)),)
    assert [(unknown.aspect, unknown.wanted) for unknown in plan.unknowns] == [
        ("capacity of index GSI1", "2 read, 2 write"),
        ("encryption", "aws"),
    ]
    assert between(after, after, fixed=fixed).unknowns == ()


def test_the_json_of_a_plan_is_plain_and_whole():
    before = Table("Main", indexes=[Index("Old")], ttl="expires")
    after = Table("Main", indexes=[Index("GSI1", projection=["b", "a"])], ttl="until", recovery=True)
    found = json.loads(
        json.dumps(between(before, after, unknown={"point-in-time recovery": "no such thing"}).to_json())
    )
    assert set(found) == {"table", "name", "exists", "ok", "steps", "unknowns", "refusals", "extras", "busy"}
    assert (found["table"], found["exists"], found["ok"]) == ("Main", True, False)
    (step,) = found["steps"]
    assert (step["kind"], step["mark"]) == ("AddIndex", "+")
    assert step["index"] == {
        "name": "GSI1",
        "keys": [{"name": "GSI1PK", "type": "S"}, {"name": "GSI1SK", "type": "S"}],
        "projection": "INCLUDE",
        "attributes": ["a", "b"],
        "local": False,
        "units": None,
    }
    assert found["unknowns"] == [{"aspect": "point-in-time recovery", "wanted": "on", "reason": "no such thing"}]
    assert set(found["refusals"][0]) == {"what", "reason", "remedy"}
    assert found["extras"] == [{"what": "index Old", "flag": "--drop"}]
