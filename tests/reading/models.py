"""Entities to read: every kind of key, facet, projection and attribute that the planner looks at."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dynamo_models import (
    Attr,
    Bool,
    Bytes,
    Collection,
    Date,
    Entity,
    Expires,
    Float,
    Index,
    Int,
    Json,
    Key,
    List,
    LocalIndex,
    Map,
    Number,
    NumberSet,
    Q,
    Table,
    Text,
    TextSet,
    Timestamp,
    Unique,
    Uuid,
    numeric,
    pascal_case,
    upgrade,
)
from dynamo_models.schema import table as registry
from dynamo_models.schema.table import KeyAttribute

# One table for several entities: templates, shards, conditions, parts of times, all projections, local indexes.

things = Table(
    "reading-things",
    indexes=[
        Index("GSI1"),
        Index("GSI2"),
        Index("GSI3"),
        Index("GSI4", projection="keys"),
        Index("GSI5", projection=["Title", "EntityType"]),
        Index("GSI6"),
        LocalIndex("LSI1"),
        LocalIndex("LSI2", projection="keys"),
    ],
    attribute_names=pascal_case,
    ttl="Expires",
)


class Thing(Entity, table=things):
    owner: Attr[str] = Text()
    kind: Attr[str] = Text(choices=["x", "y", "z"])
    at: Attr[datetime] = Timestamp()
    uid: Attr[UUID] = Uuid()
    name: Attr[str] = Text()
    code: Attr[str] = Text(escape=True)
    size: Attr[int] = Int()
    day: Attr[date] = Date()
    flag: Attr[bool] = Bool(default=False)
    hidden: Attr[bool] = Bool(default=False)
    label: Attr[str | None] = Text(default=None)
    title: Attr[str] = Text(default="")
    score: Attr[Decimal | None] = Number(default=None)
    ratio: Attr[float | None] = Float(default=None)
    tags: Attr[list[str]] = List(Text(), default=list)
    marks: Attr[set[str] | None] = TextSet(default=None)
    numbers: Attr[set[int | Decimal] | None] = NumberSet(default=None)
    data: Attr[dict[str, Any]] = Map(default=dict)
    blob: Attr[bytes | None] = Bytes(default=None)
    extra: Attr[Any] = Json(default=None)

    class Keys:
        primary = Key("OWNER#{owner}", "THING#{kind}#{at}#{uid}")
        by_flag = Key("FLAG#{flag}", "{at}", index="GSI1", when=Q(hidden=False), shards=3)
        by_name = Key("NAMES#{day}", "{name}#{size:05d}", index="GSI2")
        by_day = Key("DAY#{at:%Y-%m-%d}", "{kind}#{flag}#{at}", index="GSI3")
        by_code = Key("CODE#{code}", "{at:%Y-%m-%d}#{at}#{name}", index="GSI4")
        by_label = Key("LABEL#{label}", "{name}", index="GSI5")
        by_part = Key("PARTS#{owner}", "{at:%Y-%m-%dT%H}#{size:05d}", index="GSI6")
        by_size = Key("OWNER#{owner}", "{size:05d}#{flag}", index="LSI1")
        by_own_name = Key("OWNER#{owner}", "{name}", index="LSI2")


class Other(Entity, table=things):
    """What shares a Thing's partition."""

    owner: Attr[str] = Text()
    number: Attr[int] = Int()
    at: Attr[datetime] = Timestamp()
    expires: Attr[datetime | None] = Expires(default=None)

    class Keys:
        primary = Key("OWNER#{owner}", "OTHER#{number:05d}")
        recent = Key("RECENT#{owner}", "OTHER#{at}", index="GSI1")
        by_number = Key("NUMBER#{number:03d}", "{at}", index="GSI6")


class Head(Entity, table=things):
    """One for each owner."""

    owner: Attr[str] = Text()
    note: Attr[str] = Text(default="")

    class Keys:
        primary = Key("OWNER#{owner}", "HEAD")
        recent = Key("RECENT#{owner}", "HEAD", index="GSI1")


class Owned(Collection):
    head: Head
    others: list[Other]


class Everything(Collection):
    head: Head | None
    others: list[Other]
    things: list[Thing]


class Recent(Collection):
    class Options:
        index = "GSI1"

    head: Head | None
    others: list[Other]


# Keys that are attributes themselves.

events = Table(
    "reading-events",
    pk="id",
    sk="timestamp",
    indexes=[
        Index("user-event", pk="user_id", sk="timestamp"),
        Index("type-event", pk="type", sk="timestamp", projection=["user_id"]),
        Index("day-event", pk="day", sk="amount", projection="keys"),
        LocalIndex("by-user", sk="user_id"),
    ],
)


class Event(Entity, table=events):
    id: Attr[str] = Text()
    timestamp: Attr[datetime] = Timestamp()
    user_id: Attr[str] = Text()
    type: Attr[str] = Text(choices=["view", "click"])
    day: Attr[date | None] = Date(default=None)
    amount: Attr[str | None] = Text(default=None)
    value: Attr[int | None] = Int(default=None)

    class Keys:
        primary = Key("{id}", "{timestamp}")
        by_user = Key("{user_id}", "{timestamp}", index="user-event")
        by_type = Key("{type}", "{timestamp}", index="type-event")
        by_day = Key("{day}", "{amount}", index="day-event")
        local = Key("{id}", "{user_id}", index="by-user")


