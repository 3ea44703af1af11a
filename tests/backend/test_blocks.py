"""Atomic blocks, of whichever alias they name, mean for DynamoDB what they mean for SQL."""

# ruff: noqa: PT012 - what fails is a block, and what is in it belongs to the test

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connections, transaction
from django.db.models import F

from dynamo_models import capture
from dynamo_models.backend.errors import NotServed
from dynamo_models.testing import assert_requests
from tests.backend.conftest import copy
from tests.backend.filling import START, fill
from tests.backend.library import items
from tests.backend.library.models import Author, Book, Publisher, Review

DATABASES = ["default", "dynamodb"]
BLOCKS = {
    "of the default alias": transaction.atomic,
    "of this alias": lambda: transaction.atomic(using="dynamodb"),
}


pytestmark = pytest.mark.django_db(databases=DATABASES)
outermost = pytest.mark.django_db(databases=DATABASES, transaction=True)
"""Without the transaction that Django has around each test."""


@pytest.fixture(autouse=True)
def moved(alias, mirrored, chosen, settings):
    """DynamoDB has authority."""
    with chosen.serving("sql", "sql"):
        fill()
        copy(mirrored)
    chosen.authority = "dynamodb"
    settings.DATABASE_ROUTERS = ["tests.backend.conftest.MirroredRouter"]
    yield
    collected = connections["dynamodb"].collected
    assert collected.watched is None
    assert collected.intents.by_row == {}


@pytest.fixture(params=BLOCKS)
def block(request):
    return BLOCKS[request.param]


class Wrong(Exception):  # noqa: N818 - a test's own
    pass


def title(isbn="978-1"):
    """What DynamoDB has, past the alias."""
    return items.Book.objects.get(isbn=isbn).title


def there(isbn):
    return items.Book.objects.filter(isbn=isbn).consistent().exists()


def han():
    return Author.objects.using("default").get(name="Han").pk


def rename(to, isbn="978-1"):
    row = Book.objects.get(isbn=isbn)
    row.title = to
    row.save()


def test_writes_are_sent_as_one_transaction_as_the_block_ends(block):
    with capture() as usage:
        with block():
            rename("A")
            rename("B", "978-2")
            Book.objects.create(isbn="new", author_id=han())
            assert title() == "Human Acts 1"
            assert not there("new")
        sent = [each.operation for each in usage.requests if each.operation not in ("GetItem", "BatchGetItem", "Query")]
    assert sent == ["TransactWriteItems"]
    assert (title(), title("978-2"), there("new")) == ("A", "B", True)


def test_several_writes_of_a_row_are_one(block):
    with block():
        rename("A")
        Book.objects.filter(isbn="978-1").update(pages=F("pages") + 1)
        Book.objects.filter(isbn="978-1").update(pages=F("pages") + 1)
        rename("B")
        Book.objects.create(id=88, isbn="new", author_id=han())
        rename("C", "new")
        Book.objects.create(id=89, isbn="gone", author_id=han())
        Book.objects.get(isbn="gone").delete()
        Review.objects.filter(book__isbn="978-2").delete()
    assert (title(), items.Book.objects.get(isbn="978-1").pages, title("new"), there("gone")) == ("B", 112, "C", False)
    assert Review.objects.filter(book__isbn="978-2").count() == 0


def test_a_block_that_fails_sends_nothing(block):
    with pytest.raises(Wrong), block():
        rename("A")
        raise Wrong
    assert title() == "Human Acts 1"
    rename("B")
    assert title() == "B"


def test_set_rollback_sends_nothing():
    with transaction.atomic():
        rename("A")
        transaction.set_rollback(True)
    assert title() == "Human Acts 1"


def test_a_savepoint_that_is_rolled_back_drops_its_part(block):
    with block():
        rename("A")
        with pytest.raises(Wrong), block():
            rename("B")
            rename("C", "978-2")
            raise Wrong
        assert Book.objects.get(isbn="978-1").title == "A"
        with block():
            rename("D", "978-4")
    assert (title(), title("978-2"), title("978-4")) == ("A", "The Cyberiad 2", "D")


def test_a_savepoint_from_before_the_first_write(block):
    with block():
        with pytest.raises(Wrong), block(), block():
            rename("B")
            raise Wrong
        rename("A", "978-2")
    assert (title(), title("978-2")) == ("Human Acts 1", "A")


def test_blocks_of_both_aliases_are_one():
    with transaction.atomic(using="dynamodb"):
        rename("A")
        with transaction.atomic():
            rename("B", "978-2")
        assert title("978-2") == "The Cyberiad 2"
    assert (title(), title("978-2")) == ("A", "B")
    with pytest.raises(Wrong), transaction.atomic():
        with transaction.atomic(using="dynamodb"):
            rename("C")
        assert title() == "A"
        raise Wrong
    assert title() == "A"


