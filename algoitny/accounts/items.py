"""People and their plans on the DynamoDB side. A user carries a copy of the plan's name and limits."""

from __future__ import annotations

from datetime import datetime

from algoitny.tables import plans, users
from dynamo_models import Attr, Bool, Entity, Int, Key, Text, Timestamp, Unique, now


class SubscriptionPlan(Entity, table=plans):
    id: Attr[int] = Int()
    name: Attr[str] = Text()
    description: Attr[str] = Text(default="")
    max_hints_per_day: Attr[int] = Int(default=5)
    max_executions_per_day: Attr[int] = Int(default=50)
    max_problems: Attr[int] = Int(default=-1)
    can_view_all_problems: Attr[bool] = Bool(default=False)
    can_register_problems: Attr[bool] = Bool(default=False)
    is_active: Attr[bool] = Bool(default=True)
    created_at: Attr[datetime] = Timestamp(default=now)
    updated_at: Attr[datetime] = Timestamp(default=now)

    class Keys:
        primary = Key("PLAN#{name}", "METADATA")
        active = Key("ACTIVE#{is_active}", "{name}", index="GSI1")
        by_id = Unique("{id}")


class User(Entity, table=users):
    id: Attr[int] = Int()
    # An address may hold a '#'.
    email: Attr[str] = Text(escape=True)
    name: Attr[str] = Text(default="")
    picture: Attr[str] = Text(default="")
    google_id: Attr[str | None] = Text(default=None)
    is_active: Attr[bool] = Bool(default=True)
    is_staff: Attr[bool] = Bool(default=False)
    is_superuser: Attr[bool] = Bool(default=False)
    password: Attr[str] = Text(default="")
    subscription_plan_id: Attr[int | None] = Int(default=None)
    plan_name: Attr[str | None] = Text(default=None)
    max_hints_per_day: Attr[int | None] = Int(default=None)
    max_executions_per_day: Attr[int | None] = Int(default=None)
    max_problems: Attr[int | None] = Int(default=None)
    can_view_all_problems: Attr[bool] = Bool(default=False)
    can_register_problems: Attr[bool] = Bool(default=False)
    created_at: Attr[datetime] = Timestamp(default=now)
    updated_at: Attr[datetime] = Timestamp(default=now)
    last_login: Attr[datetime | None] = Timestamp(default=None)

    class Keys:
        primary = Key("USER#{email}", "METADATA")
        by_google_id = Key("GOOGLEID#{google_id}", "METADATA", index="GSI1")
        by_plan = Key("PLAN#{subscription_plan_id}", "{created_at}#{id:019d}", index="GSI2")
        by_user_id = Key("USERID#{id}", "METADATA", index="GSI3")
        # The index finds a user; only this keeps two from having one Google account.
        google_account = Unique("{google_id}")
