"""Which store answers a read: by stage, share, lists, the kill switch, and what is in flight."""

import threading
from collections import Counter

import pytest
from django.db import DatabaseError, connections, transaction
from django.test.utils import CaptureQueriesContext

from dynamo_models.cutover import background, controls, in_flight, serving, state, subjects, tallies
from dynamo_models.cutover.records import UnservedRead
from dynamo_models.mirror import relay
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.models import Change
from tests.cutover.conftest import flushed
from tests.cutover.ladder import GROUP, PART, PRODUCT, choice, drain, place, put, stock
from tests.mirror.shop.models import Part, Product, Supplier, Tag

PEOPLE = [str(number) for number in range(400)]


def served(using, person):
    with subjects.subject(person):
        return choice(using).store


@pytest.mark.parametrize("stage", ["off", "mirror", "backfilled", "verified"])
def test_below_shadow_nobody_asks_dynamodb(using, stage):
    put(using, stage)
    found = choice(using)
    assert (found.store, found.authority, found.compare) == ("sql", "sql", False)


def test_in_shadow_sql_answers_and_a_sample_is_compared(using, bounds):
    put(using, "shadow")
    assert choice(using) == serving.Choice(store="sql", authority="sql", compare=True)
    bounds(SAMPLE=0)
    assert not choice(using).compare
    bounds(SAMPLE=0.3)
    assert 200 < sum(choice(using).compare for _ in range(1000)) < 400


def test_a_share_is_of_people_and_who_is_in_stays_in(using):
    inside = {}
    for share in (1, 10, 50, 100):
        put(using, "reading", share)
        inside[share] = {person for person in PEOPLE if served(using, person) == "dynamodb"}
    assert inside[1] < inside[10] < inside[50] < inside[100] == set(PEOPLE)
    assert 20 < len(inside[10]) < 60
    assert 160 < len(inside[50]) < 240
    put(using, "reading", 10)
    assert {person for person in PEOPLE if served(using, person) == "dynamodb"} == inside[10]


def test_the_hash_is_the_same_in_every_release():
    assert [subjects.bucket("default", f"subject:{n}") for n in range(3)] == [2592, 6301, 2807]
    assert subjects.bucket("other", "subject:0") != 2592


def test_without_a_subject_the_partition_stands_for_one_and_then_the_model(using):
    put(using, "reading", 50)
    partitions = [f"PRODUCT#{number}" for number in range(300)]
    stores = {each: choice(using, partition=each).store for each in partitions}
    assert 100 < Counter(stores.values())["dynamodb"] < 200
    assert {each: choice(using, partition=each).store for each in partitions} == stores
    assert len({choice(using).store for _ in range(20)}) == 1
    with subjects.subject("7"):
        assert len({choice(using, partition=each).store for each in partitions}) == 1
    with subjects.subject(None):
        assert {each: choice(using, partition=each).store for each in partitions} == stores


def test_the_lists_come_before_the_share_and_deny_before_allow(using):
    put(using, "reading", 1)
    outside = [person for person in PEOPLE if served(using, person) == "sql"][:2]
    controls.allow(GROUP, outside, using=using)
    assert [served(using, person) for person in outside] == ["dynamodb", "dynamodb"]
    put(using, "reading", 100)
    controls.deny(GROUP, outside[:1], using=using)
    assert [served(using, person) for person in outside] == ["sql", "dynamodb"]
    controls.forget(GROUP, outside, using=using)
    assert [served(using, person) for person in outside] == ["dynamodb", "dynamodb"]
    assert state.state_of(GROUP, using).deny == state.state_of(GROUP, using).allow == frozenset()
    controls.allow(GROUP, outside, using=using)
    put(using, "shadow")
    assert served(using, outside[0]) == "sql"


def test_killed_nothing_is_asked_of_dynamodb(using):
    put(using, "reading", 100)
    controls.allow(GROUP, ["7"], using=using)
    controls.kill(GROUP, using=using, who="kim", reason="it burns")
    with subjects.subject("7"):
        assert choice(using) == serving.Choice(store="sql", authority="sql", compare=False)
    assert place(using) == "reading 100 %"
    controls.unkill(GROUP, using=using)
    assert choice(using).store == "dynamodb"


def test_a_row_with_a_change_in_flight_is_sqls(each):
    made = stock(each, 3)
    drain(each)
    put(each, "reading", 100)
    one, other = made[0].pk, made[1].pk
    assert choice(each, pks=[one]).store == "dynamodb"
    Product.objects.using(each).filter(pk=one).update(stock=9)
    assert choice(each, pks=[one]).store == "sql"
    assert choice(each, pks=[other, one]).store == "sql"
    assert choice(each, pks=[other]).store == "dynamodb"
    assert choice(each, pks=[str(one)]).store == "sql"
    assert choice(each).store == "sql"
    assert choice(each, partition="PRODUCT#s02").store == "sql"
    assert choice(each, PART).store == "dynamodb"
    drain(each)
    assert choice(each, pks=[one]).store == choice(each).store == "dynamodb"


