"""Writes on the alias leave in DynamoDB what the same writes leave in SQL."""

# ruff: noqa: E501 - a form of write is a line, long or not

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, NotSupportedError, transaction
from django.db.models import F
from django.db.models.functions import Upper
from django.utils import timezone

from dynamo_models.backend.errors import NotServed
from dynamo_models.mirror import fence
from dynamo_models.testing import assert_no_scan, assert_requests
from tests.backend.conftest import copy, stored, wanted
from tests.backend.filling import START, fill
from tests.backend.library import items
from tests.backend.library.models import Author, Book, Loan, Publisher, Review, Shelf

pytestmark = pytest.mark.django_db(databases=["default", "dynamodb"])


@pytest.fixture(autouse=True)
def moved(alias, mirrored, chosen, settings, monkeypatch):
    """DynamoDB has authority over what SQL had until now."""
    monkeypatch.setattr(timezone, "now", lambda: START + timedelta(days=99))
    with chosen.serving("sql", "sql"):
        fill()
        copy(mirrored)
    chosen.authority = "dynamodb"
    settings.DATABASE_ROUTERS = ["tests.backend.conftest.Router"]


def save(row, **changes):
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def han(on):
    return on(Author).get(country="KR", name="Han")


def get_or_create(on):
    made = on(Book).get_or_create(isbn="new", defaults={"id": 77, "author": han(on)})
    again = on(Book).get_or_create(isbn="new", defaults={"id": 78, "author": han(on)})
    assert (made[1], again[1], again[0].pk) == (True, False, 77)


def update_or_create(on):
    on(Book).update_or_create(isbn="978-1", defaults={"pages": 1}, create_defaults={"id": 99})
    on(Book).update_or_create(isbn="new", defaults={"pages": 2}, create_defaults={"id": 99, "author": han(on)})


def delete_author(on):
    on(Loan).filter(reader_id=0).delete()
    on(Loan).filter(reader_id=1).delete()
    assert han(on).delete()[0] > 3


def change_a_related_object(on):
    book = on(Book).get(isbn="978-1")
    book.author = han(on)
    book.save()


def add_through_the_related_manager(on):
    on(Book).get(isbn="978-1").reviews.create(id=500, score=9, written_at=START)


