"""Real threads and processes on one item: nothing is lost, and no key is made of what another has changed."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from django.conf import settings

from dynamo_models import AlreadyExists, Conflict, StaleWrite, TransactionCanceled
from tests.writing import children, oracle
from tests.writing.entities import Account, Counted, Record, Window, main

pytestmark = pytest.mark.endpoint_cannot("moto", reason="it loses and tears updates under threads")

THREADS = 6


def together(function, count=THREADS):
    """Call ``function(n)`` in so many threads at once; what they returned."""
    barrier = threading.Barrier(count)

    def begin(number):
        barrier.wait()
        return function(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_increments_under_a_version_lose_nothing(tables):
    Counted.objects.create(id="a")

    def increment(_):
        stale = 0
        for _ in range(8):
            while True:
                item = Counted.objects.get(id="a")
                try:
                    item.patch(total=item.total + 1)
                    break
                except StaleWrite:
                    stale += 1
        return stale

    together(increment)
    item = Counted.objects.get(id="a")
    assert (item.total, item.version) == (8 * THREADS, 8 * THREADS + 1)


def test_counters_are_exact_without_reading(tables):
    Window.objects.create(id="a")

    def count(number):
        for turn in range(10):
            if (turn + number) % 2:
                Window.objects.ref(id="a").patch(Window.uses.add(1))
            else:
                with main.transaction() as tx:
                    tx.patch(Window.objects.ref(id="a"), Window.uses.add(1))

    together(count)
    assert Window.objects.get(id="a").uses == 10 * THREADS


def test_processes_that_change_facets_from_old_copies_leave_a_true_key(tables, raw):
    Record.objects.create(owner="ann", number=1, topic="x")
    now = dict(settings.DYNAMO_MODELS)
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(children.change_facets, now, seed, 40) for seed in range(3)]
        done = sum(each.result() for each in running)
    oracle.check(raw.scan())
    # Each change that went through counted, and some did and some were stale.
    assert Record.objects.get(owner="ann", number=1).hits == done
    assert done >= 3


def test_threads_that_change_facets_from_old_copies_leave_a_true_key(tables, raw):
    Record.objects.create(owner="ann", number=1, topic="x", language="c")
    stale = [Record.objects.get(owner="ann", number=1) for _ in range(THREADS)]

    def change(number):
        for turn in range(8):
            try:
                stale[number].patch(**({"topic": f"t{turn}"} if number % 2 else {"language": f"l{turn}"}))
            except StaleWrite:
                stale[number].refresh()

    together(change)
    oracle.check(raw.scan())


def test_of_creates_with_one_unique_value_one_wins(tables, raw):
    for turn in range(5):

        def create(number, turn=turn):
            try:
                return Account.objects.create(id=100 * turn + number, email=f"one{turn}", handle=f"h{turn}-{number}")
            except (AlreadyExists, Conflict):
                return None

        made = [item for item in together(create) if item is not None]
        assert len(made) == 1
        assert Account.objects.get(email=f"one{turn}") == made[0]
    oracle.check(raw.scan())


def test_of_creates_of_one_item_one_wins(tables, raw):
    def create(number):
        try:
            return Record.objects.create(owner="ann", number=1, title=str(number), topic="x")
        except AlreadyExists:
            return None

    made = [item for item in together(create) if item is not None]
    assert len(made) == 1
    assert Record.objects.get(owner="ann", number=1).title == made[0].title


def test_puts_deletes_and_upserts_of_one_owner_keep_its_unique_items_true(tables, raw):
    def write(number):
        for turn in range(5):
            try:
                verb = (number + turn) % 3
                if verb == 0:
                    Account(id=1, email=f"e{number}", handle=f"h{turn}").put()
                elif verb == 1:
                    Account.objects.upsert(id=1, email=f"e{turn}", handle=f"h{number}", name="n")
                else:
                    Account.objects.ref(id=1).delete()
            except Conflict:
                continue

    together(write, 3)
    oracle.check(raw.scan())


def test_of_moves_to_one_key_one_wins(tables, raw):
    items = [Record.objects.create(owner="ann", number=number, topic="x") for number in range(1, THREADS + 1)]

    def move(number):
        try:
            items[number].move(number=99)
        except (AlreadyExists, Conflict):
            return 0
        return 1

    assert sum(together(move)) == 1
    assert len(raw.scan()) == THREADS
    oracle.check(raw.scan())


def test_transactions_on_two_items_in_both_orders(tables):
    for name in ("a", "b"):
        Window.objects.create(id=name)

    def count(number):
        done = 0
        for _ in range(6):
            names = ("a", "b") if number % 2 else ("b", "a")
            try:
                with main.transaction() as tx:
                    for name in names:
                        tx.patch(Window.objects.ref(id=name), Window.uses.add(1))
                done += 1
            except (Conflict, TransactionCanceled):
                continue
        return done

    done = sum(together(count))
    assert Window.objects.get(id="a").uses == Window.objects.get(id="b").uses == done
    assert done > 0
