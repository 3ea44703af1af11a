"""Plain values to DynamoDB's own and back, exact; and what DynamoDB counts of an item."""

from __future__ import annotations

import enum
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamo_models import Bytes, Int, ItemTooLarge, Key, Map, Text, ValueRefused
from dynamo_models.testing import isolated_tables
from dynamo_models.wire import check_size, from_wire, item_size, number_text, number_value, same_value, to_wire
from tests.schema.making import entity, table

# Numbers as DynamoDB takes them: up to 38 digits, and an exponent.
numbers = st.one_of(
    st.integers(-(10**38) + 1, 10**38 - 1),
    st.builds(
        lambda digits, exponent: Decimal(digits).scaleb(exponent),
        st.integers(-(10**38) + 1, 10**38 - 1),
        st.integers(-120, 80),
    ),
)
plain = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.text(),
        numbers,
        st.binary(),
        st.sets(st.text(), min_size=1),
        st.sets(numbers, min_size=1),
        st.sets(st.binary(), min_size=1),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(plain)
def test_a_value_is_read_back_as_it_was_written(value):
    assert from_wire(to_wire(value)) == value


@given(numbers)
def test_a_number_is_exact(number):
    assert Decimal(number_text(number)) == number
    assert number_value(number_text(number)) == number
    assert isinstance(number_value(number_text(number)), int) == (number == int(number))


class Word(str, enum.Enum):  # noqa: UP042 - of a StrEnum, str() is the value
    A = "a"


class Figure(int, enum.Enum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (Decimal("1.10"), {"N": "1.10"}),
        (Decimal("-0.0"), {"N": "0"}),
        (Decimal("1E+125"), {"N": "1E+125"}),
        (Decimal("1E-130"), {"N": "1E-130"}),
        (10**125, {"N": "1.0000000000000000000000000000000000000E+125"}),
        (Figure.ONE, {"N": "1"}),
        (Word.A, {"S": "a"}),
        (bytearray(b"x"), {"B": b"x"}),
        ((1, "a"), {"L": [{"N": "1"}, {"S": "a"}]}),
        (frozenset({2, Decimal("1.5")}), {"NS": ["1.5", "2"]}),
    ],
)
def test_what_a_value_becomes(value, wire):
    assert to_wire(value) == wire
    for held in wire.values():
        assert type(held) in (str, bytes, list)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1.5, r"1.5 is a float, which DynamoDB does not hold exactly; give Decimal\('1.5'\)"),
        ({"a": [1.5]}, "1.5 is a float"),
        (Decimal("Infinity"), "is not a number that DynamoDB holds"),
        (Decimal("NaN"), "is not a number that DynamoDB holds"),
        (10**38 + 1, "38 digits"),
        pytest.param(10**5000 + 1, "An int of 16610 bits", id="more digits than Python shows"),
        (Decimal("0." + "1" * 39), "38 digits"),
        (Decimal("1E+126"), "38 digits"),
        (Decimal("1E-131"), "38 digits"),
        (set(), "no empty sets"),
        ({1, "a"}, "only text, only numbers or only bytes"),
        ({True}, "only text, only numbers or only bytes"),
        ({1: "a"}, "a map's key is 1"),
        (object(), "object has no form in DynamoDB"),
    ],
)
def test_what_dynamodb_does_not_hold_is_refused(value, reason):
    with pytest.raises(ValueRefused, match=reason):
        to_wire(value)


def test_a_type_that_dynamodb_does_not_have_is_refused():
    with pytest.raises(ValueRefused, match="X is not a type of DynamoDB"):
        from_wire({"X": 1})


# Equality, as DynamoDB compares


@given(plain, plain)
def test_values_are_the_same_where_their_plain_values_are(one, other):
    assert same_value(to_wire(one), to_wire(one))
    if same_value(to_wire(one), to_wire(other)):
        assert from_wire(to_wire(one)) == from_wire(to_wire(other))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"N": "1"}, {"N": "1.0"}, True),
        ({"N": "100"}, {"N": "1E+2"}, True),
        ({"NS": ["1", "2"]}, {"NS": ["2.0", "1"]}, True),
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True),
        ({"L": [{"N": "1"}]}, {"L": [{"N": "1.0"}]}, True),
        ({"L": [{"N": "1"}]}, {"L": [{"N": "1"}, {"N": "1"}]}, False),
        ({"M": {"a": {"N": "1"}}}, {"M": {"a": {"N": "1.0"}}}, True),
        ({"M": {"a": {"N": "1"}}}, {"M": {"b": {"N": "1"}}}, False),
        ({"S": "1"}, {"N": "1"}, False),
        ({"BOOL": True}, {"BOOL": False}, False),
        ({"S": "a"}, None, False),
        (None, None, True),
    ],
)
def test_stored_values_are_compared_by_value(one, other, same):
    assert same_value(one, other) == same_value(other, one) == same


