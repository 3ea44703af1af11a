"""Which store answers, and what is said of it."""

import pytest
from django.db import OperationalError, connections, transaction

from dynamo_models.backend.errors import NotServed
from dynamo_models.testing import assert_requests
from tests.backend.conftest import copy
from tests.backend.filling import fill
from tests.backend.library.models import Author, Book, Publisher

pytestmark = pytest.mark.django_db(databases=["default", "dynamodb"])
on_alias = Book.objects.using("dynamodb")


@pytest.fixture(autouse=True)
def filled(alias, mirrored):
    fill()
    copy(mirrored)


def rename_in_sql(isbn="978-1"):
    """A row of SQL's that DynamoDB has otherwise, so that an answer tells whose it is."""
    Book.objects.using("default").filter(isbn=isbn).update(title="of SQL")


def test_sql_answers_where_it_is_chosen(chosen):
    rename_in_sql()
    with chosen.serving("sql"), assert_requests(0):
        assert on_alias.get(isbn="978-1").title == "of SQL"
        assert list(on_alias.filter(isbn="978-1").values_list("title", flat=True)) == ["of SQL"]
        assert next(on_alias.filter(isbn="978-1").iterator()).title == "of SQL"
        assert on_alias.filter(title="of SQL").count() == 1
        assert on_alias.filter(title="of SQL").exists()
        assert on_alias.filter(pages=100)[:2].count() == 2


def test_dynamodb_answers_where_it_is_chosen(chosen):
    rename_in_sql()
    with assert_requests(1):
        assert on_alias.get(isbn="978-1").title == "Human Acts 1"


def test_the_choice_is_told_what_is_asked(chosen):
    pk = Book.objects.using("default").get(isbn="978-1").pk
    on_alias.get(pk=pk)
    on_alias.filter(pk__in=[pk, 99]).count()
    on_alias.filter(isbn="978-1").exists()
    list(on_alias.filter(author_id=7))
    assert chosen.asked == [
        ("library.book", (pk,), f"UNIQUE#Book#by_id#{pk}", "default"),
        ("library.book", (pk, 99), None, "default"),
        ("library.book", None, "BOOK#978-1", "default"),
        ("library.book", None, "WRITTEN#7", "default"),
    ]


def test_what_no_key_serves_is_answered_by_sql_while_it_has_authority_and_counted(chosen):
    with assert_requests(0):
        assert on_alias.filter(title__startswith="Sol").count() == 3
    (label, reason, place) = chosen.unserved[0]
    assert label == "library.book"
    assert reason.startswith("Book.filter(title__startswith=…): no key serves it; primary (the primary key): its part")
    assert place.startswith("tests/backend/test_choice.py:")


def test_what_no_key_serves_is_not_counted_where_sql_was_chosen_anyway(chosen):
    with chosen.serving("sql"):
        assert on_alias.filter(title__startswith="Sol").count() == 3
    assert chosen.unserved == []


def test_what_no_key_serves_is_refused_once_dynamodb_has_authority(chosen):
    chosen.authority = "dynamodb"
    with pytest.raises(NotServed, match="no key serves it: Book") as refused:
        on_alias.filter(title="A").count()
    assert len(refused.value.candidates) == 3
    assert any("by_author (GSI1)" in each for each in refused.value.candidates)


def test_a_block_is_answered_by_sql_while_it_has_authority(chosen):
    with transaction.atomic(), assert_requests(0):
        rename_in_sql()
        assert on_alias.get(isbn="978-1").title == "of SQL"
    with transaction.atomic(using="dynamodb"), assert_requests(0):
        assert on_alias.get(isbn="978-1").title == "of SQL"
    with assert_requests(1):
        assert on_alias.get(isbn="978-1").title == "Human Acts 1"


def test_a_lock_is_taken_in_sql_while_it_has_authority(chosen):
    rename_in_sql()
    with assert_requests(0):  # where the database has no locks, that is no error outside of a block
        assert on_alias.select_for_update().get(isbn="978-1").title == "of SQL"


