"""Types are checked before a call, and what goes in comes out."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from dynamo_models import AlreadyExists, ItemTooLarge, ValueRefused, capture
from tests.writing.entities import Counted, Everything, main

WRONG = {
    "text": [1, b"x", True, ["x"], "\ud800"],
    "whole": ["1", 1.0, True, Decimal(1), 10**39 + 1],
    "exact": ["1", 0.1, True, Decimal("NaN"), Decimal("1e200"), Decimal("1." + "1" * 40)],
    "rough": ["1", True, float("nan"), float("inf")],
    "flag": [0, 1, "true"],
    "moment": ["2025-01-15", date(2025, 1, 15), datetime(2025, 1, 15), 1],  # noqa: DTZ001 - without a zone, as meant
    "blob": ["x", 1],
    "json": [object(), {1, 2}],
    "words": ["ab", {1}, {"a", 1}],
    "numbers": [{"1"}, {0.5}, {True}],
    "things": ["abc", [0.5], [object()], {"a": 1}],
    "mapped": [[("a", 1)], {1: "a"}, {"a": 0.5}],
    "kind": ["c", 1],
    "expires": ["tomorrow", 5, datetime(2025, 1, 15)],  # noqa: DTZ001
}
RIGHT = {
    "text": ["", "x", "😀 ü"],
    "whole": [0, -(10**37), 10**38 - 1],
    "exact": [Decimal("0.1"), Decimal("-12345678901234567890.1234567890"), Decimal("1E-130")],
    "rough": [0.1, 1.5e15, -2],
    "flag": [True, False],
    "moment": [datetime(2025, 1, 15, 10, 30, 0, 5, tzinfo=UTC)],
    "blob": [b"x\x00\xff"],
    "json": [{"a": [1, 0.5, None]}, "x", 3],
    "words": [{"a", "b"}],
    "numbers": [{1, Decimal("2.5")}],
    "things": [[], [1, "x", None, [b"y"], {"a": {1, 2}}]],
    "mapped": [{}, {"a": None, "b": {"c": [True]}, "S": "x"}],
    "kind": ["a", "b"],
    "expires": [datetime(2099, 1, 15, 10, 30, tzinfo=UTC)],
}


@pytest.fixture
def item(tables):
    return Everything.objects.create(id="a")


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_value_of_another_type_is_refused_and_nothing_is_sent(item, raw, name):
    before = raw.scan()
    with capture() as usage:
        for value in WRONG[name]:
            with pytest.raises(ValueRefused, match=f"(?i){name}"):
                item.patch(**{name: value})
            with pytest.raises(ValueRefused, match=f"(?i){name}"):
                Everything.objects.create(id="b", **{name: value})
            with pytest.raises(ValueRefused, match=f"(?i){name}"):
                Everything.objects.upsert(id="b", **{name: value})
            with pytest.raises(ValueRefused, match=f"(?i){name}"), main.batch() as batch:
                batch.put(Everything(id="b", **{name: value}))
            with pytest.raises(ValueRefused, match=f"(?i){name}"), main.transaction() as tx:
                tx.patch(item, **{name: value})
    assert len(usage) == 0
    assert raw.scan() == before


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_what_is_written_is_what_is_read(item, name):
    for value in RIGHT[name]:
        item.patch(**{name: value})
        assert getattr(item, name) == value
        assert getattr(Everything.objects.get(id="a"), name) == value
        Everything(id="b", **{name: value}).put()
        assert getattr(Everything.objects.get(id="b"), name) == value
        setattr(item, name, None)
        item.save()
        assert getattr(Everything.objects.get(id="a"), name) is None
        setattr(item, name, value)
        item.save()
        assert getattr(Everything.objects.get(id="a"), name) == value
        item.update(actions=[getattr(Everything, name).set(None)])
        assert getattr(item, name) is None


def test_fractions_are_exact(item):
    item.patch(exact=Decimal("0.1"))
    item.patch(Everything.exact.add(Decimal("0.2")))
    assert item.exact == Decimal("0.3")


@pytest.mark.endpoint_cannot("ministack", reason="it loses the last of 38 digits when it adds")
def test_numbers_of_38_digits_are_exact(item):
    item.patch(whole=10**37)
    item.patch(Everything.whole.add(1))
    assert item.whole == 10**37 + 1


def test_choices_are_kept_to_by_every_write(tables):
    item = Counted.objects.create(id="a")
    with capture() as usage:
        for write in (
            lambda: item.patch(state="lost"),
            lambda: item.patch(Counted.state.set("lost")),
            lambda: Counted.objects.create(id="b", state="lost"),
        ):
            with pytest.raises(ValueRefused, match="'new', 'open', 'done'"):
                write()
    assert len(usage) == 0


def test_an_expiry_may_be_given_as_a_time_from_now(item):
    item.patch(expires=timedelta(hours=1))
    assert timedelta(minutes=59) < item.expires - datetime.now(UTC) <= timedelta(hours=1)


@pytest.mark.endpoint_cannot("moto", reason="it counts some bytes more than DynamoDB does")
def test_sizes_are_dynamodbs(tables):
    name, spare = "x", 400 * 1024
    used = sum(map(len, ("PK", "EVERYTHING#x", "SK", "EVERYTHING", "EntityType", "Everything", "Id", name, "Text")))
    Everything.objects.create(id="x", text="y" * (spare - used))
    with capture() as usage, pytest.raises(ItemTooLarge, match="409,601") as error:
        Everything.objects.create(id="x", text="y" * (spare - used + 1))
    assert len(usage) == 0
    assert error.value.size == 409_601
    with pytest.raises(AlreadyExists):
        Everything.objects.create(id="x", text=str(uuid.uuid4()))
