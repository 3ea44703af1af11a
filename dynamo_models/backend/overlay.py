"""A read within a block, which sees what the block has written and not yet sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dynamo_models.backend.asking import Asked
from dynamo_models.backend.columns import Columns, canonical
from dynamo_models.backend.intents import Intent
from dynamo_models.backend.rows import items_of
from dynamo_models.backend.ways import Way


def overlaid(way: Way, intents: Sequence[Intent], *, using: str) -> list[Any]:
    """The matches of a read, in order, of the slice, as they will be once the block's writes are sent."""
    asked = way.asked
    if asked.conditions is None:
        return []
    written = {intent.pk for intent in intents}
    stored = (item for item in way.at_least(len(intents)) if pk_of(asked.columns, item) not in written)
    found = [*stored, *matching(asked, intents, using=using)]
    return way.sliced(found)


def matching(asked: Asked, intents: Sequence[Intent], *, using: str) -> Iterator[Any]:
    """The items of rows that the block writes, of those that match."""
    kept = [(intent, row) for intent in intents if (row := intent.row()) is not None]
    for item in items_of(asked.mirror, [row for _, row in kept], using=using):
        if asked.conditions is not None and asked.holds(item):
            yield item


def pk_of(columns: Columns, item: Any) -> Any:
    """The primary key of an item's row."""
    name = columns.attributes[canonical([columns.mirror.model._meta.pk])]
    return item.attribute_values.get(name)
