"""A verification finds every kind of difference in both directions, and never one that is only a change in flight."""

import threading
import time
import uuid
from decimal import Decimal

import pytest
from django.db import connections, transaction

from dynamo_models import ValueRefused, transport
from dynamo_models.mirror import relay, verify
from dynamo_models.mirror.backfill import NotNow
from dynamo_models.mirror.enqueue import text_of
from dynamo_models.mirror.registration import mirror_of, mirrors
from dynamo_models.mirror.verify import low_water, settle
from dynamo_models.mirror.verify.bound import upper_bound
from dynamo_models.mirror.verify.source import Source
from dynamo_models.models import Change, MirroredKey, Mismatch, VerifyRun
from tests.mirror import equality
from tests.mirror.runs import drain, runs  # noqa: F401 - a fixture
from tests.mirror.shop.items import shop
from tests.mirror.shop.models import Employee, Part, Product, Supplier, Tag

PRODUCTS = "shop.product"


@pytest.fixture(autouse=True)
def quick(monkeypatch, runs):  # noqa: F811
    monkeypatch.setattr(settle, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(settle, "LONGEST_PAUSE", 0.05)


@pytest.fixture
def mirrored(using):
    """Products, parts and employees in both stores."""
    supplier, tag = Supplier.objects.using(using).create(name="S"), Tag.objects.using(using).create(name="t")
    for number in range(12):
        made = Product(sku=f"s{number:02}", name=f"Name {number}", stock=number, hidden=number == 3, supplier=supplier)
        made.save(using=using)
        made.tags.add(tag)
        Part.objects.using(using).create(product=made, number=number)
    Employee.objects.using(using).create(name="Ann", role="cook")
    drain(using)
    return using


def client():
    return transport.client(shop.name)


def at(sku, sk="METADATA"):
    return {"PK": {"S": f"PRODUCT#{sku}"}, "SK": {"S": sk}}


def item(sku):
    return client().get_item(TableName=shop.endpoint_name, Key=at(sku), ConsistentRead=True)["Item"]


def stored_parts():
    found = client().scan(TableName=shop.endpoint_name, ConsistentRead=True)["Items"]
    return [each for each in found if each["EntityType"]["S"] == "Part"]


def put(raw):
    client().put_item(TableName=shop.endpoint_name, Item=raw)


def delete(key):
    client().delete_item(TableName=shop.endpoint_name, Key=key)


def full(using, **options):
    return verify.verify(mirrors("default"), using, verify.Options(**options))


def found(using, **options):
    run = full(using, **options).run
    assert run.status == "completed"
    rows = Mismatch.objects.using(using).filter(run=run)
    assert run.mismatches == len(rows)
    return sorted((each.kind, each.source, each.row_key) for each in rows)


def key_of(using, sku):
    return str(Product._base_manager.using(using).get(sku=sku).pk)


def test_stores_that_are_the_same_have_no_difference(mirrored):
    assert equality.differences(mirrored) == []
    verified = full(mirrored)
    assert (verified.run.mismatches, verified.run.unsettled) == (0, 0)
    assert verified.run.rows == 12 + 12 + 1
    assert verified.run.items == 12 * 2 + 12 + 1
    assert Change.objects.using(mirrored).count() == 0


def test_what_is_missing_extra_and_different_is_found(mirrored):
    delete(at("s00"))
    put({**item("s01"), "Name": {"S": "another"}})
    put({**item("s02"), "GSI1PK": {"S": "NAME#another"}})
    put({**item("s04"), **at("gone"), "Id": {"N": "999999"}, "_r": {"S": f"{PRODUCTS}:999999"}})
    put({**item("s05"), **at("moved")})
    keys = {sku: key_of(mirrored, sku) for sku in ("s00", "s01", "s02", "s05")}
    assert found(mirrored) == sorted(
        [
            ("missing", PRODUCTS, keys["s00"]),
            ("different", PRODUCTS, keys["s01"]),
            ("index", PRODUCTS, keys["s02"]),
            ("extra", PRODUCTS, "999999"),
            ("extra", PRODUCTS, keys["s05"]),
        ]
    )
    (different,) = Mismatch.objects.using(mirrored).filter(kind="different")
    assert different.attributes == '["Name"]'
    assert "Name 1" in different.old
    assert "another" in different.new
    assert different.seq is not None


def test_a_row_hidden_by_the_default_manager_is_looked_at(mirrored):
    delete(at("s03"))
    assert found(mirrored) == [("missing", PRODUCTS, key_of(mirrored, "s03"))]


def test_numbers_are_compared_as_numbers_and_tombstones_and_strangers_left_alone(mirrored):
    product = item("s01")
    put({**product, "Price": {"N": str(Decimal(product["Price"]["N"]).quantize(Decimal("1.000")))}})
    put({**at("stranger"), "EntityType": {"S": "Invoice"}})
    Product._base_manager.using(mirrored).filter(sku="s09").delete()
    Product._base_manager.using(mirrored).filter(sku="s08").update(sku="s88")
    drain(mirrored)
    assert found(mirrored) == []


def test_items_that_lead_to_no_row_are_found_and_those_that_only_seem_to_are_not(mirrored):
    """Without what the mirror has written down of them, and with a wrong primary key in one of them."""
    MirroredKey.objects.using(mirrored).all().delete()
    part = Part.objects.using(mirrored).get(number=1)
    (wrong,) = (each for each in stored_parts() if each["Id"]["S"] == str(part.pk))
    put({**wrong, "_r": {"S": "nobody"}, "Id": {"S": str(uuid.UUID(int=1))}})
    lone = {name: value for name, value in item("s02").items() if name not in {"_r", "Id", "_v"}}
    put({**lone, **at("lone")})
    key = text_of(mirror_of("shop.part"), part.pk, mirrored)
    assert found(mirrored) == [("different", "shop.part", key), ("extra", PRODUCTS, "")]


def test_a_change_in_flight_is_no_difference(mirrored):
    rows = Product._base_manager.using(mirrored)
    rows.filter(sku="s00").update(stock=77)
    rows.filter(sku="s01").update(sku="elsewhere")
    rows.filter(sku="s02").delete()
    Product.objects.using(mirrored).create(sku="new", name="N")
    verified = full(mirrored)
    assert verified.run.mismatches == 0
    assert verified.run.unsettled > 0
    assert any(PRODUCTS in key for key in verified.unsettled_keys)
    drain(mirrored)
    assert found(mirrored) == []


def test_a_change_of_another_table_in_flight_is_no_difference(mirrored):
    Supplier.objects.using(mirrored).update(name="S2")
    assert found(mirrored) == []
    drain(mirrored)
    Tag.objects.using(mirrored).update(name="t2")
    assert found(mirrored) == []
    drain(mirrored)
    Product._base_manager.using(mirrored).get(sku="s01").tags.clear()
    assert found(mirrored) == []
    drain(mirrored)
    assert found(mirrored) == []


def test_a_dead_letter_is_counted_and_not_judged(mirrored):
    bad = Product.objects.using(mirrored).create(sku="with#mark", name="x")
    drain(mirrored)
    verified = full(mirrored)
    assert (verified.run.mismatches, verified.dead) == (0, 1)
    Change.objects.using(mirrored).filter(row_key=str(bad.pk)).delete()
    assert found(mirrored) == [("refused", PRODUCTS, str(bad.pk))]


def test_a_row_that_changes_between_the_two_reads_is_looked_at_again(mirrored, monkeypatch):
    """Written and mirrored between the read of the row and that of the item: nothing is in the log on either side."""
    real, turn = Source.rows, iter(range(8))

    def rows(self, mirror, keys):
        held = real(self, mirror, keys)
        if mirror.label == PRODUCTS and (number := next(turn, None)) is not None:
            Product._base_manager.using(mirrored).filter(sku="s01").update(stock=100 + number)
            drain(mirrored)
        return held

    monkeypatch.setattr(Source, "rows", rows)
    assert found(mirrored, workers=1) == []


def test_under_live_writes_there_is_no_false_alarm(mirrored):
    over = threading.Event()
    failures = []

    def guarded(work):
        def run():
            turn = 0
            try:
                while not over.is_set():
                    turn += 1
                    work(turn)
            except Exception as error:  # noqa: BLE001 - the test fails by it
                failures.append(error)
            finally:
                connections[mirrored].close()

        return threading.Thread(target=run)

    def write(turn):
        rows = Product._base_manager.using(mirrored).order_by("pk")
        one = rows[turn % 12]
        if turn % 7 == 0:
            Supplier.objects.using(mirrored).update(name=f"S{turn}")
        rows.filter(pk=one.pk).update(stock=turn, sku=f"m{turn}" if turn % 3 == 0 else one.sku)
        time.sleep(0.02)

    threads = [guarded(write), guarded(lambda _: relay.work(mirrored).claimed or time.sleep(0.01))]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            assert found(mirrored) == []
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert failures == []
    drain(mirrored)
    assert found(mirrored) == []
    assert equality.differences(mirrored) == []


def test_by_keys_and_what_an_earlier_run_found_beside_them(mirrored):
    put({**item("s05"), **at("moved")})
    delete(at("s01"))
    assert len(found(mirrored)) == 2
    keys = (key_of(mirrored, "s05"), key_of(mirrored, "s01"), key_of(mirrored, "s02"))
    verified = verify.verify([mirror_of(PRODUCTS)], mirrored, verify.Options(keys=keys))
    assert verified.kinds == {"extra": 1, "missing": 1}
    verified = verify.verify([mirror_of(PRODUCTS)], mirrored, verify.Options(items=(at("moved"),)))
    assert verified.kinds == {"extra": 1}


def test_what_was_written_since_another_run(mirrored):
    run = full(mirrored).run
    put({**item("s01"), "Name": {"S": "old damage"}})
    Product._base_manager.using(mirrored).filter(sku="s02").update(stock=5)
    Product._base_manager.using(mirrored).filter(sku="s03").delete()
    drain(mirrored)
    put({**item("s02"), "Name": {"S": "new damage"}})
    assert found(mirrored, since=run.seq) == [("different", PRODUCTS, key_of(mirrored, "s02"))]
    (last,) = VerifyRun.objects.using(mirrored).filter(scope="since")
    assert last.rows < 12


def test_a_row_that_waits_in_the_log_is_among_what_has_changed(mirrored):
    """Its item has an earlier number, and so may the change that is mirrored later."""
    Product._base_manager.using(mirrored).filter(sku="s02").update(stock=5)
    run = full(mirrored, since=Change.objects.using(mirrored).order_by("-seq").first().seq).run
    assert run.unsettled == 1
    drain(mirrored)
    assert found(mirrored, since=run.seq) == []


@pytest.mark.parametrize("using", ["postgresql", "mariadb"], indirect=True)
def test_a_number_is_known_only_when_open_transactions_have_ended(mirrored, monkeypatch):
    """What they have written has a lower one, and shows later."""
    open_, over = threading.Event(), threading.Event()
    monkeypatch.setattr(low_water, "LONGEST", 0.3)

    def write():
        with transaction.atomic(using=mirrored):
            Product._base_manager.using(mirrored).filter(sku="s02").update(stock=5)
            open_.set()
            over.wait(20)
        connections[mirrored].close()

    thread = threading.Thread(target=write)
    thread.start()
    assert open_.wait(10)
    assert low_water.low_water(mirrored) == low_water.UNKNOWN
    monkeypatch.setattr(low_water, "LONGEST", 20.0)
    threading.Timer(0.2, over.set).start()
    number = low_water.low_water(mirrored)
    thread.join()
    assert low_water.UNKNOWN < Change.objects.using(mirrored).get().seq < number


def test_rounds_look_at_what_has_changed_since_the_one_before(mirrored):
    ended = threading.Event()
    with pytest.raises(NotNow, match="dynamo_verify"):
        next(verify.follow(mirrors("default"), mirrored, ended=ended))
    full(mirrored)
    late = threading.Timer(60, ended.set)  # a round that does not come fails, and does not hang
    late.start()
    rounds = verify.follow(mirrors("default"), mirrored, every=0.01, ended=ended)
    rows = Product._base_manager.using(mirrored)
    assert next(rounds).run.rows == 0
    rows.filter(sku="s02").update(stock=5)
    drain(mirrored)
    put({**item("s02"), "Name": {"S": "damage"}})
    second = next(rounds)
    assert (second.run.scope, second.run.rows, second.run.mismatches) == ("continuous", 1, 1)
    rows.filter(sku="s03").update(stock=5)  # in flight for the whole of the next round, and not given up by it
    third = next(rounds)
    assert third.run.unsettled == 1
    drain(mirrored)
    fourth = next(rounds)
    assert (fourth.run.rows, fourth.run.unsettled) == (1, 0)
    count = VerifyRun.objects.using(mirrored).count()
    threading.Timer(0.3, ended.set).start()
    assert list(rounds) == []  # nothing was written: nothing is read
    late.cancel()
    assert VerifyRun.objects.using(mirrored).count() == count


def test_a_mapping_that_breaks_ends_the_verification(mirrored, monkeypatch):
    """Only a value that no item can hold says that a row wants nothing; of anything else nothing is known."""
    put({**item("s05"), **at("moved")})
    real = Source.images

    def images(self, mirror, row):
        if getattr(row, "sku", "") == "s05":
            raise LookupError("rates are not loaded")
        return real(self, mirror, row)

    monkeypatch.setattr(Source, "images", images)
    with pytest.raises(LookupError, match="rates are not loaded"):
        full(mirrored)
    assert VerifyRun.objects.using(mirrored).get().status == "failed"

    def refused(self, mirror, row):
        if getattr(row, "sku", "") == "s05":
            raise ValueRefused("no item can hold it")
        return real(self, mirror, row)

    monkeypatch.setattr(Source, "images", refused)
    kinds = {kind for kind, source, _ in found(mirrored) if source == PRODUCTS}
    assert kinds == {"extra", "refused"}


def test_a_sample_says_how_sure_it_is(mirrored):
    verified = verify.verify([mirror_of(PRODUCTS)], mirrored, verify.Options(sample=8))
    assert verified.run.rows == 8
    assert verified.bounds[PRODUCTS] == pytest.approx(1 - 0.05 ** (1 / 8))
    assert upper_bound(300, 0) == pytest.approx(0.01, rel=0.01)  # the rule of three
    assert upper_bound(100, 2) == pytest.approx(0.0616, abs=0.0005)
    assert upper_bound(0, 0) == 1.0


def test_a_normaliser_makes_two_values_the_same(mirrored, monkeypatch):
    put({**item("s01"), "Name": {"S": "NAME 1"}})
    assert found(mirrored) == [("different", PRODUCTS, key_of(mirrored, "s01"))]
    monkeypatch.setattr(mirror_of(PRODUCTS), "normalise", {"name": str.lower})
    assert found(mirrored) == []


def test_repair_goes_through_the_log_and_leaves_nothing(mirrored):
    delete(at("s00"))
    put({**item("s01"), "Name": {"S": "another"}})
    put({**item("s02"), "_v": {"N": "999999999999"}, "Stock": {"N": "-1"}})
    put({**item("s04"), **at("gone"), "Id": {"N": "999999"}, "_r": {"S": f"{PRODUCTS}:999999"}})
    put({**item("s05"), **at("moved")})
    lone = {name: value for name, value in item("s06").items() if name not in {"_r", "Id", "_v"}}
    put({**lone, **at("lone")})
    run = full(mirrored).run
    assert run.mismatches == 6
    repaired = verify.repair(run, mirrored)
    assert (repaired.tried, repaired.repaired, repaired.left) == (6, 6, 0)
    assert drain(mirrored) == 0
    assert equality.differences(mirrored) == []
    assert found(mirrored) == []


def test_a_repair_does_not_bury_what_has_come_to_the_key_since(mirrored):
    put({**item("s05"), **at("new")})
    run = full(mirrored).run
    Product.objects.using(mirrored).create(sku="new", name="N")
    drain(mirrored)
    verify.repair(run, mirrored)
    drain(mirrored)
    assert equality.differences(mirrored) == []


def test_the_self_test_finds_all_it_plants_and_nothing_else(mirrored):
    tables = client().list_tables()["TableNames"]
    tested = verify.self_test(mirrors("default"), mirrored, seed=1)
    assert (tested.missed, tested.false, tested.ok) == ([], [], True)
    assert len(tested.planted) == 10
    assert client().list_tables()["TableNames"] == tables


@pytest.mark.parametrize("blind", ["nothing is missing", "nothing is extra", "everything differs"])
def test_the_self_test_notices_a_verification_that_is_blind(mirrored, blind, monkeypatch):
    from dynamo_models.mirror.verify import looks, walks

    if blind == "nothing is missing":
        real = looks.compare
        monkeypatch.setattr(looks, "compare", lambda *a, found, **k: found and real(*a, found=found, **k))
    elif blind == "nothing is extra":
        monkeypatch.setattr(walks.Walks, "settle_extras", lambda self: None)
    else:
        monkeypatch.setattr(looks.Looker, "compared", lambda self, mirror, keys: ({key: [] for key in keys}, set()))
    assert verify.self_test(mirrors("default"), mirrored, seed=1).ok is False
