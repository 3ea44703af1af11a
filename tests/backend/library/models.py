"""A library: models whose every column an item carries, one with a column that none does, and one that is in SQL alone.

They are registered as mirrors by the tests that are about them; see ``mirrored`` in conftest.
"""

import uuid

from django.db import models
from django.utils import timezone

from dynamo_models.mirror.mapping import computed
from tests.backend.library import items


def now():
    return timezone.now()  # looked up each time, so that a test can stop the clock


class Publisher(models.Model):
    name = models.CharField(max_length=100)


class Author(models.Model):
    name = models.CharField(max_length=100)
    born = models.DateField(null=True)
    country = models.CharField(max_length=2, default="KR")


class Genre(models.TextChoices):
    NOVEL = "novel"
    POETRY = "poetry"
    SCIENCE = "science"


class Book(models.Model):
    isbn = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=100)
    genre = models.CharField(max_length=20, choices=Genre.choices, default=Genre.NOVEL)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    pages = models.IntegerField(default=100)
    rating = models.PositiveSmallIntegerField(null=True)
    available = models.BooleanField(default=True)
    published_at = models.DateTimeField(default=now)
    details = models.JSONField(null=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    publisher = models.ForeignKey(Publisher, null=True, on_delete=models.SET_NULL, related_name="books")
    changed_at = models.DateTimeField(auto_now=True)


class Paperback(Book):
    class Meta:
        proxy = True


class Review(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    score = models.IntegerField(default=0)
    text = models.TextField(blank=True)
    written_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-written_at", "-id"]


class Loan(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    reader_id = models.IntegerField()
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="loans")
    due = models.DateField()
    returned = models.BooleanField(default=False)


class Shelf(models.Model):
    place = models.CharField(max_length=50)
    note = models.TextField(blank=True)


MIRRORS = {
    Author: {"entity": items.Author},
    Book: {
        "entity": items.Book,
        "fields": {
            "author_row": "author_id",
            "author_name": "author__name",
            "publisher_row": "publisher_id",
            "label": computed(lambda row: f"{row.isbn}: {row.title}", "isbn", "title"),
        },
    },
    Review: {
        "entity": items.Review,
        "fields": {"isbn": "book__isbn", "book_row": "book_id", "book_title": "book__title"},
    },
    Loan: {
        "entity": items.Loan,
        "fields": {
            "reader": computed(lambda row: str(row.reader_id), "reader_id"),
            "reader_row": "reader_id",
            "book_row": "book_id",
        },
    },
    Shelf: {"entity": items.Shelf, "exclude": ["note"]},
}
