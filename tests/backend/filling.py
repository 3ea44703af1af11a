"""The rows that reads are compared over."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.backend.library.models import Author, Book, Loan, Publisher, Review, Shelf

START = datetime(2025, 3, 1, 9, 30, tzinfo=UTC)


def fill():
    """Three authors, nine books, their reviews and loans, in SQL."""
    publishers = [Publisher.objects.using("default").create(name=name) for name in ("Moon", "Sun")]
    authors = [
        Author.objects.using("default").create(name=name, born=born, country=country)
        for name, born, country in (
            ("Han", date(1970, 11, 27), "KR"),
            ("Lem", date(1921, 9, 12), "PL"),
            ("Kim", None, "KR"),
        )
    ]
    for number in range(9):
        book = Book.objects.using("default").create(
            isbn=f"978-{number}",
            title=("Solaris", "Human Acts", "The Cyberiad")[number % 3] + f" {number}",
            genre=("novel", "poetry", "science")[number % 3],
            price=Decimal(number) + Decimal("0.50"),
            pages=100 + 10 * (number % 4),
            rating=None if number % 3 == 0 else number % 5,
            available=number % 4 != 3,
            published_at=START + timedelta(days=number // 2, minutes=number),
            details=None if number == 4 else {"pages": number, "of": ["a", None, 1.5]},
            author=authors[number % 3],
            publisher=None if number % 2 else publishers[number % 4 // 2],
        )
        for score in range(number % 4):
            Review.objects.using("default").create(
                book=book, score=score, text=f"{score} of 5", written_at=START + timedelta(hours=number + score)
            )
        Loan.objects.using("default").create(
            id=uuid.UUID(int=number + 1), reader_id=number % 2, book=book, due=date(2025, 4, 1 + number)
        )
    Shelf.objects.using("default").create(place="by the door", note="dusty")
