"""Values come back from their text exactly as they were, or are refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoitny.problems.importing import case_text
from algoitny.problems.importing.case_text import UnwritableError

json_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
json_values = st.recursive(
    json_scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)
hashables = st.recursive(
    json_scalars | st.binary() | st.complex_numbers(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
)
python_values = st.recursive(
    hashables,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(hashables, inner, max_size=3)
        | st.sets(hashables, max_size=3)
    ),
)


@given(json_values)
def test_what_json_says_is_said_in_json_and_read_back_the_same(value):
    assert case_text.format_for([value]) == "json"
    text = case_text.encode(value, "json")
    assert text.isascii()
    assert case_text.same(case_text.decode(text, "json"), value)


@given(python_values)
def test_a_literal_is_read_back_the_same_or_refused(value):
    try:
        text = case_text.encode(value, "python")
    except UnwritableError:
        return  # a complex number whose zero has a sign that no literal gives
    assert text.isascii()
    assert case_text.same(case_text.decode(text, "python"), value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1,), "(1,)"),
        ((), "()"),
        ({2, 1}, "{1, 2}"),
        (set(), "set()"),
        ({8: "a"}, "{8: 'a'}"),
        (b"a", "b'a'"),
        (2j, "2j"),
    ],
)
def test_what_json_cannot_say_is_a_literal(value, text):
    assert case_text.format_for([1, value]) == "python"
    assert case_text.encode(value, "python") == text


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, [-math.inf], object(), len, frozenset({1}), True.__class__, range(3), [10**5000]]
)
def test_what_has_no_exact_text_is_refused(value):
    with pytest.raises(UnwritableError, match="no exact text"):
        case_text.encode(value, case_text.format_for([value]))


def test_what_nests_too_deeply_is_refused():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(UnwritableError, match="no exact text"):
        case_text.encode(value, "python")
    while value:  # taken apart by hand: to let it go in one piece would nest as deeply
        value = value.pop()


def test_the_wrong_format_is_refused_and_not_bent():
    with pytest.raises(UnwritableError, match="not the same after"):
        case_text.encode((1, 2), "json")


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), ([1], (1,)), ("1", 1), (0.0, -0.0), (None, False)])
def test_equal_values_of_different_types_are_not_the_same(one, other):
    assert not case_text.same(one, other)


def test_a_set_is_the_same_in_any_order():
    assert case_text.same({"a", "b", "c"}, {"c", "b", "a"})
