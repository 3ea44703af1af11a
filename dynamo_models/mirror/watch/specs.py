"""What is to be logged of which table: the plan of the triggers, for those mirrors that have none."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from dynamo_models.mirror.capture import plan
from dynamo_models.mirror.capture.dialects import Event, Trigger
from dynamo_models.mirror.registration import Mirror, mirrors

Specs = Mapping[str, Mapping[Event, tuple[Trigger, ...]]]


def watched_mirrors() -> tuple[Mirror, ...]:
    """The mirrors that the ORM tells of."""
    return tuple(each for each in mirrors() if each.capture == "orm")


def specs() -> Specs:
    """By table and event, what a trigger would log of it. Tables that items are made of besides are among them."""
    return _specs(watched_mirrors())


def labels_of(table: str) -> list[str]:
    """The mirrors whose items are made of a table."""
    return sorted({each.source.partition(plan.DEPENDENCY)[0] for some in specs()[table].values() for each in some})


@lru_cache(maxsize=4)
def _specs(chosen: tuple[Mirror, ...]) -> Specs:
    found: dict[str, dict[Event, list[Trigger]]] = {}
    for mirror in chosen:
        for index in plan.triggers(mirror):
            found.setdefault(index.table, {}).setdefault(index.event, []).append(index.trigger)
    return {table: {event: tuple(some) for event, some in events.items()} for table, events in found.items()}
