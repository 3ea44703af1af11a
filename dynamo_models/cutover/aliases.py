"""The database aliases of the settings that a cutover is about: the one that asks either store, and the one of SQL."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

ENGINE = "dynamo_models.backend"


def other_alias() -> str | None:
    """The alias of that engine; None where the settings have none."""
    return next((name for name, held in connections.settings.items() if held.get("ENGINE") == ENGINE), None)


def sql_alias() -> str:
    """The alias of the database that has the rows, and the stages: what the other one names as its SQL."""
    held: dict[str, Any] = connections.settings.get(other_alias() or "", {})
    return str(held.get("SQL", DEFAULT_DB_ALIAS))
