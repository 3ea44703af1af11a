"""The bank on the DynamoDB side."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dynamo_models import Attr, Entity, Index, Int, Json, Key, Table, Text, Timestamp, Unique, pascal_case

bank = Table("Bank", indexes=[Index("GSI1")], attribute_names=pascal_case, stream="new_and_old")


class Branch(Entity, table=bank):
    id: Attr[int] = Int()
    name: Attr[str] = Text()

    class Keys:
        primary = Key("BRANCH#{id}", "METADATA")


class Account(Entity, table=bank):
    id: Attr[int] = Int()
    number: Attr[str] = Text()
    owner: Attr[str] = Text()
    version: Attr[int] = Int()
    transfer: Attr[str] = Text(default="")
    branch_id: Attr[int] = Int()
    opened_at: Attr[datetime] = Timestamp()
    details: Attr[Any] = Json(null=True)

    class Keys:
        primary = Key("ACCOUNT#{number}", "METADATA")
        by_branch = Key("OFBRANCH#{branch_id}", "{number}", index="GSI1")
        by_id = Unique("{id}")


class Entry(Entity, table=bank):
    id: Attr[int] = Int()
    account_id: Attr[int] = Int()
    text: Attr[str] = Text()
    version: Attr[int] = Int()

    class Keys:
        primary = Key("ENTRIES#{account_id}", "ENTRY#{id:019d}")
        by_id = Unique("{id}")
