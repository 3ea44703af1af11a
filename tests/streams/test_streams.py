"""Streams tell handlers of every change, at least once, and what they write through ``once`` counts a single time."""

import json
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dynamo_models import Attr, EndpointError, Entity, Index, Int, Key, Table, Text, ValueRefused, numeric, streams
from dynamo_models.models import StreamPosition
from dynamo_models.streams import consumer, handlers
from dynamo_models.testing import isolated_tables

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.endpoint_cannot("ministack", reason="it answers DescribeStream with 400"),
]


@pytest.fixture
def shop(make_tables, monkeypatch):
    """A table with a stream, an entity that is told of and one that counts; its handlers are forgotten after."""
    with isolated_tables():
        table = Table("Streams", indexes=[Index("GSI1")], stream="new_and_old", ttl="TTL")

        class Sale(Entity, table=table):
            id: Attr[int] = Int()
            item: Attr[str] = Text()
            n: Attr[int] = Int(default=1)

            class Keys:
                primary = Key("SALE#{id}", "METADATA")

        class Total(Entity, table=table):
            item: Attr[str] = Text()
            n: Attr[int] = Int(default=0)

            class Keys:
                primary = Key("TOTAL#{item}", "METADATA")

        make_tables(table)
        # The application's own handlers are told of tables that are not there.
        monkeypatch.setattr(handlers, "_handlers", {})
        yield table, Sale, Total


def counting(shop, fail=None):
    table, Sale, Total = shop

    @streams.on_change(Sale, name="totals")
    def count(change):
        delta = (change.new.n if change.new else 0) - (change.old.n if change.old else 0)
        item = (change.new or change.old).item
        with change.once(table) as tx:
            tx.upsert(Total, Total.n.add(delta), item=item)
        if fail is not None:
            fail(change)

    return count


def test_a_handler_is_told_of_what_was_made_changed_and_removed(shop):
    table, Sale, _ = shop
    told = []
    streams.on_change(Sale, name="told")(told.append)
    first = Sale.objects.create(id=1, item="tea")
    first.patch(n=5)
    Sale.objects.create(id=2, item="milk")
    first.delete()
    found = streams.consume(table)
    assert (found.records, found.told) == (4, 4)
    of_first = [each for each in told if (each.new or each.old).id == 1]
    assert [each.kind for each in of_first] == ["INSERT", "MODIFY", "REMOVE"]
    assert [(each.old and each.old.n, each.new and each.new.n) for each in of_first] == [(None, 1), (1, 5), (5, None)]
    assert streams.consume(table).records == 0
    Sale.objects.create(id=3, item="tea")
    assert streams.consume(table).told == 1


def test_how_far_handlers_are_behind_is_told(shop, monkeypatch):
    table, Sale, _ = shop
    counting(shop)
    assert streams.lag(table) == 0.0
    Sale.objects.create(id=1, item="tea")
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=100))
    Sale.objects.create(id=2, item="milk")
    assert 99 < streams.lag(table) < 105
    streams.consume(table)
    streams.consume(table)  # what the handlers themselves have written
    assert streams.lag(table) == 0.0


def test_what_is_told_twice_counts_once(shop):
    table, Sale, Total = shop
    counting(shop)
    for number in range(5):
        Sale.objects.create(id=number, item="tea", n=2)
    streams.consume(table)
    assert Total.objects.get(item="tea").n == 10
    StreamPosition.objects.all().delete()  # as after a crash before the position was kept
    assert streams.consume(table).told == 5
    assert Total.objects.get(item="tea").n == 10


def adding_up(shop, told=None, fail=lambda: None):
    table, Sale, Total = shop

    @streams.on_changes(Sale, name="sums")
    def count(batch):
        with batch.once(table) as (tx, changes):
            if told is not None:
                told.append([each.new.id for each in changes])
            sums = Counter()
            for change in changes:
                sums[change.new.item] += change.new.n
            for item, n in sums.items():
                tx.upsert(Total, Total.n.add(n), item=item)
        fail()


def test_several_at_once_are_one_transaction(shop, dynamo_usage):
    table, Sale, Total = shop
    adding_up(shop)
    for number in range(45):
        Sale.objects.create(id=number, item="tea" if number % 2 else "milk", n=2)
    before = len(dynamo_usage.requests)
    assert streams.consume(table).told == 3
    operations = [each.operation for each in dynamo_usage.requests[before:]]
    assert operations.count("TransactWriteItems") == 3
    assert (Total.objects.get(item="tea").n, Total.objects.get(item="milk").n) == (44, 46)
    # What it has written itself is in the stream by now, and is no change of a sale.
    assert streams.consume(table).told == 0


