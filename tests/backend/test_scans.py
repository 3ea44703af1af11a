"""Where scans are allowed, what no key serves is read all the same, once DynamoDB has authority; and within bounds."""

import pytest
from django.db.models import Q

from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.scans import scanning
from dynamo_models.testing import assert_no_scan
from tests.backend.conftest import ALIAS, copy
from tests.backend.filling import fill
from tests.backend.library.models import Author, Book, Review

pytestmark = pytest.mark.django_db(databases=["default", "dynamodb"])

FORMS = {
    "all": lambda on: list(on(Book).order_by("-price", "id")),
    "a slice": lambda on: list(on(Book).order_by("title", "id")[2:4]),
    "a filter": lambda on: sorted(on(Book).filter(pages__gte=100).values_list("isbn")),
    "text": lambda on: sorted(on(Book).filter(title__icontains="A").values_list("isbn")),
    "alternatives": lambda on: sorted(
        on(Book).filter(Q(isbn="978-1") | Q(title__icontains="olar")).values_list("isbn")
    ),
    "a count": lambda on: on(Book).filter(genre="poetry").count(),
    "whether there is one": lambda on: [on(Book).filter(title=each).exists() for each in ("Solaris", "none")],
    "distinct": lambda on: list(on(Book).order_by("genre").values_list("genre", flat=True).distinct()),
    "a partition in another order": lambda on: list(on(Review).filter(book__isbn="978-7").order_by("score", "id")[:2]),
    "what it leads to": lambda on: [each.author.name for each in on(Book).select_related("author").order_by("title")],
}


@pytest.fixture
def filled(alias, mirrored):
    fill()
    copy(mirrored)


def on(model):
    return model._base_manager.using(ALIAS)


def by_sql(model):
    return model._base_manager.using("default")


@pytest.mark.parametrize("form", FORMS)
def test_a_scan_answers_as_sql_does(filled, chosen, form):
    chosen.authority = "dynamodb"
    with scanning():
        assert FORMS[form](on) == FORMS[form](by_sql)


@pytest.mark.parametrize("form", [each for each in FORMS if each != "a partition in another order"])
def test_nothing_is_scanned_anywhere_else(filled, chosen, form):
    chosen.authority = "dynamodb"
    with assert_no_scan(), pytest.raises(NotServed):
        FORMS[form](on)


def test_what_a_key_serves_is_read_by_that(filled, chosen):
    chosen.authority = "dynamodb"
    author = by_sql(Author).order_by("pk").first()
    with scanning(), assert_no_scan():
        assert on(Book).get(isbn="978-1").isbn == "978-1"
        assert on(Book).filter(author=author).order_by("price")[:1]


def test_while_sql_has_authority_it_answers(filled, chosen):
    with scanning(), assert_no_scan():
        assert FORMS["all"](on) == FORMS["all"](by_sql)
    assert [reason.partition(":")[0] for _, reason, _ in chosen.unserved] == ["Book.filter().order_by('-price', 'id')"]


def test_rows_are_written_that_a_scan_has_found(filled, chosen):
    chosen.authority = "dynamodb"
    with scanning():
        found = on(Book).filter(title__icontains="olar").update(pages=7)
        assert found == by_sql(Book).filter(title__icontains="olar").count() > 0
        assert on(Book).filter(pages=7).count() == found
    with pytest.raises(NotServed):
        on(Book).filter(title__icontains="olar").update(pages=7)


def test_a_scan_ends_at_its_requests(filled, chosen):
    chosen.authority = "dynamodb"
    author = by_sql(Author).order_by("pk").first()
    on(Book).bulk_create(
        Book(isbn=f"big-{n}", title="t" * 100, author=author, details=["x" * 300_000]) for n in range(8)
    )
    with scanning(requests=1), pytest.raises(NotServed, match=r"the budget ended after 1 requests.*\n  ask for less"):
        list(on(Book).filter(title="t"))
    with scanning(requests=1), pytest.raises(NotServed, match="the budget ended"):
        on(Book).filter(title="t").count()
    with scanning(requests=10):
        assert on(Book).filter(title="t" * 100).count() == 8
    with pytest.raises(ValueError, match="it takes 1 or more"), scanning(requests=0):
        pass
