"""The rows that an update or a delete is about, as they are now: strongly consistent, and whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models.sql import Query

from dynamo_models.backend import scans
from dynamo_models.backend.asking import Asked, understand
from dynamo_models.backend.columns import canonical, columns_of
from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.intents import Intent
from dynamo_models.backend.overlay import matching, pk_of
from dynamo_models.backend.paths import Tables
from dynamo_models.backend.points import Points
from dynamo_models.backend.rows import decoded, row_of
from dynamo_models.backend.ways import Way, way
from dynamo_models.backend.whitelist import refuse_unknown
from dynamo_models.keys.predicate import Lookup
from dynamo_models.mirror import fence
from dynamo_models.mirror.registration import Mirror
from dynamo_models.reading import lookups
from dynamo_models.writing import batch


def targets(query: Query, mirror: Mirror, pending: Sequence[Intent], *, using: str) -> list[Intent]:
    """An intent for each row that a query matches: those that the block has already, and new ones for the others.

    NotServed where no key serves the query.
    """
    refuse_unknown(query)
    asked = understand(query, mirror)
    if asked.distinct:
        raise NotServed("it writes the rows that distinct() leaves")
    if asked.conditions is None:
        return []
    made = way(asked, using=using, scan=scans.allowed())
    columns = asked.columns
    known = {intent.pk: intent for intent in pending}
    found = [intent_of(mirror, item) for item in fresh(made) if pk_of(columns, item) not in known]
    again = {pk_of(columns, item) for item in matching(asked, pending, using=using)}
    return [*found, *(intent for pk, intent in known.items() if pk in again)]


def intent_of(mirror: Mirror, item: Any) -> Intent:
    """Of a row as it was read."""
    row = row_of(mirror, item)
    return Intent(
        mirror=mirror,
        pk=row[mirror.model._meta.pk.attname],
        raw=item._stored,  # noqa: SLF001 - what an instance knows of its stored item is this library's own
        base=row,
    )


def fresh(made: Way) -> Iterator[Any]:
    """The matches, whole and strongly consistent: what an index gives is read again by its key."""
    indexed = any(not isinstance(part, Points) and part.plan.index is not None for part in made.parts)
    if not indexed:
        yield from made.items()
        return
    asked = made.asked
    schema = asked.mirror.entity.schema
    keys = [{name: dict(item._stored[name]) for name in schema.key_names()} for item in made.items()]  # noqa: SLF001
    for raw in batch.get_all(schema.table, keys, consistent=True):
        if raw is None or fence.is_tombstone(schema.table, raw):
            continue
        item = decoded(asked.mirror, raw)
        if asked.holds(item):
            yield item


def items_by_pk(mirror: Mirror, pk: Any) -> list[Any]:
    """The item of a row by its primary key. NotServed where no key leads to it."""
    columns = columns_of(mirror)
    path = canonical([mirror.model._meta.pk])
    leaf = lookups.checked(mirror.entity.schema, Lookup(columns.attributes[path], "exact", pk))
    query = Query(mirror.model)
    asked = Asked(
        mirror=mirror,
        columns=columns,
        tables=Tables(query),
        conditions=(leaf,),
        given={path: (pk,)},
    )
    return list(way(asked, using=None).items())
