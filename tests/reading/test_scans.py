"""Scans, which are made only by name: filters, indexes, segments read at once, and how they end."""

import threading
import time

import pytest

from dynamo_models import BudgetSpent, QueryRefused, RequestRefused, transport
from tests.reading.models import Event, Message, Thing, chat, events
from tests.reading.worlds import MIDNIGHT


@pytest.fixture
def fifty(make_tables):
    make_tables(chat)
    with chat.batch() as batch:
        for number in range(50):
            batch.put(Message(conversation=f"c{number}", timestamp=number, module=number % 5, student=1, provider="p"))


def scanning():
    return [thread for thread in threading.enumerate() if thread.name.startswith("dynamo-scan") and thread.is_alive()]


@pytest.mark.parametrize("segments", [1, 3])
def test_a_scan_gives_each_item_once(fifty, segments):
    found = list(Message.objects.scan(segments=segments))
    assert sorted(item.timestamp for item in found) == list(range(50))
    assert Message.objects.scan(segments=segments).count() == 50
    assert Message.objects.scan(segments=segments).exists()
    assert len(list(Message.objects.scan(segments=segments)[3:8])) == 5


@pytest.mark.parametrize("segments", [1, 3])
def test_a_scan_filters_on_the_keys_too(fifty, segments):
    asked = Message.objects.scan(segments=segments).filter(timestamp__lt=10, module=1)
    assert sorted(item.timestamp for item in asked) == [1, 6]
    assert asked.explain().operation == "Scan"


def test_a_scan_has_pages(fifty):
    asked = Message.objects.scan().filter(module__in=[1, 2])
    found, cursor = [], None
    while True:
        page = asked.page(3, cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    assert sorted(item.timestamp for item in found) == [n for n in range(50) if n % 5 in (1, 2)]


def test_a_scan_of_an_index_is_of_what_is_in_it(make_tables):
    make_tables(events)
    Event.objects.create(id="a", timestamp=MIDNIGHT, user_id="u", type="view")
    Event.objects.create(id="b", timestamp=MIDNIGHT, user_id="u", type="view", day=MIDNIGHT.date(), amount="x", value=3)
    assert [item.value for item in Event.objects.using("by_day").scan()] == [3]
    assert Event.objects.using("by_day").scan().count() == 1
    assert Event.objects.using("by_day").scan().filter(id="a").count() == 0


def test_what_a_scan_is_not_asked_for():
    for asked, message in (
        (Message.objects.scan().order_by("timestamp"), "a scan has no order"),
        (Thing.objects.using("by_flag").scan().consistent(), "no consistent reads"),
        (Thing.objects.using("by_code").scan().filter(title="x"), "GSI4 does not project title"),
        (Message.objects.using("nope").scan(), "has no key 'nope'"),
    ):
        with pytest.raises(QueryRefused, match=message):
            list(asked)
    with pytest.raises(QueryRefused, match="takes 1 or more"):
        Message.objects.scan(segments=0)
    with pytest.raises(QueryRefused, match="a parallel scan has no pages"):
        Message.objects.scan(segments=2).page(3)


def test_a_consistent_scan(fifty, dynamo_usage):
    assert len(list(Message.objects.scan().consistent())) == 50


def test_a_parallel_scan_that_is_left_ends_its_threads(fifty):
    found = Message.objects.scan(segments=4).iterator()
    next(found)
    found.close()
    assert scanning() == []
    for _ in Message.objects.scan(segments=4).iterator():
        break
    assert scanning() == []


def test_what_a_segment_raises_is_raised_where_the_items_are_read(fifty, monkeypatch):
    real = transport.connection(chat.name).dispatch

    def dispatch(operation, kwargs):
        if kwargs.get("Segment") == 1:
            raise RequestRefused("of the segment")
        time.sleep(0.01)
        return real(operation, kwargs)

    monkeypatch.setattr(transport.connection(chat.name), "dispatch", dispatch)
    with pytest.raises(RequestRefused, match="of the segment"):
        list(Message.objects.scan(segments=3))
    assert scanning() == []


def test_the_segments_of_a_scan_are_in_the_usage_and_share_the_budget(fifty, dynamo_usage):
    list(Message.objects.scan(segments=4))
    assert [each.operation for each in dynamo_usage.requests[-4:]] == ["Scan"] * 4
    with pytest.raises(BudgetSpent) as spent:
        list(Message.objects.scan(segments=4).budget(requests=1))
    assert 0 < len(spent.value.items) < 50
    assert spent.value.cursor is None
