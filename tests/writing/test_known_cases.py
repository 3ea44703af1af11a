"""The cases that the mappers of other languages get wrong: each of the last section of the specification."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dynamo_models import CursorRefused, KeyRefused, StaleWrite, capture
from tests.writing import oracle
from tests.writing.entities import Record

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def record(tables):
    return Record.objects.create(owner="ann", number=1, topic="x", created_at=START)


def loaded(item):
    return Record.objects.get(owner=item.owner, number=item.number)


def index_keys(raw, item):
    stored = raw.get(f"RECORD#{item.owner}", f"{item.number:06d}")
    return {name: value["S"] for name, value in stored.items() if name.startswith("GSI")}


def test_a_patch_of_one_flag_publishes_a_row_and_another_takes_it_back(record, raw):
    record.patch(is_public=True)
    assert index_keys(raw, record)["GSI1PK"] == "PUBLIC"
    assert index_keys(raw, record)["GSI1SK"] == "2025-01-15T10:30:00.000000Z"
    assert index_keys(raw, record)["GSI3PK"].startswith("STATE#true#")
    assert list(Record.objects.feed()) == [record]

    record.patch(is_public=False)
    assert not {"GSI1PK", "GSI1SK"} & index_keys(raw, record).keys()
    assert index_keys(raw, record)["GSI3PK"].startswith("STATE#false#")
    assert list(Record.objects.feed()) == []


def test_one_of_two_facets_of_a_key_is_changed_and_the_other_stays(record, raw):
    record.patch(language="rust")
    assert index_keys(raw, record)["GSI2PK"] == "LANGUAGE#rust#x"
    record.patch(topic="y")
    assert index_keys(raw, record)["GSI2PK"] == "LANGUAGE#rust#y"
    oracle.check(raw.scan())


def test_one_of_two_facets_is_changed_without_reading_the_item_only_where_the_other_is_given(record, raw):
    item = Record.objects.ref(owner="ann", number=1)
    with capture() as usage, pytest.raises(KeyRefused) as refused:
        item.patch(language="rust")
    assert len(usage) == 0
    assert refused.value.entity == "Record"
    assert refused.value.key == "Record.by_language"
    assert "topic" in refused.value.facet
    item.patch(language="rust", topic="y", created_at=START, is_public=False, is_deleted=False, score=0)
    assert index_keys(raw, record)["GSI2PK"] == "LANGUAGE#rust#y"


def test_facets_that_hold_the_delimiter_never_make_the_key_of_others(record):
    # ("x#y", "z") and ("x", "y#z") would both be LANGUAGE#x#y#z.
    for language, topic in (("x#y", "z"), ("x", "y#z")):
        with capture() as usage:
            with pytest.raises(KeyRefused, match="delimiter"):
                Record.objects.create(owner="bob", number=1, language=language, topic=topic)
            with pytest.raises(KeyRefused, match="delimiter"):
                record.patch(language=language, topic=topic)
        assert len(usage) == 0


def test_numbers_in_a_sort_key_are_in_order(tables):
    for number in (10, 2, 100, 1):
        Record.objects.create(owner="ann", number=number, score=number)
    assert [item.number for item in Record.objects.filter(owner="ann").order_by("number")] == [1, 2, 10, 100]
    by_score = Record.objects.by_score(is_public=False).order_by("-score")
    assert [item.score for item in by_score] == [100, 10, 2, 1]


def test_case_is_kept(tables):
    Record.objects.create(owner="AbC", number=1, language="Java", topic="T")
    Record.objects.create(owner="aBc", number=1, language="java", topic="T")
    assert [item.owner for item in Record.objects.filter(owner="AbC")] == ["AbC"]
    assert [item.owner for item in Record.objects.by_language(language="java", topic="T")] == ["aBc"]


def test_another_writer_changed_a_facet_since_the_item_was_read(record, raw):
    stale = loaded(record)
    record.patch(language="rust")
    before = raw.scan()
    with pytest.raises(StaleWrite, match="Language") as error:
        stale.patch(topic="y")
    assert error.value.item.language == "rust"
    assert raw.scan() == before
    # What no key of the change depends on is not asked for.
    stale.patch(score=7)
    oracle.check(raw.scan())
    stale.refresh().patch(topic="y")
    assert index_keys(raw, record)["GSI2PK"] == "LANGUAGE#rust#y"


def test_a_facet_that_is_cleared_takes_both_halves_of_its_keys_along(record, raw):
    record.patch(topic=None)
    assert not {"GSI2PK", "GSI2SK", "GSI4PK", "GSI4SK"} & index_keys(raw, record).keys()
    assert "Topic" not in raw.get("RECORD#ann", "000001")
    record.patch(topic="z")
    assert index_keys(raw, record)["GSI2PK"] == "LANGUAGE#python#z"
    assert index_keys(raw, record)["GSI4SK"] == "z"


@pytest.mark.parametrize(("count", "writes"), [(26, 2), (101, 5)])
def test_batches_of_any_size(tables, count, writes):
    items = [Record(owner="ann", number=number, topic="x") for number in range(count)]
    with capture() as usage, Record.schema.table.batch() as batch:
        batch.put(*items)
    assert [request.operation for request in usage.requests] == ["BatchWriteItem"] * writes
    assert Record.objects.filter(owner="ann").count() == count
    with capture() as usage:
        keys = [{"owner": "ann", "number": number} for number in reversed(range(count))]
        found = Record.objects.get_many([*keys, {"owner": "nobody", "number": 1}])
    assert [item.number for item in found if item] == list(reversed(range(count)))
    assert [request.operation for request in usage.requests] == ["BatchGetItem"] * ((count + 1 + 99) // 100)
    assert Record.objects.by_topic(owner="ann", topic="x").count() == count


def test_a_page_is_full_behind_a_filter_that_drops_most_rows(tables):
    with Record.schema.table.batch() as batch:
        for number in range(600):
            batch.put(
                Record(
                    owner="ann",
                    number=number,
                    is_public=True,
                    created_at=START + timedelta(seconds=number),
                    title="wanted" if number % 20 == 0 else "other",
                )
            )
    wanted = Record.objects.feed().filter(title="wanted").order_by("created_at")
    first = wanted.page(20)
    assert [item.number for item in first.items] == list(range(0, 400, 20))
    rest = wanted.page(20, cursor=first.next)
    assert [item.number for item in rest.items] == list(range(400, 600, 20))
    assert rest.next is None


def test_a_cursor_of_one_query_is_refused_by_another(tables):
    for number in range(4):
        for owner in ("ann", "bob"):
            Record.objects.create(owner=owner, number=number)
    cursor = Record.objects.filter(owner="ann").page(2).next
    assert cursor
    for other in (
        Record.objects.filter(owner="bob"),
        Record.objects.filter(owner="ann", title="t"),
        Record.objects.filter(owner="ann").order_by("-number"),
    ):
        with capture() as usage, pytest.raises(CursorRefused):
            other.page(2, cursor=cursor)
        assert len(usage) == 0
    assert [item.number for item in Record.objects.filter(owner="ann").page(2, cursor=cursor).items] == [2, 3]
