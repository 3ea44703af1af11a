"""A backfill brings every row into the mirror beside live writes, and can stop, go on and be killed."""

import threading
import time
import uuid

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from dynamo_models import Throttled, transport
from dynamo_models.mirror import backfill, fence
from dynamo_models.mirror.backfill import statuses
from dynamo_models.mirror.backfill.batches import Batches
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.models import BackfillRange, BackfillRun, Change, Failure
from tests.mirror import equality
from tests.mirror.runs import command, drain, runs, stock  # noqa: F401 - a fixture
from tests.mirror.shop import items
from tests.mirror.shop.models import Employee, Part, Product

pytestmark = pytest.mark.usefixtures("runs")

PRODUCTS = "shop.product"


def fill(using, label=PRODUCTS, **options):
    mirror = mirror_of(label)
    stopped = options.pop("stopped", lambda: False)
    return backfill.carry_out(
        mirror, backfill.start(mirror, using), using, backfill.Options(**options), stopped=stopped
    )


def test_every_row_is_mirrored_the_hidden_ones_too(using):
    stock(using, 57)
    product = Product.objects.using(using).first()
    Part.objects.using(using).bulk_create([Part(id=uuid.uuid4(), product=product) for _ in range(12)])
    Employee.objects.using(using).create(name="Ann", role="cook")
    Change.objects.using(using).all().delete()
    for label in (PRODUCTS, "shop.part", "shop.employee"):
        run = fill(using, label, batch=5, workers=2)
        assert run.status == "completed"
    assert equality.differences(using) == []
    assert items.Product.objects.get(sku="s00010").hidden is True
    assert Change.objects.using(using).count() == 0
    parts = BackfillRange.objects.using(using).filter(run__source=PRODUCTS)
    assert sum(part.done for part in parts) == 57
    assert len(parts) > 4  # each worker had several


def test_an_empty_table_is_done_at_once(using):
    run = fill(using)
    assert (run.status, run.rows) == ("completed", 0)


def test_a_newer_write_and_a_deletion_win(using, monkeypatch):
    """Between the moment a batch is read and the moment it is put, its rows change, go and come to other keys."""
    stock(using, 3)
    first, second, third = Product._base_manager.using(using).order_by("pk")
    real = fence.put
    done = []

    def put(table, raw, *rest):
        if not done:
            done.append(True)
            Product._base_manager.using(using).filter(pk=first.pk).update(stock=99)
            Product._base_manager.using(using).filter(pk=second.pk)._raw_delete(using)
            Product._base_manager.using(using).filter(pk=third.pk).update(sku="moved")
            monkeypatch.setattr(fence, "put", real)
            drain(using)
            connections[using].close()  # that of a thread of its own, perhaps
        return real(table, raw, *rest)

    monkeypatch.setattr(fence, "put", put)
    assert fill(using, workers=1).status == "completed"
    drain(using)
    assert equality.differences(using) == []
    assert items.Product.objects.filter(sku=second.sku).first() is None


def test_a_deletion_wins_where_the_log_cannot_tell_the_key_either(using, monkeypatch):
    """A part's key is its product's: the log of its deletion does not say it, and put-if-absent would revive it."""
    stock(using, 1)
    part = Part.objects.using(using).create(product=Product._base_manager.using(using).get(), number=1)
    Change.objects.using(using).all().delete()
    real = fence.put

    def put(table, raw, *rest):
        monkeypatch.setattr(fence, "put", real)
        Part.objects.using(using).filter(pk=part.pk)._raw_delete(using)
        drain(using)
        return real(table, raw, *rest)

    monkeypatch.setattr(fence, "put", put)
    assert fill(using, "shop.part", workers=1).status == "completed"
    drain(using)
    assert equality.stored() == {}


def test_it_goes_on_beside_live_writes(using):
    stock(using, 40)
    over = threading.Event()
    failures = []

    def write():
        turn = 0
        try:
            while not over.is_set():
                turn += 1
                rows = Product._base_manager.using(using)
                rows.filter(sku=f"s{turn % 40:05}").update(stock=turn)
                rows.filter(sku=f"s{(turn * 7) % 40:05}").update(name=f"N{turn}")
                if turn % 5 == 0:
                    rows.filter(sku=f"s{(turn * 3) % 40:05}").delete()
                time.sleep(0.005)
        except Exception as error:  # noqa: BLE001 - the test fails by it
            failures.append(error)
        finally:
            connections[using].close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert fill(using, batch=4).status == "completed"
    finally:
        over.set()
        writer.join()
    assert failures == []
    assert drain(using) == 0
    assert equality.differences(using) == []


