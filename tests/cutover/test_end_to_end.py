"""Ordinary code on mirrored models, read through the alias at each stage, with choice and comparisons as they are."""

import pytest
from django.db import connections
from django.test import override_settings

from dynamo_models import capture, transport
from dynamo_models.cutover import background, settling, state, subjects, tallies
from dynamo_models.cutover.records import ReadMismatch
from tests.cutover.ladder import GROUP, drain, go, place, put, stock
from tests.mirror.shop.items import shop
from tests.mirror.shop.models import Product


class Shop:
    """The application's own router, behind ours: where the shop is in SQL."""

    def db_for_read(self, model, **hints):
        return connections.settings["dynamodb"]["SQL"] if model._meta.app_label == "shop" else None

    db_for_write = db_for_read


ROUTERS = ["dynamo_models.cutover.Router", f"{__name__}.Shop"]


@pytest.fixture
def routed(using, monkeypatch):
    """The shop's database is the SQL side of the alias, and reads are routed."""
    monkeypatch.setattr(settling, "PAUSE", 0.02)
    monkeypatch.setitem(connections.settings["dynamodb"], "SQL", using)
    with override_settings(DATABASE_ROUTERS=ROUTERS):
        yield using


def names():
    return list(Product._base_manager.filter(sku__in=["s00", "s01"]).order_by("sku").values_list("name", flat=True))


def read():
    """A read by key, and how many requests to DynamoDB it took. No item has the supplier, so that is left out."""
    with capture() as usage:
        found = Product._base_manager.defer("supplier").get(sku="s00")
    return found, len(usage)


@pytest.mark.parametrize(
    ("stage", "share", "asks"), [("mirror", 0, False), ("shadow", 0, False), ("reading", 100, True)]
)
def test_the_same_code_reads_the_same_at_every_stage(routed, bounds, stage, share, asks):
    bounds(SAMPLE=0)
    stock(routed)
    drain(routed)
    put(routed, stage, share)
    found, requests = read()
    assert (found.sku, found.name, found.stock) == ("s00", "Name 0", 0)
    assert bool(requests) is asks


def test_people_read_what_they_wrote_and_dynamodb_answers_again_when_it_has_it(routed, bounds):
    bounds(SAMPLE=0)
    made = stock(routed)
    drain(routed)
    put(routed, "reading", 100)
    assert read()[1] > 0
    Product._base_manager.using(routed).filter(pk=made[0].pk).update(name="new")
    found, requests = read()
    assert (found.name, requests) == ("new", 0)
    assert names() == ["new", "Name 1"]
    drain(routed)
    found, requests = read()
    assert found.name == "new"
    assert requests > 0


def test_a_share_of_people_is_answered_by_dynamodb(routed, bounds):
    bounds(SAMPLE=0)
    stock(routed)
    drain(routed)
    put(routed, "reading", 50)
    stores = {}
    for person in map(str, range(30)):
        with subjects.subject(person):
            stores[person] = read()[1] > 0
    assert 5 < sum(stores.values()) < 25
    for person, by_dynamodb in stores.items():
        with subjects.subject(person):
            assert (read()[1] > 0) is by_dynamodb


@pytest.mark.parametrize(("stage", "share"), [("shadow", 0), ("reading", 100)])
def test_reads_are_compared_and_a_planted_mismatch_steps_down(routed, stage, share):
    stock(routed)
    drain(routed)
    put(routed, stage, share)
    step = state.state_of(GROUP, routed).step
    read()
    names()
    background.finish()
    tally = tallies.read(GROUP, step, routed)
    assert tally.counts["same"] == 2
    assert tally.latency("sql").count == tally.latency("dynamodb").count == 2
    key = {"PK": {"S": "PRODUCT#s00"}, "SK": {"S": "METADATA"}}
    planted = {"UpdateExpression": "SET Stock = :v", "ExpressionAttributeValues": {":v": {"N": "99"}}}
    transport.call(shop, "UpdateItem", {"TableName": shop.endpoint_name, "Key": key, **planted})
    read()
    background.finish()
    assert place(routed) == "backfilled"
    assert "99" in ReadMismatch.objects.using(routed).latest("pk").dynamodb
    found, _ = read()
    assert found.stock == 0


def test_what_is_read_there_is_written_to_sql(routed, bounds):
    bounds(SAMPLE=0)
    made = stock(routed)
    drain(routed)
    put(routed, "reading", 100)
    found, _ = read()
    assert found._state.db == "dynamodb"
    found.stock = 5
    found.save()
    assert Product._base_manager.using(routed).get(pk=made[0].pk).stock == 5
    assert found._state.db == routed
    drain(routed)
    go(routed, "shadow")
    assert read()[1] == 0