def test_a_read_in_a_block_sees_what_the_block_has_written(block):
    author = Author.objects.get(pk=han())
    with block():
        rename("A", "978-3")
        Book.objects.filter(isbn="978-0").update(published_at=START + timedelta(days=50))
        made = Book.objects.create(isbn="new", author=author, published_at=START - timedelta(days=1))
        Review.objects.create(id=90, book=made, score=1)
        by_time = list(Book.objects.filter(author=author).order_by("published_at").values_list("isbn", flat=True))
        assert by_time == ["new", "978-3", "978-6", "978-0"]
        assert [each.isbn for each in Book.objects.filter(author=author).order_by("-published_at")[:2]] == [
            "978-0",
            "978-6",
        ]
        assert [each.isbn for each in Book.objects.filter(author=author).order_by("published_at")[1:3]] == [
            "978-3",
            "978-6",
        ]
        assert Book.objects.get(pk=made.pk).isbn == "new"
        assert Book.objects.filter(pk__in=[made.pk, Book.objects.get(isbn="978-1").pk]).count() == 2
        assert Book.objects.filter(author=author, title="A").exists()
        assert Book.objects.filter(author=author).count() == 4
        assert [each.score for each in made.reviews.all()] == [1]
        Review.objects.filter(book=made).delete()
        assert not made.reviews.exists()
    assert list(Book.objects.filter(author=author).order_by("published_at").values_list("isbn", flat=True)) == by_time


def test_a_slice_in_a_block_is_full_though_the_block_has_removed_rows(block):
    reviews = Book.objects.get(isbn="978-7").reviews
    before = [each.score for each in reviews.all()]
    with block():
        reviews.first().delete()
        assert [each.score for each in reviews.all()[:2]] == before[1:3]
        assert reviews.last().score == before[-1]


def test_sql_goes_with_it(block):
    """Of two writes of one block, one to each store, there are both or none."""
    with pytest.raises(IntegrityError), transaction.atomic(), block():
        Publisher.objects.create(name="Stars")
        Book.objects.bulk_create([Book(isbn=f"b{n}", author_id=han()) for n in range(2)])
        taken_by_another("b1")
    assert not Publisher.objects.filter(name="Stars").exists()
    assert not there("b0")
    with transaction.atomic(), block():
        Publisher.objects.create(name="Stars")
        rename("A")
    assert Publisher.objects.filter(name="Stars").exists()
    assert title() == "A"


def taken_by_another(isbn):
    """Another writer comes between what a block has looked at and its end."""
    row = items.Book.objects.get(isbn="978-1")
    held = {name: getattr(row, name) for name in items.Book.schema.attributes}
    items.Book.objects.create(**{**held, "isbn": isbn, "id": 5000})


def test_what_is_taken_is_known_at_once(block):
    with block():
        with pytest.raises(IntegrityError), block():
            Book.objects.create(isbn="978-1", author_id=han())
        Book.objects.create(isbn="n", author_id=han())
        with pytest.raises(IntegrityError), block():
            Book.objects.create(isbn="n", author_id=han())
        row, made = Book.objects.get_or_create(isbn="n", defaults={"author_id": 0})
        assert (row.author_id, made) == (han(), False)
    assert there("n")


def test_a_unique_value_changes_hands_in_one_block(block):
    with block():
        Book.objects.filter(isbn="978-1").update(isbn="978-x")
        Book.objects.filter(isbn="978-2").update(isbn="978-1")
    assert (title("978-1"), title("978-x"), there("978-2")) == ("The Cyberiad 2", "Human Acts 1", False)


def test_more_than_a_transaction_takes_is_refused(block):
    with pytest.raises(DatabaseError, match="100 in one transaction"), block():
        Author.objects.bulk_create([Author(id=1000 + n, name="A") for n in range(101)])
    assert not Author.objects.filter(pk=1000).exists()
    Author.objects.bulk_create([Author(id=1000 + n, name="A") for n in range(100)])
    assert Author.objects.filter(pk__in=range(1000, 1100)).count() == 100


@outermost
def test_without_a_transaction_around_the_test(block):
    """What a server does: the outermost block is a transaction of its own."""
    seen = []
    with capture() as usage, transaction.atomic(), block():
        transaction.on_commit(lambda: seen.append(title()))
        transaction.on_commit(lambda: seen.append(title()), using="dynamodb")
        Publisher.objects.create(name="Stars")
        rename("A")
        with pytest.raises(Wrong), block():
            rename("B", "978-2")
            raise Wrong
        assert Book.objects.get(isbn="978-1").title == "A"
        assert (title(), seen) == ("Human Acts 1", [])
    assert [each.operation for each in usage.requests if "Write" in each.operation or "Update" in each.operation] == [
        "TransactWriteItems"
    ]
    assert (title(), title("978-2"), seen) == ("A", "The Cyberiad 2", ["A", "A"])
    with pytest.raises(IntegrityError), block():
        Publisher.objects.create(name="Moons")
        Book.objects.bulk_create([Book(isbn=f"b{n}", author_id=han()) for n in range(2)])
        taken_by_another("b1")
    assert not there("b0")
    with pytest.raises(Wrong), transaction.atomic():
        Publisher.objects.create(name="Moons")
        with block():
            rename("C")
        raise Wrong
    assert title() == "A"
    assert not Publisher.objects.filter(name="Moons").exists() or block is BLOCKS["of this alias"]
    with transaction.atomic():
        rename("D")
        connections["default"].close()
    assert title() == "A"
    rename("E")
    assert title() == "E"


