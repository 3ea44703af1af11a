"""Reads compared off the request's path: a change in flight is no difference, and a difference counts."""

import threading

import pytest
from django.db import connections

from dynamo_models import transport
from dynamo_models.cutover import background, serving, settling, shadow, state, tallies
from dynamo_models.cutover.records import GroupStep, ReadMismatch
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.models import Change, Failure
from tests.cutover.conftest import flushed
from tests.cutover.ladder import GROUP, PRODUCT, choice, drain, place, put, stock
from tests.cutover.process import until
from tests.mirror.shop import items
from tests.mirror.shop.items import shop
from tests.mirror.shop.models import Product


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(settling, "PAUSE", 0.02)


def counts(using, step=None):
    flushed()
    step = step or state.state_of(GROUP, using).step
    return tallies.read(GROUP, step, using).counts


def ask(using, answer, other, *, again=None, store="sql", **options):
    """Compare two answers, each a value or something to call."""
    given = {"using": using, "what": "the list of products", **options}
    serving.compare(
        mirror_of(PRODUCT),
        ask_other=other if callable(other) else lambda: other,
        ask_again=again or (lambda: answer),
        answer=answer,
        store=store,
        **given,
    )


def test_equal_answers_are_counted_and_both_stores_timed(using):
    put(using, "shadow")
    ask(using, [("a", 1)], [("a", 1)], took=0.004)
    ask(using, [("a", 1)], [("a", 1)], took=0.004)
    background.finish()
    tally = tallies.read(GROUP, state.state_of(GROUP, using).step, using)
    assert tally.counts == {"same": 2}
    assert tally.latency("sql").count == tally.latency("dynamodb").count == 2
    assert tally.latency("sql").quantile(0.5) == pytest.approx(0.004, rel=0.08)


def test_order_matters_where_the_query_has_one(using, bounds):
    bounds(MISMATCHES=9)
    put(using, "shadow")
    ask(using, [("a",), ("b",)], [("b",), ("a",)], ordered=False)
    assert counts(using) == {"same": 1}
    ask(using, [("a",), ("b",)], [("b",), ("a",)])
    assert counts(using) == {"same": 1, "different": 1}


@pytest.mark.parametrize(("stage", "share"), [("shadow", 0), ("reading", 10), ("reading", 100)])
@pytest.mark.parametrize("store", ["sql", "dynamodb"])
def test_a_difference_is_kept_with_both_answers_and_steps_the_group_down_by_itself(using, stage, share, store):
    before = put(using, stage, share)
    sql, dynamodb = [("a", 1)], [("a", 2)]
    answers = (sql, dynamodb) if store == "sql" else (dynamodb, sql)
    ask(using, *answers, store=store)
    background.finish()
    row = ReadMismatch.objects.using(using).get()
    assert (row.sql, row.dynamodb) == ('[["a", {"number": "1"}]]', '[["a", {"number": "2"}]]')
    assert (row.source, row.what, row.served_by, row.step) == (PRODUCT, "the list of products", store, before.step)
    assert place(using) == "backfilled"
    step = GroupStep.objects.using(using).latest("pk")
    assert (step.automatic, step.to_stage) == (True, "backfilled")
    assert step.reason == "1 reads were answered differently; 0 are the most."
    assert '"different": 1' in step.evidence
    assert choice(using).store == "sql"


def test_a_difference_of_the_last_place_speaks_against_this_one_too(using):
    put(using, "shadow")
    moved = []

    def other():
        if not moved:
            moved.append(put(using, "reading", 10))
        return [2]

    ask(using, [1], other)
    background.finish()
    assert place(using) == "backfilled"


