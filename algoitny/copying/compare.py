"""Rows beside items, as a whole and in both directions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from algoitny.copying.sources import SOURCES, Source
from dynamo_models import Entity

Progress = Callable[[str, int], None]
"""Called with the kind of item and how many of them have been looked at."""

EVERY = 100


@dataclass(kw_only=True)
class Difference:
    """What one kind of item differs in. `wanted` and `stored` hold items, `equal` counts them."""

    source: Source
    equal: int = 0
    missing: list[Entity] = field(default_factory=list)
    different: list[tuple[Entity, Entity]] = field(default_factory=list)
    extra: list[Entity] = field(default_factory=list)


@dataclass(kw_only=True)
class Comparison:
    """Counts by kind of item, and what is different in words."""

    compared: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not (self.missing or self.extra or self.different)


def compare_all(progress: Progress | None = None) -> Comparison:
    """Read everything from both stores and compare it: attributes, index keys and marker alike."""
    result = Comparison()
    for found in differences(progress):
        result.compared[found.source.name] = found.equal + len(found.missing) + len(found.different)
        result.missing += [repr(item) for item in found.missing]
        result.extra += [repr(item) for item in found.extra]
        result.different += [_said(wanted, stored) for wanted, stored in found.different]
    return result


def differences(progress: Progress | None = None) -> Iterator[Difference]:
    """For each kind of item, what both stores have. A kind is in memory as a whole while it is looked at."""
    for source in SOURCES:
        found = Difference(source=source)
        stored = {item: item for item in source.entity.objects.scan().consistent().iterator()}
        for number, wanted in enumerate(source.items(), 1):
            item = stored.pop(wanted, None)
            if item is None:
                found.missing.append(wanted)
            elif item.raw == wanted.serialize():
                found.equal += 1
            else:
                found.different.append((wanted, item))
            if progress and number % EVERY == 0:
                progress(source.name, number)
        found.extra = list(stored)
        yield found


def _said(wanted: Entity, stored: Entity) -> str:
    ours, theirs = wanted.serialize(), stored.raw
    names = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    return f"{wanted!r}: " + "; ".join(
        f"{name} is {theirs.get(name)!r}, and the row says {ours.get(name)!r}" for name in names
    )
