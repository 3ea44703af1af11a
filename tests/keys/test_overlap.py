"""Two keys that are said never to meet never do: over every item of few values, all of which look like each other."""

from __future__ import annotations

import functools
import itertools
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dynamo_models import Bool, Date, Index, Int, Key, Text, Timestamp, numeric
from dynamo_models.reading.overlap import keys_meet
from tests.schema.making import entity, table

# Values whose texts are literals, digits of shards, parts of times, and each other's.
TEXTS = ("A", "1", "0", "true", "2025", "2025-01-01", "0001", "%23")
MOMENTS = (datetime(2025, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC))
FACETS: dict[str, tuple[Any, tuple[Any, ...], str]] = {
    "text": (Text, TEXTS, "{text}"),
    "escaped": (lambda: Text(escape=True), ("A", "#", "%23"), "{escaped}"),
    "choice": (lambda: Text(choices=["A", "B", "true", "#", ""]), ("A", "B", "true"), "{choice}"),
    "flag": (Bool, (True, False), "{flag}"),
    "number": (Int, (0, 1, 2025, -1), "{number}"),
    "wide": (Int, (1, 2025), "{wide:04d}"),
    "year": (Timestamp, MOMENTS, "{year:%Y}"),
    "day": (Timestamp, MOMENTS, "{day:%Y-%m-%d}"),
    "moment": (Timestamp, MOMENTS, "{moment}"),
    "date": (Date, (date(2025, 1, 1),), "{date}"),
}
LITERALS = ("A", "1", "0", "true", "2025", "0001", "")

segments = st.sampled_from(LITERALS) | st.sampled_from([facet for _, _, facet in FACETS.values()])
in_sort_keys = segments.filter(lambda segment: segment != "{number}")
pks = st.lists(segments, min_size=1, max_size=3).map("#".join).filter(bool)
sks = st.lists(in_sort_keys, min_size=1, max_size=3).map("#".join).filter(bool)
keys = st.tuples(pks, sks, st.sampled_from([0, 0, 2, 3]))


@functools.cache
def bound(pk: str, sk: str, shards: int = 0) -> Any:
    declared = {name: declare() for name, (declare, _, _) in FACETS.items()}
    made = entity(
        table(indexes=[Index("GSI1")]),
        {"primary": Key("{id}", "X"), "by": Key(pk, sk, index="GSI1", shards=shards)},
        id=Text(),
        **declared,
    )
    return made.schema.keys["by"]


@functools.cache
def texts(template: str, shards: int = 0) -> set[str]:
    """Every text of a template, over the few values."""
    options = []
    for segment in template.split("#"):
        facet = next((each for each in FACETS.values() if each[2] == segment), None)
        if facet is None:
            options.append([segment])
            continue
        declare, values, placeholder = facet
        options.append([_text(placeholder, declare, value) for value in values])
    found = {"#".join(parts) for parts in itertools.product(*options)}
    return {f"{text}#{shard}" for text in found for shard in range(shards)} if shards else found


_known: dict[tuple[str, Any], str] = {}


def _text(placeholder: str, declare: Any, value: Any) -> str:
    if (placeholder, value) not in _known:
        name = placeholder.strip("{}").partition(":")[0]
        made = entity(
            table(indexes=[Index("GSI1")]),
            {"primary": Key("{id}", "X"), "by": Key(placeholder, "X", index="GSI1")},
            **{"id": Text(), name: declare()},
        )
        _known[placeholder, value] = made.schema.keys["by"].wire({name: value})["GSI1PK"]["S"]
    return _known[placeholder, value]


def in_reach(sk: str, text: str) -> bool:
    """Whether a read of a sort key's template, that asks for nothing of its facets, meets this text."""
    if "{" not in sk:
        return text == sk
    return text.startswith(sk.partition("{")[0])


