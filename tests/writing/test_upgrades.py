"""Items of an older schema version: brought up as they are read, and written so with their first change."""

from __future__ import annotations

import pytest

from dynamo_models import StaleWrite, ValueRefused, capture
from tests.writing.entities import Document, Member, main

OLD = {
    "PK": {"S": "DOCUMENT#a"},
    "SK": {"S": "DOCUMENT"},
    "EntityType": {"S": "Document"},
    "Name": {"S": "first"},
    "Lang": {"S": "c"},
    "Id": {"S": "a"},
    "Hits": {"N": "0"},
    "Foreign": {"S": "kept"},
    # As the keys were made then.
    "GSI1PK": {"S": "OLD#c"},
    "GSI1SK": {"S": "x"},
}
NEW = {
    "PK": {"S": "DOCUMENT#a"},
    "SK": {"S": "DOCUMENT"},
    "EntityType": {"S": "Document"},
    "SchemaVersion": {"N": "3"},
    "Title": {"S": "first"},
    "Language": {"S": "c"},
    "Id": {"S": "a"},
    "Hits": {"N": "1"},
    "Foreign": {"S": "kept"},
    "GSI1PK": {"S": "DOCUMENTS#c"},
    "GSI1SK": {"S": "first"},
}


@pytest.fixture
def old(raw):
    raw.put(OLD)
    return Document.objects.get(id="a")


def stored(raw):
    return raw.get("DOCUMENT#a", "DOCUMENT")


def test_the_first_change_carries_the_upgrade_and_the_keys_along(old, raw):
    assert (old.title, old.language) == ("first", "c")
    with capture() as usage:
        old.patch(hits=1)
    assert len(usage) == 1
    assert stored(raw) == NEW
    with capture() as usage:
        old.save()
    assert len(usage) == 0


def test_saving_writes_the_upgrade_alone(old, raw):
    old.save()
    assert stored(raw) == {**NEW, "Hits": {"N": "0"}}
    assert (old.title, old.unknown_attributes) == ("first", {"Foreign": {"S": "kept"}})


def test_putting_does_not_bring_back_what_the_upgrade_renamed(old, raw):
    old.hits = 1
    old.put()
    assert stored(raw) == NEW


def test_moving_and_transactions_carry_the_upgrade_too(old, raw):
    with main.transaction() as tx:
        tx.patch(old, hits=1)
    assert stored(raw) == NEW
    old.move(id="b")
    assert raw.get("DOCUMENT#b", "DOCUMENT") == {**NEW, "PK": {"S": "DOCUMENT#b"}, "Id": {"S": "b"}}
    raw.put(OLD)
    Document.objects.get(id="a").move(id="c")
    assert raw.get("DOCUMENT#c", "DOCUMENT")["GSI1PK"] == {"S": "DOCUMENTS#c"}


@pytest.mark.parametrize("changed", ["Name", "Lang", "Hits", "Foreign"])
def test_what_the_upgrade_was_made_of_must_be_as_it_was(old, raw, changed):
    raw.set("DOCUMENT#a", "DOCUMENT", **{changed: {"S": "changed"}})
    before = raw.scan()
    with pytest.raises(StaleWrite, match=changed):
        old.patch(title="second")
    assert raw.scan() == before


def test_two_writers_upgrade_it_once(old, raw):
    other = Document.objects.get(id="a")
    old.patch(hits=1)
    with pytest.raises(StaleWrite, match="SchemaVersion"):
        other.patch(hits=2)
    other.refresh().patch(hits=1)
    assert stored(raw) == NEW


def test_what_was_not_loaded_whole_is_not_upgraded_in_part(old, raw):
    (part,) = Document.objects.filter(id="a").only("hits")
    before = raw.scan()
    for item in (Document.objects.ref(id="a"), part):
        with pytest.raises(StaleWrite, match="version 1, and this is version 3"):
            item.patch(hits=1)
    assert raw.scan() == before
    old.save()
    assert Document.objects.ref(id="a").patch(Document.hits.add(1)).hits == 1


def test_an_action_on_what_the_upgrade_changes_is_refused(old):
    with capture() as usage, pytest.raises(ValueRefused, match=r"save\(\)"):
        old.patch(Document.title.set(Document.title | "x"))
    assert len(usage) == 0


def test_upsert_of_an_older_item_upgrades_it(old, raw):
    found = Document.objects.upsert(id="a", hits=1, title="first", language="c")
    assert found.hits == 1
    assert stored(raw) == NEW
    assert Document.objects.upsert(id="b", title="x", language="c").hits == 0
    assert Document.objects.upsert(id="b", title="y", language="c").title == "y"
    assert raw.get("DOCUMENT#b", "DOCUMENT")["SchemaVersion"] == {"N": "3"}


def test_what_newer_code_has_made_is_not_marked_older(raw):
    newer = {**NEW, "SchemaVersion": {"N": "4"}, "Added": {"S": "by version 4"}}
    raw.put(newer)
    item = Document.objects.get(id="a")
    item.put()
    assert stored(raw) == newer
    item.patch(hits=2)
    assert stored(raw) == {**newer, "Hits": {"N": "2"}}


@pytest.mark.parametrize("write", ["patch", "put", "delete", "move"])
def test_unique_items_follow_what_an_upgrade_makes_of_their_facets(raw, write):
    key = {"PK": {"S": "MEMBER#a"}, "SK": {"S": "MEMBER"}}
    raw.put({**key, "EntityType": {"S": "Member"}, "Id": {"S": "a"}, "Email": {"S": "Ann"}, "Handle": {"S": "an"}})
    for name, value in (("by_email", "Ann"), ("by_nickname", "an")):
        pointer = {"PK": {"S": f"UNIQUE#Member#{name}#{value}"}, "SK": {"S": "UNIQUE"}}
        raw.put({**pointer, "EntityType": {"S": "Unique"}, "Owner": {"M": key}})
    item = Member.objects.get(id="a")
    assert (item.email, item.nickname) == ("ann", "an")
    {"patch": lambda: item.patch(hits=1), "put": item.put, "delete": item.delete, "move": lambda: item.move(id="b")}[
        write
    ]()
    unique = sorted(pk for pk, sk in raw.scan() if sk == "UNIQUE")
    assert unique == ([] if write == "delete" else ["UNIQUE#Member#by_email#ann", "UNIQUE#Member#by_nickname#an"])
    if write != "delete":
        assert Member.objects.get(email="ann") == Member.objects.get(nickname="an") == item
