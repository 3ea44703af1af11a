"""Keys are injective, reversible and in order, for every type of facet and any template."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.keys.facet_types import (
    ATTRIBUTES,
    NUMBER,
    PARTS,
    WHOLE,
    Placeholder,
    halves,
    held,
    thing,
    values,
)

everything = sorted([*WHOLE, *PARTS, NUMBER], key=str)
pairs = st.tuples(halves(sort=False), halves(sort=True))


@st.composite
def near(draw):
    """Two sets of values that differ in a few attributes, or in none."""
    one, other = draw(values), draw(values)
    changed = draw(st.sets(st.sampled_from(sorted(one)), max_size=3))
    return one, {name: other[name] if name in changed else one[name] for name in one}


@given(pairs, near() | st.tuples(values, values))
def test_two_different_sets_of_facets_never_make_one_key(template, both):
    pk, sk = template
    key = thing(pk, sk).schema.keys["by"]
    one, other = both
    assert (key.wire(one) == key.wire(other)) == (held([*pk, *sk], one) == held([*pk, *sk], other))


@given(pairs, values, st.sampled_from([0, 2, 7, 100]))
def test_a_key_reads_back_as_the_facets_that_it_holds_whole(template, given_values, shards):
    pk, sk = template
    key = thing(pk, sk, shards=shards).schema.keys["by"]
    whole = {each.attribute for each in (*pk, *sk) if isinstance(each, Placeholder) and each not in PARTS}
    assert key.read_back(key.wire(given_values)) == {name: given_values[name] for name in whole}


@given(pairs, pairs, values, values)
def test_a_key_is_read_back_as_another_keys_only_where_it_could_be_one(template, other_template, one, other):
    key = thing(*template).schema.keys["by"]
    item = thing(*other_template).schema.keys["by"].wire(other)
    told = key.read_back(item)
    if told is not None:
        # Then it is a key of this entity too: with what it tells, and parts of times as the key has them, it is made.
        again = {**one, **told}
        for stored, half in (("GSI1PK", template[0]), ("GSI1SK", template[1])):
            for text, part in zip(item[stored]["S"].split("#"), half, strict=True):
                if isinstance(part, Placeholder) and part in PARTS and part.attribute not in told:
                    again[part.attribute] = _time(text)
        made = key.wire(again)
        if sum(part in PARTS for half in template for part in half) <= 1:
            assert made == item


def _time(text):
    full = text + "0001-01-01T00:00:00"[len(text) :]
    return datetime.fromisoformat(full).replace(tzinfo=UTC)


@pytest.mark.parametrize("facet", [each for each in everything if each.ordered], ids=str)
@given(st.data())
def test_keys_stand_in_the_order_of_their_last_facet(facet, data):
    key = thing(("A",), ("A", facet)).schema.keys["by"]
    made = data.draw(values)
    other = {**made, facet.attribute: data.draw(ATTRIBUTES[facet.attribute][1])}
    one_text, other_text = (key.wire(each)["GSI1SK"]["S"].encode() for each in (made, other))
    one_value, other_value = (facet.part(each[facet.attribute]) for each in (made, other))
    if facet.attribute == "flag":
        one_value, other_value = str(one_value), str(other_value)
    assert (one_text < other_text) == (one_value < other_value)


@pytest.mark.parametrize(
    "facet",
    [Placeholder("place", "06d"), *[each for each in everything if each.attribute in ("moment", "made", "born")]],
    ids=str,
)
@given(st.data())
def test_facets_of_fixed_width_are_in_order_wherever_they_stand(facet, data):
    key = thing(("A",), (facet, Placeholder("text"))).schema.keys["by"]
    one, other = data.draw(values), data.draw(values)
    one_part, other_part = (facet.part(each[facet.attribute]) for each in (one, other))
    if one_part != other_part:
        one_text, other_text = (key.wire(each)["GSI1SK"]["S"].encode() for each in (one, other))
        assert (one_text < other_text) == (one_part < other_part)


def text_of(facet, value):
    given_values = dict.fromkeys(ATTRIBUTES, value)
    return thing((facet,), ("X",)).schema.keys["by"].wire({**given_values, "id": None})["GSI1PK"]["S"]


@pytest.mark.parametrize(
    ("facet", "value", "text"),
    [
        (Placeholder("text"), "AbC", "AbC"),
        (Placeholder("flag"), True, "true"),
        (Placeholder("flag"), False, "false"),
        (Placeholder("place", "06d"), 2, "000002"),
        (Placeholder("place", "06d"), 10, "000010"),
        (Placeholder("place", "6"), 10, "000010"),
        (Placeholder("number"), -7, "-7"),
        (Placeholder("escaped"), "a#b%23", "a%23b%2523"),
        (
            Placeholder("moment"),
            datetime(2025, 1, 15, 12, 30, tzinfo=timezone(timedelta(hours=2))),
            "2025-01-15T10:30:00.000000Z",
        ),
        (Placeholder("moment", "%Y-%m-%d"), datetime(2025, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2024-12-31"),
        (Placeholder("moment"), datetime(7, 1, 1, tzinfo=UTC), "0007-01-01T00:00:00.000000Z"),
    ],
)
def test_what_a_facet_looks_like(facet, value, text):
    assert text_of(facet, value) == text


def test_case_is_kept():
    assert text_of(Placeholder("text"), "AbC") != text_of(Placeholder("text"), "aBc")


def test_two_comes_before_ten():
    assert text_of(Placeholder("place", "06d"), 2) < text_of(Placeholder("place", "06d"), 10)