@given(keys, keys)
@example(("A", "X", 2), ("A", "X", 3))
@example(("A", "X", 3), ("{text}#{number}", "X", 0))
@example(("A", "X", 0), ("A", "X#{text}", 0))
@example(("A", "X#{text}", 0), ("A", "X", 0))
@example(("A", "A#{text}", 0), ("A", "A#", 0))
@example(("A", "A#{text}", 0), ("A", "A#{text}#{flag}", 0))
@example(("{day:%Y-%m-%d}", "A", 0), ("{date}", "A", 0))
@example(("{choice}", "A", 0), ("A", "A", 0))
@example(("#A", "A", 0), ("{text}#A", "A", 0))
def test_keys_that_are_said_not_to_meet_never_do(one, other):
    never_meet_or_say_so(one, other)


@pytest.mark.parametrize("other", ["{text}#1", "{choice}#1"])
def test_a_literal_that_is_a_shards_number_may_meet_it(other):
    never_meet_or_say_so(("{text}", "X", 2), (other, "X", 0))


ALL = [*LITERALS[:-1], *(facet for _, _, facet in FACETS.values())]


@pytest.mark.parametrize("shards", [0, 2])
@pytest.mark.parametrize("first", ["", "A#", "{text}#"])
def test_no_two_partitions_of_few_segments_are_taken_for_different(first, shards):
    for one, other in itertools.product(ALL, repeat=2):
        theirs = f"A#{other}" if first else other
        key = (first.rstrip("#") or "A") if shards else first + one
        if texts(key, shards) & texts(theirs):
            assert keys_meet(bound(key, "X", shards), bound(theirs, "X")), (key, theirs)
            assert keys_meet(bound(theirs, "X"), bound(key, "X", shards)), (key, theirs)


@pytest.mark.parametrize("first", ["", "A#"])
def test_no_two_sort_keys_of_few_segments_are_taken_for_different(first):
    for one, other in itertools.product([each for each in ALL if each != "{number}"], repeat=2):
        mine, theirs = f"{first}{one}", f"A#{other}" if first else other
        if any(in_reach(mine, text) for text in texts(theirs)):
            assert keys_meet(bound("P", mine), bound("P", theirs)), (mine, theirs)


def never_meet_or_say_so(one, other):
    key, theirs = bound(*one), bound(*other)
    if keys_meet(key, theirs):
        return
    assert not texts(one[0], one[2]) & texts(other[0], other[2]) or not [
        text for text in texts(other[1]) if in_reach(one[1], text)
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("PROBLEM#{text}", "METADATA"), ("PROBLEM#{text}", "CASE#{moment}")),
        (("USER#{text}", "HIST#{moment}"), ("USER#{text}", "STATS")),
        (("USER#{text}", "{moment}"), ("EMAIL#{text}", "{moment}")),
        (("A#{text}", "{moment}"), ("A#{text}#{choice}", "{moment}")),
        (("A#{flag}", "X"), ("A#{number}", "X")),
        (("A#{date}", "X"), ("A#{number}", "X")),
        (("A#{wide:04d}", "X"), ("A#{flag}", "X")),
        (("A#{moment}", "X"), ("A#{day:%Y-%m-%d}", "X")),
        (("A", "X", 2), ("A", "X")),
        (("A", "X", 2), ("A#B", "X")),
        (("A#{flag}", "X", 4), ("A#{flag}#{date}", "X")),
    ],
    ids=str,
)
def test_keys_that_differ_in_a_word_or_a_type_do_not_meet(one, other):
    assert not keys_meet(bound(*one), bound(*other))
    assert not keys_meet(bound(*other), bound(*one))


def test_a_key_that_is_an_attribute_meets_any_text_and_no_number():
    where = table(indexes=[Index("ByOwner", pk="owner", sk=numeric("rank"))])
    one = entity(
        where,
        {"primary": Key("A#{id}", "X"), "by": Key("{owner}", "{rank}", index="ByOwner")},
        "One",
        id=Text(),
        owner=Text(),
        rank=Int(),
    )
    other = entity(
        where,
        {"primary": Key("B#{id}", "X"), "by": Key("OWNER#{id}", "{rank}", index="ByOwner")},
        "Other",
        id=Text(),
        rank=Int(),
    )
    assert keys_meet(one.schema.keys["by"], other.schema.keys["by"])
