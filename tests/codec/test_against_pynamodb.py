"""Generated code against PynamoDB's own, on every type of attribute that PynamoDB has: wire forms, values, outcomes."""

# ruff: noqa: E501 - cases stand in rows

from __future__ import annotations

import copy
import math
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamo_models.codec import codec_of
from dynamo_models.codec.inline import inline
from dynamo_models.errors import ValueRefused
from tests.codec.twins import (
    NAMES,
    OWN_NAMES,
    REQUIRED,
    Ours,
    Theirs,
    junk,
    ordered,
    shape,
    stock_attributes,
    untimed,
    values,
)

RAISED = "raised"


def attempt(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception:  # noqa: BLE001 - whatever it raises
        return RAISED


def their_wire(given_values: dict[str, Any]) -> Any:
    return ordered(Theirs(**given_values).serialize())


def our_wire(given_values: dict[str, Any]) -> Any:
    item = codec_of(Ours).encode(Ours(**given_values))
    return ordered({name: value for name, value in item.items() if name not in OWN_NAMES})


def dynamodb_takes(kind: str, held: Any) -> bool:
    """Whether a wire value is one that DynamoDB takes."""
    if kind == "N":
        try:
            number = Decimal(held) if isinstance(held, str) else Decimal("NaN")
        except InvalidOperation:
            return False
        return (
            number.is_finite()
            and (not number or (-130 <= number.adjusted() <= 125))
            and len(number.as_tuple().digits) <= 38
        )
    if kind in ("SS", "NS", "BS"):
        return all(dynamodb_takes(kind[0], each) for each in held)
    if kind == "L":
        return all(dynamodb_takes(*pair) for each in held for pair in each.items())
    if kind == "M":
        return all(
            isinstance(key, str) and dynamodb_takes(*pair) for key, each in held.items() for pair in each.items()
        )
    return isinstance(held, {"S": str, "B": bytes, "BOOL": bool, "NULL": bool}[kind])


@untimed
@given(values())
def test_the_same_item_is_written(given_values):
    assert our_wire(copy.deepcopy(given_values)) == their_wire(copy.deepcopy(given_values))


@untimed
@given(values())
def test_the_same_values_are_read(given_values):
    item = Theirs(**given_values).serialize()
    ours, theirs = codec_of(Ours).decode(copy.deepcopy(item)), Theirs.from_raw_data(copy.deepcopy(item))
    for name in NAMES:
        assert shape(getattr(ours, name)) == shape(getattr(theirs, name)), name


@untimed
@given(values())
def test_the_same_values_are_held_after_construction(given_values):
    ours, theirs = Ours(**copy.deepcopy(given_values)), Theirs(**copy.deepcopy(given_values))
    for name in NAMES:
        assert shape(getattr(ours, name)) == shape(getattr(theirs, name)), name


@untimed
@given(values(), st.sampled_from(NAMES), junk)
def test_a_value_that_pynamodb_or_dynamodb_refuses_is_refused_and_any_other_is_written_alike(given_values, name, value):
    given_values = {**given_values, name: value}
    theirs = attempt(their_wire, copy.copy(given_values))
    if theirs is not RAISED and not all(dynamodb_takes(*pair) for each in theirs.values() for pair in each.items()):
        theirs = RAISED
    if name == "version" and value is None:
        theirs = attempt(their_wire, {key: each for key, each in given_values.items() if key != "version"})
    assert attempt(our_wire, copy.copy(given_values)) == theirs


def test_a_refused_value_is_named_with_its_entity_before_anything_is_sent():
    needed = {"text": "x", "number": 1, "flag": True, "time": None, "version": 1}
    with pytest.raises(ValueRefused, match=r"^Twin: time is absent, .* give it a value"):
        codec_of(Ours).encode(Ours(**needed))
    instance = Ours(**{**needed, "text": 5})
    with pytest.raises(ValueRefused, match=r"^Twin: text is 5 \(int\); DynamoDB takes text"):
        codec_of(Ours).encode(instance)
    instance.text, instance.number = "x", math.nan
    with pytest.raises(ValueRefused, match=r"^Twin: number is nan"):
        codec_of(Ours).encode(instance)
    instance.number, instance.time = 1, "yesterday"
    with pytest.raises(ValueRefused, match=r"^Twin: time: "):
        codec_of(Ours).encode(instance)


stored_values = st.sampled_from([
    {"NULL": True}, {"S": "x"}, {"S": ""}, {"S": "2025-01-15T10:30:00.000000+0000"}, {"S": "2025-01-15 10:30:00.000000+0000"}, {"S": "{"}, {"N": "1"},
    {"N": "1.5"}, {"N": "x"}, {"BOOL": True}, {"B": b"x"}, {"L": []}, {"L": [{"S": "x"}]}, {"M": {}}, {"M": {"street": {"S": "x"}}},
    {"SS": ["a"]}, {"NS": ["1", "2.5"]}, {"BS": [b"eA=="]}, {},
])  # fmt: skip


@untimed
@given(values(), st.dictionaries(st.sampled_from(NAMES), st.none() | stored_values, max_size=4))
def test_items_that_lack_attributes_or_hold_other_types_are_read_as_pynamodb_reads_them(given_values, changes):
    item = Theirs(**given_values).serialize()
    for name, stored in changes.items():
        key = Theirs.get_attributes()[name].attr_name
        item.pop(key, None)
        if stored is not None:
            item[key] = stored
    theirs = attempt(Theirs.from_raw_data, copy.deepcopy(item))
    ours = attempt(codec_of(Ours).decode, copy.deepcopy(item))
    if theirs is RAISED:
        assert ours is RAISED
        return
    assert ours is not RAISED
    for name in NAMES:
        assert shape(getattr(ours, name)) == shape(getattr(theirs, name)), name


def test_what_cannot_be_read_is_named_with_its_entity():
    item = {"text": {"S": "x"}, "number": {"N": "1"}, "time": {"S": "yesterday"}}
    with pytest.raises(ValueRefused, match=r"^Twin: time is stored as \{'S': 'yesterday'\}"):
        codec_of(Ours).decode(item)


@untimed
@given(values())
def test_attributes_that_the_class_does_not_know_are_kept_aside(given_values):
    item = {**Theirs(**given_values).serialize(), "Later": {"S": "x"}}
    instance = codec_of(Ours).decode(item)
    assert instance.unknown_attributes == {"Later": {"S": "x"}}
    assert "Later" not in codec_of(Ours).encode(instance)


def test_what_must_be_given_is_what_has_no_default_and_cannot_be_absent():
    for name in REQUIRED - {"version"}:  # PynamoDB's version may be absent
        with pytest.raises(TypeError, match=rf"Twin.__init__\(\) missing .*{name}"):
            Ours(**{each: "x" for each in REQUIRED if each != name} | {"version": 1})
    with pytest.raises(TypeError, match=r"Twin.__init__.*unexpected.*typo"):
        Ours(text="x", number=1, flag=True, time=None, typo=1)


@pytest.mark.parametrize("name", ["text", "number", "flag", "time", "json", "expires", "version", "plain"])
def test_an_attribute_with_pynamodbs_own_methods_is_inlined(name):
    assert inline(stock_attributes()[name]) is not None


@pytest.mark.parametrize(
    "name", ["upper", "tagged", "read", "written", "got", "as_number", "cents", "texts", "raw_map"]
)
def test_an_attribute_that_overrides_one_is_asked_itself(name):
    assert inline(stock_attributes()[name]) is None


def test_an_attribute_whose_method_is_replaced_on_the_object_is_asked_itself():
    attr = stock_attributes()["text"]
    attr.serialize = lambda value: value * 2
    assert inline(attr) is None


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-15 10:30:00.000000+0000",
        "2025-01-15T10:30:00,000000+0000",
        "2025-W03-3T10:30:00.000000+0000",
        "2025-01-15",
    ],
)
def test_a_time_in_a_form_that_pynamodb_does_not_read_is_refused(text):
    item = {"text": {"S": "x"}, "number": {"N": "1"}, "flag": {"BOOL": True}, "time": {"S": text}}
    with pytest.raises(ValueError, match=r"does not match format"):
        Theirs.from_raw_data(item)
    with pytest.raises(ValueRefused, match=r"^Twin: time is stored as .* does not match format"):
        codec_of(Ours).decode(item)
