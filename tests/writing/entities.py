"""The entities that these tests write: every kind of key and of mark that a write has to keep true."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dynamo_models import (
    Attr,
    Bool,
    Bytes,
    Entity,
    Expires,
    Float,
    Index,
    Int,
    Json,
    Key,
    List,
    Map,
    Number,
    NumberSet,
    Q,
    Table,
    Text,
    TextSet,
    Timestamp,
    Unique,
    Version,
    now,
    pascal_case,
    upgrade,
)
from dynamo_models.schema import table as registry

main = Table(
    "Writing",
    indexes=[Index("GSI1"), Index("GSI2"), Index("GSI3"), Index("GSI4")],
    attribute_names=pascal_case,
    ttl="TTL",
)


class Record(Entity, table=main):
    """Index keys of every kind, in one item."""

    owner: Attr[str] = Text()
    number: Attr[int] = Int()
    language: Attr[str] = Text(default="python")
    topic: Attr[str | None] = Text(default=None)
    is_public: Attr[bool] = Bool(default=False)
    is_deleted: Attr[bool] = Bool(default=False)
    score: Attr[int] = Int(default=0)
    created_at: Attr[datetime] = Timestamp(default=now)
    title: Attr[str] = Text(default="")
    hits: Attr[int] = Int(default=0)
    labels: Attr[set[str] | None] = TextSet(default=None)
    notes: Attr[list[Any] | None] = List(default=None)
    metadata: Attr[dict[str, Any]] = Map(default=dict)

    class Keys:
        primary = Key("RECORD#{owner}", "{number:06d}")
        # One partition for all, and two attributes that decide whether an item is in it.
        feed = Key("PUBLIC", "{created_at}", index="GSI1", when=Q(is_public=True, is_deleted=False))
        # Two facets in one half, one of which may be absent.
        by_language = Key("LANGUAGE#{language}#{topic}", "{created_at}", index="GSI2")
        # A facet in each half, a number among them, and shards.
        by_score = Key(
            "STATE#{is_public}", "{score:06d}#{created_at}", index="GSI3", when=Q(is_deleted=False), shards=4
        )
        # A facet of the primary key, and one that may be absent.
        by_topic = Key("OWNER#{owner}", "{topic}", index="GSI4")


class Account(Entity, table=main):
    """Two unique identities, one of two facets, one that may be absent; no version."""

    id: Attr[int] = Int()
    email: Attr[str | None] = Text(default=None)
    site: Attr[str] = Text(default="a")
    handle: Attr[str] = Text()
    name: Attr[str] = Text(default="")

    class Keys:
        primary = Key("ACCOUNT#{id:06d}", "ACCOUNT")
        by_name = Key("NAMES", "{name}#{id:06d}", index="GSI1", when=Q(name__gt=""), shards=2)
        by_email = Unique("{email}")
        by_handle = Unique("{site}#{handle}")


class Counted(Entity, table=main):
    """An item with a version, a time that stamps itself, and a unique name."""

    id: Attr[str] = Text()
    total: Attr[int] = Int(default=0)
    state: Attr[str] = Text(default="new", choices=["new", "open", "done"])
    version: Attr[int | None] = Version()
    updated_at: Attr[datetime] = Timestamp(auto_now=True)

    class Keys:
        primary = Key("COUNTED#{id}", "COUNTED")
        recent = Key("STATE#{state}", "{updated_at}", index="GSI1")


class Ticket(Entity, table=main):
    """A version and a unique number together."""

    id: Attr[str] = Text()
    code: Attr[str | None] = Text(default=None)
    seats: Attr[int] = Int(default=1)
    version: Attr[int | None] = Version()

    class Keys:
        primary = Key("TICKET#{id}", "TICKET")
        by_code = Unique("{code}")


class Session(Entity, table=main):
    """An item that expires, and whose unique token expires with it."""

    id: Attr[str] = Text()
    token: Attr[str | None] = Text(default=None)
    uses: Attr[int] = Int(default=0)
    ttl: Attr[datetime | None] = Expires(default=timedelta(hours=1), null=True, name="TTL")

    class Keys:
        primary = Key("SESSION#{id}", "SESSION")
        by_token = Unique("{token}")


class Window(Entity, table=main):
    """A counter that expires; no unique items, so that upsert is one request."""

    id: Attr[str] = Text()
    uses: Attr[int] = Int(default=0)
    ttl: Attr[datetime | None] = Expires(default=timedelta(hours=1), null=True, name="TTL")

    class Keys:
        primary = Key("WINDOW#{id}", "WINDOW")


class Parcel(Entity, table=main):
    """In an index only while an attribute is absent."""

    id: Attr[str] = Text()
    owner: Attr[str | None] = Text(default=None)

    class Keys:
        primary = Key("PARCEL#{id}", "PARCEL")
        free = Key("FREE", "{id}", index="GSI1", when=Q(owner__isnull=True), shards=2)


class Document(Entity, table=main):
    """Schema version 3: ``name`` became ``title``, then ``lang`` became ``language``, which a key is made of."""

    id: Attr[str] = Text()
    title: Attr[str] = Text()
    language: Attr[str] = Text(default="none")
    hits: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("DOCUMENT#{id}", "DOCUMENT")
        by_language = Key("DOCUMENTS#{language}", "{title}", index="GSI1")

    class Options:
        schema_version = 3

    @upgrade(1, 2)
    def rename(item: dict[str, Any]) -> None:  # noqa: N805 - given an item
        item["Title"] = item.pop("Name")

    @upgrade(2, 3)
    def tell_language(item: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        item["Language"] = item.pop("Lang", "none")
        return item


class Member(Entity, table=main):
    """Schema version 2: emails are in lower case, and the nickname, which is unique too, was called a handle."""

    id: Attr[str] = Text()
    email: Attr[str] = Text()
    nickname: Attr[str | None] = Text(default=None)
    hits: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("MEMBER#{id}", "MEMBER")
        by_email = Unique("{email}")
        by_nickname = Unique("{nickname}")

    class Options:
        schema_version = 2

    @upgrade(1, 2)
    def lower(item: dict[str, Any]) -> None:  # noqa: N805
        item["Email"] = item["Email"].lower()
        item["Nickname"] = item.pop("Handle", None)


class Everything(Entity, table=main):
    """An attribute of each type, for what is checked before a call."""

    id: Attr[str] = Text()
    text: Attr[str | None] = Text(default=None)
    whole: Attr[int | None] = Int(default=None)
    exact: Attr[Decimal | None] = Number(default=None)
    rough: Attr[float | None] = Float(default=None)
    flag: Attr[bool | None] = Bool(default=None)
    moment: Attr[datetime | None] = Timestamp(default=None)
    blob: Attr[bytes | None] = Bytes(default=None)
    json: Attr[Any] = Json(default=None, null=True)
    words: Attr[set[str] | None] = TextSet(default=None)
    numbers: Attr[set[Any] | None] = NumberSet(default=None)
    things: Attr[list[Any] | None] = List(default=None)
    mapped: Attr[dict[str, Any] | None] = Map(default=None, null=True)
    kind: Attr[str | None] = Text(default=None, choices=["a", "b"])
    expires: Attr[datetime | None] = Expires(default=None, name="TTL")

    class Keys:
        primary = Key("EVERYTHING#{id}", "EVERYTHING")


# Plain attribute keys: nothing is computed, and an empty one is what cannot be.
plain = Table("Writing-Plain", pk="id", sk=None, indexes=[Index("ByState", pk="state", sk="owner")])


class Job(Entity, table=plain):
    id: Attr[str] = Text()
    state: Attr[str] = Text(default="open")
    owner: Attr[str | None] = Text(default=None)
    tries: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("{id}")
        by_state = Key("{state}", "{owner}", index="ByState")


# A name of its own, which settings lead elsewhere.
elsewhere = Table("Writing-Elsewhere", pk="id", sk=None)


class Note(Entity, table=elsewhere):
    id: Attr[str] = Text()
    text: Attr[str] = Text(default="")

    class Keys:
        primary = Key("{id}")


# Whoever makes every table of the code, or checks it, means the application's.
for _table in (main, plain, elsewhere):
    registry._tables.pop(_table.name, None)
