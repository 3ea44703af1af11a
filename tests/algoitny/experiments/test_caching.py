"""What is kept is never old: not beside a change, not after a writer died, not through an outage, which is no error."""

import itertools
import math
import random
import threading
import time

import pytest
from django.core.cache import cache

from algoitny.experiments import caching, deciding
from tests.algoitny.experiments.failing import ALL, BrokenError, FailingCache

FOREVER = math.inf
FAILING = {
    "default": {"BACKEND": "tests.algoitny.experiments.failing.FailingCache", "LOCATION": "tests-of-experiments"}
}


@pytest.fixture
def failing(settings):
    settings.CACHES = FAILING
    cache.clear()
    FailingCache.fails = set()
    FailingCache.asked = []
    yield FailingCache
    FailingCache.fails = set()


class Store:
    """The truth: a number, and how often it was read."""

    def __init__(self):
        self.value = 0
        self.reads = 0

    def load(self):
        self.reads += 1
        return self.value, FOREVER

    def read(self):
        return caching.read("it", self.load)

    def change(self):
        with caching.changing("it"):
            self.value += 1


@pytest.fixture
def store():
    return Store()


def test_a_value_is_read_once_and_again_when_it_was_changed(store):
    assert [store.read(), store.read()] == [0, 0]
    assert store.reads == 1
    store.change()
    assert [store.read(), store.read()] == [1, 1]
    assert store.reads == 2


def test_a_reader_that_fills_the_cache_after_the_change_fills_it_in_vain(store):
    def slow():
        old = store.load()
        store.change()  # all of it, while the reader holds the old value
        return old

    assert caching.read("it", slow) == 0
    assert store.read() == 1


def test_a_reader_that_began_while_a_change_was_under_way_keeps_nothing(store):
    store.read()
    with caching.changing("it"):
        assert store.read() == 0
        assert store.read() == 0
        assert store.reads == 3  # neither taken from the cache nor put there
        store.value = 1
    assert store.read() == 1


def test_of_two_changes_at_once_the_later_is_seen(store):
    store.read()
    with caching.changing("it"):
        store.value = 1
        with caching.changing("it"):
            store.value = 2
        store.read()
        store.value = 3
    assert store.read() == 3


def test_a_change_that_fails_leaves_nothing_that_could_be_old(store):
    def change():
        with caching.changing("it"):
            store.value = 1  # it was written, and the answer was lost
            raise RuntimeError

    store.read()
    with pytest.raises(RuntimeError):
        change()
    assert [store.read(), store.read(), store.reads] == [1, 1, 2]  # and it is kept again at once


def test_after_a_writer_that_died_the_store_is_asked_until_the_mark_lapses(store, monkeypatch):
    store.read()
    caching._stamped("it", f"{caching._MARK}x", 1)  # what a writer leaves that is killed within its change
    store.value = 1
    assert [store.read(), store.read(), store.reads] == [1, 1, 3]
    cache.delete(caching._stamp("it"))
    assert [store.read(), store.read(), store.reads] == [1, 1, 4]


def test_a_stamp_that_was_evicted_takes_its_value_along(store):
    store.read()
    cache.delete(caching._stamp("it"))
    store.value = 1
    assert store.read() == 1


def test_what_holds_no_longer_is_not_kept_and_what_holds_for_a_while_is_kept_so_long(store, monkeypatch):
    at = time.time()
    caching.read("it", lambda: ("gone", at - 1))
    assert caching.read("it", lambda: ("short", at + 10.2)) == "short"
    assert store.read() == "short"
    monkeypatch.setattr(caching.time, "time", lambda: at + 10.4)  # the cache itself keeps whole seconds
    assert store.read() == 0


def test_who_looks_after_a_change_never_sees_what_was_before(store):
    """Readers and a writer at once: what a reader is told is at least what was written when it began to ask."""
    done, wrong, stop = [0], [], threading.Event()
    of = random.Random(7)

    def load():
        value = store.value
        time.sleep(of.random() / 2000)
        return value, FOREVER

    def look():
        while not stop.is_set():
            least = done[0]
            found = caching.read("it", load)
            if found < least:
                wrong.append((found, least))

    readers = [threading.Thread(target=look) for _ in range(4)]
    for each in readers:
        each.start()
    for number in range(1, 301):
        with caching.changing("it"):
            time.sleep(of.random() / 2000)
            store.value = number
        done[0] = number
    stop.set()
    for each in readers:
        each.join()
    assert wrong == []


@pytest.mark.parametrize(
    "fails", [ALL, {"get_many"}, {"set"}, {"add"}, {"get"}], ids=lambda names: " ".join(sorted(names))
)
def test_a_cache_that_fails_makes_no_error_and_no_old_value(fails, failing, store):
    store.read()
    failing.fails = fails
    assert [store.read(), store.read()] == [0, 0]
    store.change()
    assert [store.read(), store.read()] == [1, 1]
    failing.fails = set()
    assert [store.read(), store.read()] == [1, 1]


def test_what_was_kept_before_an_outage_is_not_taken_after_it(failing, store):
    store.read()
    failing.fails = ALL
    store.change()
    failing.fails = set()  # with all that it had
    assert store.read() == 1
    reads = store.reads
    assert [store.read(), store.reads] == [1, reads]


def test_another_process_that_saw_the_outage_takes_nothing_old_either(failing, store):
    store.read()
    failing.fails = ALL
    store.change()
    caching.forget()  # the other process owes nothing
    store.read()
    failing.fails = set()
    assert store.read() == 1


def test_a_stamp_that_is_owed_is_given_before_the_cache_is_used(failing, store):
    store.read()
    failing.fails = {"set"}
    store.change()
    failing.fails = set()
    failing.asked.clear()
    caching._failures.last = 0.0  # on the strength of the stamp alone
    assert store.read() == 1
    assert failing.asked[0] == "set"


def test_an_unknown_error_of_the_store_is_raised(failing, store):
    def lost():
        raise BrokenError("the store")

    with pytest.raises(BrokenError):
        caching.read("it", lost)


def test_flags_and_assignments_are_decided_without_the_cache(failing, access, active):
    flag = access.create_feature_flag("hints", "", {"default": 1, "rules": [{"value": 2}]}, "active")
    before = deciding.assign("ann", active.id), deciding.evaluate("hints", "ann").value
    failing.fails = ALL
    assert (deciding.assign("ann", active.id), deciding.evaluate("hints", "ann").value) == before
    access.update_feature_flag_status(flag.id, "inactive")
    (other,) = (each for each in active.variations if each != before[0].variation)
    access.create_override("ann", str(active.id), "experiment", other["id"])
    for fails in (ALL, set()):
        failing.fails = fails
        assert deciding.evaluate("hints", "ann").value == 1
        assert deciding.assign("ann", active.id).variation == other


def test_a_flag_is_kept_and_each_of_its_changes_is_seen_at_once(access, dynamo_usage):
    flag = access.create_feature_flag("hints", "", {"default": 0, "rules": [{"value": 1}]})
    for number, status in zip(range(6), itertools.cycle(["active", "inactive"]), strict=False):
        access.update_feature_flag_status(flag.id, status)
        assert deciding.evaluate("hints", "ann").value == (status == "active")
        asked = len(dynamo_usage)
        assert deciding.evaluate("hints", "ann").value == (number % 2 == 0)
        assert len(dynamo_usage) == asked
