"""Tables of tests, which the registry of the application's tables does not see."""

from __future__ import annotations

from typing import Any

from dynamo_models import Table
from dynamo_models.schema import table as schema


def private_table(name: str, **options: Any) -> Table:
    known = dict(schema._tables)
    try:
        return Table(name, **options)
    finally:
        schema._tables.clear()
        schema._tables.update(known)
