"""Entities that tests make on the spot, one line each."""

from __future__ import annotations

import itertools
import types
from typing import Any

from dynamo_models import Entity, Table

_numbers = itertools.count(1)


def table(**options: Any) -> Table:
    """A table that nobody else has."""
    return Table(f"Throwaway-{next(_numbers)}", **options)


def entity(where: Table | None, keys: dict[str, Any], name: str = "Thing", **body: Any) -> Any:
    """An entity class: ``entity(table(), {"primary": Key("A#{id}", "B")}, id=Int())``. ``options`` and ``bases`` are
    what their names say; all else stands in the class body."""
    bases = body.pop("bases", (Entity,))
    options = body.pop("options", None)
    if keys:
        body["Keys"] = type("Keys", (), keys)
    if options:
        body["Options"] = type("Options", (), options)
    body.setdefault("__module__", __name__)
    return types.new_class(name, bases, {"table": where} if where else {}, lambda namespace: namespace.update(body))


def ids(cls: Any) -> list[str]:
    """The ids of an entity's findings, short."""
    return [finding.id.removeprefix("dynamo_models.") for finding in cls.schema.findings]
