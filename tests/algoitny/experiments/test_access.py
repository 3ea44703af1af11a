"""Every listed access pattern, with its pages and its ranges of times; and what a write takes along."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from algoitny.api.cursors import CursorError
from algoitny.experiments.access.events import NewEvent
from algoitny.experiments.errors import ExperimentsError, NotThereError
from algoitny.experiments.items import Assignment, Event, ExperimentTag, FeatureFlagTag
from dynamo_models.transport.connection import SharedConnection

START = datetime(2026, 11, 1, tzinfo=UTC)
RULES = {"default": False}


def all_pages(ask, limit=2):
    found, cursor = [], None
    while True:
        page = ask(limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.fixture
def assigned(access):
    """Five assignments, an hour apart: of ann in two experiments, of others in the first."""
    rows = [("ann", "e1", "a"), ("ben", "e1", "b"), ("cid", "e1", "a"), ("ann", "e2", "b"), ("dan", "e1", "a")]
    for number, (user, experiment, variation) in enumerate(rows):
        made = access.create_assignment(user, experiment, variation)
        made.patch(assigned_at=START + timedelta(hours=number))
    return access


def shown(found):
    return [(each.user_id, each.experiment_id) for each in found]


def test_assignments_by_each_of_their_keys(assigned):
    one = assigned.get_user_assignment("ann", "e2")
    assert (one.variation, assigned.get_assignment(str(one.id))) == ("b", one)
    assert assigned.find_user_assignment("ann", "e2") == one
    assert assigned.get_user_assignment("ann", "e3") is None
    assert assigned.get_assignment(str(uuid4())) is None
    assert shown(all_pages(lambda **page: assigned.get_user_assignments("ann", **page))) == [
        ("ann", "e2"),
        ("ann", "e1"),
    ]
    users = [each.user_id for each in all_pages(lambda **page: assigned.get_experiment_assignments("e1", **page))]
    assert users == ["dan", "cid", "ben", "ann"]
    assert [each.user_id for each in all_pages(lambda **page: assigned.get_variation_assignments("a", **page))] == [
        "dan",
        "cid",
        "ann",
    ]


@pytest.mark.parametrize(
    ("first", "end", "users"),
    [(1, 4, ["cid", "ben"]), (None, 2, ["ben", "ann"]), (2, None, ["dan", "cid"]), (5, 9, [])],
)
def test_a_range_of_times_has_its_beginning_and_not_its_end(first, end, users, assigned):
    since, until = (None if hour is None else START + timedelta(hours=hour) for hour in (first, end))
    found = assigned.get_experiment_assignments("e1", since=since, until=until)
    assert [each.user_id for each in found.items] == users


def test_a_cursor_belongs_to_its_list(assigned):
    page = assigned.get_experiment_assignments("e1", limit=1)
    with pytest.raises(CursorError):
        assigned.get_experiment_assignments("e2", limit=1, cursor=page.next_cursor)
    with pytest.raises(CursorError):
        assigned.get_user_assignments("ann", cursor="made up")


@pytest.fixture
def tracked(access):
    rows = [("ann", "view", "e1"), ("ann", "buy", "e1"), ("ben", "view", None), ("ann", "view", "e2")]
    for number, (user, kind, experiment) in enumerate(rows):
        access.create_event(user, kind, {"n": number}, experiment, timestamp=START + timedelta(hours=number))
    return access


def numbers(found):
    return [each.data["n"] for each in found]


def test_events_by_each_of_their_keys_and_by_time(tracked):
    one = tracked.create_event("eve", "view", {"page": "/checkout", "price": 1.5})
    assert tracked.get_event(str(one.id), one.timestamp).data == {"page": "/checkout", "price": 1.5}
    assert one.timestamp_epoch == int(one.timestamp.timestamp())
    assert one.ttl - one.timestamp > timedelta(days=89)
    assert tracked.get_event(str(one.id), START) is None
    assert numbers(all_pages(lambda **page: tracked.get_user_events("ann", **page))) == [3, 1, 0]
    assert numbers(all_pages(lambda **page: tracked.get_user_events("ann", event_type="view", **page))) == [3, 0]
    assert numbers(all_pages(lambda **page: tracked.get_experiment_events("e1", **page))) == [1, 0]
    until = START + timedelta(hours=3)
    assert numbers(all_pages(lambda **page: tracked.get_events_by_type("view", until=until, **page))) == [2, 0]
    since = START + timedelta(hours=1)
    assert numbers(tracked.get_user_events("ann", since=since, until=until).items) == [1]
    assert numbers(tracked.get_experiment_events("e1", since=since).items) == [1]


def test_events_in_batches_are_all_written_though_some_come_back_unprocessed(access, monkeypatch, dynamo_usage):
    dispatch, sent, waits = SharedConnection.dispatch, [], []

    def throttled(self, operation, kwargs):
        if operation != "BatchWriteItem":
            return dispatch(self, operation, kwargs)
        ((table, requests),) = kwargs["RequestItems"].items()
        sent.append(len(requests))
        if len(sent) % 3 == 0:
            return dispatch(self, operation, kwargs)
        taken = len(requests) // 2
        if taken:
            dispatch(self, operation, {**kwargs, "RequestItems": {table: requests[:taken]}})
        return {"UnprocessedItems": {table: requests[taken:]}}

    monkeypatch.setattr(SharedConnection, "dispatch", throttled)
    monkeypatch.setattr("time.sleep", waits.append)
    new = [NewEvent(user_id=f"u{n}", event_type="view", data={}, timestamp=START) for n in range(60)]
    made = access.create_events(new)
    assert len(made) == 60
    assert {each.id for each in Event.objects.scan()} == {each.id for each in made}
    assert sent == [25, 13, 7, 25, 13, 7, 10, 5, 3]
    assert len(waits) == 6
    assert all(0 < wait < 1 for wait in waits)


def test_conversions_count_each_user_once_by_the_variation_they_have(access):
    for user, variation in (("ann", "a"), ("ben", "a"), ("cid", "b"), ("dan", "b")):
        access.create_assignment(user, "e1", variation)
    for hour, (user, kind) in enumerate(
        [("ann", "buy"), ("ann", "buy"), ("cid", "view"), ("dan", "buy"), ("who", "buy"), ("ben", "buy")]
    ):
        access.create_event(user, kind, {}, "e1", timestamp=START + timedelta(hours=hour))
    found = access.conversions("e1", "buy", since=START, until=START + timedelta(hours=5))
    assert [(each.variation, each.assigned, each.converted, each.events, each.rate) for each in found] == [
        ("a", 2, 1, 2, 0.5),
        ("b", 2, 1, 1, 0.5),
    ]


def test_experiments_by_status_owner_and_tag(access):
    made = [
        access.create_experiment(f"n{number}", "", [{"name": "a"}], owner, tags=tags)
        for number, (owner, tags) in enumerate([("ann", ["ui", "x#y"]), ("ben", ["ui"]), ("ann", [])])
    ]
    access.update_experiment_status(made[1].id, "active")
    assert [each.name for each in all_pages(lambda **p: access.get_experiments_by_status("draft", **p), 1)] == [
        "n2",
        "n0",
    ]
    assert [each.name for each in access.get_experiments_by_status("active").items] == ["n1"]
    assert [each.name for each in access.get_experiments_by_owner("ann").items] == ["n2", "n0"]
    assert [each.name for each in all_pages(lambda **p: access.get_experiments_by_tag("ui", **p), 1)] == ["n1", "n0"]
    assert [each.name for each in access.get_experiments_by_tag("x#y").items] == ["n0"]
    assert access.get_experiments_by_tag("none").items == ()
    assert access.get_experiment(str(made[0].id)).tags == ["ui", "x#y"]
    with pytest.raises(NotThereError):
        access.get_experiment(uuid4())


def test_tags_are_kept_in_step_with_the_experiment(access):
    made = access.create_experiment("n", "", [{"name": "a"}], "ann", tags=["one", "two"])
    access.update_experiment(made.id, tags=["two", "three"], description="now", owner="ben")
    assert {row.tag for row in ExperimentTag.objects.scan()} == {"two", "three"}
    (found,) = access.get_experiments_by_tag("three").items
    assert (found.tags, found.description, found.owner) == (["two", "three"], "now", "ben")
    assert access.get_experiments_by_tag("one").items == ()


def test_tags_of_a_flag_have_its_last_change(access):
    flags = [access.create_feature_flag(name, "", RULES, tags=["ui"]) for name in ("one", "two")]
    assert [each.name for each in access.get_feature_flags_by_tag("ui").items] == ["two", "one"]
    access.update_feature_flag(flags[0].id, description="changed")
    assert [each.name for each in access.get_feature_flags_by_tag("ui").items] == ["one", "two"]
    access.update_feature_flag_status(flags[0].id, "active")
    assert [each.name for each in access.get_active_feature_flags().items] == ["one"]
    assert [each.name for each in access.get_feature_flags_by_status("inactive").items] == ["two"]
    for row in FeatureFlagTag.objects.scan():
        assert row.updated_at == access.get_feature_flag(row.flag_id).updated_at
    access.update_feature_flag(flags[0].id, tags=[])
    assert [row.flag_id for row in FeatureFlagTag.objects.scan()] == [flags[1].id]


def test_overrides_by_each_of_their_keys(access):
    made = [
        access.create_override(user, target, kind, value)
        for user, target, kind, value in [
            ("ann", "e1", "experiment", "a"),
            ("ann", "f1", "feature", {"limit": 1.5}),
            ("ben", "e1", "experiment", "b"),
        ]
    ]
    assert access.get_override(str(made[1].id)).value == {"limit": 1.5}
    assert access.get_user_override("ben", "e1", "experiment").value == "b"
    assert access.get_user_override("ben", "e1", "feature") is None
    assert [each.target_id for each in all_pages(lambda **p: access.get_user_overrides("ann", **p), 1)] == ["f1", "e1"]
    assert [each.user_id for each in access.get_target_overrides("e1").items] == ["ben", "ann"]
    assert [each.user_id for each in access.get_overrides_by_type("experiment").items] == ["ben", "ann"]
    access.delete_override(str(made[0].id))
    assert access.get_user_override("ann", "e1", "experiment") is None
    with pytest.raises(NotThereError):
        access.delete_override(str(made[0].id))


@pytest.mark.parametrize(
    ("tags", "said"), [([""], "0 characters"), (["x" * 51], "51"), (map(str, range(21)), "21 tags")]
)
def test_tags_that_could_not_be_kept_are_refused(tags, said, access):
    with pytest.raises(ExperimentsError, match=said):
        access.create_experiment("n", "", [{"name": "a"}], "ann", tags=tags)
    assert list(ExperimentTag.objects.scan()) == []


def test_a_row_keeps_for_as_long_as_the_documents_say(access):
    made = access.create_assignment("ann", "e1", "a")
    override = access.create_override("ann", "e1", "experiment", "a")
    for kept in (made.ttl - made.assigned_at, override.ttl - override.created_at):
        assert timedelta(seconds=-1) < kept - timedelta(days=30) <= timedelta()
    assert set(Assignment.objects.get(id=made.id).raw) == {
        "EntityType", "id", "user_id", "experiment_id", "variation", "assigned_at", "ttl"
    }  # fmt: skip