def test_whoever_writes_its_run_meanwhile_is_waited_for(using):
    """As a pause and the tick do: the database has no deadlock to resolve by giving one of them up."""
    stock(using, 60)
    over, failures, written = threading.Event(), [], []

    def write():
        try:
            while not over.is_set():
                written.append(BackfillRun.objects.using(using).update(ticked_at=timezone.now()))
                time.sleep(0.001)
        except Exception as error:  # noqa: BLE001 - the test fails by it
            failures.append(error)
        finally:
            connections[using].close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    for each in writers:
        each.start()
    try:
        assert fill(using, batch=1, workers=3).status == "completed"
    finally:
        over.set()
        for each in writers:
            each.join()
    assert failures == []
    assert written
    assert equality.differences(using) == []


def test_a_batch_that_is_given_up_for_a_deadlock_is_done_anew(using, monkeypatch):
    stock(using, 12)
    real, given_up = Batches.next, []

    def next_(self, part):
        found = real(self, part)
        if len(given_up) < 3 and found:
            given_up.append(part.cursor)
            part.refresh_from_db(using=using)
            raise OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")
        return found

    monkeypatch.setattr(Batches, "next", next_)
    assert fill(using, batch=5, workers=1).status == "completed"
    assert len(given_up) == 3
    assert equality.differences(using) == []
    monkeypatch.setattr(Batches, "next", lambda *_: (_ for _ in ()).throw(OperationalError(2006, "gone away")))
    with pytest.raises(OperationalError, match="gone away"):
        fill(using)


def test_rows_that_no_item_can_hold_are_named_and_the_rest_goes_on(using):
    stock(using, 5)
    bad = Product.objects.using(using).create(sku="with#mark", name="x")
    Change.objects.using(using).all().delete()
    assert fill(using, batch=2).status == "completed"
    (part,) = [each for each in BackfillRange.objects.using(using).all() if each.dead]
    assert part.dead == 1
    (failure,) = Failure.objects.using(using).filter(dead=True)
    assert failure.row_key == str(bad.pk)
    assert items.Product.objects.get(sku="s00004").stock == 4


def test_it_stops_after_a_batch_and_goes_on_there(using, monkeypatch):
    stock(using, 30)
    mirror = mirror_of(PRODUCTS)
    batches, told = [], threading.Event()
    real = Batches.next

    def next_(self, part):
        if len(batches) == 2:
            assert told.wait(30)  # or all of them were done before anybody asked
        batches.append(part.pk)
        return real(self, part)

    def stopped():
        if len(batches) == 2:
            told.set()
        return told.is_set()

    monkeypatch.setattr(Batches, "next", next_)
    run = fill(using, batch=5, workers=1, stopped=stopped)
    assert run.status == "paused"
    done = sum(each.done for each in BackfillRange.objects.using(using).all())
    assert 0 < done < 30
    with pytest.raises(backfill.NotNow, match="--resume"):
        backfill.start(mirror, using)
    run = backfill.carry_out(mirror, backfill.resume(mirror, using), using, backfill.Options(batch=5))
    assert run.status == "completed"
    assert sum(each.done for each in BackfillRange.objects.using(using).all()) == 30  # none twice
    assert equality.differences(using) == []


@pytest.mark.parametrize(("ask", "status"), [(backfill.pause, "paused"), (backfill.cancel, "cancelled")])
def test_another_process_can_pause_and_cancel_it(using, ask, status, monkeypatch):
    stock(using, 200)
    mirror = mirror_of(PRODUCTS)
    monkeypatch.setattr("dynamo_models.mirror.backfill.run.TICK", 0.05)
    asked = []

    def told(done, _total, _note):
        if done and not asked:
            asked.append(ask(mirror, using).status)

    options = backfill.Options(batch=2, workers=1, max_write_units=150)
    run = backfill.carry_out(mirror, backfill.start(mirror, using), using, options, told=told)
    assert asked == [{"paused": "pausing", "cancelled": "cancelling"}[status]]
    assert run.status == status
    assert 0 < len(equality.stored()) < 400


def test_what_does_not_go_with_a_status_is_refused(using):
    mirror = mirror_of(PRODUCTS)
    for ask in (backfill.resume, backfill.pause, backfill.cancel):
        with pytest.raises(backfill.NotNow):
            ask(mirror, using)
    run = backfill.start(mirror, using)
    with pytest.raises(backfill.NotNow, match="nothing to resume"):
        backfill.resume(mirror, using)  # this process is at it
    for (start, end), sentence in statuses.MOVES.items():
        assert start in {*(each for each, _ in statuses.MOVES)}
        assert sentence.endswith((".", "--resume."))
        assert end != "pending"
    run.status = "completed"
    with pytest.raises(backfill.NotNow, match="cannot become running"):
        statuses.move(run, "running", using)


