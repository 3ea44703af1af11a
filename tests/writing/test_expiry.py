"""Items whose time has passed: to every write they are gone, whether DynamoDB has removed them yet or not."""

# ruff: noqa: PT012 - what raises is the end of a block, and the block is more than one call

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dynamo_models import AlreadyExists, ConditionFailed, KeyRefused, TransactionCanceled, capture
from tests.writing.entities import Session, Window, main

pytestmark = pytest.mark.endpoint_cannot(
    "ministack", reason="it removes expired items by itself, at a moment of its own"
)

PAST = datetime(2020, 1, 1, tzinfo=UTC)


def soon():
    return (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)


def test_create_over_an_expired_item(tables, raw):
    Session.objects.create(id="a", token="t", uses=5, ttl=PAST)
    made = Session.objects.create(id="a", token="t")
    assert Session.objects.get(token="t") == made
    assert made.uses == 0
    with pytest.raises(AlreadyExists):
        Session.objects.create(id="a", token="t")
    Window.objects.create(id="a")
    with pytest.raises(ConditionFailed) as error:
        Window(id="a").put(if_=Window.uses == 3)
    assert type(error.value) is ConditionFailed


def test_a_patch_does_not_revive_an_expired_item(tables, raw):
    Window.objects.create(id="a", uses=5, ttl=PAST)
    before = raw.scan()
    with pytest.raises(Window.DoesNotExist, match="expired"):
        Window.objects.ref(id="a").patch(Window.uses.add(1))
    with pytest.raises(TransactionCanceled) as error, main.transaction() as tx:
        tx.patch(Window.objects.ref(id="a"), uses=1)
    assert isinstance(error.value.causes[0], Window.DoesNotExist)
    with pytest.raises(TransactionCanceled) as error, main.transaction() as tx:
        tx.require(Window.objects.ref(id="a"))
        tx.create(Window(id="b"))
    assert isinstance(error.value.causes[0], Window.DoesNotExist)
    assert raw.scan() == before


def test_one_that_was_read_although_it_had_expired_can_be_revived(tables):
    Window.objects.create(id="a", uses=5, ttl=PAST)
    (found,) = Window.objects.include_expired().filter(id="a")
    found.patch(ttl=soon())
    assert Window.objects.get(id="a").uses == 5


def test_a_patch_of_an_item_that_never_expires(tables):
    Window.objects.create(id="a", ttl=None)
    assert Window.objects.ref(id="a").patch(Window.uses.add(1)).uses == 1


def test_upsert_begins_anew_where_the_item_has_expired(tables):
    assert Window.objects.upsert(id="a", uses=3).uses == 3
    with capture() as usage:
        assert Window.objects.upsert(id="a", uses=4).uses == 4
    assert len(usage) == 1
    Window.objects.put(id="a", uses=9, ttl=PAST)
    found = Window.objects.upsert(id="a", uses=1)
    assert found.uses == 1
    assert found.ttl > datetime.now(UTC)


def test_unique_items_expire_with_their_item(tables, raw):
    moment = soon()
    item = Session.objects.create(id="a", token="t", ttl=moment)
    unique = ("UNIQUE#Session#by_token#t", "UNIQUE")
    assert raw.get(*unique)["TTL"] == {"N": str(int(moment.timestamp()))}
    item.patch(ttl=moment + timedelta(hours=1))
    assert raw.get(*unique)["TTL"] == raw.get("SESSION#a", "SESSION")["TTL"]
    item.ttl = None
    item.put()
    assert "TTL" not in raw.get(*unique)
    item.ttl = moment
    item.move(id="b")
    assert raw.get(*unique)["TTL"] == {"N": str(int(moment.timestamp()))}
    assert Session.objects.get(token="t").id == "b"


def test_what_an_expired_item_held_is_free(tables, raw):
    Session.objects.create(id="a", token="t", ttl=PAST)
    other = Session.objects.create(id="b", token="t")
    assert Session.objects.get(token="t") == other
    # The old one, put or removed, leaves alone what is another's now.
    Session(id="a", token="u").put()
    Session.objects.create(id="c", token="v", ttl=PAST)
    Session.objects.put(id="d", token="v")
    Session.objects.ref(id="c").delete()
    assert Session.objects.get(token="t").id == "b"
    assert Session.objects.get(token="u").id == "a"
    assert Session.objects.get(token="v").id == "d"


def test_the_expiry_of_an_item_with_unique_items_needs_the_item(tables):
    Session.objects.create(id="a", token="t")
    with capture() as usage, pytest.raises(KeyRefused, match="Get the item first"):
        Session.objects.ref(id="a").patch(ttl=soon())
    assert len(usage) == 0
    Session.objects.ref(id="a").patch(Session.uses.add(1))
