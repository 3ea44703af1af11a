"""The item of the benchmarks, as an entity and as a plain PynamoDB model: 16 attributes and the marker of its type.

4 keys, 5 strings, 2 numbers, a bool, 2 times, a list of 5, a map of 5: about 680 bytes of wire JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pynamodb import attributes as pynamo
from pynamodb.models import Model

from dynamo_models import Attr, Bool, Entity, Index, Int, Key, List, Map, Q, Table, Text, Timestamp

table = Table("Benchmark", indexes=[Index("GSI1")])

VALUES: dict[str, Any] = {
    "platform": "baekjoon",
    "problem_id": "1000",
    "title": "A+B",
    "url": "https://example.org/p/1000",
    "language": "python",
    "hits": 5,
    "number": 123456,
    "is_deleted": False,
    "created_at": datetime(2025, 1, 15, 10, 30, 0, 123456, tzinfo=UTC),
    "updated_at": datetime(2025, 2, 16, 11, 31, 1, 654321, tzinfo=UTC),
    "tags": ["math", "io", "easy", "first", "sum"],
    "limits": {"time": "2s", "memory": "128", "tier": "b5", "level": "1", "lang": "any"},
}
KEYS = {
    "PK": "PROBLEM#baekjoon#1000",
    "SK": "METADATA",
    "GSI1PK": "PLATFORM#baekjoon",
    "GSI1SK": "2025-01-15T10:30:00.123456Z",
}


class Problem(Entity, table=table):
    platform: Attr[str] = Text()
    problem_id: Attr[str] = Text()
    title: Attr[str] = Text()
    url: Attr[str] = Text()
    language: Attr[str] = Text()
    hits: Attr[int] = Int()
    number: Attr[int] = Int()
    is_deleted: Attr[bool] = Bool(default=False)
    created_at: Attr[datetime] = Timestamp()
    updated_at: Attr[datetime] = Timestamp()
    tags: Attr[list[str]] = List(Text())
    limits: Attr[dict[str, Any]] = Map()

    class Keys:
        primary = Key("PROBLEM#{platform}#{problem_id}", "METADATA")
        by_platform = Key("PLATFORM#{platform}", "{created_at}", index="GSI1", when=Q(is_deleted=False))


class ReferenceBase(Model):
    class Meta:
        table_name = "Benchmark"
        region = "us-east-1"

    PK = pynamo.UnicodeAttribute(hash_key=True)
    SK = pynamo.UnicodeAttribute(range_key=True)
    EntityType = pynamo.DiscriminatorAttribute()


class Reference(ReferenceBase, discriminator="Problem"):
    GSI1PK = pynamo.UnicodeAttribute()
    GSI1SK = pynamo.UnicodeAttribute()
    platform = pynamo.UnicodeAttribute()
    problem_id = pynamo.UnicodeAttribute()
    title = pynamo.UnicodeAttribute()
    url = pynamo.UnicodeAttribute()
    language = pynamo.UnicodeAttribute()
    hits = pynamo.NumberAttribute()
    number = pynamo.NumberAttribute()
    is_deleted = pynamo.BooleanAttribute(default=False)
    created_at = pynamo.UTCDateTimeAttribute()
    updated_at = pynamo.UTCDateTimeAttribute()
    tags: Any = pynamo.ListAttribute(of=pynamo.UnicodeAttribute)
    limits: Any = pynamo.MapAttribute()
