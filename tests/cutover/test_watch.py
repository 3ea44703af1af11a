"""Groups come down by themselves where they have to, and say why."""

import json
import re
import signal

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.utils import timezone

from dynamo_models import EndpointError
from dynamo_models.cutover import background, moves, serving, tallies, watch
from dynamo_models.cutover.records import GroupState, GroupStep
from dynamo_models.mirror.capture import installed
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.models import Change, Mismatch, Unseen, VerifyRun
from tests.cutover.conftest import flushed
from tests.cutover.ladder import PRODUCT, backfilled, choice, drain, go, place, put, stock, verified
from tests.cutover.process import until
from tests.cutover.test_ladder import without
from tests.mirror.runs import command
from tests.mirror.shop.models import Product


def last(using):
    return GroupStep.objects.using(using).latest("pk")


def failing(using, count):
    for _ in range(count):
        serving.failed(mirror_of(PRODUCT), EndpointError("on purpose"), using=using)
    background.finish()


def test_nothing_happens_to_a_group_that_is_well(using):
    stock(using)
    go(using, "mirror")
    backfilled(using)
    go(using, "backfilled")
    verified(using)
    go(using, "verified")
    for stage, share in (("shadow", 0), ("reading", 10), ("reading", 100)):
        put(using, stage, share)
        assert watch.look(using) == []
    assert place(using) == "reading 100 %"


def test_errors_past_their_bound_step_down_in_the_process_that_sees_them(using):
    put(using, "reading", 100)
    for _ in range(10):
        choice(using)
    failing(using, 2)
    watch._judged.clear()
    assert place(using) == "reading 100 %"  # so few may be chance
    failing(using, 3)
    assert place(using) == "shadow"
    # It was looked at while they came.
    assert re.fullmatch(r"[345] of 10 reads of DynamoDB failed; 1.00% are the most.", last(using).reason)
    assert last(using).automatic
    assert json.loads(last(using).evidence)["recent"]["errors_dynamodb"] >= 3
    assert choice(using).store == "sql"


def test_errors_within_their_bound_do_not(using, bounds):
    bounds(ERRORS=0.5)
    put(using, "reading", 100)
    for _ in range(10):
        choice(using)
    failing(using, 4)
    assert watch.look(using) == []


def test_latency_past_its_bound_steps_down(using, bounds):
    bounds(P99=0.05)
    held = put(using, "reading", 10)
    for number in range(150):
        tallies.took(held, using, "dynamodb", 0.2 if number < 3 else 0.001)
    flushed()
    assert watch.look(using) == [f"default went from reading 10 % to shadow by itself: {last(using).reason}"]
    assert last(using).reason.startswith("The slowest 1 % of DynamoDB's answers took 0.")
    assert json.loads(last(using).evidence)["recent"]["latency"]["dynamodb"]["count"] == 150


def test_latency_of_few_reads_or_of_sql_does_not(using, bounds):
    bounds(P99=0.05)
    held = put(using, "reading", 10)
    for _ in range(50):
        tallies.took(held, using, "dynamodb", 0.2)
    for _ in range(500):
        tallies.took(held, using, "sql", 0.2)
    flushed()
    assert watch.look(using) == []


def test_lag_past_its_bound_steps_down_and_dead_letters_are_no_lag(each):
    (made,) = stock(each, 1)
    drain(each)
    put(each, "reading", 100)
    Product.objects.using(each).update(stock=1)
    assert watch.look(each) == []
    Change.objects.using(each).update(at=timezone.now() - timezone.timedelta(seconds=60))
    assert len(watch.look(each)) == 1
    assert place(each) == "shadow"
    assert last(each).reason.startswith("The mirror is 60")
    drain(each)
    put(each, "reading", 100)
    Product.objects.using(each).filter(pk=made.pk).update(sku="a#b")
    drain(each)
    assert Change.objects.using(each).update(at=timezone.now() - timezone.timedelta(seconds=60))
    assert watch.look(each) == []


def test_a_trigger_that_is_gone_steps_down_to_off_from_everywhere(each):
    put(each, "mirror" if each == "sqlite" else "reading", 0 if each == "sqlite" else 100)
    trigger = without(each, "delete")
    try:
        assert len(watch.look(each)) == 1
        assert place(each) == "off"
        assert trigger.name in last(each).reason
        assert watch.look(each) == []
    finally:
        installed.put_back(each)


def test_a_trigger_that_a_migration_has_dropped_comes_back_and_the_group_is_off(each):
    put(each, "reading", 100)
    without(each, "update")
    call_command("migrate", "dynamo_models", database=each, verbosity=0)
    assert installed.look(each).wrong == []
    assert place(each) == "off"
    assert last(each).reason == "A migration has dropped triggers: writes may have been missed."
    call_command("migrate", "dynamo_models", database=each, verbosity=0)
    assert GroupStep.objects.using(each).filter(automatic=True).count() == 1


