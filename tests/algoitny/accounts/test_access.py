"""People and plans: each store by itself keeps, pages and refuses them the same way, and users follow their plan."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from algoitny import store
from algoitny.accounts import access
from algoitny.accounts.items import User as UserItem
from algoitny.accounts.models import SubscriptionPlan
from algoitny.accounts.records import Limits, Taken
from algoitny.api.cursors import CursorError

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)
PLAN = {"max_hints_per_day": 3, "max_executions_per_day": 9, "max_problems": 4, "can_view_all_problems": True}


@pytest.fixture(autouse=True)
def no_plans(request):
    """Without the plans that a migration makes, which DynamoDB does not have."""
    if "either" in request.fixturenames:
        request.getfixturevalue("db")
        SubscriptionPlan.objects.all().delete()


def user(number, **values):
    values = {"user_id": 100 + number, "at": START + timedelta(seconds=number // 2), **values}
    return access.create_user(email=f"user{number}@example.org", **values)


def walk(ask, *args, **question):
    found, cursor = [], None
    while True:
        page = ask(*args, cursor=cursor, **question)
        assert len(page.items) <= question.get("limit", 20)
        found += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_a_user_is_found_as_they_were_made(either):
    plan = access.create_plan(name="Pro", **PLAN)
    made = access.create_user(
        email=" Ann@Example.org ", google_id="g-1", name="Ann", picture="https://example.org/a", at=START,
        subscription_plan_id=plan.id,
    )  # fmt: skip
    assert (made.email, made.name, made.created_at, made.updated_at) == ("ann@example.org", "Ann", START, START)
    assert made.limits == Limits(plan_name="Pro", **PLAN)
    assert (made.is_active, made.is_staff, made.is_superuser, made.last_login) == (True, False, False, None)
    for found in (
        access.user_by_email("ANN@example.org "),
        access.user_by_google_id("g-1"),
        access.user_by_id(made.id),
    ):
        assert found == made
    assert access.limits("ann@example.org") == made.limits


@pytest.mark.parametrize("nothing", ["nobody@example.org", "", " ", "a#b", "a\x00b"])
def test_who_is_not_there_is_none(either, nothing):
    assert access.user_by_email(nothing) is None
    assert access.limits(nothing) is None
    assert access.user_by_google_id(nothing) is None
    assert access.user_by_id(10**15) is None
    assert access.plan_by_name(nothing) is None
    assert access.plan_by_id(10**15) is None
    assert access.update_user(nothing, name="x") is None
    assert access.change_plan(nothing, None) is None
    assert access.update_plan(10**15, max_hints_per_day=1) is None
    assert access.users_on_plan(10**15).items == ()


def test_addresses_accounts_and_names_are_taken_once(either):
    user(1, google_id="g-1")
    with pytest.raises(Taken):
        access.create_user(email="USER1@example.org")
    with pytest.raises(Taken):
        user(2, google_id="g-1")
    assert access.user_by_email("user2@example.org") is None
    user(2)
    user(3)  # any number of users have no Google account
    with pytest.raises(Taken):
        access.update_user("user2@example.org", google_id="g-1")
    assert access.update_user("user2@example.org", google_id="g-2").google_id == "g-2"
    assert access.update_user("user1@example.org", google_id=None).google_id is None
    assert access.user_by_google_id("g-1") is None
    assert access.update_user("user3@example.org", google_id="g-1").google_id == "g-1"
    assert access.user_by_google_id("g-1").email == "user3@example.org"

    pro = access.create_plan(name="Pro", **PLAN)
    free = access.create_plan(name="Free")
    with pytest.raises(Taken, match="'Pro'"):
        access.create_plan(name="Pro")
    with pytest.raises(Taken, match="'Pro'"):
        access.update_plan(free.id, name="Pro", max_problems=99)
    assert (access.plan_by_name("Free"), access.plan_by_id(pro.id)) == (free, pro)


def test_a_user_changes(either):
    made = user(1)
    at = START + timedelta(days=1)
    changed = access.update_user(made.email, name="New", is_staff=True, is_active=False, last_login=at)
    assert (changed.name, changed.is_staff, changed.is_active, changed.last_login) == ("New", True, False, at)
    assert changed.updated_at > made.updated_at
    assert access.user_by_id(made.id) == changed
    assert (changed.created_at, changed.limits) == (made.created_at, Limits())


def test_a_user_of_a_plan_that_is_not_there_is_refused(either):
    with pytest.raises(LookupError, match="10000"):
        user(1, subscription_plan_id=10_000)
    assert access.user_by_email("user1@example.org") is None
    user(1)
    with pytest.raises(LookupError, match="10000"):
        access.change_plan("user1@example.org", 10_000)


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_lists_hold_each_user_once(either, limit):
    pro, free = access.create_plan(name="Pro"), access.create_plan(name="Free")
    made = [
        user(number, google_id=f"g-{number}", subscription_plan_id=(pro.id, free.id, None)[number % 3]).id
        for number in range(11)
    ]
    assert sorted(walk(access.users_page, limit=limit)) == made
    assert walk(access.users_on_plan, pro.id, limit=limit) == made[::3]
    assert walk(access.users_on_plan, free.id, limit=limit) == made[1::3]


def test_a_cursor_belongs_to_its_list(either):
    pro, free = access.create_plan(name="Pro"), access.create_plan(name="Free")
    for number in range(3):
        user(number, subscription_plan_id=pro.id)
    cursor = access.users_on_plan(pro.id, limit=1).next_cursor
    for ask in (
        lambda: access.users_on_plan(free.id, cursor=cursor),
        lambda: access.users_page(cursor=cursor),
        lambda: access.users_page(cursor="x"),
    ):
        with pytest.raises(CursorError):
            ask()


def test_plans_are_sorted_by_name_as_characters_are_numbered(either):
    names = ["Zebra", "apple", "Émile", "Pro", "pro 2"]
    for name in names:
        access.create_plan(name=name, is_active=name != "Pro")
    assert [plan.name for plan in access.all_plans()] == sorted(names)
    assert [plan.name for plan in access.active_plans()] == sorted(set(names) - {"Pro"})
    assert access.plan_by_name("Pro").is_active is False


def test_a_user_changes_plan_and_their_limits_at_once(either):
    pro = access.create_plan(name="Pro", **PLAN)
    made = user(1)
    at = START + timedelta(days=1)
    changed = access.change_plan(made.email.upper(), pro.id, at=at)
    assert (changed.subscription_plan_id, changed.updated_at) == (pro.id, at)
    assert changed.limits == access.limits(made.email) == Limits(plan_name="Pro", **PLAN)
    assert walk(access.users_on_plan, pro.id) == [made.id]
    assert access.change_plan(made.email, None).limits == Limits()
    assert walk(access.users_on_plan, pro.id) == []


def test_users_follow_their_plan_its_name_too(either):
    pro, free = access.create_plan(name="Pro", **PLAN), access.create_plan(name="Free")
    followers = [user(number, subscription_plan_id=pro.id) for number in range(5)]
    others = [user(10, subscription_plan_id=free.id), user(11)]
    at, seen = START + timedelta(days=1), []
    changed = access.update_plan(pro.id, at=at, progress=seen.append, name="Pro 2", max_hints_per_day=-1)
    assert (changed.name, changed.max_hints_per_day, changed.updated_at) == ("Pro 2", -1, at)
    assert (changed.created_at, changed.max_problems) == (pro.created_at, 4)
    assert seen[-1] == 5
    expected = Limits(plan_name="Pro 2", **{**PLAN, "max_hints_per_day": -1})
    for follower in followers:
        now = access.user_by_email(follower.email)
        assert now.limits == expected
        assert now.updated_at == follower.updated_at  # it was the plan that changed
    assert [access.user_by_email(each.email) for each in others] == others
    assert (access.plan_by_name("Pro"), access.plan_by_name("Pro 2")) == (None, changed)
    assert access.plan_by_id(pro.id) == changed
    assert walk(access.users_on_plan, pro.id) == [each.id for each in followers]
    access.update_plan(pro.id, is_active=False)
    assert [plan.name for plan in access.active_plans()] == ["Free"]


def run_all(*works):
    errors = []

    def guarded(work):
        try:
            with store.serving("dynamodb"):
                work()
        except Exception as error:  # noqa: BLE001 - a thread's error would be lost
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def copies_are_right():
    plans = {plan.id: plan for plan in access.all_plans()}
    for item in UserItem.objects.scan().consistent():
        plan = plans.get(item.subscription_plan_id)
        assert item.plan_name == (plan.name if plan else None)
        assert item.max_hints_per_day == (plan.max_hints_per_day if plan else None)


def test_whoever_changes_plan_while_it_changes_has_the_limits_of_the_plan_they_are_on(tables):
    with store.serving("dynamodb"):
        pro, free = access.create_plan(name="Pro"), access.create_plan(name="Free")
        people = [user(number, subscription_plan_id=(pro, free)[number % 2].id) for number in range(6)]

        def change(plan):
            for number in range(6):
                access.update_plan(plan.id, name=f"{plan.name} {number % 2}", max_hints_per_day=number)

        def move(person):
            for number in range(4):
                access.change_plan(person.email, (pro, free)[number % 2].id)

        run_all(*[lambda plan=plan: change(plan) for plan in (pro, free)],
                *[lambda person=person: move(person) for person in people[:4]])  # fmt: skip
        copies_are_right()


def test_a_plan_that_two_change_at_once_ends_the_same_for_all_its_users(tables):
    with store.serving("dynamodb"):
        pro = access.create_plan(name="Pro")
        for number in range(12):
            user(number, subscription_plan_id=pro.id)

        def change(first):
            for number in range(3):
                access.update_plan(pro.id, max_hints_per_day=first + number)

        run_all(*[lambda first=first: change(first) for first in (10, 20, 30)])
        copies_are_right()


def test_an_older_change_of_a_plan_does_not_come_over_a_newer_one(tables):
    """The older one's fan-out is held up between two users; meanwhile a newer change comes and goes."""
    with store.serving("dynamodb"):
        pro = access.create_plan(name="Pro")
        for number in range(3):
            user(number, subscription_plan_id=pro.id)

        def newer(followed):
            if followed == 1:
                access.update_plan(pro.id, max_hints_per_day=22)

        access.update_plan(pro.id, progress=newer, max_hints_per_day=11)
        assert access.plan_by_id(pro.id).max_hints_per_day == 22
        copies_are_right()


