"""What the lists of patterns are made with."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from algoitny.catalogue import AccessPattern, Planned, planned
from dynamo_models import Entity, QuerySet

SYSTEM = "Experiments"

Items = Callable[[], Sequence[Entity]]


def reads(name: str, there: Items, asked: Callable[[], QuerySet[Any]], run: Callable[[], Any]) -> AccessPattern:
    """A pattern that is one queryset."""
    return pattern(name, there, lambda them: planned.read(asked(), them), run)


def pattern(
    name: str, there: Items, plan: Callable[[Sequence[Entity]], Iterable[Planned]], run: Callable[[], Any]
) -> AccessPattern:
    return AccessPattern(system=SYSTEM, name=name, sample=there, plan=plan, run=run)


def nothing() -> list[Entity]:
    return []
