"""Ordinary queries get on the alias what SQL gives, from DynamoDB and without a scan."""

# ruff: noqa: E501 - a form of query is a line, long or not

import uuid
from datetime import date, timedelta

import pytest
from django.db.models import F, Prefetch, Q
from django.db.models.lookups import GreaterThan

from dynamo_models.testing import assert_no_scan
from tests.backend.conftest import copy
from tests.backend.filling import START, fill
from tests.backend.library.models import Author, Book, Loan, Paperback, Publisher, Review, Shelf

pytestmark = pytest.mark.django_db(databases=["default", "dynamodb"])


@pytest.fixture(autouse=True)
def filled(alias, mirrored):
    fill()
    copy(mirrored)


def book(number=4):
    return Book.objects.using("default").get(isbn=f"978-{number}")


def first_author():
    return Author.objects.using("default").order_by("pk").first()


def full(rows):
    """Every column, its type and how it is written: a price of 1.50 is not shown as 1.5."""
    return [
        (type(row), {field.attname: repr(getattr(row, field.attname)) for field in row._meta.concrete_fields})
        for row in rows
    ]


# Each is given a function that makes a query set of a model, and returns an answer to compare.
FORMS = {
    "get by pk": lambda on: full([on(Book).get(pk=book().pk)]),
    "get by id": lambda on: full([on(Book).get(id=book().pk)]),
    "get by a unique column": lambda on: full([on(Book).get(isbn="978-2")]),
    "get by pk and more": lambda on: full([on(Book).get(pk=book().pk, genre="poetry")]),
    "filter by pk that does not match the rest": lambda on: full(on(Book).filter(pk=book().pk, genre="novel")),
    "no such pk": lambda on: on(Book).filter(pk=12345).first(),
    "a UUID key": lambda on: full([on(Loan).get(pk=uuid.UUID(int=3))]),
    "pk in": lambda on: sorted(full(on(Book).filter(pk__in=[book(1).pk, book(5).pk, 999])), key=str),
    "pk in, ordered": lambda on: full(on(Book).filter(pk__in=[book(n).pk for n in (7, 1, 5)]).order_by("-price")),
    "pk in, nulls ordered": lambda on: full(on(Book).filter(pk__in=[book(n).pk for n in (0, 7, 1, 3)]).order_by("rating", "pk")),
    "pk in, nulls ordered back": lambda on: full(on(Book).filter(pk__in=[book(n).pk for n in (0, 7, 1, 3)]).order_by("-rating", "pk")),
    "pk in, sliced": lambda on: full(on(Book).filter(pk__in=[book(n).pk for n in (7, 1, 5)]).order_by("isbn")[1:2]),
    "pk in, counted": lambda on: on(Book).filter(pk__in=[book(1).pk, 999]).count(),
    "isbn in": lambda on: full(on(Book).filter(isbn__in=["978-1", "978-3", "none"]).order_by("isbn")),
    "in_bulk": lambda on: {key: full([row]) for key, row in on(Book).in_bulk([book(1).pk, book(2).pk]).items()},
    "in_bulk by a field": lambda on: sorted(on(Book).in_bulk(["978-1"], field_name="isbn")),
    "a partition, in order": lambda on: full(on(Book).filter(author=first_author()).order_by("published_at", "id")),
    "a partition, highest first": lambda on: full(on(Book).filter(author=first_author()).order_by("-published_at", "-id")),
    "a partition, reversed": lambda on: full(on(Book).filter(author=first_author()).order_by("published_at", "id").reverse()),
    "a partition, sliced": lambda on: full(on(Book).filter(author=first_author()).order_by("-published_at", "-id")[1:3]),
    "a partition, one": lambda on: full([on(Book).filter(author=first_author()).order_by("published_at")[1]]),
    "a partition, sorted here": lambda on: full(on(Book).filter(author=first_author()).order_by("price")),
    "first": lambda on: full([on(Book).filter(author=first_author()).order_by("published_at").first()]),
    "last": lambda on: full([on(Book).filter(author=first_author()).order_by("published_at").last()]),
    "earliest": lambda on: full([on(Book).filter(author=first_author()).earliest("published_at")]),
    "first of one": lambda on: full([on(Book).filter(isbn="978-3").first()]),
    "first of none": lambda on: on(Book).filter(isbn="none").first(),
    "default order": lambda on: full(on(Review).filter(book=book(7))),
    "default order, sliced": lambda on: full(on(Review).filter(book=book(7))[:2]),
    "a range of times": lambda on: full(on(Book).filter(author=first_author(), published_at__gte=START + timedelta(days=1)).order_by("published_at")),
    "between times": lambda on: full(on(Book).filter(author=first_author(), published_at__range=(START, START + timedelta(days=2))).order_by("published_at")),
    "before a time": lambda on: full(on(Book).filter(author=first_author(), published_at__lt=START + timedelta(days=2)).order_by("published_at")),
    "a day": lambda on: full(on(Book).filter(author=first_author(), published_at__date=date(2025, 3, 2)).order_by("published_at")),
    "days": lambda on: full(on(Book).filter(author=first_author(), published_at__date__gt=date(2025, 3, 1)).order_by("published_at")),
    "a day, not": lambda on: sorted(full(on(Book).filter(author=first_author()).exclude(published_at__date=date(2025, 3, 1))), key=str),
    "a prefix": lambda on: full(on(Author).filter(country="KR", name__startswith="H")),
    "text in any case": lambda on: sorted(full(on(Book).filter(author=first_author(), title__icontains="OLAR")), key=str),
    "text in any case, not": lambda on: sorted(full(on(Book).filter(author=first_author()).exclude(title__icontains="OLAR")), key=str),
    "text in any case, of two columns": lambda on: sorted(full(on(Book).filter(Q(title__icontains="olar") | Q(isbn__icontains="8-4"), author=first_author())), key=str),
    "text in any case, sliced": lambda on: full(on(Book).filter(author=first_author(), title__icontains="A").order_by("-published_at", "-id")[1:2]),
    "text in any case, counted": lambda on: on(Book).filter(author=first_author(), title__icontains="A").count(),
    "text in any case, existing": lambda on: [on(Book).filter(author=first_author(), title__icontains=each).exists() for each in ("A", "%", "#")],
    "text at an end": lambda on: [on(Book).filter(author=first_author(), **{f"title__{each}": "IS"}).count() for each in ("iendswith", "iexact", "istartswith")],
    "alternatives": lambda on: full(on(Book).filter(Q(author=first_author()) | Q(isbn__in=["978-1", "978-2", "978-5"])).order_by("-published_at", "-id")),
    "alternatives, sliced": lambda on: full(on(Book).filter(Q(author=first_author()) | Q(isbn__in=["978-1", "978-2", "978-5"])).order_by("-published_at", "-id")[1:4]),
    "alternatives in order, sliced": lambda on: [full(on(Book).filter(Q(author=first_author()) | Q(genre="novel", available=True)).order_by("-published_at", "-id")[:n]) for n in (1, 2, 3, 5)],
    "alternatives, counted": lambda on: on(Book).filter(Q(author=first_author()) | Q(isbn__in=["978-0", "978-1", "978-2", "978-5"])).count(),
    "alternatives, columns": lambda on: list(on(Book).filter(Q(author=first_author()) | Q(isbn="978-5")).order_by("published_at", "id").values_list("title")),
    "distinct": lambda on: full(on(Book).filter(author=first_author()).order_by("published_at", "id").distinct()),
    "distinct columns": lambda on: list(on(Book).filter(author=first_author()).order_by("genre").values_list("genre", flat=True).distinct()),
    "first of one by an index": lambda on: full([on(Book).filter(pk=book(3).pk).order_by("-price").first()]),
    "another name of a column": lambda on: list(on(Book).filter(author=first_author()).order_by("published_at", "id").values("isbn", writer=F("author_id"))),
    "contains": lambda on: sorted(full(on(Book).filter(author=first_author(), title__contains="aris")), key=str),
    "greater": lambda on: sorted(full(on(Book).filter(author=first_author(), pages__gt=110)), key=str),
    "decimals": lambda on: sorted(full(on(Book).filter(author=first_author(), price__lte="3.50")), key=str),
    "isnull": lambda on: sorted(full(on(Book).filter(author__in=list(Author.objects.using("default")), publisher__isnull=True)), key=str),
    "exact None": lambda on: sorted(full(on(Book).filter(author=first_author(), rating=None)), key=str),
    "boolean": lambda on: sorted(full(on(Book).filter(author=first_author(), available=False)), key=str),
    "a sparse index": lambda on: full(on(Book).filter(genre="novel", available=True).order_by("-published_at")),
    "a choice": lambda on: full(on(Book).filter(genre=Book._meta.get_field("genre").choices[1][0], available=True).order_by("published_at", "id")),
    "several partitions, merged": lambda on: full(on(Book).filter(genre__in=["novel", "poetry"], available=True).order_by("published_at", "id")[:4]),
    "or of values": lambda on: full(on(Book).filter(Q(genre="novel") | Q(genre="science"), available=True).order_by("published_at", "id")),
    "or of columns": lambda on: sorted(full(on(Book).filter(Q(pages=100) | Q(rating__gt=2), author=first_author())), key=str),
    "or with null": lambda on: sorted(full(on(Book).filter(Q(rating=1) | Q(rating=None), author=first_author())), key=str),
    "exclude": lambda on: sorted(full(on(Book).filter(author=first_author()).exclude(pages=100)), key=str),
    "exclude a nullable": lambda on: sorted(full(on(Book).filter(author=first_author()).exclude(rating=1)), key=str),
    "exclude two": lambda on: sorted(full(on(Book).filter(author=first_author()).exclude(rating=1, pages=110)), key=str),
    "not not": lambda on: sorted(full(on(Book).filter(~~Q(rating__gt=0), author=first_author())), key=str),
    "not of or": lambda on: sorted(full(on(Book).filter(~(Q(rating=1) | Q(pages=100)), author=first_author())), key=str),
    "not isnull": lambda on: sorted(full(on(Book).filter(~Q(rating=None), author=first_author())), key=str),
    "a look-up as an expression, not": lambda on: sorted(full(on(Book).filter(~Q(GreaterThan(F("rating"), 1)), author=first_author())), key=str),
    "a look-up as an expression, not, in an or": lambda on: sorted(full(on(Book).filter(~(Q(GreaterThan(F("rating"), 1)) & Q(pages__gt=100)), author=first_author())), key=str),
    "exclude in": lambda on: sorted(full(on(Book).filter(author=first_author()).exclude(pages__in=[100, 110])), key=str),
    "none()": lambda on: full(on(Book).none()),
    "in nothing": lambda on: full(on(Book).filter(pk__in=[])),
    "not in nothing": lambda on: sorted(full(on(Book).filter(author=first_author()).exclude(pk__in=[])), key=str),
    "a value that cannot be": lambda on: full(on(Book).filter(pk=2**70)),
    "values": lambda on: list(on(Book).filter(author=first_author()).order_by("published_at").values("pk", "title", "rating")),
    "values of all": lambda on: list(on(Book).filter(isbn="978-4").values()),
    "values_list": lambda on: list(on(Book).filter(author=first_author()).order_by("published_at").values_list("title", "author")),
    "flat": lambda on: list(on(Book).filter(author=first_author()).order_by("published_at").values_list("pk", flat=True)),
    "named": lambda on: [tuple(row) for row in on(Book).filter(isbn="978-4").values_list("title", "price", named=True)],
    "values through a key that is carried": lambda on: list(on(Book).filter(isbn="978-4").values("author__name")),
    "values through a key that is not": lambda on: list(on(Book).filter(author=first_author()).order_by("published_at").values("author__country", "publisher__name")),
    "only": lambda on: [(row.title, row.get_deferred_fields()) for row in on(Book).filter(isbn="978-4").only("title")],
    "only, then the rest": lambda on: [row.pages for row in on(Book).filter(isbn="978-4").only("title")],
    "defer": lambda on: [(row.title, sorted(row.get_deferred_fields())) for row in on(Book).filter(isbn="978-4").defer("details", "price")],
    "count": lambda on: on(Book).filter(author=first_author()).count(),
    "count a filter": lambda on: on(Book).filter(author=first_author(), pages=100).count(),
    "count of a slice": lambda on: on(Book).filter(author=first_author()).order_by("published_at")[1:].count(),
    "count of one": lambda on: on(Book).filter(pk=book().pk).count(),
    "count of nothing": lambda on: on(Book).filter(pk__in=[]).count(),
    "exists": lambda on: on(Book).filter(author=first_author(), pages=100).exists(),
    "exists not": lambda on: on(Book).filter(isbn="none").exists(),
    "exists by pk": lambda on: on(Book).filter(pk=book().pk).exists(),
    "contains an object": lambda on: on(Book).filter(author=first_author()).contains(book(0)),
    "len and bool": lambda on: (len(on(Book).filter(author=first_author())), bool(on(Book).filter(isbn="none"))),
    "iterator": lambda on: full(on(Book).filter(author=first_author()).order_by("published_at").iterator(chunk_size=2)),
    "iterator of values": lambda on: list(on(Book).filter(author=first_author()).order_by("published_at").values_list("pk").iterator()),
    "an index of a slice": lambda on: full(on(Book).filter(author=first_author()).order_by("published_at")[0:2:2]),
    "a proxy": lambda on: full(on(Paperback).filter(isbn="978-4")),
    "look-up through a key that is carried": lambda on: full(on(Book).filter(author=first_author(), author__name="Han").order_by("published_at")),
    "look-up through a key, not": lambda on: full(on(Book).filter(author=first_author()).exclude(author__name="Han")),
    "a partition through a key": lambda on: full(on(Review).filter(book__isbn="978-7")),
    "order through a key": lambda on: full(on(Review).filter(book__isbn="978-7").order_by("book__title", "score")),
    "reverse foreign key": lambda on: full(on(Book).get(isbn="978-7").reviews.all()),
    "reverse foreign key, filtered": lambda on: full(on(Book).get(isbn="978-7").reviews.filter(score__gt=0).order_by("written_at")),
    "reverse foreign key, counted": lambda on: on(Book).get(isbn="978-7").reviews.count(),
    "reverse foreign key of an index": lambda on: sorted(full(on(Author).get(name="Han", country="KR").books.all()), key=str),
    "forward foreign key": lambda on: full([on(Book).get(isbn="978-7").author]),
    "forward foreign key to SQL": lambda on: on(Book).get(isbn="978-0").publisher.name,
    "select_related": lambda on: [(row.title, row.author.name, row.author.country) for row in on(Book).filter(author=first_author()).order_by("published_at").select_related("author")],
    "select_related of nulls": lambda on: [(row.title, row.publisher and row.publisher.name) for row in on(Book).filter(author=first_author()).order_by("published_at").select_related("publisher")],
    "select_related of two": lambda on: [(row.score, row.book.title, row.book.author.country) for row in on(Review).filter(book=book(7)).select_related("book__author")],
    "prefetch_related": lambda on: [(row.title, full(row.reviews.all())) for row in on(Book).filter(author=first_author()).order_by("published_at").prefetch_related("reviews")],
    "prefetch_related forward": lambda on: [(row.title, row.author.name) for row in on(Book).filter(author=first_author()).order_by("published_at").prefetch_related("author", "publisher")],
    "Prefetch": lambda on: [(row.title, [each.score for each in row.good]) for row in on(Book).filter(author=first_author()).order_by("published_at").prefetch_related(Prefetch("reviews", on(Review).filter(score__gt=0), to_attr="good"))],
    "a computed partition": lambda on: full(on(Loan).filter(reader_id=1).order_by("due")),
    "a computed partition, a range": lambda on: full(on(Loan).filter(reader_id=1, due__gt=date(2025, 4, 3)).order_by("-due")[:2]),
    "columns that are carried of a model with others": lambda on: list(on(Shelf).filter(pk=Shelf.objects.using("default").get().pk).values("place")),
    "a model that is not mirrored": lambda on: sorted(on(Publisher).values_list("name", flat=True)),
}  # fmt: skip


def answer(form, alias):
    return FORMS[form](lambda model: model.objects.using(alias))


def answers(alias):
    """What each form gives, or the error that it raises."""
    found = {}
    for form in FORMS:
        try:
            found[form] = answer(form, alias)
        except Exception as error:  # noqa: BLE001 - shown where it differs
            found[form] = repr(error)
    return found


def test_every_answer_is_that_of_sql(chosen, settings):
    settings.DATABASE_ROUTERS = ["tests.backend.conftest.Router"]
    with chosen.serving("sql", "sql"):
        wanted = answers("default")
    chosen.authority = "dynamodb"  # what no key serves raises
    with assert_no_scan():
        found = answers("dynamodb")
    different = [f"{form}: {found[form]}, not {wanted[form]}" for form in FORMS if found[form] != wanted[form]]
    assert not different, "\n".join(different)
