"""The way back: what is written to DynamoDB while that has authority is brought back to SQL, from its streams.

``reader`` takes up what streams tell, durably · ``apply`` makes rows what their items are · ``tip`` reads to the end
for certain · ``late`` carries out what came after the way back had ended. ``turn`` is all of it, for a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from django.apps import apps

from dynamo_models.cutover.records import GroupState
from dynamo_models.cutover.stages import COMPLETE
from dynamo_models.cutover.state import of_row, state_of
from dynamo_models.mirror.direction import FlowsBack
from dynamo_models.mirror.log.models import MirroredKey
from dynamo_models.mirror.registration import Mirror, mirrors
from dynamo_models.mirror.transactions import writing
from dynamo_models.switch.records import ReturningKey
from dynamo_models.switch.returning import late
from dynamo_models.switch.returning.apply import Returned, work
from dynamo_models.switch.returning.reader import mark, read, tables

__all__ = ["Back", "Returned", "Turned", "groups", "turn"]


@dataclass(frozen=True, kw_only=True)
class Turned:
    """records: how many the streams told. returned: what came of what was due."""

    records: int
    returned: Returned

    @property
    def idle(self) -> bool:
        return not self.records and not self.returned.done


def groups(using: str) -> list[str]:
    """The groups whose streams are to be read: DynamoDB has authority, may soon, or had it just before."""
    rows = GroupState.objects.using(using).all()
    moved = {row.group for row in rows if of_row(vars(row)).place.mirrors_back}
    known = {mirror.group for mirror in mirrors()}
    return sorted((moved | late.watched(using)) & known)


def turn(using: str, *, stopped: Callable[[], bool] = lambda: False) -> Turned:
    """Take up what is new, and bring back what is due."""
    chosen = groups(using)
    found = sum(
        read(table, using, stopped=stopped)
        for table in dict.fromkeys(table for group in chosen for table in tables(group))
    )
    return Turned(records=found, returned=work(using, stopped=stopped) if chosen else Returned())


@cache
def outside(mirror: Mirror) -> tuple[str, ...]:
    """The foreign keys into a mirror's table of models that SQL alone has, and that the database holds to it."""
    mirrored = {each.model for each in mirrors()}
    return tuple(
        sorted(
            f"{model._meta.label_lower}.{field.name}"
            for model in apps.get_models(include_auto_created=True)
            if model._meta.managed and not model._meta.proxy and model not in mirrored
            for field in model._meta.local_concrete_fields
            if field.related_model is mirror.model and getattr(field, "db_constraint", False)
        )
    )


class Back:
    """What the mirror has to know of all this."""

    def holds(self, mirror: Mirror, using: str) -> bool:
        return state_of(mirror.group, using).place.authority == "dynamodb"

    def is_archive(self, mirror: Mirror, using: str) -> bool:
        return state_of(mirror.group, using).place.is_final

    def is_over(self, mirror: Mirror, using: str) -> bool:
        return state_of(mirror.group, using).place == COMPLETE

    def in_flight(self, mirror: Mirror, keys: Sequence[str], using: str) -> set[str]:
        comes_back = state_of(mirror.group, using).place.mirrors_back
        if not comes_back and mirror.group not in late.watched(using):
            return set()
        # What was written before this look is known now, and as a rule in SQL.
        read(mirror.entity.schema.table, using)
        if not comes_back:
            return set()  # what was late is in SQL by that
        work(using, groups=[mirror.group])
        rows = ReturningKey.objects.using(using).filter(source=mirror.label, waiting=True, row_key__in=list(keys))
        return set(rows.values_list("row_key", flat=True))

    def awaited(self, mirror: Mirror, using: str) -> bool:
        place = state_of(mirror.group, using).place
        return place.mirrors_back and bool(outside(mirror))

    def mark(self, mirror: Mirror, found: Iterable[tuple[str, str, str]], using: str) -> None:
        if (place := state_of(mirror.group, using).place).is_final:
            raise FlowsBack(
                f"{mirror.group} is at {place}: {mirror.label} is an archive in SQL, and nothing is brought back."
            )
        wanted = list(found)
        where = {"source": mirror.label, "row_key__in": [row_key for row_key, _, _ in wanted]}
        columns = ("source", "row_key", "digest", "key")
        held = [
            *((mirror.label, row_key, digest, key) for row_key, digest, key in wanted if key != "{}"),
            *MirroredKey.objects.using(using).filter(**where).values_list(*columns),
            *ReturningKey.objects.using(using).filter(**where).values_list(*columns),
        ]
        with writing(using):  # which may be within a transaction that is not to be lost
            mark(held, using)
        work(using, groups=[mirror.group])
