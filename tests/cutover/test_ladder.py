"""A group goes up the ladder a step at a time past its guards, and down at once; each step is in the history."""

import json

import pytest
from django.db import connections

from dynamo_models import transport
from dynamo_models.cutover import guards, moves
from dynamo_models.cutover.evidence import Evidence
from dynamo_models.cutover.records import GroupState, GroupStep, ReadMismatch
from dynamo_models.cutover.stages import Place, Stage
from dynamo_models.mirror.capture import dialects, installed
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.models import BackfillRun, Change, Failure, Mismatch, VerifyRun
from tests.cutover.conftest import flushed
from tests.cutover.ladder import GROUP, PRODUCT, backfilled, choice, compared, drain, go, place, put, stock, verified
from tests.mirror.shop.items import shop
from tests.mirror.shop.models import Product


def refused(using, stage, share=None):
    """The guards that hold a step, by name."""
    planned = moves.plan(GROUP, Stage(stage), using=using, share=share)
    with pytest.raises(moves.GuardRefused):
        moves.carry_out(planned)
    return {each.guard: each for each in planned.refused}


def test_the_whole_ladder_and_back(each):
    stock(each)
    assert place(each) == "off"
    assert go(each, "mirror", who="kim", reason="we begin").place.stage == "mirror"
    assert refused(each, "backfilled").keys() == {"backfill"}
    backfilled(each)
    go(each, "backfilled")
    assert refused(each, "verified").keys() == {"verify"}
    run = verified(each)
    go(each, "verified")
    go(each, "shadow")
    assert refused(each, "reading").keys() == {"reads"}
    for share in (10, 50, 100):
        compared(each)
        assert go(each, "reading").place.share == share
        if share < 100:
            assert refused(each, "reading").keys() == {"reads"}
    assert choice(each).store == "dynamodb"
    with pytest.raises(moves.MoveRefused, match="already"):
        go(each, "reading")
    go(each, "reading", 50)
    go(each, "off", reason="enough")
    assert place(each) == "off"
    steps = GroupStep.objects.using(each).order_by("pk")
    assert [f"{step.to_stage}{step.to_share or ''}" for step in steps] == [
        *("mirror", "backfilled", "verified", "shadow", "reading10", "reading50", "reading100", "reading50", "off")
    ]
    first, last = steps[0], steps[8]
    assert (first.who, first.reason, first.automatic, last.reason) == ("kim", "we begin", False, "enough")
    kept = json.loads(steps[4].evidence)
    assert kept["verify_run"] == run.pk
    assert kept["reads"]["same"] == 5
    assert kept["dead_letters"] == 0
    assert kept["lag_seconds"] == 0
    assert kept["backfill_runs"].keys() == {"shop.product", "shop.part", "shop.employee"}


@pytest.mark.parametrize(
    ("at", "to", "share"),
    [
        (("off", 0), "backfilled", None),
        (("mirror", 0), "verified", None),
        (("backfilled", 0), "shadow", None),
        (("verified", 0), "reading", 10),
        (("shadow", 0), "reading", 11),
        (("shadow", 0), "reading", 100),
        (("reading", 10), "reading", 51),
        (("reading", 50), "shadow", 10),
        (("reading", 50), "reading", 0),
        (("reading", 50), "reading", 50),
    ],
)
def test_no_step_is_left_out(using, at, to, share):
    put(using, *at)
    with pytest.raises(moves.MoveRefused):
        moves.plan(GROUP, Stage(to), using=using, share=share)


def test_a_share_between_two_rungs_is_reached_from_the_lower_one(using):
    put(using, "shadow")
    assert moves.plan(GROUP, Stage.READING, using=using, share=3).after.share == 3
    put(using, "reading", 25)
    assert moves.plan(GROUP, Stage.READING, using=using).after.share == 50
    assert moves.plan(GROUP, Stage.READING, using=using, share=10).findings == []


def test_shares_are_a_setting(using, bounds):
    bounds(SHARES=(1, 100))
    put(using, "shadow")
    assert moves.plan(GROUP, Stage.READING, using=using).after.share == 1
    put(using, "reading", 1)
    assert moves.plan(GROUP, Stage.READING, using=using).after.share == 100


