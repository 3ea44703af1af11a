"""What is to become of a row: steps that are carried out on it in turn, however often it has to be read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dynamo_models.backend.rows import Row
from dynamo_models.errors import RawItem
from dynamo_models.mirror.registration import Mirror

Operation = tuple[Literal["set", "add", "copy"], Any]
"""("set", value), ("add", a number), ("copy", the name of another column)."""
Step = Mapping[str, Operation]
"""Operations by column; all of a step see the row as it was before it."""


@dataclass
class Intent:
    """What is to become of one row.

    raw: the item as it was read, None for a row that is to be new. steps: changes of it. inserted: the columns of a row
    that comes (again). deleted: it goes. locked: it must be as it was read. moment: the item as it was when it was
    locked.
    """

    mirror: Mirror
    pk: Any
    raw: RawItem | None = None
    base: Row | None = None
    steps: tuple[Step, ...] = ()
    inserted: Row | None = None
    deleted: bool = False
    locked: RawItem | None = None

    @property
    def writes(self) -> bool:
        return bool(self.steps) or self.inserted is not None or self.deleted

    @property
    def touched(self) -> frozenset[str]:
        """The columns that are changed in a row that stays."""
        return frozenset(name for step in self.steps for name in step)

    def row(self) -> Row | None:
        """The row as it will be; None where it will not."""
        row = self.inserted if self.inserted is not None else None if self.deleted else self.base
        if row is None:
            return None
        for step in self.steps:
            row = applied(row, step)
        return row

    @property
    def changed(self) -> frozenset[str]:
        """The columns that will have another value than they have; of a row that comes or goes, all."""
        row = self.row()
        if row is None or self.base is None or self.inserted is not None:
            return frozenset(self.base or row or ())
        return frozenset(name for name, value in row.items() if value != self.base[name])

    @property
    def refreshed(self) -> bool:
        """Whether it is written because of what its item copies from other rows."""
        return {} in self.steps

    def sum_of(self, name: str) -> Any | None:
        """What is added to a column in all, where nothing but additions change it."""
        operations = [step[name] for step in self.steps if name in step]
        if self.inserted is not None or any(kind != "add" for kind, _ in operations):
            return None
        return sum(operand for _, operand in operations)

    def copy(self) -> Intent:
        return Intent(**vars(self))

    # How writes of one block come together

    def update(self, step: Step) -> None:
        self.steps = (*self.steps, step)

    def insert(self, row: Row) -> None:
        self.inserted, self.steps, self.deleted = dict(row), (), self.raw is not None

    def delete(self) -> None:
        self.inserted, self.steps, self.deleted = None, (), True


def applied(row: Row, step: Step) -> Row:
    """A row after a step. As in SQL, what is added to NULL is NULL."""
    changed = dict(row)
    for name, (kind, operand) in step.items():
        if kind == "set":
            changed[name] = operand
        elif kind == "copy":
            changed[name] = row[operand]
        else:
            changed[name] = None if row[name] is None else row[name] + operand
    return changed


@dataclass
class Intents:
    """Those of one block, by row."""

    by_row: dict[tuple[str, Any], Intent] = field(default_factory=dict)

    def of(self, mirror: Mirror, pk: Any) -> Intent | None:
        return self.by_row.get((mirror.label, pk))

    def keep(self, intent: Intent) -> Intent:
        return self.by_row.setdefault((intent.mirror.label, intent.pk), intent)

    def about(self, mirror: Mirror) -> list[Intent]:
        """Those of a mirror's rows, written or only locked."""
        return [each for (label, _), each in self.by_row.items() if label == mirror.label]

    @property
    def writing(self) -> list[Intent]:
        return [each for each in self.by_row.values() if each.writes]

    def copy(self) -> Intents:
        return Intents({key: each.copy() for key, each in self.by_row.items()})
