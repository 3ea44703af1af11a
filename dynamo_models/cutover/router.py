"""``DATABASE_ROUTERS = ["dynamo_models.cutover.Router"]``: reads of mirrored models go where either store is asked.

That is the alias in DATABASES whose ENGINE is dynamo_models.backend; it goes by ``serving.choose``. A group's reads go
there from stage shadow on, its writes once DynamoDB has authority. In the pause of a switch a write waits for the end
of it, as long as it is in no atomic block: one that is may hold what the switch waits for, and raises ``Frozen``. Put
it before other routers.
"""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, models

from dynamo_models.cutover.aliases import other_alias, sql_alias
from dynamo_models.cutover.pause import thawed
from dynamo_models.cutover.state import state_of
from dynamo_models.mirror.registration import Mirror, mirrors


class Router:
    """Where mirrored models are read; whatever else an instance that was read there leads to is on the SQL side."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        other = other_alias()
        if other is None:
            return None
        mirror, sql = _mirror(model), sql_alias()
        if mirror is not None:
            state = state_of(mirror.group, sql)
            if state.place.authority == "dynamodb" or (state.place.asks_dynamodb and not state.killed):
                return other
        return _away_from(other, sql, hints)

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str | None:
        other, sql = other_alias(), sql_alias()
        if other is None:
            return None
        mirror = _mirror(model)
        if mirror is not None and thawed(mirror.group, sql).place.authority == "dynamodb":
            return other
        return _away_from(other, sql, hints)

    def allow_relation(self, obj1: models.Model, obj2: models.Model, **hints: Any) -> bool | None:
        del hints
        other, sql = other_alias(), sql_alias()
        both = {_read_in(obj1), _read_in(obj2)}
        return True if other in both and both <= {other, sql} else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        del app_label, hints
        return False if db == other_alias() else None


def _away_from(other: str, sql: str, hints: dict[str, Any]) -> str | None:
    """Django would go on where an instance was read; there is nothing else there."""
    instance = hints.get("instance")
    return sql if instance is not None and _read_in(instance) == other else None


def _read_in(instance: models.Model) -> str:
    return instance._state.db or DEFAULT_DB_ALIAS  # noqa: SLF001 - Django's own place for it


def _mirror(model: type[models.Model]) -> Mirror | None:
    concrete = model._meta.concrete_model
    return next((each for each in mirrors() if each.model is concrete), None)
