"""Items of older schema versions, brought up as they are read."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamo_models import DefinitionError, Entity, Int, Key, Text, UnknownItem, upgrade
from tests.schema.making import entity, ids, table

PRIMARY = {"primary": Key("T#{id}", "X")}


@upgrade(1, 2)
def first(item):
    item["title"] = item.pop("name", "untitled")


@upgrade(2, 3)
def second(item):
    return {**item, "words": len(item["title"].split())}


@pytest.fixture
def made():
    return entity(
        table(), PRIMARY, options={"schema_version": 3}, id=Int(), title=Text(), words=Int(), first=first, second=second
    )


OLD = {"PK": {"S": "T#1"}, "SK": {"S": "X"}, "EntityType": {"S": "Thing"}, "id": {"N": "1"}}


@pytest.mark.parametrize(
    "item",
    [
        {**OLD, "name": {"S": "two words"}},
        {**OLD, "name": {"S": "two words"}, "SchemaVersion": {"N": "1"}},
        {**OLD, "title": {"S": "two words"}, "SchemaVersion": {"N": "2"}},
        {**OLD, "title": {"S": "two words"}, "words": {"N": "2"}, "SchemaVersion": {"N": "3"}},
    ],
)
def test_an_item_of_any_version_is_read_as_the_newest(made, item):
    assert ids(made) == []
    read = made.from_raw_data(item)
    assert (read.id, read.title, read.words) == (1, "two words", 2)


def test_a_new_item_says_its_version(made):
    assert made(id=1, title="t", words=1).serialize()["SchemaVersion"] == {"N": "3"}


def test_without_versions_items_say_none():
    assert "SchemaVersion" not in entity(table(), PRIMARY, id=Int())(id=1).serialize()


def test_an_item_of_a_newer_version_is_read_as_it_is(made):
    item = {**OLD, "title": {"S": "t"}, "words": {"N": "9"}, "SchemaVersion": {"N": "4"}}
    assert made.schema.upgraded(item) is item
    assert made.from_raw_data(item).words == 9


@pytest.mark.parametrize("version", [{"N": "0"}, {"N": "-1"}, {"S": "two"}, {"N": "1.5"}])
def test_an_item_of_a_version_that_there_never_was_is_named(made, version):
    with pytest.raises(
        UnknownItem, match="Thing: a stored item has schema version 0, which nothing upgrades"
    ) as caught:
        made.schema.upgraded({**OLD, "SchemaVersion": version})
    assert caught.value.raw["SchemaVersion"] == version


stored_values = st.recursive(
    st.one_of(
        st.text().map(lambda text: {"S": text}),
        st.integers(-(10**37), 10**37).map(lambda number: {"N": str(number)}),
        st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**20), max_value=10**20).map(
            lambda number: {"N": str(number)}
        ),
        st.binary().map(lambda held: {"B": held}),
        st.booleans().map(lambda flag: {"BOOL": flag}),
        st.sets(st.text(), min_size=1).map(lambda held: {"SS": sorted(held)}),
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda held: {"L": held})
        | st.dictionaries(st.text(), inner, max_size=3).map(lambda held: {"M": held})
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "title"]), stored_values))
def test_what_an_upgrade_leaves_alone_stays_as_it_was(attributes):
    plain = _plain_upgrade()
    upgraded = plain.schema.upgraded({**OLD, **attributes})
    assert upgraded.pop("SchemaVersion") == {"N": "2"}
    assert _exact(upgraded) == _exact({**OLD, **attributes})


_made = []


def _plain_upgrade():
    if not _made:
        _made.append(
            entity(table(), PRIMARY, options={"schema_version": 2}, id=Int(), nothing=upgrade(1, 2)(lambda item: None))
        )
    return _made[0]


def _exact(item):
    """With numbers compared by value."""
    if isinstance(item, dict):
        return {
            name: Decimal(held) if name == "N" and isinstance(held, str) else _exact(held)
            for name, held in item.items()
        }
    return [_exact(each) for each in item] if isinstance(item, list) else item


class Parent(Entity):
    class Options:
        schema_version = 2

    @upgrade(1, 2)
    def spell(item):  # noqa: N805 - it is given the item
        item["title"] = item["title"].upper()


def test_upgrades_and_options_of_a_parent_may_be_inherited():
    made = entity(table(), PRIMARY, bases=(Parent,), options={"schema_version": 2}, id=Int(), title=Text())
    assert ids(made) == []
    assert made.from_raw_data({**OLD, "title": {"S": "t"}}).title == "T"


def steps(*pairs):
    return {f"step{number}": upgrade(*pair)(lambda item: None) for number, pair in enumerate(pairs)}


@pytest.mark.parametrize(
    ("version", "pairs", "faulty"),
    [
        (2, [], "1"),
        (3, [(1, 2)], "2"),
        (3, [(2, 3)], "1"),
        (3, [(1, 3)], "2"),
        (2, [(1, 2), (1, 2)], "1"),
        (2, [(1, 2), (2, 2)], "2"),
        (2, [(1, 2), (2, 1)], "2"),
        (2, [(1, 3)], "1"),
        (2, [(0, 1), (1, 2)], "0"),
        (1, [(1, 2)], "1"),
    ],
)
def test_upgrades_that_do_not_lead_to_the_newest_version_are_found(version, pairs, faulty):
    made = entity(table(), PRIMARY, options={"schema_version": version}, id=Int(), **steps(*pairs))
    assert ids(made) == ["E019"]
    assert f"(faulty from {faulty})" in made.schema.findings[0].message
    with pytest.raises(DefinitionError, match="E019"):
        made(id=1).serialize()


@pytest.mark.parametrize("pairs", [[(1, 2), (2, 3)], [(1, 3), (2, 3)]])
def test_upgrades_may_skip_a_version(pairs):
    assert ids(entity(table(), PRIMARY, options={"schema_version": 3}, id=Int(), **steps(*pairs))) == []