@pytest.mark.parametrize("at", [("reading", 100), ("reading", 10), ("shadow", 0), ("verified", 0), ("mirror", 0)])
def test_every_step_down_is_allowed_whatever_the_guards_would_say(using, at):
    stock(using)
    Failure.objects.using(using).create(
        source=PRODUCT, row_key="1", not_before="2026-01-01T00:00Z", reason="bad", seq=1, dead=True
    )
    for stage in Stage:
        target = Place(stage=stage, share=10 if stage is Stage.READING else 0)
        if target.rank < put(using, *at).place.rank:
            assert moves.plan(GROUP, stage, using=using, share=target.share or None).findings == []
            assert go(using, stage, target.share or None).place == target


def test_a_group_that_is_not_registered_is_named(using):
    with pytest.raises(moves.MoveRefused, match=r"There is no group 'unheard'\. Registered are: .*default"):
        moves.plan("unheard", Stage.MIRROR, using=using)


def held(using, stage, guard, share=0):
    """What one guard of a step says."""
    (found,) = (
        each
        for each in guards.check(Evidence(GROUP, using), Place(stage=Stage(stage), share=share))
        if each.guard == guard
    )
    return found


def test_tables_have_to_be_there(using):
    assert held(using, "mirror", "tables").ok
    transport.call(shop, "DeleteTable", {"TableName": shop.endpoint_name})
    found = held(using, "mirror", "tables")
    assert not found.ok
    assert found.command == "manage.py dynamo_tables apply"
    keys = [{"AttributeName": name, "KeyType": kind} for name, kind in (("PK", "HASH"), ("SK", "RANGE"))]
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")]
    made = {"KeySchema": keys, "AttributeDefinitions": types, "BillingMode": "PAY_PER_REQUEST"}
    transport.call(shop, "CreateTable", {"TableName": shop.endpoint_name, **made})


def without(using, event):
    trigger = next(found for found in installed.migrated(using) if (found.source, found.event) == (PRODUCT, event))
    with connections[using].cursor() as cursor:
        for statement in dialects.remove(connections[using].vendor, trigger):
            cursor.execute(statement)
    return trigger


def test_triggers_have_to_be_there_and_to_fire(each):
    stock(each, 1)
    assert held(each, "mirror", "triggers").ok
    assert held(each, "mirror", "firing").ok
    trigger = without(each, "update")
    try:
        found = held(each, "mirror", "triggers")
        assert not found.ok
        assert trigger.name in found.said
        assert not held(each, "mirror", "firing").ok
        assert held(each, "mirror", "firing").command.startswith("manage.py migrate")
    finally:
        installed.put_back(each)


def test_a_backfill_counts_that_began_after_the_group_came_to_mirror(using):
    stock(using)
    backfilled(using)
    go(using, "mirror")
    assert "began before" in held(using, "backfilled", "backfill").said
    backfilled(using)
    assert held(using, "backfilled", "backfill").ok
    run = BackfillRun.objects.using(using).filter(source=PRODUCT).latest("pk")
    BackfillRun.objects.using(using).filter(pk=run.pk).update(status="paused")
    found = held(using, "backfilled", "backfill")
    assert "is paused" in found.said
    assert found.command == "manage.py dynamo_backfill --group default --database sqlite"
    go(using, "off")
    go(using, "mirror")
    assert "began before" in held(using, "backfilled", "backfill").said


def test_a_dead_letter_holds_every_step_past_mirror(using):
    go(using, "mirror")
    Failure.objects.using(using).create(
        source=f"{PRODUCT}/supplier", row_key="1", not_before="2026-01-01T00:00Z", reason="bad", seq=1, dead=True
    )
    for stage, share in (("backfilled", 0), ("verified", 0), ("shadow", 0), ("reading", 10)):
        found = held(using, stage, "dead letters", share)
        assert not found.ok
        assert "dynamo_relay dead" in found.command
    Failure.objects.using(using).update(dead=False)
    assert held(using, "shadow", "dead letters").ok


def test_lag_has_to_be_within_its_bound(using, bounds):
    stock(using, 1)
    bounds(LAG=3600)
    assert held(using, "shadow", "lag").ok
    bounds(LAG=0.000001)
    assert "dynamo_relay" in held(using, "shadow", "lag").command
    drain(using)
    assert held(using, "shadow", "lag").ok