def test_a_migrate_back_to_nothing_does_not_mind(using):
    call_command("migrate", "shop", "zero", database=using, verbosity=0)
    call_command("migrate", "shop", database=using, verbosity=0)
    assert not GroupStep.objects.using(using).exists()


@pytest.mark.parametrize("at", [("mirror", 0), ("backfilled", 0), ("reading", 100)])
def test_another_mapping_steps_down_to_mirror_once(using, at, monkeypatch):
    put(using, *at)
    GroupState.objects.using(using).update(mapping="as it was")
    assert len(watch.look(using)) == 1
    assert place(using) == "mirror"
    assert last(using).reason == "The mapping has changed: every item has to be made again."
    assert last(using).action == ("renew" if at == ("mirror", 0) else "move")
    assert watch.look(using) == []


@pytest.mark.parametrize("at", [("verified", 0), ("shadow", 0), ("reading", 50)])
def test_a_verification_that_finds_differences_steps_down_until_they_are_repaired(using, at):
    stock(using, 1)
    put(using, *at)
    run = VerifyRun.objects.using(using).create(sources=json.dumps([PRODUCT]), scope="since", seq=1, status="completed")
    places = {"digest": "", "key": "{}", "attributes": "[]", "old": "{}", "new": "{}"}
    Mismatch.objects.using(using).create(
        run=run, kind="missing", source=PRODUCT, row_key="1", repaired_at=timezone.now(), **places
    )
    assert watch.look(using) == []
    Mismatch.objects.using(using).create(run=run, kind="missing", source=PRODUCT, row_key="1", **places)
    assert len(watch.look(using)) == 1
    assert place(using) == "backfilled"


def test_a_write_that_passed_the_mirror_holds_and_steps_down_until_a_verification_settles_it(using):
    stock(using)
    go(using, "mirror")
    backfilled(using)
    go(using, "backfilled")
    verified(using)
    go(using, "verified")
    Unseen.objects.using(using).create(source=PRODUCT, table="shop_product", verb="UPDATE", place="jobs.py:7")
    try:
        with pytest.raises(moves.GuardRefused, match="1 statements wrote past the mirror"):
            go(using, "shadow")
        assert len(watch.look(using)) == 1
        assert place(using) == "backfilled"
        verified(using)
        assert go(using, "verified").place.stage == "verified"
        assert watch.look(using) == []
    finally:
        Unseen.objects.using(using).all().delete()


def test_writes_that_the_orm_alone_sees_want_a_verification_a_day_past_the_first_share(using, monkeypatch):
    stock(using)
    backfilled(using)
    monkeypatch.setattr(mirror_of(PRODUCT), "capture", "orm")
    run = verified(using)
    put(using, "reading", 50)
    assert watch.look(using) == []
    VerifyRun.objects.using(using).filter(pk=run.pk).update(started_at=timezone.now() - timezone.timedelta(hours=25))
    assert len(watch.look(using)) == 1
    assert place(using) == "reading 10 %"
    assert last(using).reason.startswith("Writes are seen by the ORM alone")
    assert watch.look(using) == []


def test_mismatches_below_their_bound_do_not_step_down(using, bounds):
    bounds(MISMATCHES=2)
    held = put(using, "reading", 10)
    for _ in range(2):
        tallies.count(held, using, "different")
    flushed()
    assert watch.look(using) == []
    tallies.count(held, using, "different")
    flushed()
    assert len(watch.look(using)) == 1


def test_what_cannot_be_looked_at_now_is_looked_at_later(using, monkeypatch):
    def away(_using):
        raise DatabaseError("away")

    looking = watch.Watch(using)
    with monkeypatch.context() as patch:
        patch.setattr(watch, "look", away)
        assert watch.watch_quietly(looking) == []
    monkeypatch.setattr(watch, "look", lambda _using: ["seen"])
    assert looking.turn() == []
    looking._looked_at -= watch.PERIOD
    assert looking.turn() == ["seen"]


def test_a_relay_watches_and_another_process_sees_the_step(using):
    """A mismatch that one process has counted, a relay that takes the group down, a reader that follows."""
    held = put(using, "reading", 100)
    assert choice(using).store == "dynamodb"
    tallies.count(held, using, "different")
    flushed()
    relay = command(using, "dynamo_relay", "--database", using)
    try:
        until(lambda: place(using) == "backfilled", 30)
        relay.send_signal(signal.SIGTERM)
        _, said = relay.communicate(timeout=30)
    finally:
        relay.kill()
        relay.communicate()
    assert "default went from reading 100 % to backfilled by itself" in said
    until(lambda: choice(using).store == "sql")
    connections[using].close()
