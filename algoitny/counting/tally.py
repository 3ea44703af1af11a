"""Numbers that items add up to, by the counter that holds them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dynamo_models import Entity, Transaction

E = TypeVar("E", bound=Entity)

Facets = tuple[tuple[str, Any], ...]


@dataclass
class Tally:
    """What is to be added to which counter; nothing is kept of what comes to nothing."""

    numbers: dict[tuple[type[Entity], Facets], Counter[str]] = field(default_factory=dict)

    def add(self, entity: type[Entity], facets: dict[str, Any], sign: int, **numbers: int) -> None:
        """Count ``numbers`` towards the counter of these facets; with sign -1, take them away."""
        held = self.numbers.setdefault((entity, tuple(facets.items())), Counter())
        for name, value in numbers.items():
            held[name] += sign * value

    def of(self, entity: type[E]) -> Iterator[tuple[dict[str, Any], dict[str, int]]]:
        """The counters of one kind that something is to be added to: facets and numbers."""
        for (kind, facets), numbers in self.numbers.items():
            if kind is entity and any(numbers.values()):
                yield dict(facets), dict(numbers)


def change(tx: Transaction, entity: type[Entity], facets: dict[str, Any], numbers: dict[str, int], **more: Any) -> None:
    """Add numbers to a counter: it is made with the first, and goes with the last; one read.

    The first of the numbers says how many there are. The write is held to what was read of it, so the transaction is
    canceled where another writer comes between. more: other attributes of a counter that is made.
    """
    leading = next(iter(numbers))
    held = entity.objects.filter(**facets).consistent().first()
    if held is None:
        if numbers[leading] <= 0:
            return  # its time has passed, and what it counted with it
        tx.create(entity(**facets, **more, **numbers))
        return
    now = {name: getattr(held, name) + value for name, value in numbers.items()}
    as_read = getattr(entity, leading) == getattr(held, leading)
    if now[leading]:
        tx.patch(held, if_=as_read, **now)
    else:
        tx.delete(held, if_=as_read)


def grow(tx: Transaction, entity: type[Entity], facets: dict[str, Any], numbers: dict[str, int], **more: Any) -> None:
    """The same without a read, and held to nothing, where there will be more than there were.

    For a counter whose numbers are in none of its keys.
    """
    if next(iter(numbers.values())) <= 0:
        change(tx, entity, facets, numbers, **more)
        return
    added = [getattr(entity, name).add(value) for name, value in numbers.items()]
    tx.upsert(entity, *added, **facets, **more)
