"""From any definition to any other, at a DynamoDB that keeps AWS's rules, with a crash anywhere."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tables.conftest import Clock, carry_out, look
from tests.tables.definitions import tables
from tests.tables.fake_dynamodb import Crash, FakeDynamoDB, FakeScaling

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ALL_FLAGS = {"drop": True, "unprotect": True}


@quick
@given(tables(), st.integers(0, 3))
def test_what_was_applied_leaves_nothing_to_plan(table, slowness):
    fake, scaling = FakeDynamoDB(slowness), FakeScaling()
    result = carry_out(table, fake, scaling)
    assert result.ok, result.error
    plan = look(table, fake, scaling)
    assert (plan.steps, plan.unknowns, plan.refusals, plan.extras) == ((), (), (), ())
    before = len(fake.mutations()), len(scaling.calls)
    assert carry_out(table, fake, scaling, **ALL_FLAGS).done == []
    assert (len(fake.mutations()), len(scaling.calls)) == before


@quick
@given(tables(), st.lists(tables(), min_size=1, max_size=3), st.integers(0, 2))
def test_any_definition_becomes_any_other_one_index_at_a_time(first, others, slowness):
    fake, scaling = FakeDynamoDB(slowness), FakeScaling()
    for table in (first, *others):
        result = carry_out(table, fake, scaling, **ALL_FLAGS)
        assert result.ok, result.error
        assert result.done == list(result.plan.steps)
        assert look(table, fake, scaling, **ALL_FLAGS).steps == ()
    assert all(count <= 1 for count in fake.index_changes())


@quick
@given(
    tables(ttls=(None, "expires", "until"), streams=(None, "new", "old"), locals_=("Near",)),
    tables(ttls=(None, "expires", "until"), streams=(None, "new", "old")),
    st.booleans(),
    st.booleans(),
)
def test_a_plan_with_refusals_changes_nothing_and_one_without_flags_takes_nothing_away(first, second, drop, unprotect):
    fake, scaling = FakeDynamoDB(), FakeScaling()
    assert carry_out(first, fake, scaling).ok
    before = len(fake.mutations()), len(scaling.calls)
    result = carry_out(second, fake, scaling, drop=drop, unprotect=unprotect)
    assert result.state == "refused"  # the local index, for one
    assert (len(fake.mutations()), len(scaling.calls)) == before


@quick
@given(tables(), tables())
def test_without_flags_nothing_is_lost(first, second):
    fake, scaling = FakeDynamoDB(), FakeScaling()
    carry_out(first, fake, scaling)
    before = {index["IndexName"] for index in fake.table["GlobalSecondaryIndexes"]}
    protected, recovery, tags = fake.table["DeletionProtectionEnabled"], fake.recovery, set(fake.tags)
    result = carry_out(second, fake, scaling)
    assert before <= {index["IndexName"] for index in fake.table["GlobalSecondaryIndexes"]}
    assert fake.table["DeletionProtectionEnabled"] >= protected
    assert fake.recovery >= recovery
    assert set(fake.tags) >= tags
    assert not any(step.loses for step in result.plan.steps)


@quick
@given(tables(), tables(), st.integers(0, 12), st.booleans(), st.integers(0, 2))
def test_a_crash_anywhere_leaves_a_state_from_which_apply_goes_on(first, second, crash_at, after_effect, slowness):
    fake, scaling = FakeDynamoDB(slowness), FakeScaling()
    carry_out(first, fake, scaling)
    fake.crash_at, fake.crash_after_effect = len(fake.mutations()) + crash_at, after_effect
    try:
        carry_out(second, fake, scaling, **ALL_FLAGS)
    except Crash:
        fake.crash_at = None
    result = carry_out(second, fake, scaling, patience=Clock().patience(), **ALL_FLAGS)
    assert result.ok, result.error
    assert look(second, fake, scaling, **ALL_FLAGS).steps == ()
    assert all(count <= 1 for count in fake.index_changes())