def test_a_run_without_a_tick_is_stuck_and_can_be_taken_over(using):
    stock(using, 3)
    mirror = mirror_of(PRODUCTS)
    run = backfill.start(mirror, using)
    mine = BackfillRun.objects.using(using).filter(pk=run.pk)
    mine.update(ticked_at=timezone.now() - statuses.STUCK_AFTER * 2, holder="elsewhere:1:x")
    other = backfill.resume(mirror, using)
    assert other.pk == run.pk
    with pytest.raises(backfill.NotNow):  # what had it can give it no status any more
        statuses.move(run, "completed", using)
    assert backfill.carry_out(mirror, other, using).status == "completed"
    assert equality.differences(using) == []


def test_throttling_slows_it_down_and_loses_nothing(using, monkeypatch):
    stock(using, 12)
    real, calls = transport.call, []

    def flaky(table, operation, kwargs):
        calls.append(operation)
        if len(calls) % 4 == 1:
            raise Throttled("too much")
        return real(table, operation, kwargs)

    monkeypatch.setattr(fence, "send", flaky)
    assert fill(using, workers=1).status == "completed"
    monkeypatch.setattr(fence, "send", real)
    drain(using)
    assert equality.differences(using) == []


def test_it_keeps_to_its_rate(using):
    stock(using, 12)  # two items each
    begun = time.monotonic()
    fill(using, max_write_units=6)
    # A second's worth is there to begin with.
    assert time.monotonic() - begun > (12 * 2 - 6) / 6 * 0.9


def test_it_waits_while_much_else_waits(using, monkeypatch):
    monkeypatch.setattr("dynamo_models.mirror.backfill.throttle.LOOK_EVERY", 0.02)
    monkeypatch.setattr("dynamo_models.mirror.backfill.run.TICK", 0.05)
    stock(using, 3)
    Employee.objects.using(using).create(name="Ann", role="cook")
    Employee.objects.using(using).create(name="Bob", role="cook")
    notes = []

    def told(done, _total, note):
        notes.append((done, note))
        if len(notes) == 3:
            Change.objects.using(using).all().delete()

    mirror = mirror_of(PRODUCTS)
    run = backfill.carry_out(
        mirror, backfill.start(mirror, using), using, backfill.Options(most_waiting=1, workers=1), told=told
    )
    assert run.status == "completed"
    assert [done for done, _ in notes[:3]] == [0, 0, 0]
    assert "dynamo_relay" in notes[2][1]


def test_a_worker_that_fails_fails_the_run_which_can_go_on(using, monkeypatch):
    stock(using, 6)
    mirror = mirror_of(PRODUCTS)
    real = Batches.next

    def broken(self, part):
        raise RuntimeError("gone")

    monkeypatch.setattr(Batches, "next", broken)
    with pytest.raises(RuntimeError):
        fill(using)
    run = backfill.latest(mirror, using)
    assert run.status == "failed"
    assert "RuntimeError: gone" in run.sentence
    monkeypatch.setattr(Batches, "next", real)
    assert backfill.carry_out(mirror, backfill.resume(mirror, using), using).status == "completed"


def test_a_killed_process_is_resumed_where_it_was(using):
    stock(using, 150)
    process = command(
        using, "dynamo_backfill", PRODUCTS, "--database", using, "--batch", "5", "--max-write-units", "80"
    )
    deadline = time.monotonic() + 40
    done = BackfillRange.objects.using(using).filter(done__gt=10)
    while not done.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    before = sum(each.done for each in BackfillRange.objects.using(using).all())
    assert backfill.latest(mirror_of(PRODUCTS), using).status == "running"
    mirror = mirror_of(PRODUCTS)
    run = backfill.carry_out(mirror, backfill.resume(mirror, using), using)
    assert run.status == "completed"
    assert 10 < before < 150
    drain(using)
    assert equality.differences(using) == []


def test_an_estimate_writes_nothing_and_counts_unique_items_and_indexes(using):
    stock(using, 20)
    found = backfill.estimate(mirror_of(PRODUCTS), using, rate=10)
    assert (found.rows, found.sampled, found.refused) == (20, 20, 0)
    # The item, its copy in the index, and its unique item.
    assert found.write_units == 60
    assert found.hours == pytest.approx(60 / 10 / 3600)
    assert found.dollars == pytest.approx(60 * 0.625 / 1e6)
    assert found.bytes > 20 * 150
    assert equality.stored() == {}
    assert Change.objects.using(using).count() == 0
