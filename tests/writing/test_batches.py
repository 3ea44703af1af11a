"""Batches: cut to size, merged, retried for what came back, in order, and written only if the block did not raise."""

# ruff: noqa: PT012 - what raises is the end of a block, and the block is more than one call

from __future__ import annotations

import pytest

from dynamo_models import BatchIncomplete, KeyRefused, RequestRefused, TableMissing, ValueRefused, capture
from dynamo_models.writing import batch as batches
from tests.writing import oracle
from tests.writing.conftest import error
from tests.writing.entities import Counted, Job, Record, main


def some(count, **values):
    return [Record(owner="ann", number=number, **values) for number in range(count)]


def unprocessed(keep):
    """An answer that leaves undone all but the first ``keep`` writes, the last of them first."""

    def answer(operation, request):
        kind = "UnprocessedItems" if operation == "BatchWriteItem" else "UnprocessedKeys"
        ((name, asked),) = request["RequestItems"].items()
        if operation == "BatchGetItem":
            return {"Responses": {name: []}, kind: {name: {**asked, "Keys": asked["Keys"][keep:]}}}
        return {kind: {name: asked[keep:][::-1]} if asked[keep:] else {}}

    return answer


def test_of_two_writes_to_one_item_the_later_stands(tables, raw):
    first, second = Record(owner="ann", number=1, title="first"), Record(owner="ann", number=1, title="second")
    with capture() as usage, main.batch() as batch:
        batch.put(first)
        batch.delete(first)
        batch.put(second, Record(owner="ann", number=2))
        batch.delete(Record.objects.ref(owner="ann", number=2))
        assert len(batch) == 2
    assert len(usage) == 1
    assert [item["Title"]["S"] for item in raw.scan().values()] == ["second"]


def test_nothing_is_written_where_the_block_raised(tables, raw):
    batch = main.batch()
    with capture() as usage:
        with pytest.raises(KeyError), batch:
            batch.put(*some(30))
            raise KeyError
        with batch:
            pass
    assert len(usage) == 0
    assert raw.scan() == {}


def test_what_cannot_be_written_truly_is_refused_when_it_is_given(tables, raw):
    moved = Record.objects.create(owner="bob", number=1)
    moved.number = 2
    with capture() as usage, pytest.raises(ValueRefused), main.batch() as batch:
        batch.put(*some(3))
        for item, kind in (
            (Counted(id="a"), ValueRefused),
            (Job(id="a"), ValueRefused),
            (moved, KeyRefused),
            (Record(owner="ann", number=1, topic=""), KeyRefused),
            (Record(owner="ann", number="1"), ValueRefused),
        ):
            with pytest.raises(kind):
                batch.put(item)
        batch.delete(Counted(id="a"))
    assert len(usage) == 0
    assert len(raw.scan()) == 1


def test_a_batch_keeps_what_the_class_does_not_know(tables, raw):
    Record.objects.create(owner="ann", number=1)
    raw.set("RECORD#ann", "000001", Foreign={"S": "kept"})
    found = Record.objects.get(owner="ann", number=1)
    found.topic = "x"
    with main.batch() as batch:
        batch.put(found)
    assert raw.get("RECORD#ann", "000001")["Foreign"] == {"S": "kept"}
    oracle.check(raw.scan())
    # What was put is what is loaded now.
    with capture() as usage:
        found.save()
    assert len(usage) == 0


def test_batches_are_cut_by_size_too(tables, raw):
    with capture() as usage, main.batch() as batch:
        batch.put(*some(25, title="x" * 300_000))
    assert len(usage) == 2
    assert len(raw.scan()) == 25


def test_what_comes_back_is_sent_again_with_growing_delay(tables, stub, slept, raw):
    stub.answers += [unprocessed(0), unprocessed(10), unprocessed(0)]
    with main.batch() as batch:
        batch.put(*some(25))
    sizes = [len(next(iter(request["RequestItems"].values()))) for _, request in stub.sent]
    assert sizes == [25, 25, 15, 15]
    assert len(slept) == 3
    # The second answer only said that it wrote ten.
    assert len(raw.scan()) == 15


