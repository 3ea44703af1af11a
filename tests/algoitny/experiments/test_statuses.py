"""An experiment's status: only by the steps that there are, by one of those who try, with an override all at once."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from algoitny.experiments import statuses
from algoitny.experiments.errors import ChangedMeanwhileError, ExperimentsError, TransitionRefusedError
from algoitny.experiments.items import Experiment, Override
from dynamo_models.transport.connection import SharedConnection

WAYS = {
    "draft": [],
    "active": ["active"],
    "paused": ["active", "paused"],
    "completed": ["active", "paused", "completed"],
}
STEPS = {("draft", "active"), ("active", "paused"), ("paused", "active"), ("paused", "completed")}


@pytest.fixture
def made(access):
    return access.create_experiment("Button", "", [{"name": "blue"}, {"name": "green"}], "ann", tags=["ui"])


@pytest.mark.parametrize(("now", "wanted"), list(itertools.product(statuses.STATUSES, repeat=2)))
def test_each_step_is_there_or_refused(now, wanted):
    if (now, wanted) in STEPS:
        statuses.check_step(now, wanted)
        return
    with pytest.raises(TransitionRefusedError, match=f"is {now}.*not {wanted}"):
        statuses.check_step(now, wanted)


def test_a_refused_step_writes_nothing(access, made):
    with pytest.raises(TransitionRefusedError):
        access.update_experiment_status(made.id, "completed")
    assert access.get_experiment(made.id) == made
    assert access.get_experiment(made.id).status == "draft"


def test_an_experiment_goes_all_the_way_and_back_from_a_pause(access, made):
    for status in ("active", "paused", "active", "paused", "completed"):
        assert access.update_experiment_status(made.id, status).status == status
        assert [each.id for each in access.get_experiments_by_status(status).items] == [made.id]
    assert access.get_experiment(made.id).updated_at > made.created_at


def test_of_two_who_change_the_status_at_once_one_is_refused(access, made):
    together = threading.Barrier(8)

    def start(_):
        together.wait()
        try:
            return access.update_experiment_status(made.id, "active").status
        except (TransitionRefusedError, ChangedMeanwhileError) as error:
            return type(error)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(start, range(8)))
    assert found.count("active") == 1


def test_a_status_is_not_changed_over_a_change_that_came_in_between(access, made, monkeypatch):
    access.update_experiment_status(made.id, "active")
    dispatch, tried = SharedConnection.dispatch, []

    def between(self, operation, kwargs):
        if operation == "UpdateItem" and not tried:
            tried.append(operation)
            access.update_experiment_status(made.id, "paused")
        return dispatch(self, operation, kwargs)

    monkeypatch.setattr(SharedConnection, "dispatch", between)
    with pytest.raises(TransitionRefusedError, match="is paused"):
        access.update_experiment_status(made.id, "paused")


def test_a_status_and_an_override_change_together_or_not_at_all(access, made, monkeypatch, dynamo_usage):
    access.update_experiment_with_override(made.id, "active", "ann", "green")
    written = [request.operation for request in dynamo_usage.requests if request.write_units]
    assert written[-1] == "TransactWriteItems"
    (override,) = Override.objects.scan()
    assert (override.user_id, override.target_id, override.type) == ("ann", str(made.id), "experiment")
    assert override.value == made.variations[1]["id"]
    with pytest.raises(TransitionRefusedError):
        access.update_experiment_with_override(made.id, "completed", "ben", "green")
    assert len(list(Override.objects.scan())) == 1


def test_an_override_is_not_written_where_the_status_cannot_be(access, made, monkeypatch):
    dispatch, tried = SharedConnection.dispatch, []

    def between(self, operation, kwargs):
        if operation == "TransactWriteItems" and not tried:
            tried.append(operation)
            access.update_experiment_status(made.id, "active")
        return dispatch(self, operation, kwargs)

    monkeypatch.setattr(SharedConnection, "dispatch", between)
    with pytest.raises(TransitionRefusedError, match="is active"):
        access.update_experiment_with_override(made.id, "active", "ann", "green")
    assert list(Override.objects.scan()) == []


def test_variations_are_settled_once_it_was_active(access, made):
    changed = access.update_experiment(made.id, variations=[{"name": "red", "weight": 3}])
    assert changed.variations[0]["weight"] == 3
    access.update_experiment_status(made.id, "active")
    with pytest.raises(TransitionRefusedError, match="variations are settled"):
        access.update_experiment(made.id, variations=[{"name": "blue"}])
    with pytest.raises(ExperimentsError, match="'status' is not changed here"):
        access.update_experiment(made.id, status="paused")
    assert access.get_experiment(made.id).variations == changed.variations


def test_variations_of_two_experiments_have_ids_of_their_own(access, made):
    other = access.create_experiment("Other", "", [{"name": "blue"}], "ann")
    assert len({each["id"] for each in [*made.variations, *other.variations]}) == 3


def test_changes_at_once_all_come_in(access, made):
    with ThreadPoolExecutor(3) as pool:
        list(
            pool.map(lambda name: access.update_experiment(made.id, **{name: "new"}), ["name", "description", "owner"])
        )
    found = Experiment.objects.get(id=made.id)
    assert (found.name, found.description, found.owner) == ("new", "new", "new")
