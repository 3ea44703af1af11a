"""The keys that generated code writes are those of the key itself (``BoundKey.wire``), or are refused as it refuses."""

# ruff: noqa: DTZ001, E501 - Hypothesis takes its bounds without a zone; cases stand in rows

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pynamodb import attributes as pynamo

from dynamo_models import (
    Attr,
    Bool,
    Date,
    Entity,
    Index,
    Int,
    Key,
    KeyRefused,
    LocalIndex,
    Q,
    Text,
    Timestamp,
    Uuid,
    ValueRefused,
    numeric,
)  # fmt: skip
from dynamo_models.codec import codec_of
from dynamo_models.schema.attributes import TextAttribute
from tests.codec.tables import private_table
from tests.codec.twins import untimed


class Shout(TextAttribute):
    """Not inlined: its keys are asked for one by one."""

    def serialize(self, value: Any) -> Any:
        return super().serialize(value)


INDEXES = ["Plain", "When", "Both", "Sharded", "Escaped", "Asked", "Stock", "Time", "Day", "Odd", "Number"]


class Thing(
    Entity,
    table=private_table(
        "Things",
        indexes=[*(Index(name) for name in INDEXES if name not in ("Number", "Plain")), LocalIndex("Local"),
                 Index("Plain", pk="owner", sk="note"), Index("Number", pk="owner", sk=numeric("rank"))],
    ),
):  # fmt: skip
    ident = Uuid()
    owner = Text(null=True)
    note = Text(null=True)
    kind = Text()
    path = Text(escape=True)
    loud: Attr[str] = Shout()
    rank = Int()
    size = Int(null=True)
    is_open = Bool()
    is_late = Bool(null=True)
    made_at = Timestamp()
    seen_at = Timestamp(null=True)
    day = Date()
    stock = pynamo.UnicodeAttribute(null=True)
    stock_flag = pynamo.BooleanAttribute()
    stock_time = pynamo.UTCDateTimeAttribute()

    class Keys:
        # Before the primary key, whose text its shard is counted from.
        sharded = Key("OPEN#{is_open}", "{made_at}", index="Sharded", shards=7)
        primary = Key("THING#{kind}#{ident}", "{rank:06d}#{day}")
        plain = Key("{owner}", "{note}", index="Plain")
        number = Key("{owner}", "{rank}", index="Number")
        when = Key("WHEN#{kind}#{size}", "{made_at:%Y-%m}", index="When", when=Q(is_open=False, is_late=True))
        both = Key("BOTH#{owner}", "{seen_at}", index="Both", when=Q(rank__gte=5) | Q(kind="a"))
        escaped = Key("PATH#{path}", "{note}", index="Escaped")
        asked = Key("LOUD#{loud}", "{kind}", index="Asked", when=Q(is_open=True))
        stock = Key("STOCK#{stock}", "{stock_time}", index="Stock", when=Q(stock_flag=True))
        time = Key("{seen_at:%Y-%m-%d}", "{seen_at}#{kind}", index="Time")
        day = Key("DAY#{day}", "{made_at:%Y-%m-%dT%H}", index="Day", when=~Q(kind="a"))
        odd = Key("it's \"{x\\n\t".replace("{", "") + "#{kind}", "%d\\#{owner}", index="Odd")
        local = Key("THING#{kind}#{ident}", "{note}", index="Local", when=Q(is_open=True))


facets = st.one_of(
    st.sampled_from(
        ["", "a", "b", "#", "a#b", "%", "a%23", "é", "€" * 90, "\ud800", "x" * 255, "x" * 257, "x" * 1024, "y" * 2048]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6),
)
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
things = st.fixed_dictionaries(
    {
        "ident": st.uuids(), "kind": facets, "path": facets, "loud": facets, "rank": st.integers(-2, 1_000_001),
        "is_open": st.booleans(), "made_at": times, "day": st.dates(), "stock_flag": st.booleans(), "stock_time": times,
    },
    optional={
        "owner": facets, "note": facets, "size": st.integers(-3, 3), "is_late": st.booleans(), "seen_at": times, "stock": facets,
    },
)  # fmt: skip
FIXED = {
    "ident": UUID(int=1), "kind": "k", "path": "p", "loud": "l", "rank": 5, "is_open": False, "made_at": datetime(2025, 1, 15, tzinfo=UTC),
    "day": date(2025, 1, 15), "stock_flag": True, "stock_time": datetime(2025, 1, 15, tzinfo=UTC),
}  # fmt: skip


def expected(values: dict[str, Any]) -> Any:
    found: dict[str, Any] = {}
    try:
        for key in Thing.schema.keys.values():
            if key.index is None or key.holds(values):
                found |= key.wire(values)
    except KeyRefused:
        return "refused"
    return found


@untimed
@given(things)
@example(
    {
        **FIXED,
        "owner": "o",
        "note": "n",
        "is_late": True,
        "size": 3,
        "seen_at": datetime(999, 1, 1, tzinfo=UTC),
        "stock": "s",
    }
)
@example({**FIXED, "kind": "\ud800"})
@example({**FIXED, "path": "\ud800", "note": "n"})
@example({**FIXED, "owner": ""})
@example({**FIXED, "owner": "\ud800", "note": "n"})
@example({**FIXED, "owner": "o", "note": "n" * 1025})
@example({**FIXED, "kind": "k", "is_open": True, "made_at": datetime(2025, 1, 15, tzinfo=UTC)})
@example({**FIXED, "rank": 1_000_000})
def test_the_keys_are_those_of_the_key_itself(values):
    values = dict.fromkeys(Thing.schema.attributes) | values
    wanted = expected(values)
    try:
        item = codec_of(Thing).encode(Thing(**values))
    except KeyRefused:
        item = "refused"
    if wanted == "refused":
        assert item == "refused"
        return
    keys = {attribute.name for attribute in Thing.schema.table.key_attributes()}
    plain = {"owner", "note", "rank"}
    assert {name: value for name, value in item.items() if name in keys - plain} == {
        name: value for name, value in wanted.items() if name not in plain
    }


def test_a_refused_key_names_the_entity_the_key_and_the_facet():
    with pytest.raises(KeyRefused, match=r"^Thing: key 'primary' cannot be made: facet 'kind': it is empty") as refused:
        codec_of(Thing).encode(Thing(**{**FIXED, "kind": ""}))
    assert (refused.value.entity, refused.value.key, refused.value.facet) == ("Thing", "Thing.primary", "kind")


def test_a_facet_of_the_wrong_type_is_refused_as_a_value():
    with pytest.raises(ValueRefused, match=r"^Thing: kind is 5"):
        codec_of(Thing).encode(Thing(**{**FIXED, "kind": 5}))


def test_a_truth_of_pynamodbs_own_attribute_decides_a_key_as_it_is_stored():
    item = codec_of(Thing).encode(Thing(**{**FIXED, "stock_flag": 1, "stock": "s"}))
    assert item["stock_flag"] == {"BOOL": True}
    assert item["StockPK"] == {"S": "STOCK#s"}
