"""Matches are counted, budgets stop and go on, and a cursor is good for its own query only (rules 7, 11 and 12)."""

import dataclasses
from datetime import timedelta
from random import Random

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from dynamo_models import BudgetSpent, CursorRefused, Q, QueryRefused
from dynamo_models.keys.template import Literal
from dynamo_models.reading import cursor as cursors
from tests.reading.models import Assignment, Event, Head, Message, Other, Thing, assignments, chat, events, things
from tests.reading.worlds import MIDNIGHT, thing


def walk(queryset, size, pages=None):
    found, cursor = [], None
    while True:
        page = queryset.page(size, cursor)
        found.append(page)
        assert len(found) < 1000, "a walk ends"
        cursor = page.next
        if cursor is None or len(found) == pages:
            return found


def items_of(pages):
    return [item for page in pages for item in page.items]


@pytest.fixture
def some_messages(make_tables):
    """60 messages of one conversation; every third is of student 1."""
    make_tables(chat)
    with chat.batch() as batch:
        for number in range(60):
            batch.put(
                Message(
                    conversation="c",
                    timestamp=number,
                    module=1,
                    student=number % 3,
                    provider="p" if number % 2 else "q",
                    text="rare" if number % 30 == 29 else "",
                )
            )


@pytest.fixture
def some_things(make_tables):
    """40 things of one owner, in the shards of the index by flag."""
    make_tables(things)
    random = Random(3)
    made = [thing(random, number, ["a", "b"]) for number in range(40)]
    with things.batch() as batch:
        for number, item in enumerate(made):
            item.owner, item.flag, item.hidden = "o", True, False
            item.at = MIDNIGHT + timedelta(seconds=number // 2)
            batch.put(item)
    return made


# What is counted


def test_one_match_behind_thirty_others_is_one_request(make_tables, put_raw, assert_requests):
    make_tables(things)
    for number in range(30):
        put_raw(things, {"PK": {"S": "OWNER#o"}, "SK": {"S": f"HEAC#{number:03d}"}, "EntityType": {"S": "Ghost"}})
    Head.objects.create(owner="o")
    Other.objects.create(owner="o", number=1, at=MIDNIGHT)
    with assert_requests(1):
        assert Other.objects.filter(owner="o").first().number == 1
    with assert_requests(1):
        assert Head.objects.get(owner="o").owner == "o"


def test_one_match_behind_thirty_that_a_filter_drops_is_one_request(make_tables, assert_requests):
    make_tables(events)
    with events.batch() as batch:
        for number in range(31):
            batch.put(
                Event(id="i", timestamp=MIDNIGHT + timedelta(seconds=number), user_id="u", type="view", value=number)
            )
    with assert_requests(1):
        assert Event.objects.filter(id="i", value=30).first().value == 30
    with assert_requests(1):
        assert [item.value for item in Event.objects.filter(id="i", value__gte=30)[:1]] == [30]


def test_a_page_of_twenty_behind_a_filter_that_drops_most_rows(make_tables, assert_requests):
    make_tables(chat)
    with chat.batch() as batch:
        for number in range(600):
            batch.put(
                Message(
                    conversation="c",
                    timestamp=number,
                    module=1,
                    student=1,
                    provider="p",
                    text="x" if number % 25 == 0 else "",
                )
            )
    asked = Message.objects.filter(conversation="c", text="x")
    with assert_requests(3):
        page = asked.page(20)
    assert [item.timestamp for item in page.items] == [25 * number for number in range(20)]
    assert [item.timestamp for item in asked.page(20, page.next).items] == [500, 525, 550, 575]
    assert len(list(asked[:20])) == 20


def test_an_unfiltered_page_reads_one_item_more_than_it_gives(some_messages, dynamo_usage):
    page = Message.objects.filter(conversation="c").page(20)
    assert len(page.items) == 20
    assert [(each.scanned, each.returned) for each in dynamo_usage.requests] == [(21, 21)]


@pytest.mark.parametrize("size", [1, 7, 20, 30, 60, 61])
def test_an_unfiltered_walk_has_no_empty_last_page(some_messages, size):
    pages = walk(Message.objects.filter(conversation="c"), size)
    assert len(pages) == -(-60 // size)
    assert [item.timestamp for item in items_of(pages)] == list(range(60))


@pytest.mark.parametrize("size", [1, 3, 20, 40])
@pytest.mark.parametrize("order", ["at", "-at"])
def test_a_walk_over_shards_is_in_order_and_gives_each_once(some_things, size, order):
    pages = walk(Thing.objects.by_flag(flag=True).order_by(order), size)
    assert len(pages) == -(-40 // size)
    found = items_of(pages)
    assert sorted(item.uid for item in found) == sorted(item.uid for item in some_things)
    assert [item.at for item in found] == sorted((item.at for item in some_things), reverse=order == "-at")


@pytest.mark.parametrize("order", ["at", "-at"])
@pytest.mark.parametrize("asked", [{"owner": "o"}, {"owner__in": ["o", "p"]}, {"owner": "o", "kind__in": ["z", "x"]}])
def test_a_walk_over_values_of_a_facet_is_in_the_order_of_the_next(make_tables, asked, order):
    make_tables(things)
    random = Random(5)
    made = [thing(random, number, ["a"]) for number in range(60)]
    with things.batch() as batch:
        batch.put(*made)
    queryset = Thing.objects.filter(**asked).order_by(order)
    matches = [
        item
        for item in made
        if item.owner in asked.get("owner__in", ["o"]) and item.kind in asked.get("kind__in", ["x", "y", "z"])
    ]
    for found in (list(queryset), items_of(walk(queryset, 4)), [*queryset[:9], *queryset[9:]]):
        assert sorted(item.uid for item in found) == sorted(item.uid for item in matches)
        assert [item.at for item in found] == sorted((item.at for item in matches), reverse=order == "-at")


def test_a_walk_may_change_its_page_size(some_things):
    asked = Thing.objects.by_flag(flag=True).order_by("at")
    first = asked.page(5)
    assert len({item.uid for item in [*first.items, *asked.page(50, first.next).items]}) == 40


def test_items_that_come_and_go_during_a_walk_move_nothing_else(some_messages):
    asked = Message.objects.filter(conversation="c")
    first = asked.page(10)
    Message.objects.ref(conversation="c", timestamp=9).delete()
    Message.objects.create(conversation="c", timestamp=-1, module=1, student=1, provider="p")
    assert [item.timestamp for item in asked.page(10, first.next).items] == list(range(10, 20))


def test_a_page_of_what_one_key_holds(make_tables):
    make_tables(assignments)
    Assignment.objects.create(id="i", user_id="u", experiment_id="e", variation="a", assigned_at=MIDNIGHT)
    page = Assignment.objects.filter(id="i").page(5)
    assert ([item.id for item in page.items], page.next, page.requests) == (["i"], None, 1)
    with pytest.raises(QueryRefused, match="a page has 1 item or more"):
        Assignment.objects.filter(id="i").page(0)
    with pytest.raises(QueryRefused, match="leave out the slice"):
        Assignment.objects.filter(id="i")[:3].page(5)


# Budgets


def test_a_budget_of_requests_stops_with_what_was_found_and_goes_on(some_messages):
    asked = Message.objects.filter(conversation="c", text="rare").budget(requests=1)
    pages = walk(asked, 1)
    assert [item.timestamp for item in items_of(pages)] == [29, 59]
    assert all(page.requests <= 1 for page in pages)


def test_a_budget_ends_in_the_middle_of_a_search(make_tables):
    make_tables(chat)
    with chat.batch() as batch:
        for number in range(400):
            batch.put(
                Message(
                    conversation="c", timestamp=number, module=1, student=1, provider="p", text="x" * (number == 399)
                )
            )
    asked = Message.objects.filter(conversation="c", text="x").budget(requests=2)
    first = asked.page(1)
    assert (first.items, first.stopped, first.requests) == ([], "budget", 2)
    found = items_of(walk(asked, 1))
    assert [item.timestamp for item in found] == [399]
    with pytest.raises(BudgetSpent, match="ended after 2 requests") as spent:
        list(asked[:1])
    assert spent.value.items == []
    assert asked.page(1, spent.value.cursor).requests == 2
    with pytest.raises(BudgetSpent):
        asked.exists()


def test_a_budget_over_shards_goes_on_and_gives_each_once(some_things):
    asked = Thing.objects.by_flag(flag=True).order_by("at").budget(requests=3)
    assert len({item.uid for item in items_of(walk(asked, 7))}) == 40
    with pytest.raises(QueryRefused, match="a budget of 2 requests is less than the 3 that it begins with"):
        Thing.objects.by_flag(flag=True).budget(requests=2).page(5)
    with pytest.raises(QueryRefused, match="1 request or more"):
        Thing.objects.budget(requests=0)


@pytest.mark.endpoint_cannot("moto", reason="it reports no capacity")
def test_a_budget_of_read_units_stops_and_goes_on(some_messages):
    asked = Message.objects.filter(conversation="c", text="rare").budget(read_units=0.5)
    pages = walk(asked, 1)
    assert [item.timestamp for item in items_of(pages)] == [29, 59]
    assert all(page.read_units >= 0.5 for page in pages if page.requests)


@pytest.mark.endpoint_cannot("moto", reason="it reports no capacity")
def test_a_budget_of_read_units_over_shards_makes_progress(some_things):
    asked = Thing.objects.by_flag(flag=True).order_by("at").budget(read_units=0.1)
    assert len({item.uid for item in items_of(walk(asked, 7))}) == 40


def test_a_budget_with_items_read_by_key_gives_what_was_found(make_tables):
    make_tables(events)
    made = [
        Event(
            id=f"i{number}",
            timestamp=MIDNIGHT,
            user_id="u",
            type="view",
            day=MIDNIGHT.date(),
            amount=f"{number:03d}",
            value=number,
        )
        for number in range(30)
    ]
    with events.batch() as batch:
        batch.put(*made)
    asked = Event.objects.filter(day=MIDNIGHT.date(), amount__gte="").budget(requests=1)
    pages = walk(asked, 4)
    assert [item.value for item in items_of(pages)] == list(range(30))
    assert {page.requests for page in pages} == {2}  # what was found is loaded all the same


# Cursors


def cursor_of(queryset, size=3):
    found = queryset.page(size).next
    assert found is not None
    return found


def test_a_cursor_of_another_query_is_refused(some_messages):
    asked = Message.objects.filter(conversation="c", student=1)
    cursor = cursor_of(asked)
    assert asked.page(3, cursor).items
    for other in (
        Message.objects.filter(conversation="c"),
        Message.objects.filter(conversation="c", student=2),
        Message.objects.filter(conversation="d", student=1),
        Message.objects.filter(conversation="c", student=1, text=""),
        Message.objects.filter(conversation="c").exclude(student=1),
        Message.objects.filter(Message.text == "", conversation="c", student=1),
        asked.order_by("-timestamp"),
        asked.using("by_student"),
        Message.objects.filter(conversation="c", student=1, timestamp__gte=0),
        Message.objects.scan(),
        Message.objects.filter(conversation="c", student=1, timestamp=1),
        Event.objects.filter(id="c"),
    ):
        with pytest.raises(CursorRefused, match="taken in another query"):
            other.page(3, cursor)


def test_a_cursor_is_of_a_query_however_it_is_written(some_messages):
    cursor = cursor_of(Message.objects.filter(conversation="c", provider__in=["p", "q"]).filter(student=1))
    assert Message.objects.filter(Q(student=1), provider__in=("p", "q"), conversation="c").page(3, cursor).items


def test_a_cursor_of_another_caller_shows_nothing_of_theirs(some_messages):
    Message.objects.create(conversation="mine", timestamp=1, module=1, student=1, provider="p")
    Message.objects.create(conversation="mine", timestamp=2, module=1, student=1, provider="p")
    theirs = cursor_of(Message.objects.filter(conversation="c"))
    with pytest.raises(CursorRefused):
        Message.objects.filter(conversation="mine").page(1, theirs)


def test_a_forged_or_damaged_cursor_is_refused(some_messages):
    asked = Message.objects.filter(conversation="c")
    cursor = cursor_of(asked)
    forged = cursors.seal(Message.objects.filter(conversation="d").plan, [None])
    head, _, signature = cursor.rpartition(":")
    body = forged.rpartition(":")[0]
    for bad in (
        cursor[:-1],
        cursor[1:],
        cursor + "x",
        "",
        "a",
        "a:b:c",
        "é",
        f"{body}:{signature}",
        head,
        cursor.swapcase(),
    ):
        with pytest.raises(CursorRefused, match="damaged, or was not made here"):
            asked.page(3, bad)
    with pytest.raises(CursorRefused, match="A cursor is text, not bytes"):
        asked.page(3, cursor.encode())
    with override_settings(SECRET_KEY="another"), pytest.raises(CursorRefused):
        asked.page(3, cursor)


def test_a_cursor_that_is_too_old_is_refused(some_messages):
    asked = Message.objects.filter(conversation="c")
    cursor = cursor_of(asked)
    for age, fits in ((0.000001, False), (3600, True)):
        changed = {**django_settings.DYNAMO_MODELS, "CURSOR_MAX_AGE": age}
        with override_settings(DYNAMO_MODELS=changed):
            if fits:
                assert asked.page(3, cursor).items
            else:
                with pytest.raises(CursorRefused, match="too old"):
                    asked.page(3, cursor)


def test_a_cursor_from_before_the_shards_were_changed_is_refused(some_things, monkeypatch):
    cursor = cursor_of(Thing.objects.by_flag(flag=True))
    keys = dict(Thing.schema.keys)
    monkeypatch.setattr(Thing.schema, "keys", {**keys, "by_flag": dataclasses.replace(keys["by_flag"], shards=4)})
    with pytest.raises(CursorRefused, match="before the keys of Thing were changed"):
        Thing.objects.by_flag(flag=True).page(3, cursor)


def test_a_cursor_from_before_a_template_was_changed_is_refused(some_things, monkeypatch):
    cursor = cursor_of(Thing.objects.by_flag(flag=True))
    keys = dict(Thing.schema.keys)
    half = keys["by_flag"].pk
    template = dataclasses.replace(half.template, segments=(Literal("FLAGGED"), *half.template.segments[1:]))
    changed = dataclasses.replace(keys["by_flag"], pk=dataclasses.replace(half, template=template))
    monkeypatch.setattr(Thing.schema, "keys", {**keys, "by_flag": changed})
    with pytest.raises(CursorRefused, match="before the keys of Thing were changed"):
        Thing.objects.by_flag(flag=True).page(3, cursor)


def test_a_cursor_tells_nothing_that_can_be_changed(some_messages):
    # It is bound to its query as a whole: there is no part of it that a caller could set.
    asked = Message.objects.filter(conversation="c")
    assert cursor_of(asked, 3) != cursor_of(asked, 4)
    assert "conversation" not in cursor_of(asked)


def test_a_filter_on_a_set_makes_the_same_cursor_in_every_process(some_things):
    asked = [Thing.objects.filter(owner="o", marks={*marks}) for marks in (("m", "n", "o", "p"), ("p", "o", "n", "m"))]
    assert len({cursors.fingerprint(each.plan) for each in asked}) == 1
