"""Which triggers a mirror needs: on its model's table, and on those that its items are made of besides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from django.db import models

from dynamo_models.mirror.capture.columns import column_of, key_fields
from dynamo_models.mirror.capture.dialects import Event
from dynamo_models.mirror.capture.index import CaptureTrigger
from dynamo_models.mirror.mapping import Dependency
from dynamo_models.mirror.registration import Mirror

# Between the name of a mirror's model and that of a dependency, in the change log.
DEPENDENCY = "/"

_EVENTS: tuple[Event, ...] = ("insert", "update", "delete", "truncate")


def source_of(mirror: Mirror, dependency: Dependency | None = None) -> str:
    """What the change log calls the rows of a mirror, ``problems.testcase``, or those that they depend on,
    ``problems.testcase/problem``."""
    return mirror.label if dependency is None else f"{mirror.label}{DEPENDENCY}{dependency.name}"


def triggers(mirror: Mirror) -> Iterator[CaptureTrigger]:
    """Every trigger of a mirror, under names that stay the same."""
    meta = mirror.model._meta
    own = _columns(key_fields(mirror.model))
    kept = _columns(mirror.key_columns)
    for event in _EVENTS:
        old = kept if event in {"update", "delete"} else []
        yield _trigger(mirror, meta.db_table, event, source_of(mirror), own, old=old)
    for dependency in mirror.dependencies:
        source, table = source_of(mirror, dependency), dependency.model._meta.db_table
        if dependency.target is not None:
            # A row that comes or goes changes the item that its foreign key leads to: the key that is logged is that.
            (field,) = (each for each in dependency.model._meta.fields if each.name == dependency.target)
            for event in _EVENTS[:3]:
                yield _trigger(mirror, table, event, source, _columns([field]))
            yield _trigger(mirror, table, "truncate", source, _columns(key_fields(dependency.model)))
            continue
        matter = [each for each in dependency.model._meta.concrete_fields if each.name in dependency.columns]
        yield _trigger(mirror, table, "update", source, _columns(key_fields(dependency.model)), only=_columns(matter))


def attach(mirrors: Iterable[Mirror]) -> None:
    """Make the triggers indexes of their models, where migrations look for them; those of the lesser tier have none."""
    for mirror in mirrors:
        if mirror.capture != "triggers":
            continue
        meta = mirror.model._meta
        there = {index.name for index in meta.indexes}
        meta.indexes = [*meta.indexes, *(each for each in triggers(mirror) if each.name not in there)]
        meta.original_attrs["indexes"] = meta.indexes


def _trigger(
    mirror: Mirror,
    table: str,
    event: Event,
    source: str,
    key: list[list[str]],
    *,
    old: list[list[str]] | None = None,
    only: list[list[str]] | None = None,
) -> CaptureTrigger:
    digest = hashlib.sha256(f"{source}|{table}|{event}".encode()).hexdigest()[:12]
    return CaptureTrigger(
        name=f"dynamo_{event}_{digest}",
        fields=[mirror.model._meta.pk.name],
        table=table,
        event=event,
        source=source,
        key=key,
        old=old,
        only=only,
    )


def _columns(fields: Iterable[models.Field]) -> list[list[str]]:  # type: ignore[type-arg]
    return [column_of(field).as_list() for field in fields]
