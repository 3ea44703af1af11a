"""Puts what is missing or different, and removes what no row stands for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from algoitny import ids
from algoitny.copying.compare import differences
from algoitny.copying.sources import Source, highest_ids
from dynamo_models import Entity, RequestRefused, TransactionCanceled

AT_ONCE = 500
MOST_ACTIONS = 100  # of DynamoDB, in one transaction

Progress = Callable[[int, int], None]
"""Called with how many items are written and how many are to be."""


@dataclass(kw_only=True)
class CopyReport:
    """What a copy did. `put` counts items by kind, `unchanged` those that were right already."""

    put: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0
    removed: int = 0

    @property
    def written(self) -> int:
        return sum(self.put.values())


def copy_all(progress: Progress | None = None) -> CopyReport:
    """Make DynamoDB's items what the rows say. The same again changes nothing."""
    report = CopyReport()
    found = list(differences())
    report.unchanged = sum(each.equal for each in found)
    wanted = {each.source: [*each.missing, *(item for item, _ in each.different)] for each in found}
    total = sum(map(len, wanted.values()))
    # What is gone goes first: a unique value of one that is no more may be another's by now.
    for item in (item for each in found for item in each.extra):
        item.delete()
        report.removed += 1
    # So does what holds a unique value that it gives up: two rows may have exchanged theirs.
    for item in (stored for each in found for pair in each.different for stored in _giving_up(*pair)):
        item.delete()
    for source, items in wanted.items():
        for written in _put(source, items):
            report.put[source.name] = report.put.get(source.name, 0) + written
            if progress:
                progress(report.written, total)
    for name, last in highest_ids().items():
        ids.raise_to(name, last)
    return report


def _giving_up(wanted: Entity, stored: Entity) -> list[Entity]:
    """The stored item where its unique values are not those that it should have."""
    names = {name for unique in wanted.schema.uniques.values() for name in unique.facets}
    return [stored] if any(getattr(wanted, name) != getattr(stored, name) for name in names) else []


def _put(source: Source, items: list[Entity]) -> Iterator[int]:
    """Put items in place of what is there; how many, from time to time."""
    schema = source.entity.schema
    if not schema.uniques:
        for start in range(0, len(items), AT_ONCE):
            yield schema.table.put_all(items[start : start + AT_ONCE])
        return
    # A batch cannot keep unique items; a transaction takes so many items with theirs.
    most = MOST_ACTIONS // (1 + len(schema.uniques))
    for start in range(0, len(items), most):
        part = items[start : start + most]
        if not _created(source, part):
            for item in part:
                item.put()
        yield len(part)


def _created(source: Source, items: list[Entity]) -> bool:
    """Make these items in one transaction; False where one of them is there already, or they are too much for one."""
    try:
        with source.entity.schema.table.transaction() as tx:
            for item in items:
                tx.create(item)
    except (TransactionCanceled, RequestRefused):
        return False
    return True