def test_an_item_altered_in_the_mirror_is_seen_and_steps_the_group_down(each):
    """End to end but for the compiler: both stores are asked for what they hold."""
    (made,) = stock(each, 1)
    drain(each)
    put(each, "reading", 100)

    def by_sql():
        return list(Product.objects.using(each).values_list("sku", "name", "stock"))

    def by_dynamodb():
        return [(found.sku, found.name, found.stock) for found in items.Product.objects.filter(sku=made.sku)]

    ask(each, by_dynamodb(), by_sql, again=by_dynamodb, store="dynamodb")
    assert counts(each) == {"same": 1}
    changed = {":v": {"S": "planted"}}
    transport.call(
        shop,
        "UpdateItem",
        {
            "TableName": shop.endpoint_name,
            "Key": {"PK": {"S": "PRODUCT#s00"}, "SK": {"S": "METADATA"}},
            "UpdateExpression": "SET #n = :v",
            "ExpressionAttributeNames": {"#n": "Name"},
            "ExpressionAttributeValues": changed,
        },
    )
    ask(each, by_dynamodb(), by_sql, again=by_dynamodb, store="dynamodb")
    background.finish()
    assert place(each) == "backfilled"
    assert "planted" in ReadMismatch.objects.using(each).get().dynamodb


def test_a_change_on_its_way_is_no_difference(each):
    (made,) = stock(each, 1)
    drain(each)
    put(each, "shadow")
    Product.objects.using(each).update(stock=7)
    asked = threading.Event()

    def by_sql():
        return list(Product.objects.using(each).values_list("stock"))

    def by_dynamodb():
        asked.set()
        return [(items.Product.objects.get(sku=made.sku).stock,)]

    ask(each, by_sql(), by_dynamodb, again=by_sql)
    assert asked.wait(20)
    until(lambda: shadow_waits(each))
    drain(each)
    assert counts(each) == {"same": 1}
    assert place(each) == "shadow"


def shadow_waits(using):
    return Change.objects.using(using).exists()


def test_while_a_change_is_in_flight_nothing_is_certain(using, monkeypatch):
    monkeypatch.setattr(settling, "PATIENCE", 0.1)
    stock(using, 1)
    put(using, "reading", 10)
    ask(using, [("a", 1)], [("a", 2)])
    assert counts(using) == {"unsettled": 1}
    assert place(using) == "reading 10 %"
    assert not ReadMismatch.objects.using(using).exists()


def test_sql_that_changes_between_two_looks_proves_nothing(using):
    put(using, "shadow")
    answers = iter(range(100))
    ask(using, [0], [("never",)], again=lambda: [next(answers)])
    assert counts(using) == {"unsettled": 1}


def test_dynamodb_that_comes_to_the_same_in_the_end_was_only_late(using):
    put(using, "shadow")
    answers = iter([1, 1, 2])
    ask(using, [2], lambda: [next(answers)])
    assert counts(using) == {"same": 1}


def test_without_a_way_to_ask_again_nothing_is_told_and_that_is_counted(using):
    put(using, "shadow")
    serving.compare(mirror_of(PRODUCT), ask_other=lambda: 1, answer=2, what="a count", store="sql", using=using)
    assert counts(using) == {"unsettled": 1}


def test_nothing_is_raised_or_waited_for_whatever_the_other_store_does(using, bounds):
    bounds(THREADS=1, QUEUE=2, DEADLINE=30)
    put(using, "shadow")
    go_on, inside = threading.Event(), threading.Event()

    def hangs():
        inside.set()
        go_on.wait(20)
        return [1]

    def fails():
        raise RuntimeError("on purpose")

    ask(using, [1], hangs)
    assert inside.wait(20)
    ask(using, [1], fails)
    ask(using, [1], [1])
    for _ in range(3):
        ask(using, [1], [1])
    go_on.set()
    assert counts(using) == {"same": 2, "errors_dynamodb": 1, "dropped": 3}


def test_what_waited_longer_than_its_deadline_is_dropped_and_what_took_longer_is_late(using, bounds):
    bounds(THREADS=1, DEADLINE=0.2)
    put(using, "shadow")
    go_on, inside = threading.Event(), threading.Event()

    def slow():
        inside.set()
        go_on.wait(20)
        return [1]

    ask(using, [1], slow)
    assert inside.wait(20)
    ask(using, [1], [1])
    threading.Event().wait(0.3)
    go_on.set()
    assert counts(using) == {"late": 1, "dropped": 1}


