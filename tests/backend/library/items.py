"""The library on the DynamoDB side."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dynamo_models import (
    Attr,
    Bool,
    Date,
    Entity,
    Index,
    Int,
    Json,
    Key,
    Number,
    Q,
    Table,
    Text,
    Timestamp,
    Unique,
    Uuid,
    pascal_case,
)

library = Table("Library", indexes=[Index("GSI1"), Index("GSI2")], attribute_names=pascal_case)


class Author(Entity, table=library):
    id: Attr[int] = Int()
    name: Attr[str] = Text()
    born: Attr[date | None] = Date(default=None)
    country: Attr[str] = Text()

    class Keys:
        primary = Key("AUTHOR#{id}", "METADATA")
        by_country = Key("COUNTRY#{country}", "{name}", index="GSI1")


class Book(Entity, table=library):
    id: Attr[int] = Int()
    isbn: Attr[str] = Text()
    title: Attr[str] = Text()
    genre: Attr[str] = Text()
    price: Attr[Decimal] = Number()
    pages: Attr[int] = Int()
    rating: Attr[int | None] = Int(default=None)
    available: Attr[bool] = Bool()
    published_at: Attr[datetime] = Timestamp()
    details: Attr[Any] = Json(null=True)
    author_row: Attr[int] = Int()
    author_name: Attr[str] = Text()
    publisher_row: Attr[int | None] = Int(default=None)
    label: Attr[str] = Text()
    changed_at: Attr[datetime] = Timestamp()

    class Keys:
        primary = Key("BOOK#{isbn}", "METADATA")
        by_author = Key("WRITTEN#{author_row}", "{published_at}#{id:019d}", index="GSI1")
        by_genre = Key("GENRE#{genre}", "{published_at}#{id:019d}", index="GSI2", when=Q(available=True))
        by_id = Unique("{id}")


class Review(Entity, table=library):
    id: Attr[int] = Int()
    isbn: Attr[str] = Text()
    book_row: Attr[int] = Int()
    book_title: Attr[str] = Text()
    score: Attr[int] = Int()
    text: Attr[str] = Text()
    written_at: Attr[datetime] = Timestamp()

    class Keys:
        primary = Key("BOOK#{isbn}", "REVIEW#{written_at}#{id:019d}")
        by_id = Unique("{id}")


class Loan(Entity, table=library):
    id: Attr[UUID] = Uuid()
    reader: Attr[str] = Text()
    reader_row: Attr[int] = Int()
    book_row: Attr[int] = Int()
    due: Attr[date] = Date()
    returned: Attr[bool] = Bool()

    class Keys:
        primary = Key("READER#{reader}", "LOAN#{due}#{id}")
        of_book = Key("LENT#{book_row}", "{due}#{id}", index="GSI1")
        by_id = Unique("{id}")


class Shelf(Entity, table=library):
    id: Attr[int] = Int()
    place: Attr[str] = Text()

    class Keys:
        primary = Key("SHELF#{id}", "METADATA")
