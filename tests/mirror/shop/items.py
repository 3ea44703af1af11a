"""The shop on the DynamoDB side."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from dynamo_models import (
    Attr,
    Bool,
    Entity,
    Index,
    Int,
    Key,
    List,
    Number,
    Table,
    Text,
    Timestamp,
    Unique,
    Uuid,
    pascal_case,
)

shop = Table("Shop", indexes=[Index("GSI1")], attribute_names=pascal_case)


class Product(Entity, table=shop):
    id: Attr[int] = Int()
    sku: Attr[str] = Text()
    name: Attr[str] = Text()
    label: Attr[str] = Text()
    price: Attr[Decimal] = Number()
    stock: Attr[int] = Int()
    hidden: Attr[bool] = Bool()
    supplier_name: Attr[str | None] = Text(default=None)
    tags: Attr[list[str]] = List(Text(), default=list)
    updated_at: Attr[datetime] = Timestamp()

    class Keys:
        primary = Key("PRODUCT#{sku}", "METADATA")
        by_name = Key("NAME#{name}", "{sku}", index="GSI1")
        by_id = Unique("{id}")


class Part(Entity, table=shop):
    id: Attr[UUID] = Uuid()
    sku: Attr[str] = Text()
    number: Attr[int] = Int()

    class Keys:
        primary = Key("PRODUCT#{sku}", "PART#{id}")


class Employee(Entity, table=shop):
    id: Attr[int] = Int()
    name: Attr[str] = Text()
    role: Attr[str] = Text()

    class Keys:
        primary = Key("EMPLOYEE#{id}", "METADATA")
