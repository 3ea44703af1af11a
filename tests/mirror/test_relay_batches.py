"""Rows are mirrored together, in as many statements and requests for many as for few; one that fails does so alone."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from dynamo_models import Throttled, transport
from dynamo_models.errors import RequestRefused
from dynamo_models.mirror import fence, relay
from dynamo_models.mirror.enqueue import enqueue
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.mirror.sync import sync, sync_many
from dynamo_models.models import Change, Failure, MirroredKey
from dynamo_models.transport import capture
from tests.mirror import equality
from tests.mirror.runs import drain
from tests.mirror.shop import items
from tests.mirror.shop.models import Part, Product, Supplier, Tag

PRODUCTS = "shop.product"


def stock(using, count, start=0):
    """The keys of that many new products, each with two tags and a supplier."""
    supplier = Supplier.objects.using(using).create(name="S")
    tags = [Tag.objects.using(using).create(name=name) for name in ("t", "u")]
    found = []
    for number in range(start, start + count):
        product = Product.objects.using(using).create(sku=f"s{number}", name="A", supplier=supplier)
        product.tags.add(*tags)
        found.append(str(product.pk))
    Change.objects.using(using).exclude(source=PRODUCTS).delete()
    return found


def together(using, keys):
    return sync_many(mirror_of(PRODUCTS), keys, using)


def test_the_statements_are_as_many_for_forty_rows_as_for_four(using):
    counts = []
    for start, count in ((0, 4), (4, 40)):
        keys = stock(using, count, start)
        with CaptureQueriesContext(connections[using]) as queries:
            assert {each.put for each in together(using, keys).values()} == {2}
        counts.append(len(queries))
    assert counts[0] == counts[1] < 20
    assert equality.differences(using) == []
    assert items.Product.objects.get(sku="s7").tags == ["t", "u"]


def test_what_was_never_there_goes_in_requests_of_several_and_the_rest_by_itself(using):
    keys = stock(using, 30)
    with capture() as usage:
        together(using, keys)
    assert [each.operation for each in usage.requests] == ["BatchExecuteStatement"] * 3  # 60 items, 25 in each
    Product._base_manager.using(using).update(stock=3)
    with capture() as usage:
        together(using, keys)
    assert {each.operation for each in usage.requests} == {"PutItem"}
    assert len(usage) == 60
    assert equality.differences(using) == []


def test_an_item_that_somebody_else_wrote_is_replaced(using):
    keys = stock(using, 10)
    client = transport.client(items.shop.name)
    place = {"PK": {"S": "PRODUCT#s3"}, "SK": {"S": "METADATA"}}
    client.put_item(TableName=items.shop.endpoint_name, Item={**place, "Name": {"S": "old"}})
    together(using, keys)
    assert equality.differences(using) == []


def test_a_row_that_is_refused_or_throttled_holds_no_other_up(using, monkeypatch):
    keys = stock(using, 20)
    Product._base_manager.using(using).filter(pk=keys[3]).update(sku="with#mark")
    last = Change.objects.using(using).filter(source=PRODUCTS, row_key=keys[3]).order_by("seq").last().seq
    real = transport.call

    def throttled(table, operation, request):
        if operation == "BatchExecuteStatement":
            sent = request["Statements"]
            answers = real(table, operation, {"Statements": [one for one in sent if not _of(one, "s5")]})["Responses"]
            answers = iter(answers)
            refused = {"Error": {"Code": "ThrottlingError", "Message": "too much"}}
            return {"Responses": [refused if _of(one, "s5") else next(answers) for one in sent]}
        if "PRODUCT#s5'" in str(request):
            raise Throttled("too much")
        return real(table, operation, request)

    monkeypatch.setattr(fence, "send", throttled)
    came = relay.attempt_many(PRODUCTS, keys, using)
    assert [key for key, one in came.items() if one.dead] == [keys[3]]
    assert [key for key, one in came.items() if one.failed] == [keys[5]]
    assert set(Change.objects.using(using).values_list("row_key", flat=True)) == {keys[3], keys[5]}
    assert Failure.objects.using(using).get(row_key=keys[3]).seq == last
    monkeypatch.setattr(fence, "send", real)
    Product._base_manager.using(using).filter(pk=keys[3]).update(sku="s3")
    assert drain(using) == 0
    assert equality.differences(using) == []


def _of(statement, sku):
    return {"S": f"PRODUCT#{sku}"} in statement["Parameters"]


def test_a_statement_that_one_row_lets_fail_is_carried_out_for_each(using):
    keys = stock(using, 3)
    Change.objects.using(using).create(source=PRODUCTS, row_key="no number")
    came = together(using, [keys[0], "no number", *keys[1:]])
    assert isinstance(came["no number"], Exception)
    assert {came[key].put for key in keys} == {2}
    assert relay.attempt(PRODUCTS, "no number", using).failed == 1
    assert equality.differences(using) == []


@pytest.mark.parametrize("how", ["the request", "each statement"])
def test_an_endpoint_that_takes_no_inserts_of_several_is_not_asked_again(using, monkeypatch, how):
    real, asked = transport.call, []

    def without(table, operation, request):
        if operation != "BatchExecuteStatement":
            return real(table, operation, request)
        asked.append(len(request["Statements"]))
        if how == "the request":
            raise RequestRefused("no such operation")
        denied = {"Error": {"Code": "AccessDenied", "Message": "dynamodb:PartiQLInsert"}}
        return {"Responses": [denied] * len(request["Statements"])}

    monkeypatch.setattr(fence, "send", without)
    for start in (0, 12):
        together(using, stock(using, 12, start))
    assert asked == [24]
    assert equality.differences(using) == []


def test_a_batch_of_rows_that_came_moved_and_went(using):
    keys = stock(using, 12)
    together(using, keys)
    rows = Product._base_manager.using(using)
    for number, key in enumerate(keys[:4]):
        rows.filter(pk=key).update(sku=f"moved{number}")
    for number, key in enumerate(keys[4:8]):  # to where those have been
        rows.filter(pk=key).update(sku=f"s{number}")
    for row in rows.filter(pk__in=keys[8:]):
        row.delete()
    came = together(using, keys)
    assert not [each for each in came.values() if isinstance(each, Exception)]
    assert drain(using) == 0
    assert equality.differences(using) == []
    assert MirroredKey.objects.using(using).count() == 2 * 8


def test_keys_that_differ_by_case_alone_are_two(using):
    Change.objects.using(using).create(source=PRODUCTS, row_key="a")
    assert not Change.objects.using(using).filter(row_key="A").exists()


def test_a_key_is_logged_as_the_triggers_write_it(using):
    product = Product.objects.using(using).create(sku="a", name="A")
    part = Part.objects.using(using).create(product=product)
    written = Change.objects.using(using).get(source="shop.part").row_key
    mirror = mirror_of("shop.part")
    for text in (str(part.pk), part.pk.hex, str(part.pk).upper()):
        enqueue(mirror, [text], using)
    assert set(Change.objects.using(using).filter(source="shop.part").values_list("row_key", flat=True)) == {written}
    assert sync(mirror, written, using).put == 1