assignments = Table(
    "reading-assignments",
    pk="id",
    sk=None,
    indexes=[
        Index("user-experiment-index", pk="user_id", sk="experiment_id"),
        Index("experiment-index", pk="experiment_id", sk="assigned_at"),
        Index("user-index", pk="user_id", sk="assigned_at"),
        Index("variation-index", pk="variation", sk="assigned_at"),
    ],
    ttl="ttl",
)


class Assignment(Entity, table=assignments):
    id: Attr[str] = Text()
    user_id: Attr[str] = Text()
    experiment_id: Attr[str] = Text()
    variation: Attr[str] = Text()
    assigned_at: Attr[datetime] = Timestamp()
    ttl: Attr[datetime | None] = Expires(default=None)

    class Keys:
        primary = Key("{id}")
        by_user_experiment = Key("{user_id}", "{experiment_id}", index="user-experiment-index")
        by_experiment = Key("{experiment_id}", "{assigned_at}", index="experiment-index")
        by_user = Key("{user_id}", "{assigned_at}", index="user-index")
        by_variation = Key("{variation}", "{assigned_at}", index="variation-index")


chat = Table(
    "reading-chat",
    pk="conversationId",
    sk=numeric("timestamp"),
    indexes=[
        Index("ModuleAnalyticsIndex", pk=numeric("moduleId"), sk=numeric("timestamp")),
        Index("StudentActivityIndex", pk=numeric("studentId"), sk=numeric("timestamp")),
        Index("ProviderUsageIndex", pk="provider", sk=numeric("timestamp")),
        Index("CostIndex", pk="provider", sk=numeric("cost"), projection="keys"),
    ],
)


class Message(Entity, table=chat):
    conversation: Attr[str] = Text(name="conversationId")
    timestamp: Attr[int] = Int()
    module: Attr[int] = Int(name="moduleId")
    student: Attr[int] = Int(name="studentId")
    provider: Attr[str] = Text()
    cost: Attr[Decimal | None] = Number(default=None)
    text: Attr[str] = Text(default="")

    class Keys:
        primary = Key("{conversation}", "{timestamp}")
        by_module = Key("{module}", "{timestamp}", index="ModuleAnalyticsIndex")
        by_student = Key("{student}", "{timestamp}", index="StudentActivityIndex")
        by_provider = Key("{provider}", "{timestamp}", index="ProviderUsageIndex")
        by_cost = Key("{provider}", "{cost}", index="CostIndex")


# A sort key of bytes.

blobs = Table("reading-blobs", pk="name", sk=KeyAttribute("part", "B"))


class Blob(Entity, table=blobs):
    name: Attr[str] = Text()
    part: Attr[bytes] = Bytes()

    class Keys:
        primary = Key("{name}", "{part}")


# A conversation of the tutor: a day's conversations, and a user's.

tutor = Table("reading-tutor", indexes=[Index("GSI1")], ttl="expiresAt")


class Conversation(Entity, table=tutor):
    conversation: Attr[str] = Text()
    user: Attr[str] = Text()
    started_at: Attr[datetime] = Timestamp()

    class Keys:
        primary = Key("CONV#{conversation}", "METADATA")
        by_day = Key("DATE#{started_at:%Y-%m-%d}", "{started_at}#{conversation}", index="GSI1")


class Token(Entity, table=tutor):
    token: Attr[str] = Text()
    email: Attr[str] = Text()
    expires_at: Attr[datetime | None] = Expires(default=None, name="expiresAt")

    class Keys:
        primary = Key("TOKEN#{token}", "EMAIL")
        by_email = Key("EMAIL#{email}", "{token}", index="GSI1")


# An entity that has been changed since its first items were stored, and that can be found by another identity.

versioned = Table("reading-versioned", indexes=[Index("GSI1"), Index("GSI2", projection="keys")])


class Account(Entity, table=versioned):
    account: Attr[str] = Text()
    email: Attr[str] = Text()
    team: Attr[str] = Text()
    full_name: Attr[str] = Text()
    active: Attr[bool] = Bool(default=True)

    class Options:
        schema_version = 2

    class Keys:
        primary = Key("ACCOUNT#{account}", "METADATA")
        by_team = Key("TEAM#{team}", "{account}", index="GSI1")
        by_team_keys = Key("MEMBERS#{team}", "{account}", index="GSI2")
        by_email = Unique("{email}")

    @upgrade(1, 2)
    def joined(item: dict[str, Any]) -> None:  # noqa: N805 - given the item
        item["full_name"] = f"{item.pop('first')} {item.pop('last')}"


# Other tests look at every table that the code has defined; these are of no use to them.
for _table in (things, events, assignments, chat, blobs, tutor, versioned):
    registry._tables.pop(_table.name)
