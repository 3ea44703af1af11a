"""Defaults: whose they are, when they are made, and how often."""

from __future__ import annotations

from typing import Any

import pytest
from pynamodb import attributes as pynamo

from dynamo_models import Entity, Int, Key, List, Map, Text, ValueRefused
from dynamo_models.codec import codec_of
from tests.codec.tables import private_table

calls: list[str] = []


def made(value: Any) -> Any:
    def make() -> Any:
        calls.append(str(value))
        return value

    return make


class Row(Entity, table=private_table("Rows")):
    ident = Text(default=made("new"))
    note = Text(default="none")
    tags = List(Text(), default=list)
    pairs = Map(default=dict)
    hits = Int(default=0)
    stock = pynamo.UnicodeAttribute(default=made("stock"))
    stock_new = pynamo.UnicodeAttribute(default_for_new=made("stock new"), null=True)
    stock_set = pynamo.UnicodeSetAttribute(default=made({"a"}))
    nothing = pynamo.UnicodeAttribute(default=made(None), null=True)

    class Keys:
        primary = Key("ROW#{ident}", "METADATA")


@pytest.fixture(autouse=True)
def _none_made():
    calls.clear()


def stored(**changes: Any) -> dict[str, Any]:
    item = {
        "ident": {"S": "1"},
        "tags": {"L": []},
        "pairs": {"M": {}},
        "stock": {"S": "x"},
        "stock_set": {"SS": ["x"]},
        "nothing": {"S": "x"},
        **changes,
    }
    return {name: value for name, value in item.items() if value is not None}


def test_a_new_row_makes_each_default_once_and_only_where_no_value_is_given():
    row = Row()
    assert sorted(calls) == ["None", "new", "stock", "stock new", "{'a'}"]
    assert (row.ident, row.note, row.hits, row.stock, row.stock_new, row.nothing) == (
        "new",
        "none",
        0,
        "stock",
        "stock new",
        None,
    )
    calls.clear()
    Row(ident="1", stock="x", stock_new="x", stock_set={"x"}, nothing="x")
    assert calls == []


def test_a_loaded_row_makes_a_default_once_where_the_attribute_is_absent():
    row = codec_of(Row).decode(stored())
    assert calls == []
    row = codec_of(Row).decode(stored(stock=None, stock_set=None, nothing=None))
    assert sorted(calls) == ["None", "stock", "{'a'}"]
    assert (row.stock, row.stock_set, row.nothing) == ("stock", {"a"}, None)


@pytest.mark.parametrize(
    "unusual",
    [{"tags": None}, {"note": {"NULL": True}}, {"stock": {"NULL": True}}, {"ident": None, "note": {"S": "x"}}],
)
def test_an_unusual_row_makes_a_default_once_too(unusual):
    codec_of(Row).decode(stored(**unusual, stock_set=None))
    assert calls.count("{'a'}") == 1
    assert calls.count("stock") == ("stock" in unusual)


def test_a_default_that_is_not_for_loaded_rows_is_not_made_for_them():
    row = codec_of(Row).decode({"ident": {"S": "1"}})
    assert (row.note, row.hits) == ("none", 0)
    assert row.tags is None
    assert row.pairs is None
    assert row.stock_new is None
    assert "new" not in calls
    assert "stock new" not in calls


def test_rows_do_not_share_what_a_default_made():
    one, other = Row(), Row()
    one.tags.append("x")
    one.pairs["x"] = 1
    assert (other.tags, other.pairs) == ([], {})


def test_none_given_is_none_and_is_refused_where_the_attribute_cannot_be_absent():
    with pytest.raises(ValueRefused, match=r"^Row: note is absent"):
        codec_of(Row).encode(Row(note=None))


def test_attributes_may_be_named_like_what_the_generated_code_uses():
    class Odd(Entity, table=private_table("Odd")):
        cls = Text()
        new = Text(default="n")
        D0 = Text(default=made("d"))
        d = Text(null=True)
        out = Text(null=True)
        instance = Text(null=True)

        class Keys:
            primary = Key("ODD#{cls}", "{new}")

    codec = codec_of(Odd)
    read = codec.decode(codec.encode(Odd(cls="c", out="o", d="x", instance="i")))
    assert [getattr(read, name) for name in ("cls", "new", "D0", "d", "out", "instance")] == [
        "c",
        "n",
        "d",
        "x",
        "o",
        "i",
    ]