def test_what_is_throttled_is_sent_again(tables, stub, slept, raw):
    stub.answers += [error("ProvisionedThroughputExceededException"), error("ThrottlingException")]
    with main.batch() as batch:
        batch.put(*some(3))
    assert len(raw.scan()) == 3
    assert len(slept) == 2


def test_what_could_not_be_written_is_in_the_error_in_order(tables, stub, slept):
    items = some(60)
    stub.answers += [None, *[unprocessed(5)], *[unprocessed(0)] * batches.FRUITLESS_TRIES]
    with pytest.raises(BatchIncomplete, match="30 of 60") as failed, main.batch() as batch:
        batch.put(*items)
    assert failed.value.unwritten == items[30:]
    assert [item._stored is not None for item in items] == [True] * 30 + [False] * 30
    assert len(slept) == batches.FRUITLESS_TRIES
    with main.batch() as batch:
        batch.put(*failed.value.unwritten)
    assert Record.objects.filter(owner="ann").count() == 55


def test_deletes_that_came_back(tables, stub, slept):
    items = some(3)
    with main.batch() as batch:
        batch.put(*items)
    stub.always = unprocessed(1)
    with pytest.raises(BatchIncomplete) as failed, main.batch() as batch:
        batch.delete(*items)
        stub.always = unprocessed(0)
    assert failed.value.unwritten == items
    assert all(item._stored is not None for item in items)


def test_an_error_in_the_middle_says_what_was_not_written(tables, stub):
    items = some(60)
    stub.answers += [None, error("ValidationException", "no")]
    with pytest.raises(BatchIncomplete, match="35 of 60") as failed, main.batch() as batch:
        batch.put(*items)
    assert failed.value.unwritten == items[25:]
    assert isinstance(failed.value.__cause__, RequestRefused)


def test_an_error_of_the_first_request_is_raised_as_it_is(tables, stub):
    stub.answers += [error("ResourceNotFoundException")]
    with pytest.raises(TableMissing, match="dynamo_tables apply"), main.batch() as batch:
        batch.put(*some(60))
    assert len(stub.sent) == 1


def test_put_all_takes_any_number_and_stops_at_what_cannot_be_written(tables, stub, slept):
    taken = []

    def endless():
        for item in some(1000):
            taken.append(item)
            yield item

    assert main.put_all(some(60)) == 60
    assert main.put_all([]) == 0
    stub.answers += [None] * 2 + [unprocessed(0)] * batches.FRUITLESS_TRIES
    with pytest.raises(BatchIncomplete) as failed:
        main.put_all(endless())
    assert failed.value.unwritten == taken[50:75]
    assert len(taken) == 76


def test_put_all_of_two_tables(tables):
    assert main.put_all([Record(owner="ann", number=1), Job(id="1"), Job(id="2"), Record(owner="ann", number=2)]) == 4
    assert Record.objects.filter(owner="ann").count() == 2
    assert Job.objects.get(id="2")


def test_reads_come_in_the_order_asked_each_as_often(tables):
    main.put_all(some(150))
    keys = [{"owner": "ann", "number": number % 150} for number in range(299, -1, -1)]
    with capture() as usage:
        found = Record.objects.get_many(keys)
    assert [item.number for item in found] == [key["number"] for key in keys]
    assert len(usage) == 2


def test_reads_that_came_back_are_asked_for_again_and_named_at_last(tables, stub, slept):
    main.put_all(some(150))
    stub.sent.clear()
    keys = [{"owner": "ann", "number": number} for number in range(150)]
    stub.answers += [unprocessed(0), error("ThrottlingException"), unprocessed(0)]
    assert len([item for item in Record.objects.get_many(keys) if item]) == 150
    assert len(slept) == 3
    stub.always = unprocessed(0)
    with pytest.raises(BatchIncomplete, match="150 keys") as failed:
        Record.objects.get_many(keys)
    assert [key["SK"]["S"] for key in failed.value.unread] == [f"{number:06d}" for number in range(150)]
