"""The pure parts: normal forms of answers, histograms, the ladder, the fingerprint of a mapping, the settings."""

import json
import math
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum

import pytest
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamo_models import SettingsError, conf
from dynamo_models.cutover import stages
from dynamo_models.cutover.checks import check_cutover
from dynamo_models.cutover.fingerprint import described, fingerprint
from dynamo_models.cutover.histogram import Histogram
from dynamo_models.cutover.normal import kept, normal, snapshot
from dynamo_models.cutover.stages import Place, Stage, above, below, ladder
from dynamo_models.mirror.mapping import computed
from dynamo_models.mirror.registration import mirror_of
from tests.mirror.shop.models import Cheap, Product


class Colour(Enum):
    RED = "red"


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
UUID = uuid.UUID(int=7)
ROUTER = "dynamo_models.cutover.Router"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("7.50"), 7.5),
        (1, Decimal("1.000")),
        (True, 1),
        (Decimal("1E+2"), 100),
        (Decimal("-0.0"), 0),
        (Decimal("123456789012345678901234567890.10"), Decimal("123456789012345678901234567890.1")),
        (NOON, NOON.astimezone(timezone(timedelta(hours=9)))),
        (b"ab", memoryview(b"ab")),
        ([("a", 1)], (["a", Decimal(1)],)),
        ({"a": 1, "b": [2]}, {"b": (2,), "a": 1.0}),
        ({1, 2}, frozenset([2, 1])),
        (Colour.RED, "red"),
        (Product(pk=1, sku="a", price=Decimal("1.50")), Cheap(pk=1, sku="a", price=1.5)),
    ],
)
def test_what_means_the_same_is_equal(one, other):
    assert normal(one) == normal(other)
    assert json.dumps(normal(one)) == json.dumps(normal(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, "1"),
        (None, ""),
        (0, None),
        ("a", "A"),
        (Decimal("123456789012345678901234567890.1"), Decimal("123456789012345678901234567890.2")),
        (NOON, NOON + timedelta(microseconds=1)),
        (NOON, NOON.replace(tzinfo=None)),
        (date(2026, 1, 2), datetime(2026, 1, 2)),  # noqa: DTZ001 - on purpose
        (b"7", "7"),
        (UUID, str(UUID)),
        ([("a",), ("b",)], [("b",), ("a",)]),
        ([], [[]]),
        ([("a",)], [("a",), ("a",)]),
        ({"a": 1}, {"a": 1, "b": None}),
        (Product(pk=1, sku="a"), Product(pk=1, sku="b")),
        (time(1), time(2)),
    ],
)
def test_what_does_not_is_not(one, other):
    assert normal(one) != normal(other)


def test_without_an_order_rows_are_equal_in_any_and_lists_in_them_are_not():
    assert normal([("a", [1]), ("b", [2])], ordered=False) == normal([("b", [2]), ("a", [1])], ordered=False)
    assert normal([("a",), ("a",)], ordered=False) != normal([("a",)], ordered=False)
    assert normal([("a", [1, 2])], ordered=False) != normal([("a", [2, 1])], ordered=False)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.floats() | st.text() | st.binary() | st.uuids(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=3), each, max_size=3),
    max_leaves=8,
)


@given(_values)
@settings(max_examples=40)
def test_every_answer_has_a_form_that_json_takes_and_that_is_its_own(value):
    form = normal(value)
    assert json.loads(json.dumps(form)) == form
    assert normal(snapshot(value)) == form
    assert kept(form) == kept(normal(value))


@settings(max_examples=40)
@given(st.lists(st.floats(1e-5, 100), min_size=1, max_size=60), st.lists(st.floats(1e-5, 100), max_size=60))
def test_histograms_add_up_and_quantiles_are_near(one, other):
    first, second = Histogram(), Histogram()
    for seconds in one:
        first.add(seconds)
    for seconds in other:
        second.add(seconds)
    first.merge(Histogram(json.loads(json.dumps(second.buckets))))
    everything = sorted([*one, *other])
    assert first.count == len(everything)
    for share in (0.01, 0.5, 0.95, 0.99, 1.0):
        exact = everything[math.ceil(share * len(everything)) - 1]
        assert first.quantile(share) == pytest.approx(exact, rel=0.08)


def test_a_histogram_of_nothing():
    assert Histogram().quantile(0.5) is None
    assert Histogram().summary() == {"count": 0, "p50_ms": None, "p95_ms": None, "p99_ms": None}
    tiny = Histogram()
    tiny.add(0.0)
    assert tiny.quantile(1.0) < 2e-6


