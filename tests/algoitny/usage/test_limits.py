"""The limit of a day holds, however many ask at once, and whichever store serves."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from algoitny import ids, store
from algoitny.api.errors import Unavailable
from algoitny.usage import access
from algoitny.usage.items import UsageLog
from algoitny.usage.limiting import UsedUp, admit
from algoitny.usage.records import LimitReached
from tests.algoitny.helpers import a_plan, a_user

# Today's last minute: what is older than 90 days has expired, and is not there.
NOW = datetime.now(UTC).replace(hour=23, minute=59)


def test_of_eight_at_once_a_limit_of_five_admits_five(tables, monkeypatch):
    outcomes, ready = [], threading.Barrier(8)
    monkeypatch.setattr("algoitny.usage.stores.dynamodb.next_row_id", lambda name, _: ids.next_id(name))

    def work():
        ready.wait()
        with store.serving("dynamodb"):
            for _ in range(3):
                try:
                    outcomes.append(access.log_use(7, "execution", limit=5, at=NOW).id)
                except LimitReached:
                    outcomes.append(None)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.serving("dynamodb"):
        assert access.today(7, day=NOW.date()).execution == 5
        logged = [use.id for use in access.uses(7, "execution", day=NOW.date()).items]
        assert len(logged) == 5
        assert sorted(each for each in outcomes if each is not None) == sorted(logged)
        assert len(outcomes) == 24


def test_a_limit_is_of_one_user_one_action_and_one_day(either):
    ann, bob = a_user("ann@example.org").id, a_user("bob@example.org").id

    def use(user_id=ann, action="execution", **more):
        return access.log_use(user_id, action, limit=1, **{"at": NOW, **more})

    use()
    with pytest.raises(LimitReached):
        use()
    for more in ({"user_id": bob}, {"action": "hint"}, {"at": NOW + timedelta(minutes=1)}):
        use(**more)
        with pytest.raises(LimitReached):
            use(**more)
    assert access.today(ann, day=NOW.date()) == access.Today(hint=1, execution=1)


@pytest.mark.parametrize(("limit", "admitted"), [(0, 0), (1, 1), (3, 3), (-1, 5)])
def test_a_plan_admits_so_many(either, limit, admitted):
    user = a_user(plan=a_plan(max_executions_per_day=limit))
    for number in range(admitted):
        assert admit(user, "execution", request_id=f"r{number}").reason == "admitted"
    for number in range(5 - admitted):
        with pytest.raises(UsedUp) as used_up:
            admit(user, "execution", request_id=f"s{number}")
        assert 0 < used_up.value.wait <= 86_400
    assert access.today(user.id) == access.Today(execution=admitted)


def test_a_change_of_plan_holds_at_once(either):
    user = a_user(plan=a_plan("Small", max_executions_per_day=1))
    admit(user, "execution", request_id="a")
    with pytest.raises(UsedUp):
        admit(user, "execution", request_id="b")
    admit(a_user(plan=a_plan("Large", max_executions_per_day=2)), "execution", request_id="c")


def test_a_request_that_is_told_again_is_one_use(either):
    user = a_user(plan=a_plan(max_executions_per_day=1))
    assert [admit(user, "execution", request_id="r").reason for _ in range(3)] == ["admitted", "repeated", "repeated"]
    assert access.today(user.id).execution == 1
    assert len(access.uses(user.id, "execution").items) == 1


def test_a_use_is_given_back_once(either):
    user = a_user(plan=a_plan(max_executions_per_day=2))
    for name in ("a", "b"):
        admit(user, "execution", request_id=name)
    assert [access.give_back(user.id, "a") for _ in range(2)] == [True, False]
    assert not access.give_back(user.id, "never")
    assert access.today(user.id).execution == len(access.uses(user.id, "execution").items) == 1
    admit(user, "execution", request_id="c")
    with pytest.raises(UsedUp):
        admit(user, "execution", request_id="d")


def test_the_answer_says_what_is_left(either):
    user = a_user(plan=a_plan(max_hints_per_day=2))
    assert [admit(user, "hint", request_id=name).remaining for name in ("a", "b")] == [1, 0]
    with pytest.raises(UsedUp) as used_up:
        admit(user, "hint", request_id="c")
    assert used_up.value.fields["RateLimit-Policy"] == '"day";q=2;w=86400'
    assert used_up.value.fields["RateLimit"].startswith('"day";r=0;t=')


def test_a_limit_that_cannot_be_told_is_a_503(tables, db, monkeypatch):
    from dynamo_models import Conflict

    def busy(*_, **__):
        raise Conflict("made up")

    with store.serving("dynamodb"):
        user = a_user(plan=a_plan(max_hints_per_day=2))
        monkeypatch.setattr("dynamo_models.limits.trying.transact", busy)
        with pytest.raises(Unavailable, match="cannot be told now"):
            admit(user, "hint", request_id="a")
        assert access.today(user.id).hint == 0


def test_requests(tables, db, assert_requests):
    with store.serving("dynamodb"):
        user = a_user(plan=a_plan(max_executions_per_day=2, max_hints_per_day=0))
        admit(user, "execution", request_id="a")  # ids are there from now on
        with assert_requests(2):
            admit(user, "execution", request_id="b")
        with assert_requests(2), pytest.raises(UsedUp):  # a look, and whether the request was told before
            admit(user, "execution", request_id="c")
        with assert_requests(0), pytest.raises(UsedUp):
            admit(user, "hint", request_id="d")
        with assert_requests(1):
            access.today(user.id)
        (row, *_) = UsageLog.objects.filter(user_id=str(user.id))
        assert (row.counted, row.request_id) == (True, "a")
