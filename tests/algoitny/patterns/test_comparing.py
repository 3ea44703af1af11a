"""Exact comparison, and its words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest

from algoitny.keyset import Page
from algoitny.patterns.asking import Asking
from algoitny.patterns.comparing import difference, of_values


@dataclass(frozen=True)
class Thing:
    id: int
    tags: list
    more: dict


def thing(**values):
    return Thing(**{"id": 1, "tags": ["a", "b"], "more": {"x": [1, None]}, **values})


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (1, 1.0, " is 1.0 in DynamoDB, and 1 in SQL"),
        (1, True, " is True in DynamoDB, and 1 in SQL"),
        (None, 0, " is 0 in DynamoDB, and None in SQL"),
        ([1], (1,), " is (1,) in DynamoDB, and [1] in SQL"),
        ([1, 2], [1], " has 1 entries in DynamoDB, and 2 in SQL"),
        ([1], [1, 2], " has 2 entries in DynamoDB, and 1 in SQL"),
        ({"a": 1}, {"b": 1}, " has the keys ['b'] in DynamoDB, and ['a'] in SQL"),
        (thing(), thing(id=2), ".id is 2 in DynamoDB, and 1 in SQL"),
        (thing(), thing(tags=["a", "c"]), ".tags[1] is 'c' in DynamoDB, and 'b' in SQL"),
        (thing(), thing(more={"x": [1, 0]}), ".more['x'][1] is 0 in DynamoDB, and None in SQL"),
        (
            Page(items=(thing(),), next_cursor=None),
            Page(items=(thing(),), next_cursor="c"),
            ".next_cursor is 'c' in DynamoDB, and None in SQL",
        ),
    ],
)
def test_the_first_difference_is_said_with_its_place(ours, theirs, said):
    assert of_values(ours, theirs) == said


@pytest.mark.parametrize("value", [1, None, "a", [], {}, (1, [2, {"a": thing()}]), Page(items=(), next_cursor=None)])
def test_equal_values_have_no_difference(value):
    assert of_values(value, value) is None


def test_one_time_in_two_zones_is_the_same():
    at = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)
    assert of_values(at, at.astimezone(timezone(timedelta(hours=9)))) is None


def test_the_order_of_keys_is_no_difference():
    assert of_values({"a": 1, "b": 2}, {"b": 2, "a": 1}) is None


def pages_of(*pages):
    asking = Asking()
    cursors = [str(number) for number in range(1, len(pages))] + [None]

    def listed(*, limit, cursor):
        number = int(cursor or 0)
        return Page(items=pages[number], next_cursor=cursors[number])

    asking.follow(listed, limit=1, pages=9)
    return asking


def test_a_list_that_goes_on_in_one_store_alone_is_a_difference():
    assert difference(pages_of((1,), (2,)), pages_of((1,), (2,))) is None
    assert ".next_cursor is None in DynamoDB" in difference(pages_of((1,), (2,)), pages_of((1,)))
