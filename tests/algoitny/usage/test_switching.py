"""Authority over the log moves, there and back, in the middle of a race; nobody uses their quota twice."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from algoitny import ids
from algoitny.counting.catch_up import catch_up
from algoitny.patterns.probe import staged
from algoitny.usage import access
from algoitny.usage.items import UsageCounter, UsageLog, UsageRequest
from algoitny.usage.limiter import limiter
from algoitny.usage.models import UsageLog as Row
from algoitny.usage.stores import sql
from dynamo_models import Conflict
from dynamo_models.cutover import state
from dynamo_models.cutover.pause import Frozen
from dynamo_models.limits import Decision
from dynamo_models.testing.cutover import override_stage
from dynamo_models.testing.mirror import drain
from tests.algoitny.helpers import a_user
from tests.algoitny.usage.test_limits import NOW

LIMIT, TRIES, THREADS = 50, 200, 8
DAY = NOW.date()


def used(user_id):
    held = UsageCounter.objects.filter(user_id=str(user_id), date=DAY, action="hint").consistent().first()
    return held.n if held else 0


def items(user_id):
    return UsageLog.objects.filter(user_id=str(user_id), date=DAY, action="hint").consistent().count()


def take(user_id, name, *, limit=LIMIT):
    return access.take(user_id, "hint", limit=limit, at=NOW, request_id=name).decision


@pytest.fixture
def ann(tables, db, monkeypatch):
    monkeypatch.setattr("algoitny.usage.stores.dynamodb.next_row_id", lambda name, _: 1_000_000 + ids.next_id(name))
    monkeypatch.setattr(limiter, "timeout", 60.0)
    return a_user().id


def test_before_the_first_stage_dynamodb_is_not_asked(db, ann, assert_requests):
    with assert_requests(0):
        assert take(ann, "a").allowed
        assert access.give_back(ann, "a")


@pytest.mark.parametrize("way", [("reading", "dynamodb"), ("dynamodb", "reading"), ("mirror", "dynamodb", "reading")])
def test_what_was_used_before_a_switch_is_used_after_it(ann, way):
    """Nothing of either store's log has reached the other: the counter alone knows."""
    for number, stage in enumerate(way):
        with override_stage("activity", stage):
            for turn in range(2):
                assert take(ann, f"{number}-{turn}", limit=2 * len(way)).allowed
    for stage in way:
        with override_stage("activity", stage):
            assert take(ann, f"more {stage}", limit=2 * len(way)).reason == "limit"
    assert used(ann) == 2 * len(way)


@pytest.mark.parametrize(("first", "then"), [("reading", "dynamodb"), ("dynamodb", "reading")])
def test_a_request_that_is_told_on_both_sides_of_a_switch_is_one_use(ann, first, then):
    with override_stage("activity", first):
        assert take(ann, "r").reason == "admitted"
    with override_stage("activity", then):
        assert take(ann, "r").reason == "repeated"
    assert used(ann) == 1


def test_what_the_mirror_brings_and_the_stream_tells_is_not_counted_twice(ann):
    with override_stage("activity", "mirror"):
        take(ann, "mirrored")
        drain()
        catch_up()
        assert (used(ann), items(ann)) == (1, 1)
    with override_stage("activity", "dynamodb"):
        take(ann, "native")
        catch_up()
    with override_stage("activity", "reading"):  # back: the native row is in SQL too, and mirrored from there
        native = UsageLog.objects.filter(user_id=str(ann), date=DAY, action="hint").consistent()
        (item,) = [each for each in native if each.request_id == "native"]
        Row.objects.create(
            pk=item.id, user_id=ann, action="hint", created_at=NOW, request_id="native", counted=item.counted
        )
        item.delete()
        drain()
        catch_up()
        assert (used(ann), items(ann)) == (2, 2)
        assert access.give_back(ann, "mirrored")
        drain()
        catch_up()
        assert (used(ann), items(ann), access.today(ann, day=DAY).hint) == (1, 1, 1)


def test_rows_of_before_the_counter_are_counted_by_the_stream_once(ann):
    take(ann, "before")
    drain()
    catch_up()
    assert used(ann) == 1
    Row.objects.filter(user_id=ann).update(metadata={"changed": True})
    drain()
    catch_up()
    assert used(ann) == 1
    access.give_back(ann, "before")
    drain()
    catch_up()
    assert used(ann) == 0


@pytest.mark.parametrize("met", [OperationalError("closed to writers"), KeyboardInterrupt()])
def test_a_row_that_sql_refuses_is_taken_off_the_counter_and_may_come_again(ann, monkeypatch, met):
    def refuse(*_, **__):
        raise met

    with override_stage("activity", "reading"):
        with monkeypatch.context() as patch:
            patch.setattr(Row, "save", refuse)
            with pytest.raises(type(met)):
                take(ann, "r")
        assert used(ann) == 0
        assert take(ann, "r").reason == "admitted"


