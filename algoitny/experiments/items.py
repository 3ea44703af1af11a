"""The entities, with the attribute names of the documents. A tag, of which an item has many, is a row of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from algoitny.experiments import statuses, tables
from dynamo_models import Attr, Entity, Expires, Int, Json, Key, List, Text, Timestamp, Uuid, Version, now

ASSIGNMENTS_KEPT = timedelta(days=30)
EVENTS_KEPT = timedelta(days=90)
OVERRIDES_KEPT = timedelta(days=30)

EXPERIMENT, FEATURE = TYPES = ("experiment", "feature")


class Assignment(Entity, table=tables.assignments):
    """The variation that a user has of an experiment. ``id`` is ``ids.assignment_id`` of the two."""

    id: Attr[UUID] = Uuid()
    user_id: Attr[str] = Text()
    experiment_id: Attr[str] = Text()
    variation: Attr[str] = Text()
    assigned_at: Attr[datetime] = Timestamp(default=now)
    ttl: Attr[datetime] = Expires(default=ASSIGNMENTS_KEPT)

    class Keys:
        primary = Key("{id}")
        by_user_and_experiment = Key("{user_id}", "{experiment_id}", index="user-experiment-index")
        by_experiment = Key("{experiment_id}", "{assigned_at}", index="experiment-index")
        by_user = Key("{user_id}", "{assigned_at}", index="user-index")
        by_variation = Key("{variation}", "{assigned_at}", index="variation-index")


class Event(Entity, table=tables.events):
    id: Attr[UUID] = Uuid(default=uuid4)
    timestamp: Attr[datetime] = Timestamp(default=now)
    timestamp_epoch: Attr[int] = Int()
    user_id: Attr[str] = Text()
    event_type: Attr[str] = Text()
    data: Attr[Any] = Json(default=dict)
    experiment_id: Attr[str | None] = Text(default=None)
    ttl: Attr[datetime] = Expires(default=EVENTS_KEPT)

    class Keys:
        primary = Key("{id}", "{timestamp}")
        by_user = Key("{user_id}", "{timestamp}", index="user-event-index")
        by_experiment = Key("{experiment_id}", "{timestamp}", index="experiment-event-index")
        by_type = Key("{event_type}", "{timestamp}", index="event-type-index")


class Experiment(Entity, table=tables.experiments):
    """``variations``: id, name, description, value (any JSON) and weight of each, in order."""

    id: Attr[UUID] = Uuid(default=uuid4)
    name: Attr[str] = Text()
    description: Attr[str] = Text(default="")
    status: Attr[str] = Text(choices=statuses.STATUSES, default=statuses.DRAFT)
    variations: Attr[Any] = Json()
    created_at: Attr[datetime] = Timestamp(default=now)
    updated_at: Attr[datetime] = Timestamp(default=now)
    owner: Attr[str] = Text()
    tags: Attr[list[str]] = List(Text(), default=list)
    version: Attr[int | None] = Version()

    class Keys:
        primary = Key("{id}")
        by_status = Key("{status}", "{created_at}", index="status-index")
        by_owner = Key("{owner}", "{created_at}", index="owner-index")


class ExperimentTag(Entity, table=tables.experiments):
    """That an experiment has a tag: written and removed together with it."""

    experiment_id: Attr[UUID] = Uuid()
    tag: Attr[str] = Text(escape=True)
    created_at: Attr[datetime] = Timestamp()

    class Keys:
        primary = Key("TAG#{experiment_id}#{tag}")
        by_tag = Key("{tag}", "{created_at}", index="tag-index")


class FeatureFlag(Entity, table=tables.feature_flags):
    """``id`` is ``ids.flag_id`` of the name; ``rules`` are as ``experiments.rules`` has them."""

    id: Attr[UUID] = Uuid()
    name: Attr[str] = Text()
    description: Attr[str] = Text(default="")
    rules: Attr[Any] = Json()
    status: Attr[str] = Text(choices=statuses.FLAG_STATUSES, default="inactive")
    created_at: Attr[datetime] = Timestamp(default=now)
    updated_at: Attr[datetime] = Timestamp(default=now)
    tags: Attr[list[str]] = List(Text(), default=list)
    version: Attr[int | None] = Version()

    class Keys:
        primary = Key("{id}")
        by_status = Key("{status}", "{updated_at}", index="status-index")


class FeatureFlagTag(Entity, table=tables.feature_flags):
    """That a flag has a tag: written with each change of the flag, since it has the time of the last."""

    flag_id: Attr[UUID] = Uuid()
    tag: Attr[str] = Text(escape=True)
    updated_at: Attr[datetime] = Timestamp()

    class Keys:
        primary = Key("TAG#{flag_id}#{tag}")
        by_tag = Key("{tag}", "{updated_at}", index="tag-index")


class Override(Entity, table=tables.overrides):
    """What a user is given whatever the experiment or the flag says. ``id`` is ``ids.override_id`` of the three."""

    id: Attr[UUID] = Uuid()
    user_id: Attr[str] = Text()
    target_id: Attr[str] = Text()
    type: Attr[str] = Text(choices=TYPES)
    value: Attr[Any] = Json()
    created_at: Attr[datetime] = Timestamp(default=now)
    ttl: Attr[datetime] = Expires(default=OVERRIDES_KEPT)

    class Keys:
        primary = Key("{id}")
        by_user = Key("{user_id}", "{created_at}", index="user-index")
        by_target = Key("{target_id}", "{created_at}", index="target-index")
        by_type = Key("{type}", "{created_at}", index="type-index")