def test_the_ladder():
    assert [str(place) for place in ladder((10, 50, 100))] == [
        *("off", "mirror", "backfilled", "verified", "shadow"),
        *("reading 10 %", "reading 50 %", "reading 100 %"),
        *("dynamodb", "final", "complete"),
    ]
    assert above(Place(stage=Stage.READING, share=10), (10, 50, 100)).share == 50
    assert above(Place(stage=Stage.READING, share=99), (10, 50, 100)).share == 100
    assert above(Place(stage=Stage.READING, share=100), (10, 50, 100)) == stages.DYNAMODB
    assert above(stages.GOING_THERE, (10,)) is above(stages.COMPLETE, (10,)) is None
    assert below(stages.VERIFIED, (10,)) == [stages.BACKFILLED, stages.MIRROR, stages.OFF]
    assert below(stages.DYNAMODB, (10, 100)) == [stages.reading(100)]
    assert below(stages.FINAL, (100,)) == below(stages.GOING_BACK, (100,)) == []
    authorities = {str(place): place.authority for place in (*ladder((100,)), stages.GOING_THERE, stages.GOING_BACK)}
    assert {name for name, authority in authorities.items() if authority == "dynamodb"} == {
        *("dynamodb", "final", "complete", "switching (back)")
    }


def test_the_fingerprint_knows_no_address_of_a_process():
    assert " at 0x" not in json.dumps(described(mirror_of("shop.product")))


def _fingerprint_with(monkeypatch, **changes):
    mirror = mirror_of("shop.product")
    with monkeypatch.context() as patch:
        for name, value in changes.items():
            patch.setattr(mirror, name, value)
        for cached in ("sources", "paths"):
            patch.delitem(vars(mirror), cached, raising=False)
        return fingerprint("default")


def test_the_fingerprint_changes_with_all_that_items_are_made_of(monkeypatch):
    mirror = mirror_of("shop.product")
    fields = dict(mirror.fields)
    before = fingerprint("default")
    assert _fingerprint_with(monkeypatch) == before
    assert _fingerprint_with(monkeypatch, fields={**fields, "supplier_name": "supplier__country"}) != before
    longer = computed(lambda row: f"{row.sku}:  {row.name}", "sku", "name")
    assert _fingerprint_with(monkeypatch, fields={**fields, "label": longer}) != before
    assert _fingerprint_with(monkeypatch, fields={**fields, "label": computed(fields["label"].function)}) != before
    assert _fingerprint_with(monkeypatch, capture="orm") != before
    column = Product._meta.get_field("name")
    with monkeypatch.context() as patch:
        patch.setattr(column, "column", "title")
        assert fingerprint("default") != before
    with monkeypatch.context() as patch:
        patch.setattr(mirror.entity.schema, "keys", {"primary": mirror.entity.schema.keys["primary"]})
        assert fingerprint("default") != before
    with monkeypatch.context() as patch:
        patch.setattr(mirror.entity.schema.attributes["stock"], "attr_name", "Held")
        assert fingerprint("default") != before
    assert fingerprint("default") == before


@pytest.mark.parametrize(
    ("own", "number"),
    [
        ([], "E021"),
        ({"SHARE": 10}, "E020"),
        ({"SHARES": (50, 10, 100)}, "E021"),
        ({"SHARES": (10, 50)}, "E021"),
        ({"SHARES": (0, 100)}, "E021"),
        ({"SHARES": ()}, "E021"),
        ({"SHARES": 10}, "E021"),
        ({"SHARES": (1.5, 100)}, "E021"),
        ({"SAMPLE": 5}, "E021"),
        ({"ERRORS": -0.1}, "E021"),
        ({"LAG": 0}, "E021"),
        ({"P99": "1"}, "E021"),
        ({"DEADLINE": True}, "E021"),
        ({"THREADS": 0}, "E021"),
        ({"QUEUE": 1.5}, "E021"),
        ({"COMPARED_READS": 0}, "E021"),
        ({"MISMATCHES": -1}, "E021"),
    ],
)
def test_a_setting_that_cannot_be_followed_is_named(own, number):
    with override_settings(DYNAMO_MODELS={"CUTOVER": own}, DATABASE_ROUTERS=[ROUTER]):
        (found,) = check_cutover()
    assert found.id == f"dynamo_models.{number}"
    assert "DYNAMO_MODELS['CUTOVER']" in found.msg
    assert found.hint


def test_settings_that_can_be_followed_are_not():
    full = {**conf.CUTOVER_KEYS, "SHARES": [1, 100], "SAMPLE": 1, "MISMATCHES": 0}
    with override_settings(DYNAMO_MODELS={"CUTOVER": full}, DATABASE_ROUTERS=[ROUTER]):
        assert check_cutover() == []
        assert conf.cutover_settings().shares == (1, 100)
    with override_settings(DYNAMO_MODELS={"CUTOVER": {"SHARES": (10,)}}), pytest.raises(SettingsError, match="rise to"):
        conf.cutover_settings()


def test_a_router_and_an_alias_go_together(monkeypatch):
    with override_settings(DATABASE_ROUTERS=[]):
        (found,) = check_cutover()
    assert found.id == "dynamo_models.W029"
    assert "nothing routes reads" in found.msg
    with override_settings(DATABASE_ROUTERS=[ROUTER]):
        assert check_cutover() == []
        monkeypatch.setattr("dynamo_models.cutover.checks.other_alias", lambda: None)
        (found,) = check_cutover()
    assert "all reads stay on SQL" in found.msg