def test_what_an_item_is_made_of_counts_as_in_flight(each):
    supplier = Supplier.objects.using(each).create(name="A")
    made = stock(each, 2)
    part = Part.objects.using(each).create(product=made[0])
    Product.objects.using(each).filter(pk=made[0].pk).update(supplier=supplier)
    drain(each)
    put(each, "reading", 100)
    Supplier.objects.using(each).update(country="DE")
    assert choice(each, pks=[made[0].pk]).store == "dynamodb"  # no item has it
    Supplier.objects.using(each).update(name="B")
    assert choice(each, pks=[made[0].pk]).store == choice(each).store == "sql"
    assert choice(each, PART, pks=[part.pk]).store == choice(each, PART).store == "dynamodb"
    drain(each)
    made[0].tags.add(Tag.objects.using(each).create(name="new"))
    assert choice(each, pks=[made[0].pk]).store == "sql"
    assert choice(each, pks=[made[1].pk]).store == "dynamodb"
    drain(each)
    Product.objects.using(each).filter(pk=made[0].pk).update(sku="moved")
    assert choice(each, PART, pks=[part.pk]).store == "sql"
    drain(each)
    assert choice(each, PART, pks=[part.pk]).store == "dynamodb"


def test_a_transaction_sees_what_it_has_written_itself_and_nobody_else_does(each):
    made = stock(each, 1)
    drain(each)
    put(each, "reading", 100)
    seen = {}

    def look():
        seen["other"] = choice(each, pks=[made[0].pk]).store
        connections[each].close()

    with transaction.atomic(using=each):
        if connections[each].vendor != "sqlite":  # there nobody else reads while a transaction writes
            Product.objects.using(each).filter(pk=made[0].pk).update(stock=9)
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
            assert seen == {"other": "dynamodb"}
        Product.objects.using(each).filter(pk=made[0].pk).update(stock=10)
        assert choice(each, pks=[made[0].pk]).store == choice(each).store == "sql"
        with transaction.atomic(using=each):
            transaction.set_rollback(True, using=each)
        assert choice(each, pks=[made[0].pk]).store == "sql"
    assert choice(each, pks=[made[0].pk]).store == "sql"


def test_a_change_of_a_parent_is_seen_until_the_children_are_mirrored(using):
    made = stock(using, 1)
    part = Part.objects.using(using).create(product=made[0])
    drain(using)
    put(using, "reading", 100)
    Product.objects.using(using).filter(pk=made[0].pk).update(sku="moved")
    log = Change.objects.using(using).order_by("source")
    looks = []
    for source, row_key in log.values_list("source", "row_key"):
        relay.attempt(source, row_key, using)
        looks.append((source, choice(using, PART, pks=[part.pk]).store))
    assert looks == [("shop.part/product", "sql"), (PRODUCT, "sql")]
    assert list(log.values_list("source", flat=True)) == [PART]
    drain(using)
    assert choice(using, PART, pks=[part.pk]).store == "dynamodb"


def test_more_keys_than_a_list_should_have_are_looked_for_as_any(using, monkeypatch):
    made = stock(using, 2)
    drain(using)
    put(using, "reading", 100)
    monkeypatch.setattr(in_flight, "MOST_KEYS", 1)
    Product.objects.using(using).filter(pk=made[0].pk).update(stock=9)
    assert choice(using, pks=[made[1].pk]).store == "dynamodb"
    assert choice(using, pks=[made[1].pk, made[1].pk + 7]).store == "sql"


def test_the_look_is_one_statement_and_the_state_none_that_a_test_counts(each):
    stock(each, 1)
    put(each, "reading", 100)
    state.forget()
    with CaptureQueriesContext(connections[each]) as queries:
        choice(each, pks=[1, 2, 3])
        choice(each)
    assert [query["sql"].count("EXISTS") + query["sql"].count("LIMIT 1") for query in queries] == [1, 1]


def test_where_the_log_cannot_be_looked_at_nobody_guesses(using, monkeypatch):
    put(using, "reading", 100)

    def away(*_, **__):
        raise DatabaseError("away")

    monkeypatch.setattr(serving, "in_flight", away)
    with pytest.raises(DatabaseError, match="away"):
        choice(using)


def test_what_was_served_is_counted(using):
    put(using, "reading", 100)
    for _ in range(3):
        choice(using)
    stock(using, 1)
    choice(using)
    flushed()
    counts = tallies.read(GROUP, state.state_of(GROUP, using).step, using).counts
    assert (counts["served_dynamodb"], counts["served_sql"], counts["in_flight"]) == (3, 1, 1)


def test_reads_that_no_key_serves_are_kept_by_place(using):
    put(using, "reading", 100)
    for _ in range(3):
        choice(using)
        serving.unserved(mirror_of(PRODUCT), "it needs a scan", "views.py:7", using=using)
    flushed()
    choice(using)
    serving.unserved(mirror_of(PRODUCT), "it needs a scan", "views.py:7", using=using)
    flushed()
    row = UnservedRead.objects.using(using).get()
    assert (row.count, row.place, row.reason, row.source, row.group) == (
        *(4, "views.py:7", "it needs a scan"),
        *(PRODUCT, GROUP),
    )
    counts = tallies.read(GROUP, state.state_of(GROUP, using).step, using).counts
    assert (counts["served_sql"], counts["served_dynamodb"]) == (4, 0)


def test_a_subject_may_be_found_by_a_read_that_is_nobodys(using):
    put(using, "reading", 50)
    seen = []

    def find():
        seen.append(subjects.current())
        choice(using)
        return "7"

    with subjects.asked_for(find):
        choice(using)
        assert subjects.current() == "7"
    assert set(seen) == {None}
    assert background.finish() is None
