"""Who has which variation: overrides first, one assignment whoever comes first, and none where nobody is assigned."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from algoitny.experiments import deciding, weights
from algoitny.experiments.errors import NotThereError, VariationsRefusedError
from algoitny.experiments.items import Assignment, Override
from dynamo_models import now

CALLS = 32


def test_32_concurrent_first_calls_make_one_assignment(access, active):
    together = threading.Barrier(CALLS)

    def first(_):
        together.wait()
        return deciding.assign("ann", active.id)

    with ThreadPoolExecutor(CALLS) as pool:
        found = list(pool.map(first, range(CALLS)))
    assert len({each.variation["id"] for each in found}) == 1
    (stored,) = Assignment.objects.scan()
    assert stored.variation == found[0].variation["id"]


def test_32_concurrent_creations_of_different_variations_leave_one_that_all_are_told(access):
    together = threading.Barrier(CALLS)

    def create(number):
        together.wait()
        return access.create_assignment("ann", "exp456", f"variant_{number}")

    with ThreadPoolExecutor(CALLS) as pool:
        found = list(pool.map(create, range(CALLS)))
    (stored,) = Assignment.objects.scan()
    assert {each.variation for each in found} == {stored.variation}


def test_what_is_assigned_is_what_the_hash_says(access, active):
    for number in range(20):
        chosen = weights.choose(f"user-{number}", str(active.id), active.variations)
        assert deciding.assign(f"user-{number}", active.id).variation == chosen
    assert len(access.get_experiment_assignments(str(active.id)).items) == 20


def test_a_user_keeps_a_variation_that_the_hash_would_not_give(access, active):
    chosen = weights.choose("ann", str(active.id), active.variations)
    (other,) = (each for each in active.variations if each != chosen)
    access.create_assignment("ann", str(active.id), other["id"])
    assert deciding.assign("ann", active.id).variation == other


def test_an_assignment_that_others_wrote_under_an_id_of_their_own_counts(access, active):
    import uuid

    (_, green) = active.variations
    for number in range(8):
        user = f"user-{number}"
        Assignment.objects.create(
            id=uuid.uuid4(), user_id=user, experiment_id=str(active.id), variation="green", assigned_at=now()
        )
        assert deciding.assign(user, active.id).variation == green
        assert access.get_user_assignment(user, str(active.id)).variation == "green"


def test_an_expired_assignment_makes_room_for_a_new_one(access, active):
    access.create_assignment("ann", str(active.id), "gone", kept=timedelta(days=-1))
    assert access.get_user_assignment("ann", str(active.id)) is None
    assert deciding.assign("ann", active.id).source == "assignment"


@pytest.mark.parametrize("status", ["draft", "active", "paused", "completed"])
def test_an_override_counts_in_every_status_and_others_are_assigned_in_one(status, access):
    made = access.create_experiment("Button", "", [{"name": "blue"}, {"name": "green", "weight": 0}], "ann")
    access.create_override("ann", str(made.id), "experiment", "green")
    for step in {"draft": (), "active": ("active",), "paused": ("active", "paused")}.get(
        status, ("active", "paused", "completed")
    ):
        access.update_experiment_status(made.id, step)
    found = deciding.assign("ann", made.id)
    assert (found.variation["name"], found.source) == ("green", "override")
    other = deciding.assign("ben", made.id)
    assert (other.variation is not None) == (status == "active")
    assert other.source == ("assignment" if status == "active" else None)


def test_who_was_assigned_keeps_the_variation_when_the_experiment_is_paused_and_completed(access, active):
    before = deciding.assign("ann", active.id)
    for status in ("paused", "completed"):
        access.update_experiment_status(active.id, status)
        assert deciding.assign("ann", active.id) == before


def test_an_override_that_comes_and_goes_is_seen_at_once(access, active):
    before = deciding.assign("ann", active.id)
    (other,) = (each for each in active.variations if each != before.variation)
    override = access.create_override("ann", str(active.id), "experiment", other["id"])
    assert deciding.assign("ann", active.id).variation == other
    access.create_override("ann", str(active.id), "experiment", before.variation["id"])
    assert deciding.assign("ann", active.id).variation == before.variation
    assert len(list(Override.objects.scan())) == 1
    access.delete_override(str(override.id))
    assert deciding.assign("ann", active.id) == before


def test_an_experiment_or_a_variation_that_there_is_not_is_said(access, active):
    with pytest.raises(NotThereError, match="There is no experiment"):
        deciding.assign("ann", "b9a1b1f0-8f0b-4f63-9d2a-3f0c7a0f7b11")
    with pytest.raises(NotThereError, match="'exp456' is no id"):
        deciding.assign("ann", "exp456")
    access.create_override("ann", str(active.id), "experiment", "purple")
    with pytest.raises(NotThereError, match="no variation 'purple'"):
        deciding.assign("ann", active.id)
    with pytest.raises(VariationsRefusedError, match="no variation 'purple'; it has blue, green"):
        access.update_experiment_with_override(active.id, "paused", "ann", "purple")


def test_a_second_call_asks_the_cache_alone(access, active, dynamo_usage):
    deciding.assign("ann", active.id)
    made = Counter(request.operation for request in dynamo_usage.requests)
    assert made["PutItem"] == 1
    before = len(dynamo_usage)
    deciding.assign("ann", active.id)
    assert len(dynamo_usage) == before
