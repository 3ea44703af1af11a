"""A verification of what holds JSON: it is compared by value, however a database writes it."""

import pytest

from dynamo_models.mirror.registration import mirror_of
from dynamo_models.mirror.verify.compare import compare

KEY = {"PK": {"S": "USER#1"}, "SK": {"S": "HISTORY#1"}}


def differing(wanted, found):
    items = [KEY | {"Metadata": {"S": text}} for text in (wanted, found)]
    difference = compare(mirror_of("history.searchhistory"), "1", KEY, wanted=items[0], found=items[1])
    return difference is not None


@pytest.mark.parametrize(
    ("wanted", "found", "differs"),
    [
        ('{"later": 1, "a": [1, {"b": null, "c": "x"}]}', '{"a":[1,{"c":"x","b":null}],"later":1}', False),
        ('{"a": 1}', '{"a": 2}', True),
        ('{"a": 1}', '{"a": true}', True),
        ('{"a": [false]}', '{"a": [0]}', True),
        ('{"a": null}', "{}", True),
        ("[1, 2]", "[2, 1]", True),
        ("[1]", "[1, 1]", True),
        ("{}", "no JSON", True),
    ],
)
def test_json_is_compared_by_value(wanted, found, differs):
    assert differing(wanted, found) is differs