def test_a_subquery_of_the_alias_goes_along_to_sql(chosen):
    authors = Author.objects.using("dynamodb").filter(country="PL")
    assert on_alias.filter(author__in=authors).count() == 3
    assert "it looks values up in another query" in chosen.unserved[0][1]
    assert on_alias.filter(author__in=authors).count() == 3


def test_a_model_that_is_not_mirrored_is_in_sql_alone(chosen):
    chosen.authority = "dynamodb"
    with assert_requests(0):
        assert Publisher.objects.using("dynamodb").count() == 2
    assert chosen.asked == []


@pytest.mark.parametrize("store", ["sql", "dynamodb"])
def test_answers_are_compared(chosen, store):
    chosen.compares = True
    rename_in_sql()
    with chosen.serving(store):
        row = on_alias.get(isbn="978-1")
        on_alias.filter(isbn="978-1").exists()
        on_alias.filter(isbn="978-1").count()
    whole, exists, count = chosen.compared
    own, other = (whole["answer"], whole["ask_other"]()) if store == "sql" else (whole["ask_other"](), whole["answer"])
    assert (own[0][2], other[0][2]) == ("of SQL", "Human Acts 1")
    assert own[0][4:] == other[0][4:]
    assert row.title == ("of SQL" if store == "sql" else "Human Acts 1")
    assert whole["ask_again"]() == whole["answer"]
    assert whole["store"] == store
    assert exists["answer"] == exists["ask_other"]() == [(1,)]
    assert count["answer"] == count["ask_other"]() == [(1,)]
    assert "978-1" in whole["what"]


def test_what_has_no_one_answer_is_not_compared(chosen):
    chosen.compares = True
    list(on_alias.filter(author_id=1)[:1])
    list(on_alias.filter(author_id=1).order_by("published_at")[:1])
    assert chosen.compared == []
    list(on_alias.filter(author_id=1).order_by("published_at", "id")[:1])
    assert [each["ordered"] for each in chosen.compared] == [True]
    list(on_alias.filter(author_id=1))
    assert chosen.compared[-1]["ordered"] is False


def test_where_dynamodb_fails_sql_answers_while_it_has_authority_and_it_is_said(chosen, settings):
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "TABLE_PREFIX": "not-there-"}
    assert on_alias.get(isbn="978-1").title == "Human Acts 1"
    assert chosen.failed[0][0] == "library.book"
    chosen.authority = "dynamodb"
    with pytest.raises(OperationalError):
        on_alias.get(isbn="978-1")


def test_requests_are_few(chosen):
    pks = list(Book.objects.using("default").values_list("pk", flat=True))
    for count, ask in (
        (2, lambda: on_alias.get(pk=pks[0])),
        (1, lambda: on_alias.filter(pk=pks[0]).exists()),
        (1, lambda: on_alias.get(isbn="978-1")),
        (2, lambda: on_alias.in_bulk(pks)),
        (1, lambda: list(on_alias.filter(isbn__in=["978-1", "978-2", "978-3"]))),
        (1, lambda: list(on_alias.filter(author_id=1).order_by("-published_at")[:2])),
        (1, lambda: on_alias.filter(author_id=1).count()),
        (2, lambda: list(on_alias.filter(author_id=1).select_related("author"))),
        (0, lambda: list(on_alias.filter(pk__in=[]))),
    ):
        with assert_requests(count):
            ask()


def test_explain_shows_the_plan(chosen):
    assert "Query Library.GSI1 by by_author" in on_alias.filter(author_id=1).explain()
    assert "BatchGetItem Library: 2 items by primary" in on_alias.filter(isbn__in=["1", "2"]).explain()
    assert "no key serves" in on_alias.filter(title="A").explain()


def test_raw_sql_is_refused():
    with connections["dynamodb"].cursor() as cursor, pytest.raises(Exception, match="takes no SQL"):
        cursor.execute("SELECT 1")
    with pytest.raises(Exception, match="takes no SQL"):
        list(on_alias.raw("SELECT * FROM library_book"))