def test_a_user_made_while_their_plan_changes_has_its_new_limits(tables, monkeypatch):
    from algoitny.accounts.stores import dynamodb

    with store.serving("dynamodb"):
        pro = access.create_plan(name="Pro")
        original, turns = dynamodb._plan, []

        def plan_read_and_then_changed(plan_id):
            found = original(plan_id)
            if not turns:
                turns.append(1)
                access.update_plan(pro.id, max_hints_per_day=22)
            return found

        monkeypatch.setattr(dynamodb, "_plan", plan_read_and_then_changed)
        assert user(1, subscription_plan_id=pro.id).limits.max_hints_per_day == 22
        copies_are_right()


def test_requests(tables, assert_requests):
    with store.serving("dynamodb"):
        pro = access.create_plan(name="Pro", plan_id=1)
        made = user(1, subscription_plan_id=pro.id, google_id="g-1")
        for number, ask in (
            (1, lambda: access.limits(made.email)),
            (1, lambda: access.user_by_email(made.email)),
            (1, lambda: access.user_by_google_id("g-1")),
            (1, lambda: access.user_by_id(made.id)),
            (1, lambda: access.plan_by_name("Pro")),
            (2, lambda: access.plan_by_id(1)),
            (1, access.active_plans),
            (1, lambda: access.users_on_plan(1)),
            (0, lambda: access.user_by_google_id("a#b")),
        ):
            with assert_requests(number) as usage:
                ask()
            assert usage.scans == []
