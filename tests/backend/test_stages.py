"""The alias with the cutover's own router, stages and comparisons."""

import pytest

from dynamo_models import capture
from dynamo_models.testing import assert_requests
from dynamo_models.testing.cutover import override_stage
from tests.backend.conftest import copy
from tests.backend.filling import fill
from tests.backend.library.items import library
from tests.backend.library.models import Book, Publisher, Review

pytestmark = pytest.mark.django_db(databases=["default", "dynamodb"])


@pytest.fixture(autouse=True)
def filled(mirrored, make_tables, settings):
    make_tables(library)
    fill()
    copy(mirrored)
    settings.DYNAMO_MODELS = {
        **settings.DYNAMO_MODELS,
        "MIRROR": {"AFTER_COMMIT": False},
        "CUTOVER": {"SAMPLE": 1.0},  # every read is compared
    }
    settings.DATABASE_ROUTERS = ["dynamo_models.cutover.Router"]


def reads():
    """What a page shows, as its view asks for it."""
    book = Book.objects.select_related("author").get(isbn="978-7")
    return (
        [(each.score, each.book_id) for each in book.reviews.all()[:2]],
        list(book.author.books.order_by("-published_at").values_list("title", flat=True)),
        Review.objects.filter(book=book).count(),
        book.publisher and book.publisher.name,
        Publisher.objects.count(),
        Book.objects.filter(title__icontains="solaris").count(),  # no key serves it
    )


def test_a_view_does_not_change_from_stage_to_stage():
    with assert_requests(0):
        wanted = reads()
    with override_stage("default", "shadow"):
        assert reads() == wanted
    with override_stage("default", "reading", share=100):
        with capture() as usage:
            assert reads() == wanted
        assert usage.requests
        row = Book.objects.get(isbn="978-1")
        assert row._state.db == "dynamodb"
        row.title = "Changed"
        row.save()  # SQL has authority, and is written
        assert row.reviews.create(score=3)._state.db == "default"
    assert Book.objects.using("default").get(isbn="978-1").title == "Changed"
