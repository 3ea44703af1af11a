"""The five tables, as the experimentation platform's documents have them."""

from functools import partial

from django.conf import settings

from algoitny.experiments.names import table_name
from dynamo_models import Index, OnDemand, Provisioned, Table

TAGS = {"application": "algoitny", "system": "experiments"}
PRODUCTION = "prod"


def capacity(environment: str) -> OnDemand | Provisioned:
    """On demand, but in production provisioned with auto-scaling at 70 %, of tables and indexes alike."""
    return Provisioned(read=(5, 500), write=(5, 500), target=70) if environment == PRODUCTION else OnDemand()


def _table(key: str, *indexes: Index, sk: str | None = None, ttl: str | None = None) -> Table:
    return Table(
        f"experimentation-{key}",
        named=partial(table_name, key),
        pk="id",
        sk=sk,
        indexes=indexes,
        ttl=ttl,
        capacity=capacity(settings.ALGOITNY_ENVIRONMENT),
        tags=TAGS,
    )


assignments = _table(
    "assignments",
    Index("user-experiment-index", pk="user_id", sk="experiment_id"),
    Index("experiment-index", pk="experiment_id", sk="assigned_at"),
    Index("user-index", pk="user_id", sk="assigned_at"),
    Index("variation-index", pk="variation", sk="assigned_at"),
    ttl="ttl",
)

events = _table(
    "events",
    Index("user-event-index", pk="user_id", sk="timestamp"),
    Index("experiment-event-index", pk="experiment_id", sk="timestamp"),
    Index("event-type-index", pk="event_type", sk="timestamp"),
    sk="timestamp",
    ttl="ttl",
)

experiments = _table(
    "experiments",
    Index("status-index", pk="status", sk="created_at"),
    Index("owner-index", pk="owner", sk="created_at"),
    Index("tag-index", pk="tag", sk="created_at"),
)

feature_flags = _table(
    "feature-flags",
    Index("status-index", pk="status", sk="updated_at"),
    Index("tag-index", pk="tag", sk="updated_at"),
)

overrides = _table(
    "overrides",
    Index("user-index", pk="user_id", sk="created_at"),
    Index("target-index", pk="target_id", sk="created_at"),
    Index("type-index", pk="type", sk="created_at"),
    ttl="ttl",
)

ALL = (assignments, events, experiments, feature_flags, overrides)