def test_a_verification_has_to_be_full_clean_recent_and_later_than_the_backfill(using):
    stock(using)
    go(using, "mirror")
    assert "No full verification" in held(using, "verified", "verify").said
    backfilled(using)
    first = verified(using)
    assert held(using, "verified", "verify").ok

    def with_fields(**fields):
        before = VerifyRun.objects.using(using).filter(pk=first.pk).values(*fields).get()
        VerifyRun.objects.using(using).filter(pk=first.pk).update(**fields)
        found = held(using, "verified", "verify")
        VerifyRun.objects.using(using).filter(pk=first.pk).update(**before)
        return found

    assert "differences were found" in with_fields(mismatches=1).said
    assert "could not be judged" in with_fields(unsettled=1).said
    assert "No full" in with_fields(status="stopped").said
    assert "No full" in with_fields(scope="sample").said
    assert "No full" in with_fields(sources=json.dumps([PRODUCT])).said
    assert "before the backfill" in with_fields(started_at="2020-01-01T00:00Z").said
    row = GroupState.objects.using(using).get(group=GROUP)
    GroupState.objects.using(using).update(captured_at="2020-01-01T00:00Z")
    BackfillRun.objects.using(using).update(started_at="2020-01-02T00:00Z", ended_at="2020-01-03T00:00Z")
    assert "more than a day" in with_fields(started_at="2020-01-04T00:00Z").said
    assert held(using, "verified", "verify").ok
    GroupState.objects.using(using).update(captured_at=row.captured_at)
    later = VerifyRun.objects.using(using).create(sources="[]", scope="sample", seq=1, status="completed")
    places = {"digest": "", "key": "{}", "attributes": "[]", "old": "{}", "new": "{}"}
    found = Mismatch.objects.using(using).create(run=later, kind="missing", source=PRODUCT, row_key="1", **places)
    assert "are not repaired" in held(using, "verified", "verify").said
    found.delete()
    ReadMismatch.objects.using(using).create(
        group=GROUP, step=1, source=PRODUCT, what="the list", sql="1", dynamodb="2", served_by="sql"
    )
    assert "A read was answered differently" in held(using, "verified", "verify").said


def test_a_backfill_later_than_the_verification_wants_another(using):
    go(using, "mirror")
    backfilled(using)
    verified(using)
    backfilled(using)
    assert "before the backfill had ended" in held(using, "verified", "verify").said


def test_reads_have_to_be_compared_at_each_place_anew(using):
    put(using, "shadow")
    compared(using, 4)
    flushed()
    assert "4 of 5 reads" in held(using, "reading", "reads", 10).said
    compared(using, 1)
    assert held(using, "reading", "reads", 10).ok
    put(using, "reading", 10)
    assert "0 of 5 reads" in held(using, "reading", "reads", 50).said


def test_another_mapping_wants_another_backfill(using, monkeypatch):
    go(using, "mirror")
    backfilled(using)
    assert held(using, "backfilled", "mapping").ok
    monkeypatch.setattr(mirror_of(PRODUCT), "fields", {})
    monkeypatch.delitem(vars(mirror_of(PRODUCT)), "sources", raising=False)
    found = held(using, "backfilled", "mapping")
    assert not found.ok
    assert found.command == "manage.py dynamo_cutover default --to mirror --database sqlite"
    state = go(using, "mirror")
    assert GroupStep.objects.using(using).get(pk=state.step).action == "renew"
    assert held(using, "backfilled", "mapping").ok
    assert "began before" in held(using, "backfilled", "backfill").said
    monkeypatch.undo()
    monkeypatch.delitem(vars(mirror_of(PRODUCT)), "sources", raising=False)


def test_the_history_is_only_added_to(using):
    go(using, "mirror")
    step = GroupStep.objects.using(using).get()
    for change in (step.save, step.delete, GroupStep.objects.all().delete, lambda: GroupStep.objects.update(who="me")):
        with pytest.raises(TypeError, match="only added to"):
            change()


def test_rows_written_while_it_is_off_are_not_lost(using):
    go(using, "mirror")
    go(using, "off")
    stock(using, 2)
    assert Change.objects.using(using).count() == 2
    drain(using)
    assert Product.objects.using(using).count() == 2
    assert Change.objects.using(using).count() == 0