def test_what_sql_counts_more_of_is_refused_and_taken_off(ann):
    for name in ("a", "b"):
        take(ann, name)  # no counter has these yet
    with override_stage("activity", "mirror"):
        assert take(ann, "c", limit=2).reason == "limit"
        assert used(ann) == 0
        assert take(ann, "c", limit=3).allowed


def test_while_dynamodb_does_not_answer_sql_decides_alone(ann, monkeypatch):
    def busy(*_, **__):
        raise Conflict("made up")

    with override_stage("activity", "reading"):
        with monkeypatch.context() as patch:
            patch.setattr("dynamo_models.limits.trying.transact", busy)
            patch.setattr(limiter, "tries", 1)
            assert [take(ann, name, limit=2).allowed for name in "abc"] == [True, True, False]
        drain()
        catch_up()
        assert used(ann) == items(ann) == 2


def test_a_use_that_authority_has_moved_away_from_is_not_written_and_may_come_again(ann, monkeypatch):
    with override_stage("activity", "reading"):
        back = state.overridden["activity"]

    def moves(*_):
        state.overridden["activity"] = back
        return 1

    with override_stage("activity", "dynamodb"):
        with monkeypatch.context() as patch:
            patch.setattr("algoitny.usage.stores.dynamodb.next_row_id", moves)
            with pytest.raises(Frozen):
                take(ann, "r")
        assert (used(ann), items(ann)) == (0, 0)
        assert take(ann, "r").reason == "admitted"
        assert Row.objects.filter(user_id=ann).count() == 1


@pytest.mark.parametrize("write", [lambda user: take(user, "r").allowed, lambda user: access.give_back(user, "r")])
def test_a_use_waits_for_the_end_of_a_pause(ann, write):
    with override_stage("activity", "dynamodb"):
        take(ann, "r")
        place, begun = state.overridden["activity"], time.monotonic()
        state.overridden["activity"] = replace(place, frozen=True)
        thaw = threading.Timer(0.3, state.overridden.__setitem__, ["activity", place])
        thaw.start()
        assert write(ann)
        assert time.monotonic() - begun >= 0.3
        thaw.join()


def test_a_probe_of_the_patterns_leaves_no_counters(ann):
    with override_stage("activity", "mirror"):
        with staged(SimpleNamespace(id=lambda number: ann + number)):
            take(ann, "r")
            assert used(ann) == 1
        assert (used(ann), Row.objects.count(), list(UsageRequest.objects.filter(user_id=str(ann)))) == (0, 0, [])


@pytest.mark.parametrize("round_", range(3))
def test_a_race_across_switches_admits_exactly_the_limit(tables, monkeypatch, round_):
    """SQL's part is stood in for by a list under a lock, as one SQLite would make the threads take turns."""
    monkeypatch.setattr(limiter, "timeout", 60.0)
    monkeypatch.setattr(limiter, "tries", 100)
    lock, rows, numbers = threading.Lock(), [], count(1)

    def decide(row, limit):
        with lock:
            fits = len(rows) < limit
            if fits:
                rows.append(row.request_id)
        reason = "admitted" if fits else "limit"
        return Decision(allowed=fits, reason=reason, user_id="7", action="hint", cost=1, at=row.created_at)

    monkeypatch.setattr(sql, "_decide", decide)
    monkeypatch.setattr(sql, "transaction", SimpleNamespace(atomic=nullcontext))
    monkeypatch.setattr(Row, "save", lambda *_, **__: None)
    monkeypatch.setattr("algoitny.usage.stores.dynamodb.next_row_id", lambda *_: next(numbers))
    barrier, done = threading.Barrier(THREADS + 1), threading.Event()

    def insist(name):
        """As a client does that is told to come again."""
        while True:
            try:
                return take(7, name)
            except Frozen:
                time.sleep(0.001)

    def work(number):
        barrier.wait()
        return sum(insist(f"{number}-{turn}").allowed for turn in range(TRIES // THREADS))

    def flip():
        barrier.wait()
        turns = 0
        while not done.is_set():
            state.overridden["activity"] = places[turns % 2]
            turns += 1
            done.wait(0.01)
        return turns

    with override_stage("activity", "dynamodb"):
        places = [state.overridden["activity"]]
    with override_stage("activity", "reading"), ThreadPoolExecutor(THREADS + 1) as pool:
        places.append(state.overridden["activity"])
        flipping = pool.submit(flip)
        try:
            admitted = sum(pool.map(work, range(THREADS)))
        finally:
            done.set()
        assert flipping.result() > 1
    assert admitted == LIMIT
    assert used(7) == len(rows) + items(7) == LIMIT
