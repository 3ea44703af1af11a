"""A full verification that was killed, or told to stop, is gone on with: all is looked at, and reported once."""

import json
import signal
import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dynamo_models.mirror import verify
from dynamo_models.mirror.backfill import NotNow
from dynamo_models.mirror.registration import mirror_of, mirrors
from dynamo_models.mirror.verify import keeper, looks, settle, walks
from dynamo_models.mirror.verify.place import Place
from dynamo_models.models import Mismatch, Unseen, VerifyRun
from tests.faults.child import spawn
from tests.mirror.runs import drain, runs  # noqa: F401 - a fixture
from tests.mirror.shop.models import Product
from tests.mirror.test_verify import at, delete, item, put

PRODUCTS = "shop.product"
ROWS = 40


@pytest.fixture(autouse=True)
def quick(monkeypatch, runs):  # noqa: F811
    monkeypatch.setattr(settle, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(settle, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(walks, "BATCH", 5)


@pytest.fixture
def mirrored(using):
    """A shop with a difference at its beginning and one at its end, and an item that no row wants."""
    Product.objects.using(using).bulk_create(Product(sku=f"s{n:02}", name=f"N{n}") for n in range(ROWS))
    assert drain(using) == 0
    delete(at("s00"))
    delete(at(f"s{ROWS - 1}"))
    put({**item("s05"), **at("moved")})
    return using


def key_of(using, sku):
    return str(Product._base_manager.using(using).get(sku=sku).pk)


def found(using, run):
    rows = Mismatch.objects.using(using).filter(run=run)
    return sorted((each.kind, each.row_key) for each in rows)


def expected(using):
    wanted = [("missing", "s00"), ("missing", f"s{ROWS - 1}"), ("extra", "s05")]
    return sorted((kind, key_of(using, sku)) for kind, sku in wanted)


@pytest.mark.parametrize(
    ("using", "where", "candidates"),
    [("sqlite", "items", 500), ("postgresql", "rows", 1), ("mariadb", "rows", 500)],
    indirect=["using"],
)
def test_a_killed_verification_is_gone_on_with(mirrored, where, candidates, monkeypatch):
    process = spawn(mirrored, "tests.mirror.verifying:killed", where, candidates)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, errors
    (killed,) = VerifyRun.objects.using(mirrored).all()
    assert killed.status == "running"
    before = len(found(mirrored, killed))
    assert before == (1 if candidates == 1 else 0)

    looked, scanned = [], []
    compared, look_at = looks.Looker.compared, walks.Walks._look_at

    def noted(self, mirror, keys):
        looked.extend(keys)
        return compared(self, mirror, keys)

    def noted_items(self, table, page, changed):
        scanned.extend(page)
        return look_at(self, table, page, changed)

    monkeypatch.setattr(looks.Looker, "compared", noted)
    monkeypatch.setattr(walks.Walks, "_look_at", noted_items)
    run = verify.resume(mirrored).run
    assert (run.pk, run.status) == (killed.pk, "completed")
    assert found(mirrored, run) == expected(mirrored)
    assert (run.mismatches, run.rows, run.items) == (3, ROWS, ROWS * 2 - 1)
    if where == "rows":
        assert scanned == []
        assert not {key_of(mirrored, f"s{n:02}") for n in range(5, 10)} & set(looked)
    else:
        assert 0 < len(scanned) < ROWS * 2 - 1
    with pytest.raises(NotNow, match="completed"):
        verify.resume(mirrored)


@pytest.mark.parametrize("using", ["postgresql"], indirect=True)
def test_a_signal_finishes_the_batch_and_saves_the_place(mirrored, capsys):
    process = spawn(mirrored, "tests.mirror.verifying:slowly")
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        run = VerifyRun.objects.using(mirrored).order_by("pk").first()
        if run is not None and run.state and json.loads(run.state)["place"]["rows"]:
            break
        time.sleep(0.02)
    with pytest.raises(NotNow, match="running"):
        verify.resume(mirrored)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "--resume" in errors
    run.refresh_from_db(using=mirrored)
    assert run.status == "stopped"
    assert run.rows in {15, 20}
    assert run.unsettled == 0
    with pytest.raises(CommandError) as error:
        call_command("dynamo_verify", "--resume", database=mirrored, format="json")
    assert error.value.returncode == 3
    said = json.loads(capsys.readouterr().out)
    assert (said["run"], said["rows"], said["mismatches"]) == (run.pk, ROWS, 3)
    assert found(mirrored, run) == expected(mirrored)


def test_what_was_being_made_certain_of_when_it_stopped_is_looked_at_again(mirrored, monkeypatch):
    real, asked = looks.Looker.rows, threading.Event()

    def rows(self, mirror, keys):
        asked.set()
        return real(self, mirror, keys)

    monkeypatch.setattr(looks.Looker, "rows", rows)
    monkeypatch.setattr(settle, "FIRST_PAUSE", 30)
    stopped = verify.verify(mirrors("default"), mirrored, stopped=asked.is_set).run
    assert (stopped.status, stopped.mismatches, stopped.unsettled) == ("stopped", 0, 0)
    monkeypatch.setattr(settle, "FIRST_PAUSE", 0.01)
    run = verify.resume(mirrored).run
    assert (run.status, run.rows) == ("completed", ROWS)
    assert found(mirrored, run) == expected(mirrored)


def test_what_was_found_after_the_place_was_saved_is_reported_once(mirrored):
    run = verify.verify(mirrors("default"), mirrored).run
    begun = Place(workers=1).as_json(mismatches=0, kinds={}, unsettled=0, unsettled_keys=[], dead=0)
    VerifyRun.objects.using(mirrored).filter(pk=run.pk).update(status="failed", state=begun)
    again = verify.resume(mirrored)
    assert (again.run.mismatches, again.kinds) == (3, {"missing": 2, "extra": 1})
    assert found(mirrored, run) == expected(mirrored)


def test_what_failed_is_gone_on_with_and_another_process_may_take_it_over(mirrored, monkeypatch):
    real, calls = looks.Looker.compared, []

    def fail_once(self, mirror, keys):
        calls.append(keys)
        if len(calls) == 3:
            raise ZeroDivisionError
        return real(self, mirror, keys)

    monkeypatch.setattr(looks.Looker, "compared", fail_once)
    with pytest.raises(ZeroDivisionError):
        verify.verify(mirrors("default"), mirrored, verify.Options(workers=1))
    (failed,) = VerifyRun.objects.using(mirrored).all()
    assert (failed.status, failed.rows) == ("failed", 10)

    monkeypatch.setattr(keeper, "SAVE", 0.0)
    monkeypatch.setattr(keeper, "LOOK", 0.01)

    def taken_over(self, mirror, keys):
        VerifyRun.objects.using(mirrored).update(holder="another:1:x")
        time.sleep(0.1)
        return real(self, mirror, keys)

    monkeypatch.setattr(looks.Looker, "compared", taken_over)
    with pytest.raises(NotNow, match="taken over"):
        verify.resume(mirrored)
    failed.refresh_from_db(using=mirrored)
    assert (failed.status, failed.holder) == ("running", "another:1:x")  # as the other one has it


def test_what_cannot_be_gone_on_with_is_refused(mirrored, capsys):
    for arguments, code in ((["--resume"], 4), (["--resume", PRODUCTS], 2)):
        with pytest.raises(CommandError) as error:
            call_command("dynamo_verify", *arguments, database=mirrored)
        assert error.value.returncode == code
    verify.verify([mirror_of(PRODUCTS)], mirrored, verify.Options(sample=3))
    with pytest.raises(NotNow):
        verify.resume(mirrored)
    run = VerifyRun.objects.using(mirrored).create(
        sources='["gone.model"]', scope="full", status="stopped", seq=1, state='{"place": {}, "counted": {}}'
    )
    with pytest.raises(NotNow, match=r"gone\.model"):
        verify.resume(mirrored)
    run.delete()
    capsys.readouterr()


def test_a_full_verification_without_a_difference_settles_what_was_not_seen(mirrored):
    Unseen.objects.using(mirrored).create(source=PRODUCTS, table="shop_product", verb="UPDATE", place="here:1")
    Unseen.objects.using(mirrored).create(source="gone.model", table="gone_model", verb="UPDATE", place="here:1")
    chosen = mirrors("default")
    assert verify.verify(chosen, mirrored).run.mismatches == 3
    assert Unseen.objects.using(mirrored).filter(settled_at=None).count() == 2
    verify.repair(VerifyRun.objects.using(mirrored).order_by("-pk").first(), mirrored)
    assert drain(mirrored) == 0
    real, late = looks.Looker.compared, []

    def meanwhile(self, mirror, keys):
        if not late:
            unseen = {"source": PRODUCTS, "table": "shop_product", "verb": "DELETE", "place": "here:2"}
            late.append(Unseen.objects.using(mirrored).create(**unseen))
        return real(self, mirror, keys)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looks.Looker, "compared", meanwhile)
        run = verify.verify(chosen, mirrored, verify.Options(workers=1)).run
    assert run.mismatches == 0
    for settled in Unseen.objects.using(mirrored).filter(place="here:1"):
        assert settled.run == run
        assert settled.settled_at <= timezone.now()
    assert Unseen.objects.using(mirrored).get(place="here:2").settled_at is None
    Unseen.objects.using(mirrored).all().delete()