def test_what_is_to_run_on_commit_runs_after_both(block, django_capture_on_commit_callbacks):
    seen = []
    with (
        django_capture_on_commit_callbacks(execute=True),
        django_capture_on_commit_callbacks(using="dynamodb", execute=True),
        transaction.atomic(),
        block(),
    ):
        transaction.on_commit(lambda: seen.append(title()))
        transaction.on_commit(lambda: seen.append(title()), using="dynamodb")
        rename("A")
        assert seen == []
    assert seen == ["A", "A"]


def test_writes_go_to_sql_in_the_block_of_this_alias_while_sql_has_authority(chosen):
    chosen.authority, chosen.store = "sql", "sql"
    with pytest.raises(Wrong), transaction.atomic(using="dynamodb"):
        Book.objects.using("dynamodb").filter(isbn="978-1").update(title="A")
        with pytest.raises(Wrong), transaction.atomic(using="dynamodb"):
            Book.objects.using("dynamodb").filter(isbn="978-1").update(title="B")
            raise Wrong
        assert Book.objects.using("dynamodb").get(isbn="978-1").title == "A"
        raise Wrong
    assert Book.objects.using("default").get(isbn="978-1").title == "Human Acts 1"
    with transaction.atomic(using="dynamodb"), assert_requests(0):
        Book.objects.using("dynamodb").filter(isbn="978-1").update(title="A")
        Book.objects.using("dynamodb").create(isbn="n", author_id=han())
        Review.objects.using("dynamodb").filter(book__isbn="978-2").delete()
    assert Book.objects.using("default").get(isbn="978-1").title == "A"
    assert Book.objects.using("default").filter(isbn="n").exists()


# select_for_update


def test_a_row_that_was_locked_and_changed_by_another_fails_the_block(block):
    with pytest.raises(OperationalError, match="another writer was first"), block():
        row = Book.objects.select_for_update().get(isbn="978-1")
        items.Book.objects.get(isbn="978-1").patch(rating=5)
        row.pages += 1
        row.save()
    assert items.Book.objects.get(isbn="978-1").pages == 110
    with block():
        row = Book.objects.select_for_update().get(isbn="978-1")
        row.pages += 1
        row.save()
    assert items.Book.objects.get(isbn="978-1").pages == 111


def test_a_row_that_was_locked_and_not_written_holds_the_rest(block):
    def attempt(interfere):
        with block():
            Author.objects.select_for_update().get(pk=han())
            list(Book.objects.select_for_update().filter(author_id=han()))
            if interfere:
                items.Author.objects.get(id=han()).patch(country="JP")
            rename("A")

    with pytest.raises(OperationalError):
        attempt(True)
    assert title() == "Human Acts 1"
    attempt(False)
    assert title() == "A"


def test_a_lock_alone_holds_nothing(block):
    with block():
        Book.objects.select_for_update().get(isbn="978-1")
        items.Book.objects.get(isbn="978-1").patch(rating=5)


def test_a_lock_wants_a_block_of_the_applications():
    with pytest.raises(transaction.TransactionManagementError):
        Book.objects.select_for_update().get(isbn="978-1")
    with transaction.atomic(), pytest.raises(NotServed, match="skip_locked"):
        Book.objects.select_for_update(skip_locked=True).get(isbn="978-1")


@outermost
def test_of_two_who_lock_a_row_at_once_one_wins():
    barrier, lost = threading.Barrier(2), []

    def spend():
        try:
            with transaction.atomic(using="dynamodb"):
                row = Book.objects.select_for_update().get(isbn="978-1")
                barrier.wait(30)
                row.pages += 1
                row.save()
        except OperationalError:
            lost.append(1)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=spend) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert (len(lost), items.Book.objects.get(isbn="978-1").pages) == (1, 111)


def at_once(count, function):
    """Call a function in so many threads at once, with their numbers; what they gave."""
    barrier, given = threading.Barrier(count), []

    def work(number):
        try:
            barrier.wait(30)
            given.append(function(number))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert len(given) == count
    return given


@outermost
def test_of_many_who_get_or_create_one_creates():
    author = han()
    given = at_once(4, lambda n: Book.objects.get_or_create(isbn="new", defaults={"id": 900 + n, "author_id": author}))
    assert sorted(made for _, made in given) == [False, False, False, True]
    assert len({row.pk for row, _ in given}) == 1


@outermost
def test_many_who_write_a_row_at_once_lose_nothing():
    def write(number):
        for _ in range(4):
            Book.objects.filter(isbn="978-1").update(pages=F("pages") + 1)
        Book.objects.filter(isbn="978-1").update(**[{"title": "T"}, {"available": False}, {"rating": 1}][number])

    at_once(3, write)
    item = items.Book.objects.get(isbn="978-1")
    assert (item.pages, item.title, item.available, item.rating) == (122, "T", False, 1)
    assert item.label == "978-1: T"
    assert not Book.objects.filter(genre="poetry", available=True, isbn="978-1").exists()