FORMS = {
    "create": lambda on: on(Book).create(id=70, isbn="new", title="New", author=han(on), price=Decimal("1.005")),
    "create of other types": lambda on: on(Book).create(id=70, isbn="new", author_id=str(han(on).pk), price="2.5", pages="12", details={1: (2, 3)}),
    "a UUID key": lambda on: on(Loan).create(id=uuid.UUID(int=99), reader_id=5, book=on(Book).get(isbn="978-1"), due=date(2025, 1, 1)),
    "save of a new row": lambda on: Book(id=70, isbn="new", author=han(on)).save(using=on(Book).db),
    "save of a row that has a key, and is not there": lambda on: Review(id=300, book=on(Book).get(isbn="978-1")).save(using=on(Book).db),
    "force_insert": lambda on: Author(id=44, name="A").save(using=on(Book).db, force_insert=True),
    "save": lambda on: save(on(Book).get(isbn="978-1"), title="Changed", rating=None),
    "save of an index key": lambda on: save(on(Book).get(isbn="978-1"), published_at=START, available=False),
    "back into a sparse index": lambda on: save(on(Book).get(isbn="978-3"), available=True),
    "save by a reader of a part": lambda on: save(on(Book).only("title").get(isbn="978-1"), title="Part"),
    "update_fields": lambda on: [setattr(row := on(Book).get(isbn="978-1"), "pages", 7), setattr(row, "title", "no"), row.save(update_fields=["pages"])],
    "save with F": lambda on: save(on(Book).get(isbn="978-1"), pages=F("pages") + 3),
    "another key": lambda on: save(on(Book).get(isbn="978-1"), isbn="978-1b"),
    "another key of a parent": lambda on: save(on(Book).get(isbn="978-7"), isbn="978-7b", title="Moved"),
    "a parent's change reaches the copies": lambda on: save(han(on), name="Han Kang"),
    "a parent's change by update": lambda on: on(Author).filter(pk=han(on).pk).update(name="Han Kang"),
    "another parent": change_a_related_object,
    "update": lambda on: on(Book).filter(author=han(on)).update(title="One", available=False),
    "update by an index": lambda on: on(Book).filter(genre="novel", available=True).update(genre="poetry"),
    "update with F": lambda on: on(Book).filter(author=han(on)).update(pages=F("pages") - 2, price=F("price") + Decimal("0.25")),
    "update of NULL with F": lambda on: on(Book).filter(author=han(on)).update(rating=F("rating") + 1),
    "update with another column": lambda on: on(Book).filter(author=han(on)).update(title=F("isbn")),
    "update of nothing": lambda on: on(Book).filter(isbn="none").update(title="x"),
    "update of a choice": lambda on: on(Book).filter(isbn="978-1").update(genre=Book._meta.get_field("genre").choices[2][0]),
    "update of a relation": lambda on: on(Book).filter(isbn="978-1").update(author=han(on), publisher=None),
    "delete": lambda on: on(Review).filter(book=on(Book).get(isbn="978-7")).first().delete(),
    "delete by a query": lambda on: on(Review).filter(book__isbn="978-7", score__gt=0).delete(),
    "delete, and what hangs on it": delete_author,
    "delete and make again": lambda on: [on(Loan).filter(reader_id=0).delete(), on(Loan).create(id=uuid.UUID(int=1), reader_id=0, book_id=1, due=date(2025, 4, 1))],
    "bulk_create": lambda on: on(Book).bulk_create([Book(id=80 + n, isbn=f"b{n}", author=han(on)) for n in range(3)]),
    "bulk_create in parts": lambda on: on(Author).bulk_create([Author(id=80 + n, name=f"b{n}") for n in range(5)], batch_size=2),
    "get_or_create": get_or_create,
    "update_or_create": update_or_create,
    "the related manager creates": add_through_the_related_manager,
    "the related manager adds": lambda on: han(on).books.add(on(Book).get(isbn="978-1"), bulk=False),
    "refresh_from_db": lambda on: on(Book).get(isbn="978-1").refresh_from_db(),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_is_left_is_that_of_sql(form, chosen, mirrored):
    with assert_no_scan():
        FORMS[form](lambda model: model.objects.using("dynamodb"))
    with chosen.serving("sql", "sql"):
        FORMS[form](lambda model: model.objects.using("default"))
        assert stored() == wanted(mirrored)


def on_alias(model):
    return model.objects.using("dynamodb")


def raw(pk, sk="METADATA"):
    return fence.send(items.library, "GetItem", {
        "TableName": items.library.endpoint_name, "Key": {"PK": {"S": pk}, "SK": {"S": sk}}, "ConsistentRead": True,
    }).get("Item")  # fmt: skip


def test_the_mirrors_bookkeeping_stays(chosen):
    row = on_alias(Book).get(isbn="978-1")
    save(row, title="A")
    assert (raw("BOOK#978-1")["_v"], raw("BOOK#978-1")["_r"]) == ({"N": "5"}, {"S": f"library.book:{row.pk}"})
    new = on_alias(Book).create(isbn="new", author=han(on_alias))
    assert "_v" not in raw("BOOK#new")
    assert raw("BOOK#new")["_r"] == {"S": f"library.book:{new.pk}"}
    assert raw(f"UNIQUE#Book#by_id#{new.pk}", "UNIQUE")["_r"] == {"S": f"library.book:{new.pk}"}
    new.delete()
    assert raw("BOOK#new") is None
    save(row, isbn="moved")
    left = raw("BOOK#978-1")
    assert (left["EntityType"], left["_v"], set(left)) == (
        {"S": "_Tombstone"},
        {"N": "5"},
        {"PK", "SK", "EntityType", "_v", "_r"},
    )
    again = on_alias(Book).create(isbn="978-1", author=han(on_alias))
    assert raw("BOOK#978-1")["_v"] == {"N": "5"}
    assert on_alias(Book).get(isbn="978-1").pk == again.pk


def test_a_later_change_of_sqls_is_newer_than_what_was_written_here(mirrored, chosen):
    save(on_alias(Book).get(isbn="978-1"), title="A")
    row = Book.objects.using("default").get(isbn="978-1")
    for _, image in fence.images(mirrored[Book].item(row)):
        assert fence.put(items.library, image, 4, "x") is fence.Outcome.OVERTAKEN
        assert fence.put(items.library, image, 6, "x") is fence.Outcome.WRITTEN


def test_what_is_taken_is_an_integrity_error():
    author = han(on_alias)
    taken = on_alias(Book).get(isbn="978-1")
    before = stored()
    for attempt in (
        lambda: on_alias(Book).create(author=author, isbn="978-1"),
        lambda: on_alias(Book).create(author=author, isbn="new", id=taken.pk),
        lambda: save(on_alias(Book).get(isbn="978-2"), isbn="978-1"),
        lambda: on_alias(Book).bulk_create([Book(isbn="n1", author=author), Book(isbn="n1", author=author)]),
        lambda: on_alias(Book).bulk_create([Book(isbn="n1", author=author), Book(isbn="978-1", author=author)]),
    ):
        with pytest.raises(IntegrityError), transaction.atomic(using="dynamodb"):
            attempt()
    with pytest.raises(IntegrityError):
        on_alias(Book).create(author=author, isbn="978-1")
    with pytest.raises(transaction.TransactionManagementError):
        on_alias(Book).get(isbn="978-1")
    assert stored() == before


def test_what_sql_would_refuse_is_refused():
    author = han(on_alias)
    with pytest.raises(IntegrityError, match="NULL"), transaction.atomic(using="dynamodb"):
        on_alias(Book).create(isbn="new", author=author, pages=None)
    for values in ({"title": "x" * 101}, {"price": Decimal("1234567.00")}):
        with pytest.raises(DataError), transaction.atomic(using="dynamodb"):
            on_alias(Book).create(isbn="new", author=author, **values)
    with pytest.raises(DataError, match="delimiter"):
        on_alias(Book).create(isbn="a#b", author=author)
    assert raw("BOOK#new") is None


def test_numbers_come_from_sqls_own_sequence():
    last = Book.objects.using("default").order_by("pk").last().pk
    first, second = (on_alias(Book).create(isbn=f"n{n}", author=han(on_alias)) for n in range(2))
    assert (first.pk, second.pk) == (last + 1, last + 2)
    many = on_alias(Book).bulk_create([Book(isbn=f"b{n}", author=han(on_alias)) for n in range(2)])
    assert [each.pk for each in many] == [last + 3, last + 4]
    Loan.objects.using("default").all().delete()
    Author.objects.using("default").all().delete()
    assert (
        Book.objects.using("default").create(isbn="z", author=Author.objects.using("default").create(name="Z")).pk
        == last + 5
    )


def test_counting_up_needs_no_other_try_where_nothing_is_made_of_it(monkeypatch):
    """Two add to the same number; the second has read it before the first wrote."""
    from dynamo_models.backend import sending

    prepared = sending._prepared
    attempts = []

    def slow(*args, **kwargs):
        attempts.append(1)
        if len(attempts) == 1:
            items.Book.objects.get(isbn="978-1").patch(items.Book.pages.add(10))
        return prepared(*args, **kwargs)

    monkeypatch.setattr(sending, "_prepared", slow)
    before = on_alias(Book).get(isbn="978-1").pages
    on_alias(Book).filter(isbn="978-1").update(pages=F("pages") + 1)
    assert on_alias(Book).get(isbn="978-1").pages == before + 11
    assert len(attempts) == 1


def test_what_is_worked_out_of_a_row_is_worked_out_again_where_another_writer_was_first(monkeypatch):
    from dynamo_models.backend import sending

    failures = sending._failures
    attempts = []

    def late(sent):
        attempts.append(1)
        if len(attempts) == 1:
            items.Book.objects.get(isbn="978-1").patch(published_at=START, title="Other", label="978-1: Other")
        return failures(sent)

    monkeypatch.setattr(sending, "_failures", late)
    on_alias(Book).filter(isbn="978-1").update(available=False, author=han(on_alias))
    item = items.Book.objects.get(isbn="978-1")
    assert (item.title, item.published_at, item.available, item.label) == ("Other", START, False, "978-1: Other")
    assert "2025-03-01T09:30" in raw("BOOK#978-1")["GSI1SK"]["S"]
    assert len(attempts) == 2


def test_what_is_not_understood_of_a_write_is_refused():
    author = han(on_alias)
    for refused, words in (
        (lambda: on_alias(Book).filter(isbn="978-1").update(pages=F("pages") * 2), "a column can be set"),
        (lambda: on_alias(Book).filter(isbn="978-1").update(title=Upper("title")), "which only SQL works out"),
        (lambda: on_alias(Book).filter(isbn="978-1").update(id=7), "the primary key"),
        (lambda: on_alias(Book).filter(title="A").update(pages=1), "no key serves"),
        (lambda: on_alias(Book).filter(title="A").delete(), "no key serves"),
        (lambda: on_alias(Shelf).create(place="x"), "shelf.note"),
        (
            lambda: on_alias(Book).bulk_update([on_alias(Book).get(isbn="978-1")], ["pages"]),
            "which only SQL works out",
        ),
        (lambda: Publisher.objects.using("dynamodb").first().delete(), "no key serves it: Book"),
    ):
        with pytest.raises(NotServed) as error, transaction.atomic(using="dynamodb"):
            refused()
        assert words in str(error.value)
    with pytest.raises(NotSupportedError, match="ignoring conflicts"):
        on_alias(Book).bulk_create([Book(isbn="x", author=author)], ignore_conflicts=True)


def test_requests_are_few():
    book = on_alias(Book).get(isbn="978-1")
    author = han(on_alias)
    with assert_requests(3):
        Review(id=900, book=book, score=1, written_at=START).save(using="dynamodb", force_insert=True)
    with assert_requests(2):
        on_alias(Book).filter(isbn="978-1").update(pages=1)
    with assert_requests(1):
        on_alias(Author).create(id=901, name="A")
    assert author