# Sizes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html


@pytest.mark.parametrize(
    ("item", "size"),
    [
        # "(length of attribute name) + (number of UTF-8-encoded bytes)"; the guide's own: 5 + 7 + 2 + 3 bytes.
        ({"Color": {"S": "abcdefg"}}, 12),
        ({"name": {"S": "é漢"}}, 4 + 2 + 3),
        ({"é": {"S": ""}}, 2),
        # "(length of attribute name) + (1 byte per two significant digits) + (1 byte)", zeros at the ends trimmed
        ({"n": {"N": "27"}}, 1 + 1 + 1),
        ({"n": {"N": "-27"}}, 1 + 1 + 2),
        ({"n": {"N": "461"}}, 1 + 2 + 1),
        ({"n": {"N": "0"}}, 1 + 0 + 1),
        ({"n": {"N": "1000"}}, 1 + 1 + 1),
        ({"n": {"N": "0.0010"}}, 1 + 1 + 1),
        ({"n": {"N": "1E+40"}}, 1 + 1 + 1),
        ({"n": {"N": "-1.5E-7"}}, 1 + 1 + 2),
        ({"n": {"N": "9" * 38}}, 1 + 19 + 1),
        # "(length of attribute name) + (number of raw bytes)"; null and boolean: 1 byte
        ({"b": {"B": b"\x00" * 10}}, 11),
        ({"b": {"BOOL": True}, "z": {"NULL": True}}, 4),
        # "3 bytes of overhead, regardless of its contents", and 1 for each element
        ({"l": {"L": []}}, 4),
        ({"l": {"L": [{"S": "ab"}, {"N": "1"}]}}, 1 + 3 + (2 + 1) + (2 + 1)),
        ({"m": {"M": {}}}, 4),
        ({"m": {"M": {"key": {"S": "ab"}}}}, 1 + 3 + (3 + 2 + 1)),
        ({"s": {"SS": ["ab", "é"]}}, 1 + 2 + 2),
        ({"s": {"NS": ["1", "22"]}}, 1 + 2 + 2),
        ({"s": {"BS": [b"ab", b""]}}, 1 + 2),
    ],
)
def test_what_dynamodb_counts(item, size):
    assert item_size(item) == size


def test_an_item_may_be_400_kb_and_no_larger():
    check_size({"text": {"S": "a" * (400 * 1024 - 4)}}, "it")
    with pytest.raises(ItemTooLarge) as caught:
        check_size(
            {"text": {"S": "a" * (400 * 1024 - 10)}, "other": {"S": "é"}, "n": {"N": "1"}, "x": {"S": ""}}, "Thing 1"
        )
    assert caught.value.size == 409_605
    assert caught.value.largest == (("text", 409_594), ("other", 7), ("n", 3), ("x", 1))
    assert str(caught.value) == (
        "Thing 1 is 409,605 bytes; DynamoDB holds items of up to 409,600. "
        "Largest: text (409,594 bytes), other (7 bytes), n (3 bytes)."
    )


def test_an_entity_names_its_largest_attributes():
    with isolated_tables():
        made = entity(table(), {"primary": Key("T#{id}", "X")}, id=Int(), body=Text(), blob=Bytes(), meta=Map())
        large = made(id=1, body="a" * 300_000, blob=b"b" * 200_000, meta={})
        with pytest.raises(
            ItemTooLarge, match=r"Thing id=1 is .*Largest: body \(300,004 bytes\), blob \(200,004 bytes\)"
        ):
            large.serialize()


def test_text_that_is_no_unicode_is_refused_by_name():
    with isolated_tables():
        made = entity(table(), {"primary": Key("T#{id}", "X")}, id=Int(), body=Text(), meta=Map())
        with pytest.raises(ValueRefused, match="Thing id=1: body holds half of a surrogate pair"):
            made(id=1, body="\ud800", meta={}).serialize()
        with pytest.raises(ValueRefused, match="Thing id=1: meta holds half of a surrogate pair"):
            made(id=1, body="", meta={"a": ["\udfff"]}).serialize()