def test_a_batch_that_is_cut_elsewhere_after_a_crash_counts_each_change_once(shop, monkeypatch):
    table, Sale, Total = shop
    told = []
    adding_up(shop, told)
    for number in range(30):
        Sale.objects.create(id=number, item="tea")
    streams.consume(table)
    StreamPosition.objects.all().delete()  # as after a crash before the position was kept
    monkeypatch.setattr(consumer, "AT_ONCE", 7)
    for number in range(30, 40):
        Sale.objects.create(id=number, item="tea")
    told.clear()
    streams.consume(table)
    assert [number for part in told for number in part] == list(range(30, 40))
    assert Total.objects.get(item="tea").n == 40


def test_a_batch_whose_answer_was_lost_or_that_another_consumer_took_counts_once(shop, monkeypatch):
    table, Sale, Total = shop
    monkeypatch.setattr(consumer, "FIRST_DELAY", 0.0)
    lost = [RuntimeError("the answer was lost")]

    def fail():
        if lost:
            raise lost.pop()

    adding_up(shop, fail=fail)
    for number in range(5):
        Sale.objects.create(id=number, item="tea")
    assert streams.consume(table).told == 1
    assert Total.objects.get(item="tea").n == 5

    between = []

    @streams.on_changes(Sale, name="slow sums")
    def slow(batch):
        with batch.once(table) as (tx, changes):
            if not between:
                between.append(True)
                slow(batch)  # another consumer carries the same out first
            if changes:
                tx.upsert(Total, Total.n.add(len(changes)), item="slow")

    Sale.objects.create(id=6, item="tea")
    StreamPosition.objects.all().delete()
    streams.consume(table)
    assert Total.objects.get(item="slow").n == 6
    assert Total.objects.get(item="tea").n == 6


def test_a_handler_that_fails_is_tried_again_and_holds_its_place(shop, monkeypatch):
    table, Sale, Total = shop
    monkeypatch.setattr(consumer, "FIRST_DELAY", 0.0)
    broken = {2: 3, 4: 10**6}

    def fail(change):
        number = change.new.id if change.new else 0
        if broken.get(number, 0):
            broken[number] -= 1
            raise RuntimeError(f"cannot take {number}")

    counting(shop, fail)
    for number in range(6):
        Sale.objects.create(id=number, item="tea")
    with pytest.raises(RuntimeError, match="cannot take 4"):
        streams.consume(table)
    assert Total.objects.get(item="tea").n == 5  # the fourth was counted before it failed; the fifth waits behind it
    broken.clear()
    # The items of Total are in the stream as well, and no handler is told of them.
    assert streams.consume(table).told == 2
    assert Total.objects.get(item="tea").n == 6


def test_a_table_without_a_stream_is_named(make_tables):
    with isolated_tables():
        table = Table("Quiet")

        class Thing(Entity, table=table):
            id: Attr[int] = Int()

            class Keys:
                primary = Key("THING#{id}", "METADATA")

        make_tables(table)
        with pytest.raises(EndpointError, match="no stream"):
            streams.consume(table)


def test_the_command_reads_to_the_end(shop):
    out = StringIO()
    with pytest.raises(CommandError, match="on_change"):
        call_command("dynamo_streams", once=True)
    _, Sale, Total = shop
    counting(shop)
    Sale.objects.create(id=1, item="tea", n=3)
    call_command("dynamo_streams", once=True, format="json", stdout=out)
    said = json.loads(out.getvalue())
    assert said["ok"] is True
    assert said["told"] == 1
    assert Total.objects.get(item="tea").n == 3


def test_a_note_fits_a_numeric_sort_key(make_tables):
    with isolated_tables():
        table = Table("Numbers", pk="name", sk=numeric("at"), stream="new")

        class Sale(Entity, table=table):
            name: Attr[str] = Text()
            at: Attr[int] = Int()

            class Keys:
                primary = Key("{name}", "{at}")

        make_tables(table)
        Sale.objects.create(name="tea", at=1)
        written = []

        @streams.on_change(Sale, name="numbers")
        def count(change):
            with change.once(table) as tx:
                if change.new.name == "tea":
                    tx.create(Sale(name="counted", at=change.new.at))
                    written.append(change.id)

        try:
            streams.consume(table)
            StreamPosition.objects.all().delete()
            streams.consume(table)
        finally:
            handlers.forget("numbers")
        assert len(written) == 2  # told twice, and carried out once: a second create would have failed
        assert [item.at for item in Sale.objects.filter(name="counted")] == [1]


def test_a_table_that_cannot_keep_the_note_is_named(make_tables):
    with isolated_tables():
        table = Table("Years", pk=numeric("year"), sk=None, stream="new")

        class Year(Entity, table=table):
            year: Attr[int] = Int()

            class Keys:
                primary = Key("{year}")

        make_tables(table)
        Year.objects.create(year=2025)
        told = []
        streams.on_change(Year, name="years")(told.append)
        try:
            streams.consume(table)
        finally:
            handlers.forget("years")
        with pytest.raises(ValueRefused, match="Years is keyed by year, which is no text"), told[0].once(table):
            pass
