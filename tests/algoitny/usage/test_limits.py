"""The limit of a day holds, however many ask at once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from algoitny import store
from algoitny.usage import access
from algoitny.usage.limiting import UsedUp, admit
from algoitny.usage.records import LimitReached
from tests.algoitny.helpers import a_plan, a_user

# Today's last minute: what is older than 90 days has expired, and is not there.
NOW = datetime.now(UTC).replace(hour=23, minute=59)


def test_of_eight_at_once_a_limit_of_five_admits_five(tables):
    outcomes, ready = [], threading.Barrier(8)

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
    for _ in range(admitted):
        assert admit(user, "execution").user_id == user.id
    for _ in range(5 - admitted):
        with pytest.raises(UsedUp) as used_up:
            admit(user, "execution")
        assert 0 < used_up.value.wait <= 86_400
    assert access.today(user.id) == access.Today(execution=admitted)


def test_a_change_of_plan_holds_at_once(either):
    user = a_user(plan=a_plan("Small", max_executions_per_day=1))
    admit(user, "execution")
    with pytest.raises(UsedUp):
        admit(user, "execution")
    admit(a_user(plan=a_plan("Large", max_executions_per_day=2)), "execution")


def test_requests(tables, db, assert_requests):
    with store.serving("dynamodb"):
        user = a_user(plan=a_plan(max_executions_per_day=2, max_hints_per_day=0))
        admit(user, "execution")  # ids are there from now on
        with assert_requests(2):
            admit(user, "execution")
        with assert_requests(1), pytest.raises(UsedUp):  # a look, and no transaction
            admit(user, "execution")
        with assert_requests(0), pytest.raises(UsedUp):
            admit(user, "hint")
        with assert_requests(1):
            access.today(user.id)