def test_an_answer_is_compared_as_it_was_given(using):
    put(using, "shadow")
    hold = threading.Event()

    def other():
        hold.wait(20)
        return [{"name": "A"}]

    rows = [{"name": "A"}]
    ask(using, rows, other)
    rows[0]["name"] = "changed by the view"
    hold.set()
    assert counts(using) == {"same": 1}


def test_no_more_mismatches_are_kept_than_can_be_looked_at(using, bounds, monkeypatch):
    bounds(MISMATCHES=100)
    monkeypatch.setattr(shadow, "MOST_KEPT", 3)
    put(using, "shadow")
    for number in range(6):
        ask(using, [number], [-1], what=str(number))
        background.finish()
    assert sorted(ReadMismatch.objects.using(using).values_list("what", flat=True)) == ["3", "4", "5"]
    assert place(using) == "shadow"
    ask(using, ["x" * 50_000], [-1])
    background.finish()
    assert len(ReadMismatch.objects.using(using).latest("pk").sql) < 21_000


def test_counts_that_cannot_be_written_are_kept_for_later(using, monkeypatch):
    from django.db import DatabaseError
    from django.db.models import QuerySet

    put(using, "shadow")
    ask(using, [1], [1])

    def away(*_args, **_kwargs):
        raise DatabaseError("away")

    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "update_or_create", away)
        flushed()
    assert counts(using) == {"same": 1}


def test_counts_are_written_while_comparisons_never_run_out(using, bounds, monkeypatch):
    bounds(THREADS=1)
    monkeypatch.setattr(background, "PERIOD", 0.05)
    put(using, "shadow")
    ended = threading.Event()

    def other():
        if not ended.is_set():
            ask(using, [1], other)  # there is a next one before this one is done
        return [1]

    try:
        ask(using, [1], other)
        step = state.state_of(GROUP, using).step
        until(lambda: tallies.read(GROUP, step, using).counts["same"])
    finally:
        ended.set()


def test_counts_of_several_processes_and_minutes_are_one(using, monkeypatch):
    put(using, "shadow")
    step = state.state_of(GROUP, using).step
    now = [1_000_000 * 60.0]
    monkeypatch.setattr(tallies.time, "time", lambda: now[0])
    for number in range(4):
        monkeypatch.setattr(tallies, "_current", tallies._Held())
        ask(using, [1], [1], took=0.01 * (number + 1))
        flushed()
        now[0] += 60
    assert tallies.read(GROUP, step, using).counts == {"same": 4}
    assert tallies.read(GROUP, step, using, minutes=2).counts == {"same": 2}
    now[0] += tallies.MERGED_AFTER * 60
    before = tallies.read(GROUP, step, using)
    for _ in range(2):
        tallies.merge(using)
        rows = tallies.ReadTally.objects.using(using).all()
        assert [row.process for row in rows] == [""]
        after = tallies.read(GROUP, step, using)
        assert after.counts == before.counts
        assert {store: each.buckets for store, each in after.latencies.items()} == {
            store: each.buckets for store, each in before.latencies.items()
        }


def test_a_dead_letter_never_settles_and_is_no_difference(using, monkeypatch):
    monkeypatch.setattr(settling, "PATIENCE", 0.1)
    Product.objects.using(using).create(sku="a#b", name="A")
    drain(using)
    assert Failure.objects.using(using).filter(dead=True).exists()
    put(using, "shadow")
    ask(using, [1], [2])
    assert counts(using) == {"unsettled": 1}


def test_a_thread_that_has_nothing_to_do_ends_with_its_connection(using, monkeypatch):
    monkeypatch.setattr(background, "IDLE", 0.05)
    monkeypatch.setattr(background, "PERIOD", 0.05)
    put(using, "shadow")
    closed = []

    def other():
        connection = connections[using]
        connection.ensure_connection()
        close = connection.close
        connection.close = lambda: (closed.append(1), close())
        return [1]

    ask(using, [1], other)
    until(lambda: not background._pool().threads and closed)
    ask(using, [1], [1])
    assert counts(using) == {"same": 2}
